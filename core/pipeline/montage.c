/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Channels into targets: bad ones left out, neighbours on a shaft subtracted.
 */
#include "pipeline/montage.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int start(struct ana_ctx *ctx, const struct ana_recording_info *info,
                 struct ana_montage *m)
{
    memset(m, 0, sizeof *m);
    m->n = info->n_targets;
    m->plus = ana_alloc(ctx, m->n, sizeof *m->plus);
    m->minus = ana_alloc(ctx, m->n, sizeof *m->minus);
    m->target = ana_alloc(ctx, m->n, sizeof *m->target);
    m->names = ana_alloc(ctx, m->n, sizeof *m->names);
    if (!m->plus || !m->minus || !m->target || !m->names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < m->n; i++) {
        m->plus[i] = i;
        m->minus[i] = -1;
        m->target[i] = info->targets[i];
    }
    return 0;
}

void ana_montage_finish(struct ana_ctx *ctx, struct ana_montage *m)
{
    for (int64_t i = 0; m->names && i < m->n; i++)
        ana_free(ctx, m->names[i]);
    ana_free(ctx, m->names);
    ana_free(ctx, m->target);
    ana_free(ctx, m->minus);
    ana_free(ctx, m->plus);
    memset(m, 0, sizeof *m);
}

static int unknown_channel(struct ana_ctx *ctx, const struct ana_montage *m,
                           const char *word)
{
    const char **names = ana_alloc(ctx, m->n, sizeof *names);
    const char *nearest;

    if (!names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < m->n; i++)
        names[i] = m->target[i].name;
    nearest = ana_text_nearest(word, names, m->n);
    ana_fail(ctx, ANA_EPARAM, "bad(%s): there is no target of that name%s%s%s", word,
             nearest ? "; did you mean '" : "", nearest ? nearest : "",
             nearest ? "'?" : "");
    ana_free(ctx, (void *)names);
    return ANA_EPARAM;
}

/* Mark what one word of bad(...) leaves out. */
static int mark(struct ana_ctx *ctx, const struct ana_montage *m, const char *word,
                uint8_t *out)
{
    const int drop = strcmp(word, "drop") == 0;
    int64_t matches = 0;

    for (int64_t i = 0; i < m->n; i++)
        if (drop ? m->target[i].bad : fnmatch(word, m->target[i].name, 0) == 0) {
            out[i] = 1;
            matches++;
        }
    return matches == 0 && !drop ? unknown_channel(ctx, m, word) : 0;
}

static int leave_out(struct ana_ctx *ctx, const struct ana_step *step,
                     struct ana_montage *m)
{
    uint8_t *out = ana_alloc(ctx, m->n, 1);
    int64_t kept = 0;
    int rc = out ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < step->n_words; i++)
        rc = mark(ctx, m, step->words[i], out);
    for (int64_t i = 0; rc == 0 && i < m->n; i++)
        if (!out[i]) {
            m->plus[kept] = m->plus[i];
            m->target[kept++] = m->target[i];
        }
    ana_free(ctx, out);
    if (rc == 0 && kept == 0)
        rc = ana_fail(ctx, ANA_EPARAM, "bad(%s) leaves no target", step->words[0]);
    if (rc == 0)
        m->n = kept;
    return rc;
}

/* The number that ends a contact's name, and how long the name of its shaft is; 0 = none. */
static int64_t contact_of(const char *name, size_t *shaft)
{
    *shaft = strlen(name);
    while (*shaft > 0 && isdigit((unsigned char)name[*shaft - 1]))
        --*shaft;
    return name[*shaft] ? strtoll(name + *shaft, NULL, 10) : 0;
}

/* The contact that follows target i on its shaft, or -1. */
static int64_t neighbour(const struct ana_montage *m, int64_t i)
{
    size_t shaft, other;
    const int64_t number = contact_of(m->target[i].name, &shaft);

    for (int64_t j = 0; number > 0 && j < m->n; j++)
        if (contact_of(m->target[j].name, &other) == number + 1 && other == shaft &&
            strncmp(m->target[i].name, m->target[j].name, shaft) == 0)
            return j;
    return -1;
}

/* Pair i of the new montage out of contacts a and b, half way between them. */
static int pair(struct ana_ctx *ctx, const struct ana_montage *from, int64_t a, int64_t b,
                struct ana_montage *to, int64_t i)
{
    char name[160];

    snprintf(name, sizeof name, "%.70s-%.70s", from->target[a].name,
             from->target[b].name);
    to->names[i] = ana_strdup(ctx, name);
    if (!to->names[i])
        return ANA_ERESOURCE;
    to->plus[i] = from->plus[a];
    to->minus[i] = from->plus[b];
    to->target[i] = from->target[a];
    to->target[i].name = to->names[i];
    to->target[i].bad = from->target[a].bad || from->target[b].bad;
    for (int d = 0; d < 3; d++)
        to->target[i].position[d] =
            (from->target[a].position[d] + from->target[b].position[d]) / 2;
    return 0;
}

static int make_bipolar(struct ana_ctx *ctx, struct ana_montage *m)
{
    struct ana_montage pairs = {0};
    int64_t n = 0;
    int rc;

    pairs.plus = ana_alloc(ctx, m->n, sizeof *pairs.plus);
    pairs.minus = ana_alloc(ctx, m->n, sizeof *pairs.minus);
    pairs.target = ana_alloc(ctx, m->n, sizeof *pairs.target);
    pairs.names = ana_alloc(ctx, m->n, sizeof *pairs.names);
    rc = pairs.plus && pairs.minus && pairs.target && pairs.names ? 0 : ANA_ERESOURCE;
    pairs.n = m->n; /* for finish, should a name fail */
    for (int64_t i = 0; rc == 0 && i < m->n; i++) {
        const int64_t next = neighbour(m, i);

        if (next >= 0)
            rc = pair(ctx, m, i, next, &pairs, n++);
    }
    if (rc == 0 && n == 0)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "reference(bipolar): no two of the %lld targets are neighbours: "
                      "names must end in contact numbers, as A1 and A2",
                      (long long)m->n);
    if (rc != 0) {
        ana_montage_finish(ctx, &pairs);
        return rc;
    }
    pairs.n = n;
    ana_montage_finish(ctx, m);
    *m = pairs;
    return 0;
}

static int apply(struct ana_ctx *ctx, const struct ana_step *step, struct ana_montage *m)
{
    if (step->kind == ANA_STEP_BAD)
        return leave_out(ctx, step, m);
    if (m->average || m->names[0])
        return ana_fail(ctx, ANA_EPARAM, "a recording takes one reference, not two");
    if (strcmp(step->words[0], "bipolar") == 0)
        return make_bipolar(ctx, m);
    if (m->n < 2)
        return ana_fail(ctx, ANA_EPARAM,
                        "reference(average) of one target would leave nothing");
    m->average = 1;
    return 0;
}

int ana_montage_make(struct ana_ctx *ctx, const struct ana_recording_info *info,
                     int64_t n, const struct ana_step *steps, struct ana_montage *out)
{
    int rc = start(ctx, info, out);

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        if (!ana_step_is_montage(&steps[i]))
            continue;
        if (i > 0 && !ana_step_is_montage(&steps[i - 1]))
            rc = ana_fail(ctx, ANA_EPARAM,
                          "%s stands behind %s; bad and reference choose the targets and "
                          "come before all other steps",
                          ana_step_name(&steps[i]), ana_step_name(&steps[i - 1]));
        if (rc == 0)
            rc = apply(ctx, &steps[i], out);
    }
    if (rc != 0)
        ana_montage_finish(ctx, out);
    return rc;
}

int ana_montage_is_plain(const struct ana_montage *m)
{
    if (m->average)
        return 0;
    for (int64_t i = 0; i < m->n; i++)
        if (m->minus[i] >= 0)
            return 0;
    return 1;
}
