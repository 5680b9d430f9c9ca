/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which layers of a model a selection means: "all" (but attention's maps, which are
 * only meant by name), numbers and ranges ("0 3 6-12"), ids and globs ("conv*").
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/activations.h"
#include "plugin/value.h"

static int by_id(const struct ana_model_info *info, const char *word, uint8_t *selected)
{
    int found = 0;

    for (int64_t i = 0; i < info->n_layers; i++)
        if (fnmatch(word, info->layers[i].id, 0) == 0) {
            selected[i] = 1;
            found = 1;
        }
    return found;
}

static int64_t find_id(const struct ana_model_info *info, const char *id)
{
    for (int64_t i = 0; i < info->n_layers; i++)
        if (strcmp(info->layers[i].id, id) == 0)
            return i;
    return -1;
}

/* "6-12" as the layers from the one called "6" to the one called "12": a network's own
 * numbers go before places in the list. */
static int by_named_range(const struct ana_model_info *info, const char *word,
                          uint8_t *selected)
{
    const char *dash = strchr(word, '-');
    char first[24];
    int64_t low, high;

    if (!dash || dash - word >= (ptrdiff_t)sizeof first)
        return 0;
    memcpy(first, word, (size_t)(dash - word));
    first[dash - word] = 0;
    low = find_id(info, first);
    high = find_id(info, dash + 1);
    for (int64_t i = low; low >= 0 && i <= high; i++)
        selected[i] = 1;
    return low >= 0 && high >= low;
}

/* "7" or "6-12" as places in the model's list of layers. */
static int by_number(const struct ana_model_info *info, const char *word,
                     uint8_t *selected)
{
    const char *dash = strchr(word, '-');
    int64_t low, high;
    char first[24];

    if (!dash) {
        if (!ana_text_to_int(word, &low))
            return 0;
        high = low;
    } else {
        if (dash - word >= (ptrdiff_t)sizeof first)
            return 0;
        memcpy(first, word, (size_t)(dash - word));
        first[dash - word] = 0;
        if (!ana_text_to_int(first, &low) || !ana_text_to_int(dash + 1, &high))
            return 0;
    }
    if (low < 0 || high < low || high >= info->n_layers)
        return 0;
    for (int64_t i = low; i <= high; i++)
        selected[i] = 1;
    return 1;
}

static int no_such_layer(struct ana_ctx *ctx, const struct ana_model_info *info,
                         const char *word)
{
    const char **ids = ana_alloc(ctx, info->n_layers, sizeof *ids), *nearest;
    char *list;
    int rc;

    if (!ids)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < info->n_layers; i++)
        ids[i] = info->layers[i].id;
    nearest = ana_text_nearest(word, ids, info->n_layers);
    list = ana_text_list(ids, info->n_layers, 12);
    rc = ana_fail(ctx, ANA_EPARAM, "there is no layer '%s'%s%s%s; the model has %lld: %s",
                  word, nearest ? ", did you mean '" : "", nearest ? nearest : "",
                  nearest ? "'?" : "", (long long)info->n_layers, list ? list : "");
    free(list);
    ana_free(ctx, (void *)ids);
    return rc;
}

int ana_layers_select(struct ana_ctx *ctx, const struct ana_model_info *info,
                      const char *selection, uint8_t *selected)
{
    int64_t n = 0;
    char **words = NULL;
    int rc = 0;

    if (!selection || strcmp(selection, "all") == 0) {
        for (int64_t i = 0; i < info->n_layers; i++) /* maps only by name */
            selected[i] = info->layers[i].kind != ANA_LAYER_ATTENTION;
        return 0;
    }
    rc = ana_value_words(ctx, selection, &n, &words);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        if (!by_id(info, words[i], selected) &&
            !by_named_range(info, words[i], selected) &&
            !by_number(info, words[i], selected))
            rc = no_such_layer(ctx, info, words[i]);
    for (int64_t i = 0; words && i < n; i++)
        ana_free(ctx, words[i]);
    ana_free(ctx, words);
    return rc;
}
