/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random numbers by counting: word i of stream (seed, stage, index) is a function
 * of these four alone, so that any order of work and any number of threads draws
 * the same numbers. Philox 4x32 with 10 rounds (Salmon, Moraes, Dror & Shaw 2011,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11).
 */
#include <math.h>
#include <string.h>

#include "base/context.h"

static void philox(const uint32_t counter[4], uint64_t key, uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* FNV-1a of the stage's name, folded into the seed. */
static uint64_t stage_key(uint64_t seed, const char *stage)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *stage; stage++)
        hash = (hash ^ (uint8_t)*stage) * 0x100000001b3u;
    return hash ^ (seed * 0x9E3779B97F4A7C15u);
}

void ana_rng_init(const struct ana_ctx *ctx, const char *stage, int64_t index,
                  struct ana_rng *rng)
{
    memset(rng, 0, sizeof *rng);
    rng->key = stage_key(ana_ctx_seed(ctx), stage);
    rng->index = (uint64_t)index;
    rng->used = 4;
}

static uint32_t next_word(struct ana_rng *rng)
{
    if (rng->used == 4) {
        const uint32_t counter[4] = {(uint32_t)rng->counter,
                                     (uint32_t)(rng->counter >> 32), (uint32_t)rng->index,
                                     (uint32_t)(rng->index >> 32)};

        philox(counter, rng->key, rng->block);
        rng->counter++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

uint64_t ana_rng_u64(struct ana_rng *rng)
{
    const uint64_t high = next_word(rng);

    return high << 32 | next_word(rng);
}

double ana_rng_uniform(struct ana_rng *rng)
{
    return (double)(ana_rng_u64(rng) >> 11) * 0x1p-53;
}

double ana_rng_normal(struct ana_rng *rng)
{
    const double u = 1 - ana_rng_uniform(rng), v = ana_rng_uniform(rng);

    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

int64_t ana_rng_below(struct ana_rng *rng, int64_t n)
{
    const uint64_t range = (uint64_t)n, limit = UINT64_MAX - UINT64_MAX % range;
    uint64_t draw;

    do
        draw = ana_rng_u64(rng);
    while (draw >= limit);
    return (int64_t)(draw % range);
}

void ana_rng_shuffle(struct ana_rng *rng, int64_t n, int64_t *index)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = ana_rng_below(rng, i + 1), held = index[i];

        index[i] = index[j];
        index[j] = held;
    }
}
