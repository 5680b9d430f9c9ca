/* SPDX-License-Identifier: BSD-3-Clause
 *
 * runs FOLDER RUNS X Y Z T [plain]: a recording of any size, the same whenever it is made:
 * RUNS images of X x Y x Z x T int16 (run-1.nii.gz ..., and run-1.nii with `plain`), a mask
 * with every other voxel, and x-1.tsv ..., what the voxels follow: voxel v by v % 8.
 */
#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 352 };

static const char *folder;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        die(path);
}

static void *get(size_t n)
{
    void *memory = calloc(n, 1);

    if (!memory)
        die("memory");
    return memory;
}

static void pack(const char *name, const void *bytes, size_t n)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(1);
    const size_t room = libdeflate_gzip_compress_bound(c, n);
    void *out = get(room);

    write_file(name, out, libdeflate_gzip_compress(c, bytes, n, out, room));
    libdeflate_free_compressor(c);
    free(out);
}

static void put(uint8_t *at, int16_t value)
{
    memcpy(at, &value, sizeof value);
}

static void put_real(uint8_t *at, float value)
{
    memcpy(at, &value, sizeof value);
}

static void fill_header(uint8_t *h, const int dim[4], int type)
{
    const int32_t size = 348;

    memcpy(h, &size, sizeof size);
    put(h + 40, dim[3] > 1 ? 4 : 3);
    for (int d = 0; d < 7; d++)
        put(h + 42 + 2 * d, (int16_t)(d < 4 ? dim[d] : 1));
    put(h + 70, (int16_t)type);
    put(h + 72, type == 2 ? 8 : 16);
    for (int d = 1; d <= 3; d++)
        put_real(h + 76 + 4 * d, 3);
    put_real(h + 92, 2); /* TR, s */
    put_real(h + 108, HEADER);
    h[123] = 10; /* mm, s */
    put(h + 254, 4);
    for (int d = 0; d < 3; d++)
        put_real(h + 280 + 20 * d, 3);
    memcpy(h + 344, "n+1", 4);
}

static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void make_mask(const int dim[4])
{
    const int one[4] = {dim[0], dim[1], dim[2], 1};
    const size_t n = (size_t)dim[0] * (size_t)dim[1] * (size_t)dim[2];
    uint8_t *image = get(HEADER + n);

    fill_header(image, one, 2);
    for (size_t v = 0; v < n; v++)
        image[HEADER + v] = v % 2;
    pack("mask.nii.gz", image, HEADER + n);
    free(image);
}

static void make_run(int run, const int dim[4], int plain)
{
    const size_t n = (size_t)dim[0] * (size_t)dim[1] * (size_t)dim[2];
    const size_t bytes = HEADER + 2 * n * (size_t)dim[3];
    uint8_t *image = get(bytes), *at = image + HEADER;
    uint32_t state = 1000003u * (uint32_t)run;
    char name[64], *text = get(32 * (size_t)(dim[3] + 1));
    size_t used = (size_t)sprintf(text, "x\n");

    fill_header(image, dim, 4);
    for (int t = 0; t < dim[3]; t++) {
        const int x = (int)(next(&state) % 33) - 16;

        used += (size_t)sprintf(text + used, "%d\n", x);
        for (size_t v = 0; v < n; v++, at += 2)
            put(at, (int16_t)(900 + x * (int)(v % 8) / 4 + (int)(next(&state) % 16)));
    }
    snprintf(name, sizeof name, "x-%d.tsv", run);
    write_file(name, text, used);
    snprintf(name, sizeof name, "run-%d.nii.gz", run);
    pack(name, image, bytes);
    snprintf(name, sizeof name, "run-%d.nii", run);
    if (plain)
        write_file(name, image, bytes);
    free(text);
    free(image);
}

int main(int argc, char **argv)
{
    int dim[4];

    if (argc < 7) {
        fprintf(stderr, "runs FOLDER RUNS X Y Z T [plain]\n");
        return 2;
    }
    folder = argv[1];
    for (int d = 0; d < 4; d++)
        dim[d] = atoi(argv[3 + d]);
    make_mask(dim);
    for (int run = 1; run <= atoi(argv[2]); run++)
        make_run(run, dim, argc > 7);
    return 0;
}
