/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A small MAT v7.3 file, written by matio.
 */
#ifndef TESTS_MAT73_H
#define TESTS_MAT73_H

#include <stdlib.h>
#include <string.h>

#include <matio.h>

/* R of tests/oracles/make_mat.py and its like. */
static inline double mat_grid(int64_t i, int64_t j, double offset)
{
    return 10. * (double)i + (double)j + .5 + offset;
}

static inline matvar_t *mat_make_double(const char *name, size_t rows, size_t columns,
                                        double offset)
{
    double *x = malloc(rows * columns * sizeof *x);
    matvar_t *v;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            x[j * rows + i] = mat_grid((int64_t)i, (int64_t)j, offset);
    v = Mat_VarCreate(name, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, (size_t[]){rows, columns}, x,
                      0);
    free(x);
    return v;
}

/* matio writes the v7.3 file: there is no other writer of them among our tools. */
static inline void mat_write_v73(const char *path)
{
    mat_t *mat = Mat_CreateVer(path, NULL, MAT_FT_MAT73);
    matvar_t *cells[4] = {0}, *v = mat_make_double("R", 4, 3, 0);
    const char *const names[] = {"dog", "rain", "speech"};

    Mat_VarWrite(mat, v, MAT_COMPRESSION_ZLIB);
    Mat_VarFree(v);
    for (int i = 0; i < 3; i++)
        cells[i] = Mat_VarCreate(NULL, MAT_C_CHAR, MAT_T_UINT8, 2,
                                 (size_t[]){1, strlen(names[i])},
                                 (void *)(uintptr_t)names[i], 0);
    v = Mat_VarCreate("names", MAT_C_CELL, MAT_T_CELL, 2, (size_t[]){3, 1}, cells, 0);
    Mat_VarWrite(mat, v, MAT_COMPRESSION_NONE);
    Mat_VarFree(v);
    for (int i = 0; i < 3; i++)
        cells[i] = mat_make_double(NULL, 5 + (size_t)i, 2, 100. * i);
    v = Mat_VarCreate("trials", MAT_C_CELL, MAT_T_CELL, 2, (size_t[]){1, 3}, cells, 0);
    Mat_VarWrite(mat, v, MAT_COMPRESSION_NONE);
    Mat_VarFree(v);
    Mat_Close(mat);
}

#endif
