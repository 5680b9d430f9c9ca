/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a [model] says of how it is shown its input (`window`, `stride`, `affine`), and
 * the control networks that stand beside it (`controls`, `twins`).
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/study_private.h"
#include "plugin/value.h"

/* "16 s", "100 ms", "76 frames", "400 samples". */
static int read_length(struct ana_ctx *ctx, const char *text, double *value,
                       int32_t *samples)
{
    const char *blank = strrchr(text, ' '), *clock = NULL;
    int rc;

    *samples = 0;
    if (blank && (strcmp(blank, " frames") == 0 || strcmp(blank, " samples") == 0)) {
        char number[32];
        int64_t n = 0;

        *samples = 1;
        if (blank - text >= (ptrdiff_t)sizeof number)
            return ana_fail(ctx, ANA_EPARAM, "'%s' is no length", text);
        memcpy(number, text, (size_t)(blank - text));
        number[blank - text] = 0;
        rc = ana_value_int(ctx, number, &n);
        *value = (double)n;
    } else {
        rc = ana_value_number(ctx, text, "s", value, &clock);
        if (rc == 0 && clock)
            rc = ana_fail(
                ctx, ANA_EPARAM,
                "'%s' counts samples of a recording; write a time, or samples or "
                "frames of the model's input",
                text);
    }
    if (rc == 0 && !(*value > 0))
        rc = ana_fail(ctx, ANA_EPARAM, "'%s' is not above 0", text);
    return rc;
}

static int read_keep(struct ana_ctx *ctx, const char *word, int32_t *keep)
{
    static const char *const words[] = {"all", "last", "centre"};

    for (int32_t i = 0; i < 3; i++)
        if (strcmp(words[i], word) == 0) {
            *keep = i;
            return 0;
        }
    return ana_fail(ctx, ANA_EPARAM,
                    "'keep %s' is none of keep all, keep last, keep centre", word);
}

struct parts {
    struct ana_window window;
    double overlap;
    int32_t has_stride, has_overlap, overlap_samples, has_keep;
};

/* One part of "16 s, stride 100 ms, keep last", without its blanks. */
static int read_part(struct ana_ctx *ctx, const char *part, int first, struct parts *out)
{
    struct ana_window *w = &out->window;

    if (first)
        return read_length(ctx, part, &w->length, &w->length_samples);
    if (strncmp(part, "stride ", 7) == 0) {
        out->has_stride = 1;
        return read_length(ctx, part + 7, &w->stride, &w->stride_samples);
    }
    if (strncmp(part, "overlap ", 8) == 0) {
        out->has_overlap = 1;
        return read_length(ctx, part + 8, &out->overlap, &out->overlap_samples);
    }
    if (strncmp(part, "keep ", 5) == 0) {
        out->has_keep = 1;
        return read_keep(ctx, part + 5, &w->keep);
    }
    return ana_fail(
        ctx, ANA_EPARAM,
        "'%s' is no part of a window; as in `window = 16 s, stride 100 ms, keep "
        "last` or `window = 30 s, overlap 5 s`",
        part);
}

static int read_parts(struct ana_ctx *ctx, const char *text, struct parts *out)
{
    char *copy = ana_strdup(ctx, text), *at = copy;
    int rc = copy ? 0 : ANA_ERESOURCE;

    for (int first = 1; rc == 0 && at; first = 0) {
        char *comma = strchr(at, ','), *end;

        if (comma)
            *comma = 0;
        at += strspn(at, " ");
        end = at + strlen(at);
        while (end > at && end[-1] == ' ')
            *--end = 0;
        rc = read_part(ctx, at, first, out);
        at = comma ? comma + 1 : NULL;
    }
    ana_free(ctx, copy);
    return rc;
}

/* An overlap is a stride of the rest, and keeps each moment once. */
static int settle(struct ana_ctx *ctx, struct parts *p)
{
    struct ana_window *w = &p->window;

    if (p->has_overlap && p->has_stride)
        return ana_fail(ctx, ANA_EPARAM, "`stride` and `overlap` say the same twice");
    if (p->has_overlap) {
        if (p->overlap_samples != w->length_samples || p->overlap >= w->length)
            return ana_fail(
                ctx, ANA_EPARAM,
                "the overlap has to be shorter than the window and in its unit");
        w->stride = w->length - p->overlap;
        w->stride_samples = w->length_samples;
        if (!p->has_keep)
            w->keep = ANA_KEEP_CENTRE;
    } else if (!p->has_stride) {
        w->stride = w->length;
        w->stride_samples = w->length_samples;
    }
    if (w->stride_samples == w->length_samples && w->stride > w->length &&
        w->keep != ANA_KEEP_LAST)
        return ana_fail(ctx, ANA_EPARAM,
                        "a stride longer than the window leaves moments out; only `keep "
                        "last` may");
    w->given = 1;
    return 0;
}

void ana_build_window(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_model *model)
{
    const struct ana_ini_key *window, *stride;
    struct parts parts = {.overlap = 0};
    int rc;

    if (ana_plugin_has(model->plugin, "window") ||
        ana_plugin_has(model->plugin, "stride"))
        return;
    window = ana_build_key(b, section, "window");
    stride = ana_build_key(b, section, "stride");
    if (!window && stride)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, stride),
                    "`stride` of %s goes with a `window`; add it", model->place.section);
    if (!window)
        return;
    ana_build_push(b, section, window);
    rc = read_parts(b->ctx, window->value, &parts);
    if (rc == 0 && stride && parts.has_stride)
        rc = ana_fail(b->ctx, ANA_EPARAM, "the stride is given twice");
    if (rc == 0 && stride) {
        parts.has_stride = 1;
        rc = read_length(b->ctx, stride->value, &parts.window.stride,
                         &parts.window.stride_samples);
    }
    if (rc == 0)
        rc = settle(b->ctx, &parts);
    if (!ana_problem_caught(b, rc))
        model->window = parts.window;
    ana_context_pop(b->ctx);
}

void ana_build_affine(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_model *model)
{
    const struct ana_ini_key *key;
    double *list = NULL;
    int64_t n = 0;
    int rc;

    if (ana_plugin_has(model->plugin, "affine"))
        return;
    key = ana_build_key(b, section, "affine");
    if (!key)
        return;
    if (!ana_ini_key(section, "input"))
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`affine` of %s is for the numbers of another model; add `input = "
                    "MODEL` or remove it",
                    model->place.section);
    ana_build_push(b, section, key);
    rc = ana_value_list(b->ctx, key->value, NULL, &n, &list, NULL);
    if (rc == 0 && n != 2)
        rc = ana_fail(
            b->ctx, ANA_EPARAM,
            "'%s' is not two numbers, a scale and an offset: x/10 + 2 is `affine "
            "= 0.1 2`",
            key->value);
    ana_context_pop(b->ctx);
    if (!ana_problem_caught(b, rc)) {
        model->scale = list[0];
        model->offset = list[1];
    }
    ana_free(b->ctx, list);
}

/* Twin number `twin` of model `number`, behind all models. */
static void add_twin(struct ana_build *b, int64_t number, const char *control,
                     int64_t twin)
{
    struct ana_study *study = b->study;
    struct ana_study_model *grown =
        ana_build_more(b, study->models, study->n_models, sizeof *grown);

    if (!grown)
        return;
    study->models = grown;
    grown += study->n_models++;
    *grown = study->models[number];
    grown->control = control;
    grown->twin = twin;
    grown->twin_of = number;
    grown->variant = ana_build_format(b, "%s %lld", control, (long long)twin + 1);
}

static void take_controls(struct ana_build *b, int64_t number)
{
    static const char *const controls[] = {"random", "permuted"};
    const char *name = b->study->models[number].name;
    const struct ana_ini_section *section = ana_ini_section(b->ini, "model", name);
    const struct ana_plugin *plugin = b->study->models[number].plugin;
    const struct ana_ini_key *key, *count;
    const char *const *words = NULL;
    int64_t n, twins = 1;

    if (ana_plugin_has(plugin, "controls") || ana_plugin_has(plugin, "twins"))
        return;
    key = ana_build_key(b, section, "controls");
    count = ana_ini_key(section, "twins");
    ana_build_int(b, section, "twins", 1, 1000, &twins);
    if (!key && count)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, count),
                    "`twins` of %s goes with `controls`, which says of which kind",
                    ana_build_place(b, section).section);
    n = key ? ana_build_words(b, section, key, &words) : 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t kind = 0, same = 0;

        while (kind < 2 && strcmp(words[i], controls[kind]) != 0)
            kind++;
        for (int64_t k = 0; k < i; k++)
            same |= strcmp(words[k], words[i]) == 0;
        if (kind == 2)
            ana_problem_no_such(b, ana_build_key_place(b, section, key), "control",
                                words[i], 2, controls);
        for (int64_t t = 0; kind < 2 && !same && t < twins; t++)
            add_twin(b, number, controls[kind], t);
    }
}

/* The twins of a space's models join it. */
static void widen_space(struct ana_build *b, struct ana_study_features *space)
{
    const struct ana_study *study = b->study;
    int64_t *from = ana_arena_alloc(
        b->arena, space->n_from + space->n_from * study->n_models, sizeof *from);
    int64_t n = 0;

    if (!from) {
        b->failed = 1;
        return;
    }
    for (int64_t i = 0; i < space->n_from; i++) {
        from[n++] = space->from[i];
        for (int64_t m = 0; m < study->n_models; m++)
            if (study->models[m].twin_of >= 0 &&
                study->models[m].twin_of == space->from[i])
                from[n++] = m;
    }
    space->from = from;
    space->n_from = n;
}

void ana_build_controls(struct ana_build *b)
{
    const int64_t n = b->study->n_models;

    for (int64_t i = 0; i < n; i++)
        take_controls(b, i);
    for (int64_t i = 0; b->study->n_models > n && i < b->study->n_features; i++)
        widen_space(b, &b->study->features[i]);
}
