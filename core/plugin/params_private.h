/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_PARAMS_PRIVATE_H
#define ANA_PLUGIN_PARAMS_PRIVATE_H

#include <stdatomic.h>

#include "plugin/params.h"

/* One key of the table with its value. */
struct ana_params_entry {
    const struct ana_param *param;
    char *text;       /* as written, or the fallback */
    int given;        /* written by the user */
    double low, high; /* the number; both ends of a RANGE */
    int64_t whole;    /* INT, BOOL */
    int64_t n;        /* LIST */
    double *list;
};

/* Getters take const params from any thread, so the fault has a place of its own. */
struct ana_params_misuse {
    atomic_flag taken;
    atomic_int set;
    char name[64];
};

struct ana_params {
    struct ana_ctx *ctx;
    const struct ana_plugin *plugin;
    int64_t n;
    struct ana_params_entry *entries;
    char *lines;
    struct ana_params_misuse *misuse;
};

#endif
