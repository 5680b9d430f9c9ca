/* SPDX-License-Identifier: BSD-3-Clause
 *
 * confounds(...) of a BIDS dataset: columns by name, by wildcard, and by the names that
 * people have for sets of them (fMRIPrep's columns; those it had before 1.2, too).
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/prepare.h"

enum { MOST_COLUMNS = 512 };

struct columns {
    int64_t n;
    char *name[MOST_COLUMNS];
};

static int add(struct ana_ctx *ctx, struct columns *c, const char *name)
{
    if (c->n == MOST_COLUMNS)
        return ana_fail(ctx, ANA_EPARAM, "confounds names more than %d columns",
                        MOST_COLUMNS);
    c->name[c->n] = ana_strdup(ctx, name);
    return c->name[c->n] ? (c->n++, 0) : ANA_ERESOURCE;
}

/* The six of a rigid head, as they are or with what fMRIPrep puts behind their names. */
static int add_motion(struct ana_ctx *ctx, struct columns *c, const char *ending)
{
    static const char *const axes[][2] = {{"trans_x", "X"},  {"trans_y", "Y"},
                                          {"trans_z", "Z"},  {"rot_x", "RotX"},
                                          {"rot_y", "RotY"}, {"rot_z", "RotZ"}};
    char name[64];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof axes / sizeof *axes; i++) {
        if (*ending)
            snprintf(name, sizeof name, "%s%s", axes[i][0], ending);
        else
            snprintf(name, sizeof name, "@(%s|%s)", axes[i][0], axes[i][1]);
        rc = add(ctx, c, name);
    }
    return rc;
}

/* "acompcor5": a_comp_cor_00 .. 04. */
static int add_components(struct ana_ctx *ctx, struct columns *c, const char *word,
                          const char *kind)
{
    int64_t n = 0;
    char name[64];
    int rc = 0;

    if (!ana_text_to_int(word, &n) || n < 1 || n > 200)
        return ana_fail(ctx, ANA_EPARAM,
                        "confounds: how many components? write %scompcor5", kind);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        snprintf(name, sizeof name, "@(%s_comp_cor_%02lld|%sCompCor%02lld)", kind,
                 (long long)i, kind, (long long)i);
        rc = add(ctx, c, name);
    }
    return rc;
}

static int expand(struct ana_ctx *ctx, const char *word, struct columns *c)
{
    const int motion = strcmp(word, "motion6") == 0    ? 6
                       : strcmp(word, "motion12") == 0 ? 12
                       : strcmp(word, "motion24") == 0 ? 24
                                                       : 0;
    int rc = 0;

    if (motion) {
        rc = add_motion(ctx, c, "");
        if (rc == 0 && motion > 6)
            rc = add_motion(ctx, c, "_derivative1");
        if (rc == 0 && motion > 12)
            rc = add_motion(ctx, c, "_power2");
        if (rc == 0 && motion > 12)
            rc = add_motion(ctx, c, "_derivative1_power2");
        return rc;
    }
    if (strcmp(word, "global") == 0)
        return add(ctx, c, "@(global_signal|GlobalSignal)");
    if (strcmp(word, "wm_csf") == 0) {
        rc = add(ctx, c, "@(white_matter|WhiteMatter)");
        return rc ? rc : add(ctx, c, "@(csf|CSF)");
    }
    if (strncmp(word, "acompcor", 8) == 0)
        return add_components(ctx, c, word + 8, "a");
    if (strncmp(word, "tcompcor", 8) == 0)
        return add_components(ctx, c, word + 8, "t");
    return add(ctx, c, word);
}

static int is_path(const char *word)
{
    return strchr(word, '/') || strstr(word, ".tsv") || strstr(word, ".csv") ||
           strstr(word, ".txt");
}

int ana_step_dataset(struct ana_ctx *ctx, struct ana_step *step, int64_t n_runs,
                     const char *const *tables)
{
    struct columns c = {.n = 0};
    char **words;
    int rc;

    if (step->kind != ANA_STEP_CONFOUNDS || is_path(step->words[0]))
        return 0;
    for (int64_t i = 0; i < n_runs; i++)
        if (!tables || !tables[i])
            return ana_fail(ctx, ANA_EDATA,
                            "confounds(%s): run %lld of the dataset has no table of "
                            "confounds (desc-confounds_timeseries.tsv) beside it; raw "
                            "data has none: choose derivatives, or name files",
                            step->words[0], (long long)i + 1);
    rc = add(ctx, &c, "(the dataset's tables)");
    for (int64_t i = 0; rc == 0 && i < step->n_words; i++)
        rc = expand(ctx, step->words[i], &c);
    words = rc == 0 ? ana_alloc(ctx, c.n, sizeof *words) : NULL;
    if (!words) {
        for (int64_t i = 0; i < c.n; i++)
            ana_free(ctx, c.name[i]);
        return rc ? rc : ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < step->n_words; i++)
        ana_free(ctx, step->words[i]);
    ana_free(ctx, step->words);
    memcpy(words, c.name, (size_t)c.n * sizeof *words);
    step->words = words;
    step->n_words = c.n;
    step->n_files = n_runs;
    step->files = tables;
    return 0;
}
