/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The JSON file beside an image or a surface (BIDS).
 */
#include "sidecar.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

int sidecar_tr(struct ana_ctx *ctx, const char *path, const char *ending, char **found,
               double *tr)
{
    const char *slash = strrchr(path, '/');
    char json[4096], *dot = NULL, *next;
    json_error_t error;
    json_t *root;
    const json_t *value;

    *tr = 0;
    *found = NULL;
    if (strlen(path) > sizeof json - 16)
        return 0;
    strcpy(json, path);
    for (next = json + (slash ? slash - path : 0); (next = strstr(next, ending)); next++)
        dot = next; /* the last */
    if (!dot)
        return 0;
    strcpy(dot, ".json");
    if (access(json, R_OK) != 0)
        return 0;
    *found = ana_strdup(ctx, json);
    if (!*found)
        return ANA_ERESOURCE;
    root = json_load_file(json, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return ana_fail(ctx, ANA_EDATA, "%s:%d: is no JSON: %s", json, error.line,
                        error.text);
    value = json_object_get(root, "RepetitionTime");
    *tr = json_is_number(value) ? json_number_value(value) : 0;
    json_decref(root);
    if (value && !(*tr > 0 && isfinite(*tr)))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: RepetitionTime: expected a number of seconds above 0", json);
    return 0;
}

int sidecar_disagree(double a, double b)
{
    return a > 0 && b > 0 && fabs(a - b) > .01 * b;
}
