/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inverses in float64.
 */
#include "linalg/inverse.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#define REAL double
#define TRMM cblas_dtrmm
#define TRSM cblas_dtrsm
#define LAUUM LAPACKE_dlauum_work
#define OF_FACTOR ana_inverse_of_factor_f64
#include "linalg/inverse_body.h"
