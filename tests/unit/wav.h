/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_TESTS_UNIT_WAV_H
#define ANA_TESTS_UNIT_WAV_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>

/* Sounds that tests make for themselves. */

static inline void test_put32(FILE *file, uint32_t value)
{
    fwrite(&value, sizeof value, 1, file);
}

/* The header of a WAV file of n samples, 16 bit, one channel; they are to follow. */
static inline FILE *test_wav_begin(const char *path, uint32_t rate, uint32_t n)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fwrite("RIFF", 1, 4, file);
    test_put32(file, 36 + 2 * n);
    fwrite("WAVEfmt ", 1, 8, file);
    test_put32(file, 16);
    test_put32(file, 1 | 1 << 16);
    test_put32(file, rate);
    test_put32(file, 2 * rate);
    test_put32(file, 2 | 16 << 16);
    fwrite("data", 1, 4, file);
    test_put32(file, 2 * n);
    return file;
}

#endif
