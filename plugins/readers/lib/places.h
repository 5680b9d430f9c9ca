/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_PLACES_H
#define READERS_PLACES_H

#include <anaflow/base.h>

/* EEGLAB's chanlocs, n places of three numbers, `stride` doubles apart, to mm. EEGLAB means
 * mm, but files also hold metres, or directions: points on a sphere of radius 1, as its
 * templates do. Those are put on EEGLAB's own sphere, of 85 mm. A warning says what was
 * taken for what.
 *
 * Threads: the context's own. */
void places_to_mm(struct ana_ctx *ctx, const char *path, int64_t n, int64_t stride,
                  double *place);

#endif
