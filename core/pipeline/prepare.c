/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The steps of `prepare =`: their grammar. What they make of a recording's geometry is in
 * prepare_geometry.c, the arithmetic in prepare_apply.c.
 */
#include "pipeline/prepare.h"

#include <string.h>

#include "base/text.h"
#include "plugin/value.h"
#include "signal/nuisance.h"

void ana_step_finish(struct ana_ctx *ctx, struct ana_step *step)
{
    for (int64_t i = 0; i < step->n_words; i++)
        ana_free(ctx, step->words[i]);
    ana_free(ctx, step->words);
    for (int64_t i = 0; i < step->n_nuisance; i++)
        ana_nuisance_destroy(ctx, &step->nuisance[i]);
    ana_free(ctx, step->nuisance);
    for (int64_t i = 0; i < step->n_trials; i++)
        ana_free(ctx, step->trial[i].stimulus);
    ana_free(ctx, step->trial);
    ana_free(ctx, step->member);
    memset(step, 0, sizeof *step);
}

const char *ana_step_name(const struct ana_step *step)
{
    return ana_steps[step->kind - 1].name;
}

int ana_step_is_montage(const struct ana_step *step)
{
    return step->kind == ANA_STEP_BAD || step->kind == ANA_STEP_REFERENCE;
}

static int unknown_step(struct ana_ctx *ctx, const char *name)
{
    const char *names[ANA_N_STEPS], *nearest;
    struct ana_text known = {0};

    for (int k = 0; k < ANA_N_STEPS; k++) {
        names[k] = ana_steps[k].name;
        ana_text_add(&known, "%s%s",
                     k == 0                 ? ""
                     : k == ANA_N_STEPS - 1 ? " and "
                                            : ", ",
                     names[k]);
    }
    nearest = ana_text_nearest(name, names, ANA_N_STEPS);
    ana_fail(ctx, ANA_EPARAM, "preparation '%s' is not known%s%s%s; there are %s", name,
             nearest ? ", did you mean '" : "", nearest ? nearest : "",
             nearest ? "'?" : "", known.failed ? "others" : known.data);
    ana_text_finish(&known);
    return ANA_EPARAM;
}

/* How many arguments each step takes. */
static int check_count(struct ana_ctx *ctx, const char *text, int64_t n,
                       const struct ana_step *step)
{
    const int least = ana_steps[step->kind - 1].least;
    const int most = ana_steps[step->kind - 1].most;

    if (n >= least && n <= most)
        return 0;
    if (least == most)
        return ana_fail(ctx, ANA_EPARAM, "'%s' takes %d argument%s, not %lld", text,
                        least, least == 1 ? "" : "s", (long long)n);
    return ana_fail(ctx, ANA_EPARAM, "'%s' takes %d to %d arguments, not %lld", text,
                    least, most, (long long)n);
}

/* A number above 0, or one from `least` on. */
static int parse_number(struct ana_ctx *ctx, const char *text, const char *arg,
                        const char *unit, double least, double *out)
{
    const int rc = ana_value_number(ctx, arg, unit, out, NULL);

    if (rc == 0 && (least > 0 ? *out < least : !(*out > 0)))
        return ana_fail(ctx, ANA_EPARAM, "'%s': expected a number %s %g, found '%s'",
                        text, least > 0 ? "from" : "above", least, arg);
    return rc;
}

static int parse_whole(struct ana_ctx *ctx, const char *text, const char *arg,
                       int64_t least, int64_t most, int64_t *out)
{
    const int rc = ana_value_int(ctx, arg, out);

    if (rc == 0 && (*out < least || *out > most))
        return ana_fail(ctx, ANA_EPARAM,
                        "'%s': expected a whole number from %lld to %lld, found '%s'",
                        text, (long long)least, (long long)most, arg);
    return rc;
}

static int parse_trim(struct ana_ctx *ctx, const char *text, char **args,
                      struct ana_step *step)
{
    const char *first = NULL, *second = NULL;
    int rc = ana_value_number(ctx, args[0], "s", &step->a, &first);

    if (rc == 0)
        rc = ana_value_number(ctx, args[1], "s", &step->b, &second);
    if (rc == 0 && (!first != !second || step->a < 0 || step->b < 0))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "'%s': both arguments must be 0 or more, in the same unit", text);
    step->in_tr = first != NULL;
    return rc;
}

static int parse_band(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                      struct ana_step *step)
{
    const int gamma = step->kind == ANA_STEP_HIGHGAMMA;
    int rc = ana_value_range(ctx, args[0], "Hz", &step->a, &step->b, NULL);

    step->order = gamma ? 8 : 4;
    if (rc == 0 && n > 1)
        rc = parse_whole(ctx, text, args[1], 1, gamma ? 64 : 12, &step->order);
    if (rc == 0 && !(step->a > 0 && step->b > step->a))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "'%s': a band runs from above 0 Hz to a higher edge", text);
    return rc;
}

static int parse_edge(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                      struct ana_step *step)
{
    const int rc = parse_number(ctx, text, args[0], "Hz", 0, &step->a);

    step->order = 4;
    return rc == 0 && n > 1 ? parse_whole(ctx, text, args[1], 1, 12, &step->order) : rc;
}

static int parse_resample(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                          struct ana_step *step)
{
    step->order = n < 2                              ? ANA_RESAMPLE_SOXR
                  : strcmp(args[1], "poly") == 0     ? ANA_RESAMPLE_POLY
                  : strcmp(args[1], "decimate") == 0 ? ANA_RESAMPLE_DECIMATE
                                                     : -1;
    if (step->order < 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "'%s': '%s' is neither poly nor decimate; leave it out for soxr",
                        text, args[1]);
    return parse_number(ctx, text, args[0], "Hz", 0, &step->a);
}

/* Keep the arguments; `skip N` among those of confounds is a number. */
static int parse_words(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                       struct ana_step *step)
{
    int rc = 0;

    step->words = ana_alloc(ctx, n, sizeof *step->words);
    if (!step->words)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        if (step->kind == ANA_STEP_CONFOUNDS && strncmp(args[i], "skip ", 5) == 0) {
            rc = parse_whole(ctx, text, args[i] + 5, 0, INT32_MAX, &step->order);
            continue;
        }
        step->words[step->n_words] = ana_strdup(ctx, args[i]);
        if (!step->words[step->n_words])
            return ANA_ERESOURCE;
        step->n_words++;
    }
    if (rc == 0 && step->n_words == 0)
        rc = ana_fail(ctx, ANA_EPARAM, "'%s' names no file", text);
    if (rc == 0 && step->kind == ANA_STEP_REFERENCE &&
        strcmp(step->words[0], "average") != 0 && strcmp(step->words[0], "bipolar") != 0)
        rc = ana_fail(ctx, ANA_EPARAM, "'%s': a reference is average or bipolar", text);
    return rc;
}

/* Behind the window stand globs of names, and at most one `by COLUMN`, which goes first
 * among the words; "" = none. */
static int parse_epochs(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                        struct ana_step *step)
{
    const char *column = "";
    int rc = ana_value_range(ctx, args[0], "s", &step->a, &step->b, NULL);

    if (rc == 0 && !(step->b > step->a))
        rc = ana_fail(ctx, ANA_EPARAM, "'%s': a window runs from A to a later B", text);
    step->words = rc == 0 ? ana_alloc(ctx, n, sizeof *step->words) : NULL;
    if (rc == 0 && !step->words)
        rc = ANA_ERESOURCE;
    for (int64_t i = 1; rc == 0 && i < n; i++) {
        if (strncmp(args[i], "by ", 3) != 0)
            continue;
        if (*column)
            rc = ana_fail(ctx, ANA_EPARAM, "'%s': one column names the stimulus, not two",
                          text);
        column = args[i] + 3 + strspn(args[i] + 3, " ");
    }
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const char *word = i == 0 ? column : args[i];

        if (i > 0 && strncmp(word, "by ", 3) == 0)
            continue;
        step->words[step->n_words] = ana_strdup(ctx, word);
        if (!step->words[step->n_words])
            return ANA_ERESOURCE;
        step->n_words++;
    }
    return rc;
}

static int parse_arguments(struct ana_ctx *ctx, const char *text, int64_t n, char **args,
                           struct ana_step *step)
{
    const int rc = check_count(ctx, text, n, step);

    if (rc != 0)
        return rc;
    switch (step->kind) {
    case ANA_STEP_ZSCORE:
        return strcmp(args[0], "run") == 0
                   ? 0
                   : ana_fail(ctx, ANA_EPARAM, "'%s': only zscore(run) is known", text);
    case ANA_STEP_RESAMPLE:
        return parse_resample(ctx, text, n, args, step);
    case ANA_STEP_SHIFT:
        return ana_value_number(ctx, args[0], "s", &step->a, NULL);
    case ANA_STEP_TRIM:
        return parse_trim(ctx, text, args, step);
    case ANA_STEP_DETREND:
        return parse_whole(ctx, text, args[0], 0, 20, &step->order);
    case ANA_STEP_COSINE:
        return parse_number(ctx, text, args[0], "s", 0, &step->a);
    case ANA_STEP_NOTCH:
    case ANA_STEP_HIGHPASS:
    case ANA_STEP_LOWPASS:
        return parse_edge(ctx, text, n, args, step);
    case ANA_STEP_BANDPASS:
    case ANA_STEP_HIGHGAMMA:
        return parse_band(ctx, text, n, args, step);
    case ANA_STEP_CLIP:
        return parse_number(ctx, text, args[0], NULL, 0, &step->a);
    case ANA_STEP_EPOCHS:
        return parse_epochs(ctx, text, n, args, step);
    case ANA_STEP_TRIALS:
        step->order = strcmp(args[0], "average") == 0;
        return step->order || strcmp(args[0], "single") == 0
                   ? 0
                   : ana_fail(ctx, ANA_EPARAM,
                              "'%s': trials are averaged or single, trials(average) or "
                              "trials(single)",
                              text);
    case ANA_STEP_CONFOUNDS:
    case ANA_STEP_BAD:
    case ANA_STEP_REFERENCE:
        return parse_words(ctx, text, n, args, step);
    default:
        return ana_value_range(ctx, args[0], "s", &step->a, &step->b, NULL);
    }
}

int ana_step_parse(struct ana_ctx *ctx, const char *text, struct ana_step *out)
{
    char *name = NULL, **args = NULL;
    int64_t n = 0;
    int rc = ana_value_call(ctx, text, &name, &n, &args);

    memset(out, 0, sizeof *out);
    for (int32_t k = 0; rc == 0 && k < ANA_N_STEPS; k++)
        if (strcmp(ana_steps[k].name, name) == 0)
            out->kind = k + 1;
    if (rc == 0)
        rc = out->kind ? parse_arguments(ctx, text, n, args, out)
                       : unknown_step(ctx, name);
    for (int64_t i = 0; args && i < n; i++)
        ana_free(ctx, args[i]);
    ana_free(ctx, args);
    ana_free(ctx, name);
    return rc;
}
