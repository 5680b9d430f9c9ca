/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the axes that `data =` names to a layout, and from an array's dimensions to
 * those axes.
 */
#include "data/arrays.h"

#include <stdio.h>
#include <string.h>

static int32_t role_of(int32_t kind)
{
    switch (kind) {
    case ANA_AXIS_STIMULUS:
        return ANA_ROLE_STIMULUS;
    case ANA_AXIS_TIME:
        return ANA_ROLE_TIME;
    case ANA_AXIS_TARGET:
    case ANA_AXIS_FEATURE: /* what a recording predicts is a target, whoever names it */
        return ANA_ROLE_TARGET;
    case ANA_AXIS_RUN:
        return ANA_ROLE_RUN;
    default:
        return ANA_ROLE_NONE;
    }
}

const char *ana_role_name(int32_t role)
{
    static const char *const names[ANA_ROLES] = {"run", "stimulus", "time", "target"};

    return role >= 0 && role < ANA_ROLES ? names[role] : "?";
}

int ana_arrays_default_axes(struct ana_ctx *ctx, struct ana_arrays *arrays, int32_t ndim)
{
    static const int32_t still[] = {ANA_AXIS_STIMULUS, ANA_AXIS_TARGET};
    static const int32_t moving[] = {ANA_AXIS_TIME, ANA_AXIS_TARGET};
    static const int32_t epochs[] = {ANA_AXIS_STIMULUS, ANA_AXIS_TIME, ANA_AXIS_TARGET};
    const int32_t *kinds = ndim == 3 ? epochs : arrays->rate > 0 ? moving : still;

    if (ndim < 1 || ndim > 3)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%s` has %d dimensions; name its axes, as in "
                        "`: %s(stimulus, time, target)`",
                        arrays->path[arrays->at], ana_arrays_name(arrays), ndim,
                        arrays->var.name ? arrays->var.name : "");
    arrays->var.n_axes = ndim;
    for (int32_t i = 0; i < ndim; i++) {
        arrays->var.axis[i].kind = kinds[i];
        arrays->var.axis[i].name = ana_role_name(role_of(kinds[i]));
    }
    return 0;
}

/* Each axis has a role and no role two axes; `has` counts them. */
static int find_roles(struct ana_ctx *ctx, struct ana_arrays *arrays, int has[ANA_ROLES])
{
    for (int64_t i = 0; i < arrays->var.n_axes; i++) {
        const struct ana_array_axis *axis = &arrays->var.axis[i];
        const int32_t role = role_of(axis->kind);

        if (role == ANA_ROLE_NONE)
            return ana_fail(
                ctx, ANA_EPARAM,
                "axis `%s`: the axes of a recording are stimulus, time, target "
                "and run",
                axis->name ? axis->name : "?");
        if (has[role]++)
            return ana_fail(ctx, ANA_EPARAM, "two axes are the %s: name each once",
                            ana_role_name(role));
        arrays->role[i] = role;
    }
    return 0;
}

int ana_arrays_choose_layout(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    const int many = arrays->n_files > 1 || arrays->var.cells;
    int has[ANA_ROLES] = {0}, rc = find_roles(ctx, arrays, has);

    if (rc != 0)
        return rc;
    arrays->stack = has[ANA_ROLE_TARGET] ? ANA_ROLE_NONE : ANA_ROLE_TARGET;
    if (has[ANA_ROLE_TIME] && !has[ANA_ROLE_STIMULUS]) {
        arrays->layout = ANA_LAYOUT_SERIES;
        arrays->stack = ANA_ROLE_RUN;
        arrays->run_outside = many && has[ANA_ROLE_RUN];
    } else if (has[ANA_ROLE_RUN]) {
        return ana_fail(
            ctx, ANA_EPARAM,
            "axis `run` goes with a time axis and without a stimulus axis: a run "
            "is one unbroken recording");
    } else if (has[ANA_ROLE_TIME]) {
        arrays->layout = ANA_LAYOUT_EPOCHS;
    } else if (has[ANA_ROLE_STIMULUS]) {
        arrays->layout = ANA_LAYOUT_ROWS;
    } else {
        arrays->layout = ANA_LAYOUT_ROWS;
        arrays->stack = ANA_ROLE_STIMULUS;
    }
    if (arrays->var.times &&
        (arrays->var.n_axes != 2 || !has[ANA_ROLE_TARGET] || has[ANA_ROLE_RUN]))
        return ana_fail(
            ctx, ANA_EPARAM,
            "`%s * %s` is a matrix: its axes are stimulus or time, and target",
            ana_arrays_name(arrays), arrays->var.times);
    return 0;
}

/* "(stimulus, time)", of the axes that are dimensions. */
static const char *axes_text(const struct ana_arrays *arrays, char buffer[128])
{
    size_t n = (size_t)snprintf(buffer, 128, "(");
    int first = 1;

    for (int64_t i = 0; i < arrays->var.n_axes && n < 120; i++) {
        if (arrays->run_outside && arrays->role[i] == ANA_ROLE_RUN)
            continue;
        n += (size_t)snprintf(buffer + n, 128 - n, "%s%.20s", first ? "" : ", ",
                              arrays->var.axis[i].name ? arrays->var.axis[i].name
                                                       : ana_role_name(arrays->role[i]));
        first = 0;
    }
    if (n < 127)
        snprintf(buffer + n, 128 - n, ")");
    return buffer;
}

/* Drop dimensions of size 1, the last first, until `wanted` are left. */
static int32_t keep_dimensions(const struct ana_piece *piece, int32_t wanted,
                               int32_t kept[ANA_MAX_DIMS])
{
    int32_t n = piece->ndim;

    for (int32_t d = 0; d < n; d++)
        kept[d] = d;
    for (int32_t i = n - 1; i >= 0 && n > wanted; i--) {
        if (piece->shape[kept[i]] != 1)
            continue;
        for (int32_t k = i; k + 1 < n; k++)
            kept[k] = kept[k + 1];
        n--;
    }
    return n;
}

int ana_arrays_bind(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                    struct ana_piece *piece)
{
    const int32_t wanted = (int32_t)(arrays->var.n_axes - arrays->run_outside);
    const char *path = arrays->path[piece->file];
    int32_t kept[ANA_MAX_DIMS], n, next = 0;
    char shape[192], axes[128];

    ana_shape_text(piece->ndim, piece->shape, shape);
    for (int32_t d = 0; d < piece->ndim; d++)
        if (piece->shape[d] < 1)
            return ana_fail(ctx, ANA_EDATA, "%s: `%s` is %s: it holds no numbers", path,
                            ana_arrays_name(arrays), shape);
    n = keep_dimensions(piece, wanted, kept);
    if (n > wanted)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` is %s, but %s names %d of its %d dimensions; name them all", path,
            ana_arrays_name(arrays), shape, axes_text(arrays, axes), wanted, n);
    for (int32_t role = 0; role < ANA_ROLES; role++) {
        piece->dim[role] = -1;
        piece->extent[role] = 1;
    }
    for (int64_t i = 0; i < arrays->var.n_axes; i++) {
        const int32_t role = arrays->role[i];

        if ((arrays->run_outside && role == ANA_ROLE_RUN) || next == n)
            continue;
        piece->dim[role] = kept[next++];
        piece->extent[role] = piece->shape[piece->dim[role]];
    }
    return 0;
}
