/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow manual PAGE`: the manual pages, for the build to install.
 */
#include <string.h>

#include "cli/page.h"

int ana_manual(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_registry *registry;
    int rc;

    if (argc == 1 && strcmp(argv[0], "anaflow") == 0) {
        ana_page_program(stdout);
        return 0;
    }
    if (argc != 1 || strcmp(argv[0], "anaflow.ini") != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`manual` writes one of two pages: anaflow manual anaflow, or "
                        "anaflow manual anaflow.ini");
    rc = ana_registry_create(ctx, &registry);
    if (rc != 0)
        return rc;
    ana_page_ini(stdout, registry);
    ana_registry_destroy(registry);
    return 0;
}
