/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Good input: the plugin opens, gives what it promises, in finite numbers, the same ones
 * each time and on any number of workers, starts no threads and takes the memory that it
 * has announced.
 */
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/text.h"
#include "check/elf.h"
#include "check/metric.h"
#include "check/model.h"
#include "check/reader.h"
#include "pipeline/drive.h"

static int check_opening(struct ana_bench *bench)
{
    struct ana_reader_bench reader;
    struct ana_model_bench model;
    int rc;

    if (bench->check->plugin->kind == ANA_KIND_METRIC)
        return ana_round(bench, NULL);
    if (bench->check->plugin->kind == ANA_KIND_MODEL) {
        rc = ana_model_bench_open(bench, &model);
        if (rc == 0)
            rc = ana_model_bench_info(bench->ctx, &model.info);
        if (rc == 0)
            ana_found(bench->check, "%lld layers", (long long)model.info.n_layers);
        ana_model_bench_close(&model);
        return rc;
    }
    rc = ana_reader_bench_open(bench, &reader);
    if (rc == 0)
        rc = ana_reader_bench_info(bench->ctx, &reader.info);
    if (rc == 0)
        ana_found(bench->check, "%s: %lld runs, %lld targets",
                  strrchr(reader.path, '/') ? strrchr(reader.path, '/') + 1 : reader.path,
                  (long long)reader.info.n_runs, (long long)reader.info.n_targets);
    ana_reader_bench_close(&reader);
    return rc;
}

/* A round on a bench of its own; ANA_UNTRIED passes through. */
static int round_alone(struct ana_check *check, int64_t workers, int times,
                       struct ana_sequence *numbers)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, workers, &bench);

    if (rc == 0) {
        rc = ana_rounds(&bench, times, numbers);
        rc = rc == ANA_UNTRIED ? rc : ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    return rc;
}

int ana_rule_opens(struct ana_check *check)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        rc = check_opening(&bench);
        rc = rc == ANA_UNTRIED ? rc : ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    return rc;
}

/* One layer alone is wanted: no other may be emitted. */
static int show_layer(struct ana_model_bench *model, int64_t layer)
{
    struct ana_emitted emitted = {.n_items = 0};
    struct ana_ctx *ctx = model->bench->ctx;
    int rc;

    ana_doing("item 1, of which layer `%s` alone is wanted",
              model->info.layers[layer].id);
    rc = ana_model_bench_want(model, layer);
    if (rc == 0)
        rc = ana_model_bench_forward(model, 0, 1, &emitted);
    for (int64_t i = 0; rc == 0 && i < emitted.n_layers; i++)
        if ((emitted.of[i].n > 0) != (i == layer))
            rc = ana_fail(ctx, ANA_EPLUGIN,
                          i == layer ? "layer `%s` did not come when it alone was wanted"
                                     : "layer `%s` came and was not wanted",
                          model->info.layers[i].id);
    ana_emitted_finish(&emitted);
    return rc;
}

static int model_shapes(struct ana_bench *bench)
{
    struct ana_emitted emitted = {.n_items = 0};
    struct ana_model_bench model;
    int rc = ana_model_bench_open(bench, &model);

    if (rc == 0)
        rc = ana_model_item(&model, 1.0);
    if (rc == 0)
        rc = ana_model_bench_forward(&model, 0, 1, &emitted);
    if (rc == 0)
        rc = ana_emitted_check(bench->ctx, &emitted);
    ana_emitted_finish(&emitted);
    if (rc == 0)
        rc = show_layer(&model, 0);
    if (rc == 0 && model.info.n_layers > 1)
        rc = show_layer(&model, model.info.n_layers - 1);
    ana_model_bench_close(&model);
    return rc;
}

/* Readers leave nothing unwritten, metrics score all that they planned: a round fails
 * where they do not. */
int ana_rule_shapes(struct ana_check *check)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        rc = check->plugin->kind == ANA_KIND_MODEL ? model_shapes(&bench)
                                                   : ana_round(&bench, NULL);
        rc = ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    return rc;
}

int ana_rule_finite(struct ana_check *check)
{
    struct ana_sequence numbers = {.n = 0};
    int rc = round_alone(check, 0, 1, &numbers);
    int64_t bad = 0, first = -1;

    for (int64_t i = 0; rc == 0 && i < numbers.n; i++)
        if (!isfinite(numbers.value[i])) {
            bad++;
            first = first < 0 ? i : first;
        }
    if (bad > 0)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "%lld of %lld numbers are not finite, number %lld the first",
                      (long long)bad, (long long)numbers.n, (long long)first);
    else if (rc == 0)
        ana_found(check, "%lld numbers", (long long)numbers.n);
    ana_sequence_finish(&numbers);
    return rc;
}

static int same(struct ana_check *check, const struct ana_sequence *a, int64_t from,
                const struct ana_sequence *b, const char *what)
{
    const struct ana_sequence part = {.n = a->n - from, .value = a->value + from};
    const int64_t at = ana_sequence_differ(&part, b);

    if (at < 0)
        return 0;
    if (at >= part.n || at >= b->n)
        return ana_fail(check->ctx, ANA_EPLUGIN, "%s gives %lld numbers, not %lld", what,
                        (long long)part.n, (long long)b->n);
    return ana_fail(check->ctx, ANA_EPLUGIN, "%s gives %.9g, not %.9g, at number %lld",
                    what, part.value[at], b->value[at], (long long)at);
}

int ana_rule_repeats(struct ana_check *check)
{
    struct ana_sequence once = {.n = 0}, twice = {.n = 0}, again = {.n = 0};
    int rc = round_alone(check, 0, 1, &once);

    if (rc == 0)
        rc = round_alone(check, 0, 2, &twice);
    if (rc == 0)
        rc = round_alone(check, 0, 1, &again);
    if (rc == 0)
        rc = same(check, &twice, once.n, &once, "a second call");
    if (rc == 0)
        rc = same(check, &again, 0, &once, "a second opening");
    ana_sequence_finish(&once);
    ana_sequence_finish(&twice);
    ana_sequence_finish(&again);
    return rc;
}

enum { WORKERS = 4, TOGETHER = 4 * ANA_MOST_ITEMS };

/* Many forward calls on one self, several at once, which REENTRANT allows. The items
 * differ, so that a buffer that they share shows. */
struct crowd {
    struct ana_model_bench *model;
    struct ana_emitted alone[ANA_MOST_ITEMS], emitted[TOGETHER];
};

static int show_one(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct crowd *crowd = arg;
    struct ana_bench bench = *crowd->model->bench;
    struct ana_model_bench model = *crowd->model;

    bench.ctx = ctx;
    model.bench = &bench;
    return ana_model_bench_forward(&model, i % ANA_MOST_ITEMS, 1, &crowd->emitted[i]);
}

static int compare_crowd(struct ana_check *check, const struct crowd *crowd)
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < TOGETHER; i++) {
        struct ana_sequence first = {.n = 0}, other = {.n = 0};

        ana_emitted_numbers(&crowd->alone[i % ANA_MOST_ITEMS], 0, &first);
        ana_emitted_numbers(&crowd->emitted[i], 0, &other);
        rc = same(check, &other, 0, &first, "a forward call beside others (REENTRANT)");
        ana_sequence_finish(&first);
        ana_sequence_finish(&other);
    }
    return rc;
}

static int reentrant(struct ana_check *check)
{
    struct ana_model_bench model;
    struct crowd crowd = {.model = &model};
    struct ana_bench bench;
    int rc = ana_bench_open(check, WORKERS, &bench);

    if (rc == 0) {
        rc = ana_model_bench_open(&bench, &model);
        if (rc == 0 && (model.info.flags & ANA_MODEL_REENTRANT)) {
            for (int i = 0; rc == 0 && i < ANA_MOST_ITEMS; i++)
                rc = ana_model_item(&model, 1.0 - 0.1 * i);
            for (int i = 0; rc == 0 && i < ANA_MOST_ITEMS; i++)
                rc = ana_model_bench_forward(&model, i, 1, &crowd.alone[i]);
            if (rc == 0)
                rc = ana_parallel_for(bench.ctx, TOGETHER, show_one, &crowd);
        }
        rc = ana_bench_adopt(&bench, rc);
        if (rc == 0 && (model.info.flags & ANA_MODEL_REENTRANT))
            rc = compare_crowd(check, &crowd);
        for (int i = 0; i < TOGETHER; i++)
            ana_emitted_finish(&crowd.emitted[i]);
        for (int i = 0; i < ANA_MOST_ITEMS; i++)
            ana_emitted_finish(&crowd.alone[i]);
        ana_model_bench_close(&model);
    }
    ana_bench_close(&bench);
    return rc;
}

/* Scores of many targets, each a push of its own; workers = 0: one after the other. */
static int push_many(struct ana_check *check, int64_t workers,
                     struct ana_sequence *numbers)
{
    enum { MANY_ROWS = 300, MANY_FEATURES = 6, MANY_TARGETS = 60 };
    struct ana_bench bench;
    struct ana_pair pair = {0};
    int rc = ana_bench_open(check, workers, &bench);

    if (rc == 0) {
        rc = ana_pair_create(&bench, MANY_ROWS, MANY_FEATURES, MANY_TARGETS, &pair);
        bench.test->tile = 1;
        if (rc == 0)
            rc = ana_metric_score(&bench, &pair, numbers);
        rc = ana_bench_adopt(&bench, rc);
        ana_pair_finish(&pair);
    }
    ana_bench_close(&bench);
    return rc;
}

/* push() of different tiles runs at once on one ys. */
static int pushed_together(struct ana_check *check)
{
    struct ana_sequence alone = {.n = 0};
    int rc = push_many(check, 0, &alone);

    for (int i = 0; rc == 0 && i < 4; i++) {
        struct ana_sequence numbers = {.n = 0};

        rc = push_many(check, WORKERS, &numbers);
        if (rc == 0)
            rc = same(check, &numbers, 0, &alone, "a push beside others");
        ana_sequence_finish(&numbers);
    }
    ana_sequence_finish(&alone);
    return rc;
}

int ana_rule_workers(struct ana_check *check)
{
    static const struct {
        int64_t n;
        const char *what;
    } cases[] = {{1, "1 worker"}, {2, "2 workers"}, {4, "4 workers"}};
    struct ana_sequence alone = {.n = 0};
    int rc = round_alone(check, 0, 1, &alone);

    for (size_t i = 0; rc == 0 && i < sizeof cases / sizeof *cases; i++) {
        struct ana_sequence numbers = {.n = 0};

        ana_doing("a round with %s", cases[i].what);
        rc = round_alone(check, cases[i].n, 1, &numbers);
        if (rc == 0)
            rc = same(check, &numbers, 0, &alone, cases[i].what);
        ana_sequence_finish(&numbers);
    }
    ana_sequence_finish(&alone);
    if (rc == 0 && check->plugin->kind == ANA_KIND_MODEL)
        rc = reentrant(check);
    if (rc == 0 && check->plugin->kind == ANA_KIND_METRIC &&
        (check->plugin->metric->flags & ANA_METRIC_PER_TARGET))
        rc = pushed_together(check);
    return rc;
}

/* Threads of this process. */
static int count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int n = 0;

    if (!folder)
        return 0;
    for (const struct dirent *e = readdir(folder); e; e = readdir(folder))
        n += e->d_name[0] != '.';
    closedir(folder);
    return n;
}

/* Looks at the number of threads while a round is under way. */
struct watch {
    atomic_int stop, most;
};

static void *watch_threads(void *arg)
{
    struct watch *watch = arg;

    while (!atomic_load(&watch->stop)) {
        const int n = count_threads();

        if (n > atomic_load(&watch->most))
            atomic_store(&watch->most, n);
        usleep(200);
    }
    return NULL;
}

static int find_import(void *arg, int what, const char *name, int64_t bytes)
{
    static const char *const starters[] = {
        "pthread_create", "thrd_create", "GOMP_parallel", "fork", "vfork", "clone"};
    const char **found = arg;

    (void)bytes;
    for (size_t i = 0; what == ANA_ELF_IMPORT && i < sizeof starters / sizeof *starters;
         i++)
        if (strcmp(name, starters[i]) == 0)
            *found = starters[i];
    return 0;
}

int ana_rule_threads(struct ana_check *check)
{
    const char *imported = NULL;
    struct watch watch;
    pthread_t watcher;
    int before, after,
        rc = ana_elf_visit(check->ctx, check->options.path, find_import, &imported);

    if (rc == 0 && imported)
        return ana_fail(check->ctx, ANA_EPLUGIN,
                        "it calls `%s`; threads are the run's: use ana_parallel_for",
                        imported);
    if (rc == 0)
        rc = round_alone(check, 0, 1, NULL); /* what libraries start once is theirs */
    if (rc != 0)
        return rc;
    atomic_init(&watch.stop, 0);
    atomic_init(&watch.most, 0);
    before = count_threads();
    if (pthread_create(&watcher, NULL, watch_threads, &watch) != 0)
        return ana_untried(check, "the system gave no thread to watch with");
    rc = round_alone(check, 0, 3, NULL);
    atomic_store(&watch.stop, 1);
    pthread_join(watcher, NULL);
    after = count_threads();
    for (int i = 0; i < 100 && after > before; i++) { /* one that was joined may linger */
        usleep(1000);
        after = count_threads();
    }
    if (rc == 0 && (after > before || atomic_load(&watch.most) > before + 1))
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "there were %d threads before a round and %d in it; threads are "
                      "the run's: use ana_parallel_for",
                      before, atomic_load(&watch.most) - 1);
    return rc;
}

enum { SLACK = 1 << 16 }; /* bytes: list heads, alignment */

static int model_plan(struct ana_bench *bench, int64_t *announced, int64_t *used)
{
    struct ana_emitted emitted = {.n_items = 0};
    struct ana_model_cost cost = {.size = sizeof cost};
    struct ana_model_bench model;
    struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = model.item};
    int64_t before = 0, peak;
    int rc = ana_model_bench_open(bench, &model);

    if (rc == 0)
        rc = ana_model_item(&model, 1.0);
    if (rc == 0)
        rc = ana_model_bench_forward(&model, 0, 1, &emitted); /* makes `wanted` */
    ana_emitted_finish(&emitted);
    if (rc == 0)
        rc = model.vt->cost(bench->ctx, model.self, &batch, model.wanted.data, &cost);
    if (rc == 0 && (cost.bytes < 0 || !(cost.flops >= 0) || !isfinite(cost.flops)))
        rc = ana_fail(bench->ctx, ANA_EPLUGIN, "its cost is %lld bytes and %g operations",
                      (long long)cost.bytes, cost.flops);
    if (rc == 0) {
        ana_ctx_forget_peak(bench->ctx);
        before = ana_ctx_memory(bench->ctx, NULL);
        rc = ana_model_bench_forward(&model, 0, 1, &emitted);
    }
    ana_ctx_memory(bench->ctx, &peak);
    *announced = cost.bytes;
    *used = peak - before;
    ana_emitted_finish(&emitted);
    ana_model_bench_close(&model);
    return rc;
}

int ana_rule_plan(struct ana_check *check)
{
    int64_t announced = 0, used = 0;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        if (check->plugin->kind == ANA_KIND_MODEL) {
            rc = model_plan(&bench, &announced, &used);
        } else {
            rc = ana_metric_planned(&bench, &announced, &used);
        }
        rc = ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    if (rc == 0 && (double)used > 1.1 * (double)announced + SLACK)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "it announced %lld bytes and took %lld; count every ana_alloc in "
                      "%s",
                      (long long)announced, (long long)used,
                      check->plugin->kind == ANA_KIND_MODEL ? "cost()" : "plan()");
    else if (rc == 0)
        ana_found(check, "%lld bytes announced, %lld taken; a tenth and 64 KiB more pass",
                  (long long)announced, (long long)used);
    return rc;
}
