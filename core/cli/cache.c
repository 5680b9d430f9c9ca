/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow cache ls | gc | verify`: what is kept of earlier runs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "pipeline/cache_care.h"
#include "plugin/remember.h"
#include "plugin/value.h"

static char *find_folder(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *given = ana_arguments_value(arguments, "cache");
    char *folder = given ? ana_strdup(ctx, given) : ana_cache_folder(ctx);

    if (!folder)
        ana_fail(ctx, ANA_EPARAM,
                 "there is no home folder to keep a cache in; name one with --cache DIR");
    return folder;
}

/* "3 min", "5 h", "12 d". */
static const char *say_idle(double seconds, char out[32])
{
    const long long minutes = seconds > 0 ? (long long)(seconds / 60) : 0;

    if (minutes < 60)
        snprintf(out, 32, "%lld min", minutes);
    else if (minutes < 24 * 60)
        snprintf(out, 32, "%lld h", minutes / 60);
    else
        snprintf(out, 32, "%lld d", minutes / (24 * 60));
    return out;
}

static int list(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    char *folder = find_folder(ctx, arguments), bytes[32], idle[32];
    struct ana_cache_item *items = NULL;
    int64_t n = 0, sum = 0;
    int rc = folder
                 ? ana_cache_items(ctx, folder, ana_arguments_value(arguments, "output"),
                                   &n, &items)
                 : ANA_EPARAM;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const char *slash = strrchr(items[i].path, '/');

        printf("%10s  used %8s ago  %-36s  %s\n", ana_text_bytes(items[i].bytes, bytes),
               say_idle(items[i].idle, idle), slash ? slash + 1 : items[i].path,
               items[i].what);
        sum += items[i].bytes;
    }
    if (rc == 0)
        printf("%lld %s, %s in %s\n", (long long)n, n == 1 ? "entry" : "entries",
               ana_text_bytes(sum, bytes), folder);
    ana_cache_items_free(ctx, n, items);
    ana_free(ctx, folder);
    return rc;
}

static int verify(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    char *folder = find_folder(ctx, arguments);
    struct ana_cache_item *items = NULL;
    int64_t n = 0, bad = 0;
    int rc = folder
                 ? ana_cache_items(ctx, folder, ana_arguments_value(arguments, "output"),
                                   &n, &items)
                 : ANA_EPARAM;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = ana_cache_check(ctx, &items[i]);
        if (rc != ANA_EDATA)
            continue;
        printf("%s\n", ana_error(ctx));
        bad++;
        rc = 0;
    }
    if (rc == 0 && bad > 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%lld of %lld %s damaged; the next run that needs %s computes %s "
                      "again",
                      (long long)bad, (long long)n,
                      n == 1     ? "entry is"
                      : bad == 1 ? "entries is"
                                 : "entries are",
                      bad == 1 ? "it" : "them", bad == 1 ? "it" : "them");
    else if (rc == 0)
        printf("%lld %s, all whole\n", (long long)n, n == 1 ? "entry" : "entries");
    ana_cache_items_free(ctx, n, items);
    ana_free(ctx, folder);
    return rc;
}

/* "30d", "12 h", "2w": seconds. */
static int read_age(struct ana_ctx *ctx, const char *text, double *seconds)
{
    char *unit;
    const double value = strtod(text, &unit);

    unit += strspn(unit, " ");
    *seconds = value * (*unit == 'h' ? 3600.0 : *unit == 'w' ? 7 * 86400.0 : 86400.0);
    if (unit == text || value < 0 || !isfinite(value) || !strchr("hdw", *unit) ||
        !*unit || unit[1])
        return ana_fail(ctx, ANA_EPARAM,
                        "--older-than is '%s', expected a number of hours, days or weeks "
                        "such as 12h, 30d or 4w",
                        text);
    return 0;
}

static int collect(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *age = ana_arguments_value(arguments, "older-than");
    const char *size = ana_arguments_value(arguments, "to");
    double older = size ? (double)INFINITY : 30 * 86400.0, most = -1;
    char *folder = find_folder(ctx, arguments), bytes[32];
    int64_t n, removed;
    int rc = folder ? 0 : ANA_EPARAM;

    if (rc == 0 && age)
        rc = read_age(ctx, age, &older);
    if (rc == 0 && size) {
        ana_context_push(ctx, "--to");
        rc = ana_value_number(ctx, size, "B", &most, NULL);
        ana_context_pop(ctx);
    }
    if (rc == 0)
        rc = ana_cache_collect(ctx, folder, older, (int64_t)most, &n, &removed);
    if (rc == 0)
        printf("removed %lld %s, %s\n", (long long)n, n == 1 ? "entry" : "entries",
               ana_text_bytes(removed, bytes));
    ana_free(ctx, folder);
    return rc;
}

#define ANA_OPTION_CACHE                                                                 \
    {                                                                                    \
        "cache", 0, "DIR",                                                               \
            "the cache's folder; default $ANAFLOW_CACHE or ~/.cache/anaflow", 0          \
    }
#define ANA_OPTION_STORE                                                                 \
    {                                                                                    \
        "output", 'o', "DIR", "a folder of results: what it stores, too", 0              \
    }

static const struct ana_option look_options[] = {ANA_OPTION_CACHE, ANA_OPTION_STORE};

static const struct ana_option gc_options[] = {
    ANA_OPTION_CACHE,
    {"older-than", 0, "AGE", "what was not used for so long, as in 30d (default), 12h",
     0},
    {"to", 0, "SIZE", "what was used longest ago, until this much is left, as in 2GB", 0},
};

const struct ana_command ana_command_cache_ls = {
    .name = "cache ls",
    .summary = "list what is kept of earlier runs",
    .details =
        "The activations in the cache, what compressed images were inflated to, the\n"
        "hashes of files, the speeds of machines and, with --output, the results in the\n"
        "store of one folder. An activation is an .npy file that numpy opens as it is.",
    .examples = "  anaflow cache ls\n  anaflow cache ls --output results/pipeline",
    .options = look_options,
    .n_options = sizeof look_options / sizeof *look_options,
    .run = list,
};

const struct ana_command ana_command_cache_gc = {
    .name = "cache gc",
    .summary = "remove what was not used for long: activations, inflated images, speeds",
    .details =
        "Nothing that is removed is lost: a run that needs it computes it again. A run\n"
        "that is at work is not disturbed.",
    .examples = "  anaflow cache gc --older-than 30d\n  anaflow cache gc --to 2GB",
    .options = gc_options,
    .n_options = sizeof gc_options / sizeof *gc_options,
    .run = collect,
};

const struct ana_command ana_command_cache_verify = {
    .name = "cache verify",
    .summary = "check every byte of what is kept",
    .details =
        "Says which entries are damaged and ends with 3 if any is. A run checks what\n"
        "it reads by itself, and computes what is damaged again.",
    .examples = "  anaflow cache verify --output results/pipeline",
    .options = look_options,
    .n_options = sizeof look_options / sizeof *look_options,
    .run = verify,
};
