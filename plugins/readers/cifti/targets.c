/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which places are a target: each by itself, or the mean of those that an atlas gives one
 * label; and what a target is called and where it lies.
 */
#include "cifti.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 64 };

int cii_read_atlas(struct ana_ctx *ctx, const char *path, struct recording *r,
                   int64_t **label)
{
    struct cii_file *a = &r->atlas;
    double *value = NULL;
    int rc;

    *label = NULL;
    if (!*path)
        return 0;
    rc = cii_file_open(ctx, path, a);
    if (rc == 0 && a->kind != CII_LABELS)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: an atlas is a dlabel file, with names of labels", path);
    if (rc == 0 && !cii_same_places(a, &r->file[0]))
        rc = ana_fail(ctx, ANA_EDATA, "%s: has other places than %s", path,
                      r->file[0].path);
    if (rc == 0) {
        value = ana_alloc(ctx, a->N * a->T, sizeof *value);
        *label = ana_alloc(ctx, a->N, sizeof **label);
        rc = value && *label ? cii_file_read(ctx, a, 0, a->N, value) : ANA_ERESOURCE;
    }
    for (int64_t n = 0; rc == 0 && n < a->N; n++) {
        (*label)[n] = -1;
        for (int64_t k = 0; k < a->n_labels; k++)
            if (a->key[k] != 0 && (double)a->key[k] == value[n * a->T])
                (*label)[n] = k;
    }
    ana_free(ctx, value);
    return rc;
}

static int is_wanted(const struct cii_file *f, int64_t n, const char *patterns)
{
    const char *name =
        f->place[n].structure >= 0 ? f->structure[f->place[n].structure] : "";
    char text[1024], *rest = text, *one;

    if (!*patterns)
        return 1;
    snprintf(text, sizeof text, "%s", patterns);
    while ((one = strsep(&rest, " ,")))
        if (*one && fnmatch(one, name, 0) == 0)
            return 1;
    return 0;
}

int cii_gather(struct ana_ctx *ctx, struct recording *r, const char *structures,
               const int64_t *label, int parcels)
{
    const struct cii_file *f = &r->file[0];
    const int64_t groups = parcels ? r->atlas.n_labels : 1;
    int64_t at = 0;

    r->first = ana_alloc(ctx, f->N + 1, sizeof *r->first);
    r->member = ana_alloc(ctx, f->N, sizeof *r->member);
    if (!r->first || !r->member)
        return ANA_ERESOURCE;
    for (int64_t g = 0; g < groups; g++) {
        const int64_t before = at;

        for (int64_t n = 0; n < f->N; n++) {
            if ((label && label[n] < 0) || (parcels && label[n] != g) ||
                !is_wanted(f, n, structures))
                continue;
            if (!parcels)
                r->first[r->n_targets++] = at;
            r->member[at++] = n;
        }
        if (parcels && at > before)
            r->first[++r->n_targets] = at;
    }
    r->first[r->n_targets] = at;
    return r->n_targets > 0
               ? 0
               : ana_fail(ctx, ANA_EDATA, "no place is left by `structures` and `atlas`");
}

static void name_place(const struct cii_file *f, int64_t n, char *out)
{
    const struct cii_place *p = &f->place[n];
    const char *structure = p->structure >= 0 ? f->structure[p->structure] : "";

    if (f->places == CII_PARCELS)
        snprintf(out, NAME, "%s", f->parcel[n]);
    else if (p->j < 0)
        snprintf(out, NAME, "%.40s %lld", structure, (long long)p->i);
    else
        snprintf(out, NAME, "%.30s %lld,%lld,%lld", structure, (long long)p->i,
                 (long long)p->j, (long long)p->k);
}

static void place_target(const struct cii_file *f, const struct recording *r, int64_t t,
                         struct ana_target *target)
{
    double sum[3] = {0};

    for (int64_t i = r->first[t]; i < r->first[t + 1]; i++) {
        const struct cii_place *p = &f->place[r->member[i]];

        for (int d = 0; d < 3; d++)
            sum[d] += f->has_volume && p->j >= 0
                          ? f->ijk_to_mm[d][0] * (double)p->i +
                                f->ijk_to_mm[d][1] * (double)p->j +
                                f->ijk_to_mm[d][2] * (double)p->k + f->ijk_to_mm[d][3]
                          : (double)NAN;
    }
    for (int d = 0; d < 3; d++)
        target->position[d] = sum[d] / (double)(r->first[t + 1] - r->first[t]);
}

int cii_describe_targets(struct ana_ctx *ctx, struct recording *r, const int64_t *label,
                         int parcels)
{
    const struct cii_file *f = &r->file[0];

    r->target = ana_alloc(ctx, r->n_targets, sizeof *r->target);
    r->names = ana_alloc(ctx, r->n_targets, NAME);
    if (!r->target || !r->names)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < r->n_targets; t++) {
        const int64_t one = r->member[r->first[t]];
        const int32_t s = f->place[one].structure;
        const char *structure = s >= 0 ? f->structure[s] : "";
        char *name = r->names + t * NAME;

        name_place(f, one, name);
        r->target[t] =
            (struct ana_target){.size = sizeof r->target[t],
                                .name = parcels ? r->atlas.label[label[one]] : name,
                                .region = label ? r->atlas.label[label[one]]
                                          : f->places == CII_PARCELS ? name
                                                                     : structure,
                                .space = f->has_volume ? "MNI152" : "",
                                .hemisphere = strstr(structure, "_LEFT")    ? "L"
                                              : strstr(structure, "_RIGHT") ? "R"
                                                                            : ""};
        place_target(f, r, t, &r->target[t]);
    }
    return 0;
}
