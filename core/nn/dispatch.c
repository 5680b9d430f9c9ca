/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which of the compiled sets of kernels runs here: asked of the processor at each call
 * (a few nanoseconds; nothing is remembered that threads would have to share).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "nn/kernels.h"

extern const struct ana_nn_kernels ana_nn_kernels_generic;

#if ANA_X86_KERNELS
extern const struct ana_nn_kernels ana_nn_kernels_avx2, ana_nn_kernels_avx512;

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

int ana_nn_kernel_sets(const struct ana_nn_kernels *sets[3])
{
    int n = 0;

    sets[n++] = &ana_nn_kernels_generic;
#if ANA_X86_KERNELS
    if (has_avx2())
        sets[n++] = &ana_nn_kernels_avx2;
    if (has_avx512())
        sets[n++] = &ana_nn_kernels_avx512;
#endif
    return n;
}

const struct ana_nn_kernels *ana_nn_kernels(void)
{
    const char *forced = getenv("ANAFLOW_ISA");
    const struct ana_nn_kernels *sets[3];
    const int n = ana_nn_kernel_sets(sets);

    for (int i = 0; forced && i < n; i++)
        if (strcmp(forced, sets[i]->name) == 0)
            return sets[i];
    return sets[n - 1];
}
