/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Maps from an inverse in float64.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/map_inverse.h"

static int invert_whole(struct ana_ctx *ctx, int64_t n, double *a)
{
    const int rc = ana_cholesky(ctx, n, a, n);

    return rc == 0 ? ana_cholesky_inverse(ctx, n, a, n) : rc;
}

#define REAL double
#define GEMM ana_gemm
#define INVERT invert_whole
#define INVERSE ana_cholesky_inverse
#define RUN ana_inverse_run_f64
#include "plugins/metrics/lib/map_inverse_body.h"
