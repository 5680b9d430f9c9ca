/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names and clocks of the bound pieces: what `axis = NAMES` gives must be as long as
 * its axis, and the same in every file of a stack.
 */
#include "data/arrays.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct ana_array_axis *axis_of(const struct ana_arrays *arrays, int32_t role)
{
    for (int64_t i = 0; i < arrays->var.n_axes; i++)
        if (arrays->role[i] == role)
            return &arrays->var.axis[i];
    return NULL;
}

static int refuse_length(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                         const char *names, int64_t n, const char *what,
                         const struct ana_piece *piece, int32_t role)
{
    char shape[192];

    return ana_fail(ctx, ANA_EDATA,
                    "%s: `%s` has %lld %s, but the %s axis of `%s` (%s) has %lld samples",
                    arrays->path[piece->file], names, (long long)n, what,
                    ana_role_name(role), ana_arrays_name(arrays),
                    ana_shape_text(piece->ndim, piece->shape, shape),
                    (long long)piece->extent[role]);
}

/* What the INI file names, else what the file itself says of the dimension; n = 0 where
 * neither does. */
static int read_axis_names(struct ana_ctx *ctx, struct ana_arrays *arrays, int32_t role,
                           const struct ana_piece *piece, struct ana_strings *out)
{
    const struct ana_array_axis *axis = axis_of(arrays, role);
    char what[64];

    memset(out, 0, sizeof *out);
    if (axis && axis->names) {
        snprintf(what, sizeof what, " for the axis `%.32s`", axis->name);
        return ana_arrays_strings(ctx, arrays, axis->names, what, out);
    }
    if (arrays->format->names && piece->dim[role] >= 0 && !arrays->var.times)
        return arrays->format->names(ctx, arrays->file, arrays->var.name,
                                     piece->dim[role], &out->n, &out->item);
    return 0;
}

static int compare_names(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                         int32_t role, int64_t file, const struct ana_strings *names)
{
    const struct ana_strings *first = &arrays->names[role];

    for (int64_t i = 0; i < names->n && i < first->n; i++)
        if (strcmp(names->item[i], first->item[i]) != 0)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: name %lld of the %s axis is `%.80s`, in %s it is `%.80s`; "
                "files that are read as one must list the same names in the same "
                "order",
                arrays->path[file], (long long)i + 1, ana_role_name(role), names->item[i],
                arrays->path[0], first->item[i]);
    return 0;
}

/* Names along one role for the pieces [from, to) of one file. */
static int name_role(struct ana_ctx *ctx, struct ana_arrays *arrays, int32_t role,
                     int64_t from, int64_t to)
{
    const struct ana_array_axis *axis = axis_of(arrays, role);
    struct ana_strings names;
    int rc = read_axis_names(ctx, arrays, role, &arrays->piece[from], &names);

    for (int64_t p = from; rc == 0 && names.n > 0 && p < to; p++)
        if (arrays->piece[p].extent[role] != names.n)
            rc = refuse_length(ctx, arrays,
                               axis && axis->names ? axis->names : ana_role_name(role),
                               names.n, "names", &arrays->piece[p], role);
    if (rc == 0 && arrays->names[role].item)
        rc = compare_names(ctx, arrays, role, arrays->piece[from].file, &names);
    if (rc == 0 && !arrays->names[role].item && names.n > 0)
        arrays->names[role] = names;
    else
        ana_strings_finish(ctx, &names);
    return rc;
}

/* Seconds of the time axis: a named variable, else what the file says of the dimension. */
static int read_seconds(struct ana_ctx *ctx, struct ana_arrays *arrays,
                        const struct ana_piece *piece, struct ana_numbers *out)
{
    const struct ana_array_axis *axis = axis_of(arrays, ANA_ROLE_TIME);
    struct ana_strings text;
    int rc;

    memset(out, 0, sizeof *out);
    if (axis && axis->names)
        return ana_arrays_numbers(ctx, arrays, axis->names, " for the time axis", out);
    rc = read_axis_names(ctx, arrays, ANA_ROLE_TIME, piece, &text);
    if (rc == 0 && text.n > 0)
        rc = ana_strings_to_numbers(ctx, arrays->path[piece->file], &text, out);
    ana_strings_finish(ctx, &text);
    return rc;
}

static int refuse_clockless(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                            const struct ana_piece *piece)
{
    return ana_fail(
        ctx, ANA_EPARAM,
        "%s: the time axis of `%s` has no clock; write its rate behind the axes, "
        "as in `@ 128 Hz`, or name the variable with its seconds, as in `time=t`",
        arrays->path[piece->file], ana_arrays_name(arrays));
}

/* Rate and start of the pieces [from, to) of one file. */
static int set_clock(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t from,
                     int64_t to)
{
    const struct ana_array_axis *axis = axis_of(arrays, ANA_ROLE_TIME);
    const char *name = axis && axis->names ? axis->names : "time";
    struct ana_numbers seconds;
    double rate = arrays->rate, start = 0;
    int rc = read_seconds(ctx, arrays, &arrays->piece[from], &seconds);
    const int64_t n = rc == 0 ? seconds.rows * seconds.columns : 0;

    for (int64_t p = from; n > 0 && rc == 0 && p < to; p++)
        if (arrays->piece[p].extent[ANA_ROLE_TIME] != n)
            rc = refuse_length(ctx, arrays, name, n, "times", &arrays->piece[p],
                               ANA_ROLE_TIME);
    if (rc == 0 && n > 0)
        rc = ana_arrays_clock(ctx, arrays->path[arrays->at], name, &seconds, &rate,
                              &start);
    ana_numbers_finish(ctx, &seconds);
    if (rc == 0 && arrays->rate > 0 && fabs(rate - arrays->rate) > 1e-6 * rate)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` counts %.9g samples a second, `@` says %.9g Hz; leave one out",
            arrays->path[arrays->at], name, rate, arrays->rate);
    if (rc == 0 && !(rate > 0))
        rc = refuse_clockless(ctx, arrays, &arrays->piece[from]);
    for (int64_t p = from; rc == 0 && p < to; p++) {
        arrays->piece[p].rate = rate;
        arrays->piece[p].start = start;
    }
    return rc;
}

/* `run = NAMES` where pieces are runs: a name for each cell of the file, one for the
 * file, or one for each piece of them all. */
static int name_runs_outside(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t from,
                             int64_t to)
{
    const char *spec = axis_of(arrays, ANA_ROLE_RUN)->names;
    struct ana_strings names;
    int rc =
        spec ? ana_arrays_strings(ctx, arrays, spec, " for the axis `run`", &names) : 0;

    if (!spec || rc != 0)
        return rc;
    for (int64_t p = from; rc == 0 && p < to; p++) {
        struct ana_piece *piece = &arrays->piece[p];
        const int64_t i = piece->cell >= 0 && names.n == piece->cells ? piece->cell
                          : names.n == arrays->n_pieces               ? p
                          : names.n == 1 && to - from == 1            ? 0
                                                                      : -1;

        if (i < 0)
            rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` has %lld names for %lld runs",
                          arrays->path[piece->file], spec, (long long)names.n,
                          (long long)arrays->n_pieces);
        else
            piece->stimulus =
                ana_arrays_keep(ctx, arrays, ana_strdup(ctx, names.item[i]));
        rc = rc == 0 && !piece->stimulus ? ANA_ERESOURCE : rc;
    }
    ana_strings_finish(ctx, &names);
    return rc;
}

static int same_sizes(struct ana_ctx *ctx, const struct ana_arrays *arrays)
{
    const struct ana_piece *first = &arrays->piece[0];

    for (int64_t p = 1; p < arrays->n_pieces; p++) {
        for (int32_t role = 0; role < ANA_ROLES; role++) {
            const struct ana_piece *piece = &arrays->piece[p];

            if (role == arrays->stack || piece->extent[role] == first->extent[role] ||
                (role == ANA_ROLE_TIME && arrays->layout == ANA_LAYOUT_SERIES))
                continue;
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: the %s axis of `%s` has %lld samples, in %s it has %lld; files and "
                "cells that are read as one must agree",
                arrays->path[piece->file], ana_role_name(role), ana_arrays_name(arrays),
                (long long)piece->extent[role], arrays->path[0],
                (long long)first->extent[role]);
        }
    }
    return 0;
}

static int same_clocks(struct ana_ctx *ctx, const struct ana_arrays *arrays)
{
    const struct ana_piece *a = &arrays->piece[0];

    for (int64_t p = 1; p < arrays->n_pieces; p++) {
        const struct ana_piece *b = &arrays->piece[p];

        if (fabs(a->rate - b->rate) > 1e-6 * a->rate ||
            fabs(a->start - b->start) * a->rate > 1e-6)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: its time axis is %.9g Hz from %.9g s, that of %s is %.9g Hz "
                "from %.9g s; trials of one recording have one clock",
                arrays->path[b->file], b->rate, b->start, arrays->path[a->file], a->rate,
                a->start);
    }
    return 0;
}

int ana_arrays_label(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    int rc = same_sizes(ctx, arrays);

    for (int64_t from = 0, to; rc == 0 && from < arrays->n_pieces; from = to) {
        for (to = from + 1;
             to < arrays->n_pieces && arrays->piece[to].file == arrays->piece[from].file;)
            to++;
        rc = ana_arrays_turn_to(ctx, arrays, arrays->piece[from].file);
        for (int32_t role = 0; rc == 0 && role < ANA_ROLES; role++)
            if (role != ANA_ROLE_TIME && !(role == ANA_ROLE_RUN && arrays->run_outside))
                rc = name_role(ctx, arrays, role, from, to);
        if (rc == 0 && axis_of(arrays, ANA_ROLE_TIME))
            rc = set_clock(ctx, arrays, from, to);
        if (rc == 0 && arrays->run_outside)
            rc = name_runs_outside(ctx, arrays, from, to);
    }
    if (rc == 0 && arrays->layout == ANA_LAYOUT_EPOCHS)
        rc = same_clocks(ctx, arrays);
    return rc;
}
