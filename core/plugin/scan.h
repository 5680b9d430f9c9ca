/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_SCAN_H
#define ANA_PLUGIN_SCAN_H

#include "plugin/search.h"

/* Load every file from outside the package in a helper process first: what crashes, hangs
 * or exits there would have done so here. Sets `problem` of each file that must not be
 * loaded; files of the package and those with a problem already are left alone. Verdicts
 * are remembered (plugin/remember.h), so that an unchanged file is scanned once.
 * Errors: ANA_ECANCEL, ANA_ERESOURCE. Threads: main. */
int ana_plugin_scan(struct ana_ctx *ctx, int64_t n, struct ana_plugin_place *files);

/* The helper's side: load n files one after another and report on each. */
int ana_plugin_scan_serve(struct ana_ctx *ctx, int64_t n, char **files);

#endif
