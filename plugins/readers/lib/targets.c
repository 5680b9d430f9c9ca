/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Channels as targets: chosen by pattern, named, placed by the tables beside the file.
 */
#include "targets.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <anaflow/files.h>

#include "coordsystem.h"

/* One pattern out of a list: trimmed, into a buffer; 0 at the end. */
static int next_pattern(const char **at, char *pattern, size_t room)
{
    const char *end;
    size_t n;

    while (**at == ' ' || **at == ',' || **at == '\t')
        ++*at;
    if (!**at)
        return 0;
    end = strchr(*at, ',');
    n = end ? (size_t)(end - *at) : strlen(*at);
    end = *at + n;
    while (n > 0 && ((*at)[n - 1] == ' ' || (*at)[n - 1] == '\t'))
        n--;
    n = n < room ? n : room - 1;
    memcpy(pattern, *at, n);
    pattern[n] = 0;
    *at = end;
    return 1;
}

static int refuse_pattern(struct ana_ctx *ctx, const char *path, const char *pattern,
                          int64_t n, const char *const *names)
{
    char list[200];
    size_t used = 0;

    list[0] = 0;
    for (int64_t i = 0; i < n && i < 5; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.32s",
                                 i ? ", " : "", names[i]);
    return ana_fail(ctx, ANA_EPARAM,
                    "%s: no channel is called '%s'; there are %lld: %s%s", path, pattern,
                    (long long)n, list, n > 5 ? " ..." : "");
}

int targets_choose(struct ana_ctx *ctx, const char *path, const char *patterns, int64_t n,
                   const char *const *names, const uint8_t *usual, uint8_t *wanted)
{
    char pattern[128];
    int64_t kept = 0;
    int first = 1;

    memcpy(wanted, usual, (size_t)n);
    while (next_pattern(&patterns, pattern, sizeof pattern)) {
        const int out = pattern[0] == '-' && pattern[1];
        int64_t matches = 0;

        if (first && !out)
            memset(wanted, 0, (size_t)n);
        first = 0;
        for (int64_t i = 0; i < n; i++)
            if (fnmatch(pattern + out, names[i], 0) == 0 ||
                strcmp(pattern + out, names[i]) == 0) {
                matches++;
                wanted[i] = (uint8_t)!out;
            }
        if (matches == 0)
            return refuse_pattern(ctx, path, pattern + out, n, names);
    }
    for (int64_t i = 0; i < n; i++)
        kept += wanted[i];
    if (kept > 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: no channel is left; name those you want with `channels`", path);
}

/* A copy of text that lives as long as the targets. */
static const char *keep(struct ana_ctx *ctx, struct targets *t, const char *text)
{
    if (t->n_text == t->room_text) {
        const int64_t room = t->room_text > 0 ? 2 * t->room_text : 64;
        char **more = ana_alloc(ctx, room, sizeof *more);

        if (!more)
            return NULL;
        if (t->n_text > 0)
            memcpy(more, t->text, (size_t)t->n_text * sizeof *more);
        ana_free(ctx, t->text);
        t->text = more;
        t->room_text = room;
    }
    t->text[t->n_text] = ana_strdup(ctx, text);
    return t->text[t->n_text] ? t->text[t->n_text++] : NULL;
}

int targets_create(struct ana_ctx *ctx, int64_t n, const char *const *names,
                   const uint8_t *wanted, struct targets *out)
{
    int64_t kept = 0;

    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < n; i++)
        kept += wanted[i];
    out->target = ana_alloc(ctx, kept, sizeof *out->target);
    out->channel = ana_alloc(ctx, kept, sizeof *out->channel);
    if (!out->target || !out->channel)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        struct ana_target *t = &out->target[out->n];

        if (!wanted[i])
            continue;
        out->channel[out->n++] = i;
        *t = (struct ana_target){.size = sizeof *t,
                                 .region = "",
                                 .space = "",
                                 .hemisphere = "",
                                 .position = {(double)NAN, (double)NAN, (double)NAN}};
        t->name = keep(ctx, out, names[i]);
        if (!t->name)
            return ANA_ERESOURCE;
    }
    return 0;
}

void targets_finish(struct ana_ctx *ctx, struct targets *targets)
{
    for (int64_t i = 0; i < targets->n_text; i++)
        ana_free(ctx, targets->text[i]);
    ana_free(ctx, targets->text);
    ana_free(ctx, targets->target);
    ana_free(ctx, targets->channel);
    memset(targets, 0, sizeof *targets);
}

/* The one file that matches a pattern, NULL if none does. */
static int only_match(struct ana_ctx *ctx, const char *pattern, const char *key,
                      char **found)
{
    char **paths = NULL;
    int64_t n = 0;
    int rc = ana_file_glob(ctx, pattern, &n, &paths);

    if (rc == 0 && n > 1)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s and %s could both be meant; name one with `%s = FILE`",
                      paths[0], paths[1], key);
    if (rc == 0 && n == 1) {
        *found = paths[0];
        paths[0] = NULL;
    }
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, paths[i]);
    ana_free(ctx, paths);
    return rc;
}

/* Length of the leading entities of a BIDS name that a subject's electrodes share. */
static size_t subject_part(const char *name)
{
    size_t n = strcspn(name, "_");

    if (strncmp(name, "sub-", 4) != 0)
        return 0;
    if (strncmp(name + n, "_ses-", 5) == 0)
        n += 1 + strcspn(name + n + 1, "_");
    return n;
}

int targets_beside(struct ana_ctx *ctx, const char *path, const char *asked,
                   const char *suffix, char **found)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *under = strrchr(name, '_');
    const size_t folder = (size_t)(name - path),
                 whole = under ? (size_t)(under - name) : 0;
    char pattern[4096];

    *found = NULL;
    if (*asked) {
        if (access(asked, R_OK) != 0)
            return ana_fail(ctx, ANA_EDATA, "%s: cannot be read", asked);
        *found = ana_strdup(ctx, asked);
        return *found ? 0 : ANA_ERESOURCE;
    }
    if (strncmp(name, "sub-", 4) != 0 || folder + whole + 64 > sizeof pattern)
        return 0;
    snprintf(pattern, sizeof pattern, "%.*s_%s.tsv", (int)(folder + whole), path, suffix);
    if (access(pattern, R_OK) == 0) {
        *found = ana_strdup(ctx, pattern);
        return *found ? 0 : ANA_ERESOURCE;
    }
    if (strcmp(suffix, "electrodes") != 0)
        return 0;
    snprintf(pattern, sizeof pattern, "%.*s_*%s.tsv", (int)(folder + subject_part(name)),
             path, suffix);
    return only_match(ctx, pattern, suffix, found);
}

static int64_t name_column(const struct ana_table *table)
{
    const int64_t column = ana_table_column(table, "name");

    return column >= 0 ? column : ana_table_column(table, "label");
}

static const char *cell(const struct ana_table *table, int64_t row, int64_t column)
{
    const char *text = column >= 0 ? table->cell[row * table->n_columns + column] : "n/a";

    return strcmp(text, "n/a") == 0 ? "" : text;
}

/* Types of channels.tsv that record a brain. */
static int is_brain(const char *type)
{
    static const char *const known[] = {
        "EEG",     "ECOG",         "SEEG",          "DBS",  "MEGMAG",
        "MEGGRAD", "MEGGRADAXIAL", "MEGGRADPLANAR", "NIRS", ""};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(type, known[i]) == 0)
            return 1;
    return 0;
}

int targets_channels(struct ana_ctx *ctx, const char *path, int64_t n,
                     const char *const *names, uint8_t *bad, uint8_t *usual)
{
    struct ana_table *table = NULL;
    int rc = ana_table_read(ctx, path, 1, &table);
    const int64_t name = rc == 0 ? name_column(table) : -1;

    if (rc == 0 && name < 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: has no column `name`", path);
    for (int64_t r = 0; rc == 0 && r < table->n_rows; r++)
        for (int64_t i = 0; i < n; i++) {
            if (strcmp(cell(table, r, name), names[i]) != 0)
                continue;
            if (strcmp(cell(table, r, ana_table_column(table, "status")), "bad") == 0)
                bad[i] = 1;
            if (!is_brain(cell(table, r, ana_table_column(table, "type"))))
                usual[i] = 0;
        }
    ana_table_destroy(ctx, table);
    return rc;
}

static const char *const region_columns[] = {"region", "anatomy", "area", "roi",
                                             "location"};

static int place(struct ana_ctx *ctx, const struct ana_table *table, int64_t row,
                 double scale, struct targets *targets, struct ana_target *target)
{
    static const char *const axes[] = {"x", "y", "z"};
    const char *hemisphere = cell(table, row, ana_table_column(table, "hemisphere"));
    int rc = 0;

    for (int d = 0; rc == 0 && d < 3; d++) {
        const int64_t column = ana_table_column(table, axes[d]);

        if (column < 0)
            continue;
        rc = ana_table_number(ctx, table, row, column, &target->position[d]);
        target->position[d] *= scale;
    }
    for (size_t c = 0; c < sizeof region_columns / sizeof *region_columns; c++) {
        const char *region = cell(table, row, ana_table_column(table, region_columns[c]));

        if (*region && !*target->region)
            target->region = keep(ctx, targets, region);
    }
    if (*hemisphere)
        target->hemisphere = *hemisphere == 'L' || *hemisphere == 'l' ? "L" : "R";
    return rc == 0 && !target->region ? ANA_ERESOURCE : rc;
}

int targets_electrodes(struct ana_ctx *ctx, const char *path, const char *unit,
                       struct targets *targets)
{
    struct coordsystem system;
    struct ana_table *table = NULL;
    const char *space = "";
    int64_t placed = 0, name;
    double scale;
    int rc = coordsystem_read(ctx, path, strcmp(unit, "auto") == 0, &system);

    if (rc == 0)
        rc = ana_table_read(ctx, path, 1, &table);
    unit = strcmp(unit, "auto") == 0 ? system.unit : unit;
    scale = strcmp(unit, "m") == 0 ? 1000 : strcmp(unit, "cm") == 0 ? 10 : 1;
    if (rc == 0 && *system.space && !(space = keep(ctx, targets, system.space)))
        rc = ANA_ERESOURCE;
    name = rc == 0 ? name_column(table) : -1;
    if (rc == 0 && name < 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: has no column `name`", path);
    for (int64_t r = 0; rc == 0 && r < table->n_rows; r++)
        for (int64_t i = 0; rc == 0 && i < targets->n; i++)
            if (strcmp(cell(table, r, name), targets->target[i].name) == 0) {
                rc = place(ctx, table, r, scale, targets, &targets->target[i]);
                if (*space)
                    targets->target[i].space = space;
                placed++;
            }
    if (rc == 0 && placed == 0)
        ana_warn(ctx, "%s: names none of the %lld channels; no positions were taken",
                 path, (long long)targets->n);
    ana_table_destroy(ctx, table);
    return rc;
}
