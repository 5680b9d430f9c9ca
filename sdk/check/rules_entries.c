/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The entries that a plugin may leave out: a reader's `write`, a model's `prepare`. What
 * cannot be written leaves no file; what cannot be prepared is refused in a sentence.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "check/model.h"
#include "check/reader.h"

enum { MOST_REFUSALS = 100 };

/* Where maps go: a folder of its own, in which every file is counted. */
struct maps {
    struct ana_reader_bench *reader;
    char folder[600], path[1200];
};

/* Remove what lies there; how many files it was. */
static int clear(const struct maps *maps)
{
    DIR *dir = opendir(maps->folder);
    const struct dirent *entry;
    char path[1200];
    int n = 0;

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' && strcspn(entry->d_name, ".") == 0 &&
            strlen(entry->d_name) < 3)
            continue;
        snprintf(path, sizeof path, "%s/%s", maps->folder, entry->d_name);
        unlink(path);
        n++;
    }
    if (dir)
        closedir(dir);
    return n;
}

/* Write n values; `must`: 1 = it must be written, -1 = refused, 0 = either. */
static int write_map(struct maps *maps, const char *what, int64_t n, double first,
                     const char *path, int must)
{
    struct ana_bench *bench = maps->reader->bench;
    struct ana_ctx *to = bench->check->ctx;
    struct ana_buffer buffer;
    struct ana_tensor map;
    int files, rc;

    ana_doing("write of %s", what);
    if (ana_buffer_create(ANA_BUFFER_AT_END, n * (int64_t)sizeof(double), &buffer) != 0)
        return ana_fail(to, ANA_ERESOURCE, "no memory for a map");
    for (int64_t i = 0; i < n; i++)
        ((double *)buffer.data)[i] = i == 0 ? first : ana_noise(i);
    ana_buffer_freeze(&buffer);
    ana_tensor_view(ANA_F64, 1, &n, buffer.data, &map);
    rc = maps->reader->vt->write(bench->ctx, maps->reader->self, &map, path);
    ana_buffer_finish(&buffer);
    files = clear(maps);
    if (rc == 0 && must < 0)
        return ana_fail(to, ANA_EPLUGIN, "it took %s and said nothing", what);
    if (rc == 0 && files != 1)
        return ana_fail(to, ANA_EPLUGIN, "of %s it left %d files, expected 1", what,
                        files);
    if (rc != 0 && files > 0)
        return ana_fail(to, ANA_EPLUGIN, "it refused %s and left a file behind", what);
    return rc != 0 && must > 0 ? ana_bench_adopt(bench, rc)
                               : ana_bench_sentence(bench, rc, what);
}

/* A good map while the n-th allocation fails. */
static int write_without_memory(struct maps *maps)
{
    struct ana_ctx *ctx = maps->reader->bench->ctx;
    const int64_t n = maps->reader->info.n_targets, before = ana_ctx_allocations(ctx);
    int rc = write_map(maps, "a map", n, 0.5, maps->path, 1);
    const int64_t asked = ana_ctx_allocations(ctx) - before;

    for (int64_t i = 1; rc == 0 && i <= asked && i <= MOST_REFUSALS; i++) {
        const int64_t held = ana_ctx_memory(ctx, NULL);
        char what[64];

        snprintf(what, sizeof what, "a map while allocation %lld fails", (long long)i);
        ana_ctx_fail_allocation(ctx, i);
        rc = write_map(maps, what, n, 0.5, maps->path, -1);
        ana_ctx_fail_allocation(ctx, 0);
        if (rc == 0 && ana_ctx_memory(ctx, NULL) > held)
            rc = ana_fail(maps->reader->bench->check->ctx, ANA_EPLUGIN,
                          "of %s, %lld bytes were not given back", what,
                          (long long)(ana_ctx_memory(ctx, NULL) - held));
    }
    return rc;
}

static int write_maps(struct ana_reader_bench *reader)
{
    struct maps maps = {.reader = reader};
    const int64_t n = reader->info.n_targets;
    const char *name = strrchr(reader->path, '/');
    const char *dot = strchr(name ? name : reader->path, '.');
    char nowhere[1200];
    int rc;

    snprintf(maps.folder, sizeof maps.folder, "%s/maps", reader->bench->check->folder);
    snprintf(maps.path, sizeof maps.path, "%s/map%s", maps.folder, dot ? dot : "");
    snprintf(nowhere, sizeof nowhere, "%s/no-such-folder/map%s", maps.folder,
             dot ? dot : "");
    if (mkdir(maps.folder, 0700) != 0)
        return ana_fail(reader->bench->ctx, ANA_ERESOURCE, "%s cannot be made",
                        maps.folder);
    rc = write_without_memory(&maps);
    if (rc == 0)
        rc = write_map(&maps, "a map with a value too many", n + 1, 0.5, maps.path, -1);
    if (rc == 0)
        rc = write_map(&maps, "a map that lacks a value", n - 1, 0.5, maps.path, -1);
    if (rc == 0)
        rc = write_map(&maps, "a map of nothing", 0, 0.5, maps.path, -1);
    if (rc == 0)
        rc = write_map(&maps, "a map with a NaN", n, (double)NAN, maps.path, 0);
    if (rc == 0)
        rc = write_map(&maps, "a map with an Inf", n, (double)INFINITY, maps.path, 0);
    if (rc == 0)
        rc = write_map(&maps, "a map into a folder that does not exist", n, 0.5, nowhere,
                       -1);
    return rc;
}

int ana_rule_write(struct ana_check *check)
{
    struct ana_reader_bench reader;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0 && !check->plugin->reader->write) {
        ana_bench_close(&bench);
        return ana_untried(check, "it writes no maps");
    }
    if (rc == 0) {
        rc = ana_reader_bench_open(&bench, &reader);
        if (rc == 0)
            rc = write_maps(&reader);
        if (rc != 0 && !*ana_error(check->ctx))
            rc = ana_bench_adopt(&bench, rc);
        ana_reader_bench_close(&reader);
    }
    ana_bench_close(&bench);
    return rc;
}

/* Prepare the stimulus and drop what was made. */
static int prepare(struct ana_model_bench *model, const struct ana_stimulus *stimulus)
{
    struct ana_input input = {
        .size = sizeof input, .stimulus = stimulus, .rate = model->info.input_rate};
    const int rc = model->vt->prepare(model->bench->ctx, model->self, stimulus, &input);

    ana_tensor_finish(&input.data);
    return rc;
}

static int prepare_poor_stimuli(struct ana_model_bench *model)
{
    static const char *const what[] = {
        "a stimulus without sound",           "a stimulus without words",
        "a stimulus without anything",        "a stimulus whose sound is not there",
        "a stimulus whose sound is a folder", "a stimulus of 0 s"};
    int rc = 0;

    for (int i = 0; rc == 0 && i < 6; i++) {
        struct ana_stimulus poor = model->stimulus[0];

        if (i == 0 || i == 2) {
            poor.audio_path = NULL;
            poor.audio_rate = 0;
            poor.audio_frames = poor.channels = 0;
        }
        if (i == 1 || i == 2) {
            poor.words = NULL;
            poor.n_words = 0;
        }
        if (i == 3)
            poor.audio_path = "/no-such-folder/no-such-sound.wav";
        if (i == 4)
            poor.audio_path = model->bench->check->folder;
        if (i == 5) {
            poor.duration = 0;
            poor.audio_frames = 0;
        }
        ana_doing("prepare of %s", what[i]);
        rc = ana_bench_sentence(model->bench, prepare(model, &poor), what[i]);
    }
    return rc;
}

static int prepare_without_memory(struct ana_model_bench *model)
{
    struct ana_ctx *ctx = model->bench->ctx, *to = model->bench->check->ctx;
    const int64_t before = ana_ctx_allocations(ctx);
    int rc = prepare(model, &model->stimulus[0]);
    const int64_t asked = ana_ctx_allocations(ctx) - before;
    const int64_t step = 1 + asked / MOST_REFUSALS;

    for (int64_t n = 1; rc == 0 && n <= asked; n += step) {
        const int64_t held = ana_ctx_memory(ctx, NULL);
        char what[64];
        int ended;

        snprintf(what, sizeof what, "prepare while allocation %lld fails", (long long)n);
        ana_doing("%s", what);
        ana_ctx_fail_allocation(ctx, n);
        ended = prepare(model, &model->stimulus[0]);
        ana_ctx_fail_allocation(ctx, 0);
        if (ended == 0)
            rc = ana_fail(to, ANA_EPLUGIN, "%s: it went on as if it had not", what);
        else
            rc = ana_bench_sentence(model->bench, ended, what);
        if (rc == 0 && ana_ctx_memory(ctx, NULL) > held)
            rc = ana_fail(to, ANA_EPLUGIN, "%s: %lld bytes were not given back", what,
                          (long long)(ana_ctx_memory(ctx, NULL) - held));
    }
    return rc;
}

int ana_rule_prepare(struct ana_check *check)
{
    struct ana_model_bench model;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0 && !check->plugin->model->prepare) {
        ana_bench_close(&bench);
        return ana_untried(check, "it leaves that to the core");
    }
    if (rc == 0) {
        rc = ana_model_bench_open(&bench, &model);
        if (rc == 0)
            rc = ana_model_item(&model, 0.5);
        if (rc == 0)
            rc = prepare_without_memory(&model);
        if (rc == 0)
            rc = prepare_poor_stimuli(&model);
        if (rc != 0 && !*ana_error(check->ctx))
            rc = ana_bench_adopt(&bench, rc);
        ana_model_bench_close(&model);
    }
    ana_bench_close(&bench);
    return rc;
}
