/* SPDX-License-Identifier: BSD-3-Clause
 *
 * wide FOLDER ROWS FEATURES TARGETS: arrays of any size, the same whenever they are made:
 * x.npy (ROWS x FEATURES) and y.npy (ROWS x TARGETS) of float32, and names.txt, a line a row.
 * Target v follows the features v .. v + 3 (counted round) in noise.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 128 };

static const char *folder;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static FILE *open_file(const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (!file)
        die(path);
    return file;
}

static FILE *open_array(const char *name, long rows, long columns)
{
    FILE *file = open_file(name);
    char header[HEADER + 1];

    memset(header, ' ', HEADER);
    memcpy(header, "\x93NUMPY\x01\0v\0", 10); /* 118 bytes behind these */
    snprintf(header + 10, HEADER - 10,
             "{'descr': '<f4', 'fortran_order': False, 'shape': (%ld, %ld), }", rows,
             columns);
    header[strlen(header + 10) + 10] = ' ';
    header[HEADER - 1] = '\n';
    if (fwrite(header, 1, HEADER, file) != HEADER)
        die(name);
    return file;
}

static void put_row(FILE *file, const float *row, long n)
{
    if (fwrite(row, sizeof *row, (size_t)n, file) != (size_t)n)
        die("a row");
}

/* Uniform in [-1, 1). */
static float draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (float)(*state >> 8) / (float)(1 << 23) - 1;
}

int main(int argc, char **argv)
{
    const long rows = argc > 4 ? atol(argv[2]) : 0, p = argc > 4 ? atol(argv[3]) : 0;
    const long targets = argc > 4 ? atol(argv[4]) : 0;
    uint32_t state = 20161126;
    float *x, *y;
    FILE *names, *xs, *ys;

    if (rows < 1 || p < 4 || targets < 1) {
        fprintf(stderr, "wide FOLDER ROWS FEATURES TARGETS\n");
        return 2;
    }
    folder = argv[1];
    x = calloc((size_t)p, sizeof *x);
    y = calloc((size_t)targets, sizeof *y);
    if (!x || !y)
        die("memory");
    names = open_file("names.txt");
    xs = open_array("x.npy", rows, p);
    ys = open_array("y.npy", rows, targets);
    for (long i = 0; i < rows; i++) {
        for (long f = 0; f < p; f++)
            x[f] = draw(&state);
        for (long v = 0; v < targets; v++)
            y[v] = x[v % p] + x[(v + 1) % p] - x[(v + 2) % p] + x[(v + 3) % p] +
                   4 * draw(&state);
        put_row(xs, x, p);
        put_row(ys, y, targets);
        fprintf(names, "row%07ld\n", i);
    }
    if (fclose(names) != 0 || fclose(xs) != 0 || fclose(ys) != 0)
        die(folder);
    free(x);
    free(y);
    return 0;
}
