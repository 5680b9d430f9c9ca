/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_DRIVE_H
#define ANA_PIPELINE_DRIVE_H

#include <anaflow/test.h>

/* What <anaflow/test.h> hands out: the two drivers of models and metrics stand in files
 * of their own. */
struct ana_test {
    struct ana_ctx *ctx;
    const struct ana_plugin *plugin;
    struct ana_params *params;
};

/* ANA_EPARAM where the test's plugin is of another kind. */
int ana_test_expect(struct ana_test *test, int32_t kind);

/* ANA_EPLUGIN where the plugin asked for a parameter that its table lacks; else rc. */
int ana_test_conclude(struct ana_test *test, int rc);

#endif
