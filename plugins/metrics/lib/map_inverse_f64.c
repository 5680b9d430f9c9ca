/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Maps from an inverse in float64.
 */
#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/map_inverse.h"

#define REAL double
#define GEMM ana_gemm
#define CHOLESKY ana_cholesky
#define INVERSE ana_cholesky_inverse
#define RUN ana_inverse_run_f64
#include "plugins/metrics/lib/map_inverse_body.h"
