/* SPDX-License-Identifier: BSD-3-Clause
 *
 * coordsystem.json: a position in metres taken for millimetres would put all electrodes
 * into one point.
 */
#include "coordsystem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *root, const char *kind, const char *what)
{
    char key[64];
    const char *text;

    snprintf(key, sizeof key, "%sCoordinate%s", kind, what);
    text = json_string_value(json_object_get(root, key));
    return text && strcmp(text, "n/a") != 0 ? text : "";
}

/* "_space-X_" of the table's name. */
static void take_space(const char *table, struct coordsystem *out)
{
    const char *slash = strrchr(table, '/');
    const char *at = strstr(slash ? slash : table, "_space-");

    if (at)
        snprintf(out->space, sizeof out->space, "%.*s", (int)strcspn(at + 7, "_."),
                 at + 7);
}

static int take_unit(struct ana_ctx *ctx, const char *path, const char *unit,
                     struct coordsystem *out)
{
    static const char *const known[][2] = {
        {"mm", "mm"}, {"cm", "cm"}, {"m", "m"}, {"millimeters", "mm"}, {"meters", "m"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(unit, known[i][0]) == 0) {
            snprintf(out->unit, sizeof out->unit, "%s", known[i][1]);
            return 0;
        }
    if (!*unit || strcmp(unit, "pixels") == 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: positions in '%.20s'; expected mm, cm or m: say what they are "
                    "with `electrodes-unit`",
                    path, unit);
}

int coordsystem_read(struct ana_ctx *ctx, const char *table, int with_file,
                     struct coordsystem *out)
{
    static const char *const kinds[] = {"iEEG", "EEG", "MEG"};
    const size_t n = strlen(table), m = strlen("electrodes.tsv");
    json_error_t error;
    json_t *root;
    char path[4096];
    int rc = 0;

    memset(out, 0, sizeof *out);
    take_space(table, out);
    if (!with_file || n < m || n + 8 > sizeof path ||
        strcmp(table + n - m, "electrodes.tsv") != 0)
        return 0;
    snprintf(path, sizeof path, "%.*scoordsystem.json", (int)(n - m), table);
    if (access(path, R_OK) != 0)
        return 0;
    root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return ana_fail(ctx, ANA_EDATA, "%s:%d: is no JSON: %s", path, error.line,
                        error.text);
    for (size_t i = 0; rc == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        const char *system = text_of(root, kinds[i], "System");

        if (!*out->unit)
            rc = take_unit(ctx, path, text_of(root, kinds[i], "Units"), out);
        if (!*out->space)
            snprintf(out->space, sizeof out->space, "%s", system);
    }
    json_decref(root);
    return rc;
}
