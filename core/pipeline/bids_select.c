/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings of a BIDS dataset by the words behind `bids = FOLDER :`.
 */
#include "pipeline/bids_select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MOST_WORDS = 256, MOST_VALUES = 12 };

static const char *const keys[] = {
    "sub",      "ses",    "task",      "run",  "space", "desc", "derivatives", "acq",
    "ce",       "rec",    "dir",       "echo", "part",  "res",  "den",         "hemi",
    "datatype", "suffix", "extension", "mod",  "inv",   "proc", "recording",   "chunk"};
enum { N_KEYS = sizeof keys / sizeof *keys };

/* What tells forms of one run apart, not runs. */
static const char *const forms[] = {"derivatives", "datatype", "suffix", "extension",
                                    "space",       "res",      "den",    "desc",
                                    "hemi",        "echo",     "part"};
enum { N_FORMS = sizeof forms / sizeof *forms };

struct filter {
    const char *key;
    const char *value;
};

static const char *value_of(const struct ana_bids_file *file, const char *key)
{
    if (strcmp(key, "derivatives") == 0)
        return file->pipeline;
    if (strcmp(key, "datatype") == 0)
        return file->datatype;
    if (strcmp(key, "suffix") == 0)
        return file->suffix;
    if (strcmp(key, "extension") == 0)
        return file->extension;
    return ana_bids_get(file, key);
}

static const char *known_key(const char *word, size_t n)
{
    static const char *const longer[][2] = {
        {"subject", "sub"}, {"subjects", "sub"},
        {"session", "ses"}, {"sessions", "ses"},
        {"runs", "run"},    {"description", "desc"},
        {"tasks", "task"},  {"pipeline", "derivatives"}};

    for (size_t i = 0; i < N_KEYS; i++)
        if (strlen(keys[i]) == n && strncmp(keys[i], word, n) == 0)
            return keys[i];
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        if (strlen(longer[i][0]) == n && strncmp(longer[i][0], word, n) == 0)
            return longer[i][1];
    return NULL;
}

static int read_words(struct ana_ctx *ctx, int64_t n, const char *const *words,
                      struct filter *out)
{
    for (int64_t i = 0; i < n; i++) {
        const char *dash = strchr(words[i], '-');

        out[i].key = dash ? known_key(words[i], (size_t)(dash - words[i])) : NULL;
        out[i].value = dash ? dash + 1 : "";
        if (!out[i].key || !*out[i].value) {
            char *key = dash ? strndup(words[i], (size_t)(dash - words[i])) : NULL;
            const char *near = key ? ana_text_nearest(key, keys, N_KEYS) : NULL;
            const int rc = ana_fail(
                ctx, ANA_EPARAM,
                "'%s' chooses nothing%s%s%s; write KEY-VALUE as the files' names do: "
                "sub-01 ses-a task-story run-1 space-NAME desc-preproc "
                "derivatives-fmriprep",
                words[i], near ? ", did you mean '" : "", near ? near : "",
                near ? "-...'?" : "");

            free(key);
            return rc;
        }
    }
    return 0;
}

/* A value may have wildcards; "none" is that of files whose names do not have the key. */
static int is_value(const char *asked, const char *value)
{
    return ana_bids_same(asked, value) || fnmatch(asked, value, 0) == 0 ||
           (!*value && strcmp(asked, "none") == 0);
}

/* 1 if a file is one of the values of each key that is asked for; `but` is not asked. */
static int matches(const struct ana_bids_file *file, int64_t n, const struct filter *f,
                   const char *but)
{
    for (int64_t i = 0; i < n; i++) {
        int any = 0;

        if (but && strcmp(f[i].key, but) == 0)
            continue;
        for (int64_t k = 0; k < n; k++)
            any |= strcmp(f[k].key, f[i].key) == 0 &&
                   is_value(f[k].value, value_of(file, f[i].key));
        if (!any)
            return 0;
    }
    return 1;
}

/* The values of a key among the recordings that match, `but` not asked, as a message lists
 * them; "" is told as "none". Owns: the caller (free). */
static char *list_values(const struct ana_bids *bids, int64_t n, const struct filter *f,
                         const char *but, const char *key, int64_t *n_values)
{
    const char *values[MOST_VALUES];

    *n_values = 0;
    for (int64_t i = 0; i < bids->n_files && *n_values < MOST_VALUES; i++) {
        const struct ana_bids_file *file = &bids->file[i];
        int known = 0;

        if (!ana_bids_recording(file) || !matches(file, n, f, but))
            continue;
        for (int64_t k = 0; k < *n_values; k++)
            known |= strcmp(values[k], value_of(file, key)) == 0;
        if (!known)
            values[(*n_values)++] = value_of(file, key);
    }
    for (int64_t k = 0; k < *n_values; k++)
        if (!*values[k])
            values[k] = strcmp(key, "derivatives") == 0 ? "none (raw)" : "none";
    return ana_text_list(values, *n_values, MOST_VALUES);
}

/* Which word it was that left nothing, and what could stand there. */
static int miss(struct ana_ctx *ctx, const struct ana_bids *bids, int64_t n,
                const struct filter *f)
{
    for (int64_t i = n - 1; i >= 0; i--) {
        int64_t n_values;
        char *list = list_values(bids, n, f, f[i].key, f[i].key, &n_values);
        int rc = 0;

        if (n_values > 0 && !*f[i].value)
            rc = ana_fail(ctx, ANA_EDATA,
                          "no raw recording matches; derivatives of the rest are: %s; "
                          "choose them with derivatives-NAME, space-NAME and desc-NAME",
                          list ? list : "");
        else if (n_values > 0)
            rc = ana_fail(ctx, ANA_EDATA,
                          "no recording has %s-%s; of those that match the rest, `%s` "
                          "is: %s",
                          f[i].key, f[i].value, f[i].key, list ? list : "");
        free(list);
        if (rc != 0)
            return rc;
    }
    return ana_fail(ctx, ANA_EDATA,
                    "%s: no recording matches all of these words; `anaflow inspect %s` "
                    "lists what there is",
                    bids->root, bids->root);
}

/* Every run once: in one space, say. */
static int check_forms(struct ana_ctx *ctx, const struct ana_bids *bids, int64_t n,
                       const struct filter *f, int64_t n_files,
                       const struct ana_bids_file *const *file)
{
    for (size_t k = 0; k < N_FORMS; k++)
        for (int64_t i = 1; i < n_files; i++) {
            int64_t n_values;
            char *list;
            int rc;

            if (strcmp(value_of(file[i], forms[k]), value_of(file[0], forms[k])) == 0)
                continue;
            list = list_values(bids, n, f, NULL, forms[k], &n_values);
            rc = ana_fail(ctx, ANA_EDATA,
                          "recordings of several kinds match: `%s` is %s; choose one "
                          "with %s-VALUE%s",
                          forms[k], list ? list : "", forms[k],
                          strcmp(forms[k], "hemi") == 0
                              ? ": each hemisphere is a [brain NAME] of its own, which "
                                "[compare] may name side by side"
                              : "");
            free(list);
            return rc;
        }
    return 0;
}

static int check_files(struct ana_ctx *ctx, int64_t n,
                       const struct ana_bids_file *const *file)
{
    for (int64_t i = 0; i < n; i++) {
        if (ana_bids_recording(file[i]) == ANA_BIDS_MEG)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: MEG is not read by this anaflow; export it (to "
                            "BrainVision or EDF with MNE, say) and name the files with "
                            "`data =`, or choose another datatype",
                            file[i]->path);
        if (file[i]->missing)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: is a link to a file that is not there; fetch it "
                            "(datalad get, git annex get)",
                            file[i]->path);
    }
    return 0;
}

/* What is meant where nothing says which derivatives. */
static void add_default(const struct ana_bids *bids, int64_t *n, struct filter *f)
{
    for (int64_t i = 0; i < *n; i++)
        if (strcmp(f[i].key, "derivatives") == 0 ||
            (!bids->only[0] &&
             (strcmp(f[i].key, "space") == 0 || strcmp(f[i].key, "desc") == 0 ||
              strcmp(f[i].key, "res") == 0 || strcmp(f[i].key, "den") == 0 ||
              strcmp(f[i].key, "hemi") == 0)))
            return;
    f[(*n)++] = (struct filter){"derivatives", bids->only};
}

int ana_bids_select(struct ana_ctx *ctx, const struct ana_bids *bids, int64_t n_words,
                    const char *const *words, int64_t *n,
                    const struct ana_bids_file ***out)
{
    struct filter filter[MOST_WORDS + 1];
    int rc;

    *n = 0;
    *out = NULL;
    if (n_words > MOST_WORDS)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld words choose recordings; %d are enough: "
                        "use wildcards, as in sub-0*",
                        (long long)n_words, MOST_WORDS);
    rc = read_words(ctx, n_words, words, filter);
    if (rc != 0)
        return rc;
    add_default(bids, &n_words, filter);
    *out = ana_alloc(ctx, bids->n_files, sizeof **out);
    if (!*out)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < bids->n_files; i++)
        if (ana_bids_recording(&bids->file[i]) &&
            matches(&bids->file[i], n_words, filter, NULL))
            (*out)[(*n)++] = &bids->file[i];
    rc = *n > 0 ? check_files(ctx, *n, *out) : miss(ctx, bids, n_words, filter);
    if (rc == 0)
        rc = check_forms(ctx, bids, n_words, filter, *n, *out);
    if (rc != 0) {
        ana_free(ctx, (void *)*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}
