/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The built-in null model beside a metric in one test program: both are called
 * anaflow_plugin.
 */
#define anaflow_plugin oasm_plugin
#include "plugins/models/oasm/oasm.c"
