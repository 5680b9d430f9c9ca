/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_SIDECAR_H
#define PLUGIN_SIDECAR_H

#include <anaflow/plugin.h>

/* The JSON file beside an fMRI image or surface (BIDS): "bold.json" of "bold.nii.gz",
 * "bold.func.gii" and "bold.gii". */

/* RepetitionTime (s) of that file; 0 = none. *json is the file's path, NULL without one.
 * ending: where the name's end begins, ".nii".
 *
 * Owns:   the caller; ana_free.
 * Errors: ANA_EDATA: it is no JSON, or the time no number above 0. */
int sidecar_tr(struct ana_ctx *ctx, const char *path, const char *ending, char **json,
               double *tr);

/* 1 if two times differ by more than 1 %; 0 = not known differs from nothing. */
int sidecar_disagree(double a, double b);

#endif
