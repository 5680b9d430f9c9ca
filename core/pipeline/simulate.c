/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Simulated recordings: electrodes that follow planted layers at planted delays under
 * planted noise. Nothing here is used by an analysis; it only makes its input.
 *
 * T samples of all stimuli, W columns of a space, V electrodes.
 */
#include "pipeline/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <anaflow/linalg.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "data/npy.h"
#include "linalg/pool.h"
#include "pipeline/opened.h"
#include "pipeline/simulate_place.h"
#include "pipeline/stamp.h"

struct simulation {
    const struct ana_study_simulation *study;
    const char *folder;
    struct ana_rows rows;
    int64_t V; /* electrodes so far */
    double *y; /* T x V */
    struct ana_text truth, names, electrodes;
};

/* The clock of the simulated recording: one run a stimulus, from onset to end. */
static int make_rows(struct ana_ctx *ctx, const struct ana_stimuli *stimuli,
                     struct simulation *s)
{
    struct ana_rows *rows = &s->rows;
    int64_t r = 0;

    rows->layout = ANA_LAYOUT_SERIES;
    rows->rate = s->study->rate;
    rows->n_groups = stimuli->n;
    rows->item = ana_alloc(ctx, stimuli->n, sizeof *rows->item);
    rows->name = ana_alloc(ctx, stimuli->n, sizeof *rows->name);
    rows->n = ana_alloc(ctx, stimuli->n, sizeof *rows->n);
    rows->start = ana_alloc(ctx, stimuli->n, sizeof *rows->start);
    if (!rows->item || !rows->name || !rows->n || !rows->start)
        return ANA_ERESOURCE;
    for (int64_t g = 0; g < stimuli->n; g++) {
        rows->item[g] = g;
        rows->name[g] = stimuli->item[g].id;
        rows->n[g] = (int64_t)floor(stimuli->item[g].duration * s->study->rate);
        if (rows->n[g] < 2)
            return ana_fail(ctx, ANA_EDATA,
                            "stimulus %s is shorter than two samples at %g Hz",
                            rows->name[g], s->study->rate);
        rows->n_rows += rows->n[g];
    }
    rows->group = ana_alloc(ctx, rows->n_rows, sizeof *rows->group);
    rows->moment = ana_alloc(ctx, rows->n_rows, sizeof *rows->moment);
    for (int64_t g = 0; rows->group && rows->moment && g < stimuli->n; g++)
        for (int64_t t = 0; t < rows->n[g]; t++, r++) {
            rows->group[r] = g;
            rows->moment[r] = t;
        }
    return rows->group && rows->moment ? 0 : ANA_ERESOURCE;
}

/* All rows of a space, each column to mean 0 and SD 1. */
static int whole_matrix(struct ana_ctx *ctx, const struct ana_space *space, int64_t T,
                        struct ana_tensor *x)
{
    int64_t *all = ana_alloc(ctx, T, sizeof *all);
    const struct ana_fold fold = {.size = sizeof fold, .n_train = T, .train = all};
    int rc = all ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; all && r < T; r++)
        all[r] = r;
    memset(x, 0, sizeof *x);
    x->dtype = ANA_F64;
    if (rc == 0)
        rc = ana_fold_matrix(ctx, space, &fold, x, NULL);
    ana_free(ctx, all);
    return rc;
}

/* One electrode: X w to SD 1, plus noise. */
static int make_electrode(struct ana_ctx *ctx, const struct ana_tensor *x, int64_t number,
                          double noise, double *y, int64_t stride)
{
    const int64_t T = x->shape[0], W = x->shape[1];
    double *w = ana_alloc(ctx, W, sizeof *w), *s = ana_alloc(ctx, T, sizeof *s), sd = 0;
    struct ana_rng rng;
    int rc = w && s ? 0 : ANA_ERESOURCE;

    ana_rng_init(ctx, "simulate", number, &rng);
    for (int64_t j = 0; w && j < W; j++)
        w[j] = ana_rng_normal(&rng);
    if (rc == 0)
        rc = ana_gemm(ctx, 0, 0, T, 1, W, 1, x->data, W, w, 1, 0, s, 1);
    for (int64_t t = 0; rc == 0 && t < T; t++)
        sd += s[t] * s[t];
    sd = sqrt(sd / (double)T);
    if (rc == 0 && !(sd > 0))
        rc = ana_fail(ctx, ANA_ENUMERIC, "the layer is constant: nothing can follow it");
    for (int64_t t = 0; rc == 0 && t < T; t++)
        y[t * stride] = s[t] / sd + noise * ana_rng_normal(&rng);
    ana_free(ctx, w);
    ana_free(ctx, s);
    return rc;
}

/* A row of electrodes.tsv: those of one space lie in a row, its variants from back to front
 * in it, and every other electrode on the right. */
static void describe_electrode(struct ana_ctx *ctx, const struct ana_opened *opened,
                               const struct ana_features *f, int64_t variant,
                               int64_t space, int64_t k, struct simulation *s)
{
    const struct ana_variant *v = &f->variants[variant];
    const int64_t each_side = (s->study->targets + 1) / 2;
    const double within = ((double)(k / 2) + 0.5) / (double)each_side;
    double xyz[3];

    ana_simulate_place(
        ctx, s->V, ((double)variant + 0.1 + 0.8 * within) / (double)f->n_variants,
        ((double)space + 0.5) / (double)s->study->n_features, k % 2 == 0, xyz);
    ana_text_add(&s->names, "e%03lld\n", (long long)s->V + 1);
    ana_text_add(&s->electrodes, "e%03lld\t%.1f\t%.1f\t%.1f\t%s %s %s\t%s\tMNI152\n",
                 (long long)s->V + 1, xyz[0], xyz[1], xyz[2], f->study->name,
                 ana_variant_model(opened, v), ana_variant_layer(opened, v),
                 k % 2 == 0 ? "L" : "R");
}

/* Electrodes that follow one variant, into the columns from s->V on. */
static int plant_variant(struct ana_ctx *ctx, const struct ana_opened *opened,
                         const struct ana_features *f, int64_t variant,
                         int64_t space_number, struct simulation *s, int64_t stride)
{
    const struct ana_variant *v = &f->variants[variant];
    struct ana_space *space = NULL;
    struct ana_tensor x = {0};
    int rc = ana_features_space(ctx, opened, f, variant, 1, &space);

    if (rc == 0)
        rc = whole_matrix(ctx, space, s->rows.n_rows, &x);
    for (int64_t k = 0; rc == 0 && k < s->study->targets; k++, s->V++) {
        const double noise = s->study->noise[k % s->study->n_noise];
        char number[32], best[32];

        rc = make_electrode(ctx, &x, s->V, noise, s->y + s->V, stride);
        describe_electrode(ctx, opened, f, variant, space_number, k, s);
        ana_text_add(&s->truth, "e%03lld\t%s\t%s\t%s\t%s\t%s\n", (long long)s->V + 1,
                     f->study->name, ana_variant_model(opened, v),
                     ana_variant_layer(opened, v), ana_text_number(noise, number),
                     ana_text_number(1 / sqrt(1 + noise * noise), best));
    }
    ana_tensor_finish(&x);
    ana_space_destroy(ctx, space);
    return rc;
}

static int plant(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t stimuli,
                 struct simulation *s)
{
    struct ana_features **f = ana_alloc(ctx, s->study->n_features, sizeof *f);
    int64_t variants = 0;
    int rc = f ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < s->study->n_features; i++) {
        rc = ana_features_create(ctx, opened, s->study->features[i], &s->rows, stimuli,
                                 &f[i]);
        variants += rc == 0 ? f[i]->n_variants : 0;
    }
    if (rc == 0)
        rc = ana_features_run(ctx, opened, s->study->n_features, f);
    if (rc == 0) {
        s->y =
            ana_alloc(ctx, s->rows.n_rows * variants * s->study->targets, sizeof *s->y);
        rc = s->y ? 0 : ANA_ERESOURCE;
    }
    ana_text_add(&s->electrodes, "name\tx\ty\tz\tregion\themisphere\tspace\n");
    ana_text_add(&s->truth, "target\tfeatures\tmodel\tlayer\tnoise\tbest_r\n");
    for (int64_t i = 0; rc == 0 && i < s->study->n_features; i++)
        for (int64_t v = 0; rc == 0 && v < f[i]->n_variants; v++)
            rc = plant_variant(ctx, opened, f[i], v, i, s, variants * s->study->targets);
    for (int64_t i = 0; f && i < s->study->n_features; i++)
        ana_features_destroy(ctx, f[i]);
    ana_free(ctx, f);
    return rc;
}

static int write_text(struct ana_ctx *ctx, const struct simulation *s, const char *name,
                      const struct ana_text *text)
{
    char *path = ana_path_join(ctx, s->folder, name);
    int rc = path ? 0 : ANA_ERESOURCE;

    if (rc == 0 && text->failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for %s", name);
    if (rc == 0)
        rc = ana_file_write(ctx, path, text->data, text->length);
    ana_free(ctx, path);
    return rc;
}

static int write_runs(struct ana_ctx *ctx, const struct simulation *s)
{
    int64_t first = 0;
    int rc = 0;

    for (int64_t g = 0; rc == 0 && g < s->rows.n_groups; g++) {
        struct ana_text name = {0};
        struct ana_tensor run = {0};
        char *path;

        ana_text_add(&name, "%s.npy", s->rows.name[g]);
        path = name.data ? ana_path_join(ctx, s->folder, name.data) : NULL;
        rc = path ? ana_tensor_create(ctx, ANA_F32, 2,
                                      (const int64_t[]){s->rows.n[g], s->V}, &run)
                  : ANA_ERESOURCE;
        for (int64_t i = 0; rc == 0 && i < s->rows.n[g] * s->V; i++)
            ((float *)run.data)[i] = (float)s->y[first * s->V + i];
        if (rc == 0)
            rc = ana_npy_write(ctx, path, &run);
        first += s->rows.n[g];
        ana_tensor_finish(&run);
        ana_free(ctx, path);
        ana_text_finish(&name);
    }
    return rc;
}

static int write_recording(struct ana_ctx *ctx, struct simulation *s)
{
    struct ana_text mark = {0};
    int rc = ana_folder_make(ctx, s->folder);

    ana_text_add(&mark,
                 "This recording is simulated by anaflow: nobody's brain was measured.\n"
                 "truth.tsv says which layer each electrode follows. The positions in "
                 "electrodes.tsv are made up.\n");
    if (rc == 0)
        rc = write_text(ctx, s, ANA_SIMULATED_FILE, &mark);
    if (rc == 0)
        rc = write_runs(ctx, s);
    if (rc == 0)
        rc = write_text(ctx, s, "targets.txt", &s->names);
    if (rc == 0)
        rc = write_text(ctx, s, "electrodes.tsv", &s->electrodes);
    if (rc == 0)
        rc = write_text(ctx, s, "truth.tsv", &s->truth);
    ana_text_finish(&mark);
    return rc;
}

static void finish(struct ana_ctx *ctx, struct simulation *s)
{
    ana_free(ctx, s->rows.item);
    ana_free(ctx, (void *)s->rows.name);
    ana_free(ctx, s->rows.n);
    ana_free(ctx, s->rows.start);
    ana_free(ctx, s->rows.group);
    ana_free(ctx, s->rows.moment);
    ana_free(ctx, s->y);
    ana_text_finish(&s->truth);
    ana_text_finish(&s->names);
    ana_text_finish(&s->electrodes);
}

static int simulate_one(struct ana_ctx *ctx, const struct ana_opened *opened,
                        const struct ana_study_simulation *study, const char *folder)
{
    struct simulation s = {.study = study, .folder = folder ? folder : study->output};
    int rc = 0;

    ana_context_push(ctx, "%s: [simulate %s]", study->place.where, study->name);
    if (opened->study->n_stimuli != 1)
        rc = ana_fail(ctx, ANA_EPARAM, "a simulation needs one [stimulus NAME], not %lld",
                      (long long)opened->study->n_stimuli);
    if (rc == 0)
        rc = make_rows(ctx, opened->stimuli[0], &s);
    if (rc == 0)
        rc = plant(ctx, opened, 0, &s);
    if (rc == 0)
        rc = write_recording(ctx, &s);
    ana_context_pop(ctx);
    finish(ctx, &s);
    return rc;
}

int ana_simulate(struct ana_ctx *ctx, const struct ana_study *study, const char *folder)
{
    struct ana_opened opened = {0};
    struct ana_pool *pool = NULL;
    int rc;

    if (study->n_simulations == 0)
        return ana_fail(ctx, ANA_EPARAM, "%s: has no section [simulate NAME]",
                        study->ini->path);
    if (folder && study->n_simulations > 1)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s: has %lld simulations and one --output cannot take them all; give "
            "each its `output`",
            study->ini->path, (long long)study->n_simulations);
    ana_ctx_set_seed(ctx, study->seed);
    rc = ana_pool_create(
        ctx, study->jobs > 0 ? study->jobs : sysconf(_SC_NPROCESSORS_ONLN), &pool);
    ana_ctx_set_pool(ctx, pool);
    if (rc == 0)
        rc = ana_opened_create(ctx, study, &opened);
    for (int64_t i = 0; rc == 0 && i < study->n_simulations; i++)
        rc = simulate_one(ctx, &opened, &study->simulations[i], folder);
    ana_opened_finish(ctx, &opened);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    return rc;
}
