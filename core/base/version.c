/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one place that reads the version from config.h.
 */
#include "base/version.h"

#include "config.h"

const char *ana_version(void)
{
    return PACKAGE_VERSION;
}
