/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A libFuzzer target of a reader, which is compiled in: each input is a file, or the parts of
 * a recording (.vhdr, .eeg, .vmrk) with a line of scissors between; FUZZ_EXTENSIONS is what
 * they are called. It is opened, described, read and listed, or refused. A refusal without
 * a sentence, or as something else than bad data, is a fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <anaflow/reader.h>

#include "base/context.h"
#include "plugin/params.h"

extern const struct ana_plugin anaflow_plugin;

enum { MOST_MEMORY = 256 << 20, MOST_VALUES = 1 << 22 };

static const char scissors[] = "\n--8<--\n";

static void write_part(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(data, 1, size, file) != size)
        abort();
    fclose(file);
}

/* The file that is opened; its other parts stand beside it, or nothing does. */
static const char *write_input(const uint8_t *data, size_t size)
{
    static char first[256];
    char extensions[] = FUZZ_EXTENSIONS, *rest = extensions;

    *first = 0;
    for (char *one; (one = strsep(&rest, " "));) {
        const uint8_t *end = memmem(data, size, scissors, sizeof scissors - 1);
        const size_t n = end && rest ? (size_t)(end - data) : size;
        char path[256];

        snprintf(path, sizeof path, "/dev/shm/anaflow-fuzz-%ld%s", (long)getpid(), one);
        if (!*first)
            memcpy(first, path, sizeof first);
        if (n > 0)
            write_part(path, data, n);
        else
            unlink(path);
        data += end && rest ? n + sizeof scissors - 1 : size;
        size -= end && rest ? n + sizeof scissors - 1 : size;
    }
    return first;
}

static int read_run(struct ana_ctx *ctx, void *self,
                    const struct ana_recording_info *info, int64_t run)
{
    const struct ana_reader_vt *vt = anaflow_plugin.reader;
    const int64_t targets = info->n_targets < 64 ? info->n_targets : 64;
    int64_t n = info->layout == ANA_LAYOUT_SERIES ? info->runs[run].n : info->n_rows,
            all[64];
    const int epochs = info->layout == ANA_LAYOUT_EPOCHS;
    const int64_t times = epochs ? info->n_times : 1;
    struct ana_tensor out = {0};
    int rc;

    if (times > MOST_VALUES / 64)
        return 0;
    n = n < MOST_VALUES / 64 / times ? n : MOST_VALUES / 64 / times;
    for (int64_t i = 0; i < targets; i++)
        all[i] = info->n_targets - 1 - i;
    rc = ana_tensor_create(ctx, ANA_F32, epochs ? 3 : 2,
                           (const int64_t[]){n, epochs ? times : targets, targets}, &out);
    if (rc == 0)
        rc = vt->read(ctx, self, run, 0, n, all, targets, &out);
    ana_tensor_finish(&out);
    return rc;
}

static int show(struct ana_ctx *ctx, const struct ana_params *params, const char *path)
{
    const struct ana_reader_vt *vt = anaflow_plugin.reader;
    const char *const files[] = {path};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = path};
    struct ana_recording_info info = {.size = sizeof info};
    void *self = NULL;
    int rc = vt->open(ctx, params, &source, &self);

    if (rc == 0)
        rc = vt->describe(ctx, self, &info);
    for (int64_t run = 0; rc == 0 && run < info.n_runs && run < 4; run++)
        rc = read_run(ctx, self, &info, run);
    vt->close(ctx, self);
    return rc;
}

static void list(struct ana_ctx *ctx, const char *path)
{
    struct ana_entry *entries = NULL;
    int64_t n = 0;

    if (!anaflow_plugin.reader->list ||
        anaflow_plugin.reader->list(ctx, path, &n, &entries) != 0)
        return;
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(ctx, entries);
}

/* A file that says all of itself cannot be used wrongly: it is bad, or too large. Some HDF5
 * files do not. */
static int is_refusal(int rc)
{
    return rc == ANA_EDATA || rc == ANA_ERESOURCE ||
           (rc == ANA_EPARAM &&
            (!(anaflow_plugin.reader->flags & ANA_READER_SELF_DESCRIBING) ||
             (anaflow_plugin.reader->flags & ANA_READER_UNTRUSTED_LIB)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ana_ctx_options options = {.seed = 1, .memory = MOST_MEMORY};
    struct ana_params *params = NULL;
    struct ana_ctx *ctx = NULL;
    const char *path = write_input(data, size);
    int rc;

    if (ana_ctx_create(&options, &ctx) != 0)
        abort();
    rc = ana_params_create(ctx, &anaflow_plugin, 0, NULL, &params);
    if (rc == 0)
        rc = show(ctx, params, path);
    if (rc != 0 && (!*ana_error(ctx) || !is_refusal(rc))) {
        fprintf(stderr, "status %d: %s\n", rc, ana_error(ctx));
        abort();
    }
    list(ctx, path);
    ana_params_destroy(params);
    ana_ctx_destroy(ctx);
    return 0;
}
