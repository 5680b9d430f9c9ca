/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A recording as the run sees it: opened by its reader, its units and their clock
 * known before anything is read, its targets read and prepared block by block.
 */
#include "pipeline/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "plugin/apart.h"

static int64_t total(const struct ana_geometry *g)
{
    int64_t n = 0;

    for (int64_t u = 0; u < g->n_units; u++)
        n += g->n[u];
    return n;
}

int64_t ana_recording_samples(const struct ana_recording *recording)
{
    return total(&recording->after);
}

/* The highest of its moments: read (a neighbour's channels beside their own; the mean over
 * all is made from 64 at a time), a step with both its sides, the rows that are picked;
 * those stand beside the others from the second block on. */
int64_t ana_recording_bytes(const struct ana_recording *recording, int64_t n_targets,
                            int64_t width)
{
    const int64_t before = total(&recording->before), after = total(&recording->after);
    const int64_t V = width < n_targets ? width : n_targets;
    const struct ana_montage *montage = &recording->montage;
    int64_t most = V * before, other;

    if (montage->average)
        most += 65 * before;
    else if (!ana_montage_is_plain(montage))
        most *= 2;
    other = V * recording->most_samples;
    most = other > most ? other : most;
    other = V * after;
    if (V < n_targets)
        most = (other > most ? other : most) + n_targets * after;
    else
        most = 2 * other > most ? 2 * other : most;
    return 8 * (most + (montage->average ? before : 0));
}

static int check_info(struct ana_ctx *ctx, const struct ana_recording_info *info)
{
    if (info->layout != ANA_LAYOUT_SERIES && info->layout != ANA_LAYOUT_EPOCHS &&
        info->layout != ANA_LAYOUT_ROWS)
        return ana_fail(ctx, ANA_EPARAM,
                        "the recording is neither a time series, nor trials, nor rows");
    if (info->n_targets < 1 || !info->targets || info->n_runs < 1 || !info->runs ||
        (info->layout != ANA_LAYOUT_SERIES && info->n_rows < 1) ||
        (info->layout == ANA_LAYOUT_EPOCHS && (info->n_times < 1 || !(info->rate > 0))))
        return ana_fail(ctx, ANA_EPLUGIN, "the reader describes an empty recording");
    for (int64_t r = 0; info->layout == ANA_LAYOUT_SERIES && r < info->n_runs; r++)
        if (!(info->runs[r].rate > 0) || info->runs[r].n < 1 ||
            fabs(info->runs[r].rate - info->runs[0].rate) > 1e-9 * info->runs[0].rate)
            return ana_fail(
                ctx, ANA_EDATA,
                "run %s has %lld samples at %g Hz and run %s %g Hz; every run needs "
                "samples at one rate: give it with '@ 128 Hz' after `data`",
                info->runs[r].id, (long long)info->runs[r].n, info->runs[r].rate,
                info->runs[0].id, info->runs[0].rate);
    return 0;
}

/* onset  s that the study moves the recording's clock by */
static int make_geometry(struct ana_ctx *ctx, const struct ana_recording_info *info,
                         double onset, struct ana_geometry *g)
{
    const int series = info->layout == ANA_LAYOUT_SERIES;

    g->layout = info->layout;
    g->one_run = !series;
    g->n_units = series ? info->n_runs : info->n_rows;
    g->rate = series                              ? info->runs[0].rate
              : info->layout == ANA_LAYOUT_EPOCHS ? info->rate
                                                  : 0;
    g->n = ana_alloc(ctx, g->n_units, sizeof *g->n);
    g->start = ana_alloc(ctx, g->n_units, sizeof *g->start);
    g->name = ana_alloc(ctx, g->n_units, sizeof *g->name);
    if (!g->n || !g->start || !g->name)
        return ANA_ERESOURCE;
    if (onset != 0 && g->rate <= 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`onset` moves a clock, and this recording has one value an "
                        "item; remove it");
    for (int64_t u = 0; u < g->n_units; u++) {
        g->n[u] = series                              ? info->runs[u].n
                  : info->layout == ANA_LAYOUT_EPOCHS ? info->n_times
                                                      : 1;
        g->start[u] = series                              ? info->runs[u].start
                      : info->layout == ANA_LAYOUT_EPOCHS ? info->start
                                                          : 0;
        g->start[u] += onset;
        if (series)
            g->name[u] =
                info->runs[u].stimulus ? info->runs[u].stimulus : info->runs[u].id;
        else
            g->name[u] = info->row_names ? info->row_names[u] : NULL;
    }
    return 0;
}

/* What the preparation takes from the reader's channels, and its regressors. */
static int make_montage(struct ana_ctx *ctx, struct ana_recording *recording)
{
    int rc = ana_montage_make(ctx, &recording->info, recording->n_steps, recording->steps,
                              &recording->montage);

    if (rc == 0) {
        recording->n_channels = recording->info.n_targets;
        recording->info.n_targets = recording->montage.n;
        recording->info.targets = recording->montage.target;
        rc = ana_steps_nuisance(ctx, recording->study->prepare_folder, &recording->before,
                                recording->n_steps, recording->steps);
    }
    return rc;
}

/* What a step needs to know of the recording, and what it makes of its geometry. */
static int make_step(struct ana_ctx *ctx, struct ana_recording *recording, int64_t i)
{
    struct ana_step *step = &recording->steps[i];
    const int64_t before = total(&recording->after);
    int rc = ana_step_parse(ctx, recording->study->prepare[i], step);

    if (rc == 0 && recording->study->n_runs > 0)
        rc = ana_step_dataset(ctx, step, recording->study->n_runs,
                              recording->study->confounds);
    if (rc == 0 && step->kind == ANA_STEP_EPOCHS)
        rc = ana_recording_epochs(ctx, recording, &recording->after, step);
    if (rc == 0 && step->kind == ANA_STEP_TRIALS)
        rc = ana_step_group(ctx, &recording->after, step);
    if (rc == 0)
        rc = ana_step_geometry(ctx, step, &recording->after);
    if (rc == 0 && !ana_step_in_place(step) &&
        before + total(&recording->after) > recording->most_samples)
        recording->most_samples = before + total(&recording->after);
    return rc;
}

static int make_steps(struct ana_ctx *ctx, struct ana_recording *recording)
{
    const int64_t n = recording->study->n_prepare;
    int rc = ana_geometry_copy(ctx, &recording->before, &recording->after);

    recording->steps = ana_alloc(ctx, n, sizeof *recording->steps);
    recording->most_samples = total(&recording->before);
    if (rc == 0 && !recording->steps)
        rc = ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        recording->n_steps = i + 1;
        rc = make_step(ctx, recording, i);
    }
    return rc;
}

/* What the steps take, each on what the ones before it left. */
static int count_loops(struct ana_ctx *ctx, struct ana_recording *recording)
{
    struct ana_geometry g = {0};
    int rc = ana_geometry_copy(ctx, &recording->before, &g);

    for (int64_t i = 0; rc == 0 && i < recording->n_steps; i++) {
        recording->loops += ana_step_loops(&recording->steps[i], &g);
        rc = ana_step_geometry(ctx, &recording->steps[i], &g);
    }
    ana_geometry_finish(ctx, &g);
    return rc;
}

int ana_recording_open(struct ana_ctx *ctx, const struct ana_study_brain *study,
                       struct ana_recording *out)
{
    int rc;

    memset(out, 0, sizeof *out);
    out->study = study;
    ana_context_push(ctx, "%s: %s %s", study->place.where,
                     study->is_brain ? "brain" : "data", study->name);
    rc = ana_reader_open(ctx, study->plugin, study->params, &study->source, &out->vt,
                         &out->self);
    if (rc == 0)
        rc = ana_reader_describe(ctx, out->vt, out->self, &out->info, &out->described);
    else
        out->vt = NULL;
    if (rc == 0)
        rc = check_info(ctx, &out->info);
    if (rc == 0)
        rc = make_geometry(ctx, &out->info, study->onset, &out->before);
    if (rc == 0)
        rc = ana_recording_onsets(ctx, out);
    if (rc == 0)
        rc = ana_recording_runs(ctx, out);
    if (rc == 0)
        rc = make_steps(ctx, out);
    if (rc == 0)
        rc = ana_recording_trials(ctx, out);
    if (rc == 0)
        rc = make_montage(ctx, out);
    if (rc == 0)
        rc = count_loops(ctx, out);
    if (rc == 0)
        rc = ana_recording_cut(ctx, out);
    if (rc == 0) {
        out->has_lock = pthread_mutex_init(&out->lock, NULL) == 0;
        if (!out->has_lock)
            rc = ana_fail(ctx, ANA_ERESOURCE, "the system has no lock to give");
    }
    ana_context_pop(ctx);
    if (rc != 0)
        ana_recording_close(ctx, out);
    return rc;
}

void ana_recording_close(struct ana_ctx *ctx, struct ana_recording *recording)
{
    if (recording->vt)
        recording->vt->close(ctx, recording->self);
    if (recording->has_lock)
        pthread_mutex_destroy(&recording->lock);
    ana_described_finish(ctx, &recording->described);
    ana_recording_runs_finish(ctx, recording);
    ana_geometry_finish(ctx, &recording->before);
    ana_geometry_finish(ctx, &recording->after);
    for (int64_t i = 0; i < recording->n_steps; i++)
        ana_step_finish(ctx, &recording->steps[i]);
    ana_free(ctx, recording->steps);
    ana_montage_finish(ctx, &recording->montage);
    ana_free(ctx, recording->mean);
    ana_free(ctx, recording->marked);
    memset(recording, 0, sizeof *recording);
}

static const char *unit_name(const struct ana_recording *recording, int64_t u)
{
    const char *const *names = recording->info.row_names;

    if (recording->info.layout == ANA_LAYOUT_SERIES)
        return recording->info.runs[u].id;
    return names && names[u] ? names[u] : "?";
}

/* Set a whole target to 0. */
static void mask_target(struct ana_ctx *ctx, const struct ana_recording *recording,
                        const struct ana_geometry *g, int64_t V, int64_t first, int64_t v,
                        double *x)
{
    for (int64_t row = 0; row < total(g); row++)
        x[row * V + v] = 0;
    ana_warn(ctx, "target %s has values that are not finite and no score (nan = mask)",
             recording->info.targets[first + v].name);
}

/* The one file of the recording, or the only one that is called as the unit is; "" where
 * that cannot be told. */
static const char *file_of(const struct ana_recording *recording, const char *unit)
{
    const struct ana_source *source = &recording->study->source;
    const char *found = "";
    const size_t n = strlen(unit);

    if (source->n_files == 1)
        return source->files[0];
    for (int64_t i = 0; n > 0 && i < source->n_files; i++) {
        const char *slash = strrchr(source->files[i], '/');
        const char *base = slash ? slash + 1 : source->files[i];

        if (strncmp(base, unit, n) != 0 || base[n] != '.')
            continue;
        if (*found)
            return "";
        found = source->files[i];
    }
    return found;
}

static int fail_not_finite(struct ana_ctx *ctx, const struct ana_recording *recording,
                           const char *target, int64_t u, int64_t t, double value)
{
    const char *section = recording->study->place.section;
    const char *unit = unit_name(recording, u), *file = file_of(recording, unit);

    return ana_fail(ctx, ANA_EDATA,
                    "%s%sthe value of target %s in %s, sample %lld is %g; repair the "
                    "data, leave that target out with prepare = bad(%s), or say what "
                    "is done with `nan = mask` or `nan = zero` in %s",
                    file, *file ? ": " : "", target, unit, (long long)t, value, target,
                    section ? section : "its section");
}

/* Find the first value that is not finite and say where it stands; or, as `nan =` asks,
 * set such values to 0 (zero), or all of such a target (mask), which leaves it constant
 * and so without a score. */
static int check_finite(struct ana_ctx *ctx, const struct ana_recording *recording,
                        const struct ana_geometry *g, int64_t first, int64_t V, double *x)
{
    const int32_t policy = recording->study->nan;
    int64_t row = 0;

    for (int64_t u = 0; u < g->n_units; u++)
        for (int64_t t = 0; t < g->n[u]; t++, row++)
            for (int64_t v = 0; v < V; v++) {
                if (isfinite(x[row * V + v]))
                    continue;
                if (policy == ANA_NAN_ERROR)
                    return fail_not_finite(ctx, recording,
                                           recording->info.targets[first + v].name, u, t,
                                           x[row * V + v]);
                x[row * V + v] = 0;
                if (policy == ANA_NAN_ZERO)
                    ana_warn(ctx, "a value that is not finite was set to 0 (nan = zero)");
                else
                    mask_target(ctx, recording, g, V, first, v, x);
            }
    return 0;
}

/* Copy n rows of V values to places `stride` apart. */
static void copy_rows(int64_t n, int64_t V, const double *from, int64_t stride,
                      double *to)
{
    if (V == stride)
        memcpy(to, from, (size_t)(n * V) * sizeof *to);
    for (int64_t i = 0; V != stride && i < n; i++)
        memcpy(to + i * stride, from + i * V, (size_t)V * sizeof *to);
}

/* Copy the units that are wanted, in their order, as columns [at, at + V) of out, which is
 * made at first: n_targets wide. g is of the prepared runs, which units may be cut out of. */
static int pick_units(struct ana_ctx *ctx, const struct ana_recording *recording,
                      const struct ana_geometry *g, int64_t n_units, const int64_t *units,
                      int64_t V, const double *x, int64_t at, int64_t n_targets,
                      struct ana_tensor *out)
{
    int64_t *offset = ana_alloc(ctx, g->n_units + 1, sizeof *offset), n = 0;
    double *to;
    int rc = 0;

    if (!offset)
        return ANA_ERESOURCE;
    for (int64_t u = 0; u < g->n_units; u++)
        offset[u + 1] = offset[u] + g->n[u];
    for (int64_t i = 0; i < n_units; i++)
        n += recording->after.n[units[i]];
    if (!out->data)
        rc = ana_tensor_create(ctx, ANA_F64, 2, (const int64_t[]){n, n_targets}, out);
    to = out->data;
    for (int64_t i = 0; rc == 0 && i < n_units; i++) {
        const struct ana_recording_unit *cut =
            recording->is_cut ? &recording->unit[units[i]] : NULL;
        const int64_t from = cut ? offset[cut->run] + cut->first : offset[units[i]];
        const int64_t count = recording->after.n[units[i]];

        copy_rows(count, V, x + from * V, n_targets, to + at);
        to += count * n_targets;
    }
    ana_free(ctx, offset);
    return rc;
}

/* All units of some targets, prepared; but for trials(average), where `single` is 1. */
static int read_prepared(struct ana_ctx *ctx, struct ana_recording *recording, int single,
                         int64_t first, int64_t V, struct ana_geometry *g, double **x)
{
    int rc = ana_geometry_copy(ctx, &recording->before, g);

    *x = NULL;
    if (rc == 0) {
        *x = ana_alloc(ctx, total(g) * V, sizeof **x);
        rc = *x ? ana_recording_channels(ctx, recording, first, V, *x) : ANA_ERESOURCE;
    }
    if (rc == 0)
        rc = check_finite(ctx, recording, g, first, V, *x);
    for (int64_t i = 0; rc == 0 && i < recording->n_steps; i++) {
        const struct ana_step *step = &recording->steps[i];

        if (single && step->n_members > 0)
            continue;
        rc = ana_step_apply(ctx, step, g, V, x);
        if (rc == 0)
            rc = ana_step_geometry(ctx, step, g);
    }
    return rc;
}

int ana_recording_read_by(struct ana_ctx *ctx, struct ana_recording *recording,
                          int64_t width, int64_t n_units, const int64_t *units,
                          int64_t first_target, int64_t n_targets, struct ana_tensor *out)
{
    int rc = 0;

    memset(out, 0, sizeof *out);
    for (int64_t at = 0; rc == 0 && at < n_targets; at += width) {
        const int64_t V = n_targets - at < width ? n_targets - at : width;
        struct ana_geometry g = {0};
        double *x;

        rc = read_prepared(ctx, recording, 0, first_target + at, V, &g, &x);
        if (rc == 0)
            rc = pick_units(ctx, recording, &g, n_units, units, V, x, at, n_targets, out);
        ana_free(ctx, x);
        ana_geometry_finish(ctx, &g);
    }
    return rc;
}

int ana_recording_read(struct ana_ctx *ctx, struct ana_recording *recording,
                       int64_t n_units, const int64_t *units, int64_t first_target,
                       int64_t n_targets, struct ana_tensor *out)
{
    return ana_recording_read_by(ctx, recording, n_targets, n_units, units, first_target,
                                 n_targets, out);
}

/* The step that averages presentations; NULL = none does. */
static const struct ana_step *averaging(const struct ana_recording *recording)
{
    for (int64_t i = 0; i < recording->n_steps; i++)
        if (recording->steps[i].n_members > 0)
            return &recording->steps[i];
    return NULL;
}

int ana_recording_has_repeats(const struct ana_recording *recording)
{
    const struct ana_step *step = averaging(recording);

    return step && step->n_members > recording->after.n_units;
}

int64_t ana_recording_repeats(const struct ana_recording *recording, int64_t unit)
{
    const struct ana_step *step = averaging(recording);
    int64_t n = 0;

    for (int64_t u = 0; step && u < step->n_members; u++)
        n += step->member[u] == unit;
    return step ? n : 1;
}

int ana_recording_read_repeats(struct ana_ctx *ctx, struct ana_recording *recording,
                               int64_t unit, int64_t first_target, int64_t n_targets,
                               struct ana_tensor *out)
{
    const struct ana_step *step = averaging(recording);
    struct ana_geometry g = {0};
    int64_t *units = NULL, n = 0;
    double *x;
    int rc;

    if (!step)
        return ana_recording_read(ctx, recording, 1, &unit, first_target, n_targets, out);
    memset(out, 0, sizeof *out);
    rc = read_prepared(ctx, recording, 1, first_target, n_targets, &g, &x);
    if (rc == 0) {
        units = ana_alloc(ctx, step->n_members, sizeof *units);
        rc = units ? 0 : ANA_ERESOURCE;
    }
    for (int64_t u = 0; rc == 0 && u < step->n_members; u++)
        if (step->member[u] == unit)
            units[n++] = u;
    if (rc == 0)
        rc = pick_units(ctx, recording, &g, n, units, n_targets, x, 0, n_targets, out);
    ana_free(ctx, units);
    ana_free(ctx, x);
    ana_geometry_finish(ctx, &g);
    return rc;
}
