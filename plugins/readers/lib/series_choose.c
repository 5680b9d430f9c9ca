/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which channels of the first file are targets: those of the usual rate that hold numbers and
 * that no table says are something else, or those that are named; and what is known of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/plugin.h>

#include "series_own.h"

static int candidate(const struct series_channel *c)
{
    return !c->text && !c->aside && c->per_frame > 0;
}

static int rate_order(const void *a, const void *b)
{
    const struct series_channel *x = *(const struct series_channel *const *)a;
    const struct series_channel *y = *(const struct series_channel *const *)b;

    return (x->per_frame > y->per_frame) - (x->per_frame < y->per_frame);
}

/* The rate that most channels have, of two the higher: the recording's. */
static int usual_rate(struct ana_ctx *ctx, const struct series_file *file, double *best)
{
    const struct series_channel **all = ana_alloc(ctx, file->n_channels, sizeof *all);
    int64_t n = 0, most = 0;

    *best = 0;
    if (!all)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < file->n_channels; i++)
        if (candidate(&file->channels[i]))
            all[n++] = &file->channels[i];
    qsort(all, (size_t)n, sizeof *all, rate_order);
    for (int64_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && all[next]->per_frame == all[i]->per_frame;)
            next++;
        if (next - i > most || (next - i == most && all[i]->rate > *best)) {
            most = next - i;
            *best = all[i]->rate;
        }
    }
    ana_free(ctx, (void *)all);
    return 0;
}

static int check_wanted(struct ana_ctx *ctx, const struct series_file *file,
                        const uint8_t *wanted)
{
    const struct series_channel *first = NULL;

    for (int64_t i = 0; i < file->n_channels; i++) {
        const struct series_channel *c = &file->channels[i];

        if (!wanted[i])
            continue;
        if (c->text)
            return ana_fail(ctx, ANA_EPARAM, "%s: '%s' holds text, not numbers",
                            file->path, c->name);
        if (c->per_frame == 0)
            return ana_fail(ctx, ANA_EPARAM, "%s: '%s' has no samples", file->path,
                            c->name);
        if (!first)
            first = c;
        if (c->per_frame != first->per_frame)
            return ana_fail(ctx, ANA_EPARAM,
                            "%s: '%s' has %g Hz and '%s' %g Hz; choose signals of one "
                            "rate with `channels`",
                            file->path, first->name, first->rate, c->name, c->rate);
    }
    return 0;
}

static void say_left_out(struct ana_ctx *ctx, const struct series_file *file,
                         const uint8_t *wanted, const char *asked)
{
    int64_t other = 0;

    for (int64_t i = 0; i < file->n_channels; i++)
        other += !wanted[i] && !file->channels[i].text && !file->channels[i].aside;
    if (other > 0 && !*asked)
        ana_warn(ctx,
                 "%s: %lld signals of another rate or type were left out; name those you "
                 "want with `channels`",
                 file->path, (long long)other);
}

/* What is chosen from, and what is known of it: n of each. */
struct choice {
    const char **names;
    uint8_t *usual, *bad, *wanted;
};

static int start_choice(struct ana_ctx *ctx, const struct series_file *file,
                        struct choice *c)
{
    const int64_t n = file->n_channels;
    double rate;

    if (usual_rate(ctx, file, &rate) != 0)
        return ANA_ERESOURCE;
    c->names = ana_alloc(ctx, n, sizeof *c->names);
    c->usual = ana_alloc(ctx, n, 3);
    if (!c->names || !c->usual)
        return ANA_ERESOURCE;
    c->bad = c->usual + n;
    c->wanted = c->bad + n;
    for (int64_t i = 0; i < n; i++) {
        c->names[i] = file->channels[i].name;
        c->usual[i] = candidate(&file->channels[i]) && file->channels[i].rate == rate;
    }
    return 0;
}

static int choose(struct ana_ctx *ctx, const struct ana_params *params, struct series *s,
                  struct choice *c)
{
    const struct series_file *file = &s->file[0];
    const char *asked = ana_param_text(params, "channels");
    int rc = start_choice(ctx, file, c);

    if (rc == 0)
        rc = targets_beside(ctx, file->path, ana_param_text(params, "channels-table"),
                            "channels", &s->table);
    if (rc == 0 && s->table)
        rc =
            targets_channels(ctx, s->table, file->n_channels, c->names, c->bad, c->usual);
    if (rc == 0)
        rc = targets_choose(ctx, file->path, asked, file->n_channels, c->names, c->usual,
                            c->wanted);
    if (rc == 0)
        rc = check_wanted(ctx, file, c->wanted);
    if (rc == 0)
        say_left_out(ctx, file, c->wanted, asked);
    return rc;
}

int series_choose(struct ana_ctx *ctx, const struct ana_params *params, struct series *s)
{
    const struct series_file *file = &s->file[0];
    struct choice c = {0};
    int rc = choose(ctx, params, s, &c);

    if (rc == 0)
        rc = targets_create(ctx, file->n_channels, c.names, c.wanted, &s->targets);
    for (int64_t i = 0; rc == 0 && i < s->targets.n; i++) {
        const int64_t channel = s->targets.channel[i];

        s->targets.target[i].bad = c.bad[channel] || file->channels[channel].bad;
        if (file->channels[channel].region)
            s->targets.target[i].region = file->channels[channel].region;
        memcpy(s->targets.target[i].position, file->channels[channel].position,
               sizeof s->targets.target[i].position);
        s->targets.target[i].space = file->space;
    }
    if (rc == 0)
        rc = targets_beside(ctx, file->path, ana_param_text(params, "electrodes"),
                            "electrodes", &s->electrodes);
    if (rc == 0 && s->electrodes)
        rc = targets_electrodes(ctx, s->electrodes,
                                ana_param_text(params, "electrodes-unit"), &s->targets);
    ana_free(ctx, (void *)c.names);
    ana_free(ctx, c.usual);
    return rc;
}
