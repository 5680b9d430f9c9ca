/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Maps from an inverse in float32.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/map_inverse.h"

static int invert_whole(struct ana_ctx *ctx, int64_t n, float *a)
{
    return ana_inverse_f32(ctx, n, a, n);
}

#define REAL float
#define GEMM ana_gemm_f32
#define INVERT invert_whole
#define INVERSE ana_cholesky_inverse_f32
#define RUN ana_inverse_run_f32
#include "plugins/metrics/lib/map_inverse_body.h"
