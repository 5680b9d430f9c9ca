/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [folds]:  by = stimulus [K | TRAIN/TEST] [x REPEATS] | run [K] | subject [K]
 *              | block LENGTH x K | shuffle K | FILE       not given: as the rows ask
 *           subjects = FILE (run, subject), for by = subject
 *           inner = N | loo | gcv | none | block LENGTH x K
 */
#include <string.h>

#include "base/text.h"
#include "pipeline/study_private.h"
#include "plugin/value.h"

enum { MOST_FOLDS = 100000, DEFAULT_FOLDS = 5 };

static const char *const ways[] = {"stimulus", "run", "block", "subject", "shuffle"};
static const int32_t way_codes[] = {ANA_FOLDS_STIMULUS, ANA_FOLDS_RUN, ANA_FOLDS_BLOCK,
                                    ANA_FOLDS_SUBJECT, ANA_FOLDS_SHUFFLE};
enum { N_WAYS = 5 };

struct reading {
    struct ana_build *b;
    const struct ana_ini_section *section;
    const struct ana_ini_key *key;
};

static void refuse(const struct reading *r, const char *wanted)
{
    ana_problem(r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
                "`%s` of [folds]: expected %s, found '%s'", r->key->name, wanted,
                r->key->value);
}

static int read_count(const char *word, int64_t least, int64_t *out)
{
    return ana_text_to_int(word, out) && *out >= least && *out <= MOST_FOLDS;
}

/* "83/82": units to train and to test. */
static int read_sizes(const struct reading *r, const char *word,
                      struct ana_folds_spec *spec)
{
    const char *slash = strchr(word, '/');

    return slash &&
           ana_text_to_int(ana_build_format(r->b, "%.*s", (int)(slash - word), word),
                           &spec->train) &&
           ana_text_to_int(slash + 1, &spec->test) && spec->train > 0 && spec->test > 0;
}

/* "40 TR x 5" in words [from, n): how long a block is, and into how many folds. */
static int read_blocks(const struct reading *r, int64_t n, const char *const *words,
                       struct ana_time *length, int64_t *folds)
{
    const char *clock = NULL;
    double value = 0;
    int rc;

    if (n != 4 || strcmp(words[2], "x") != 0 || !read_count(words[3], 2, folds))
        return 0;
    ana_build_push(r->b, r->section, r->key);
    rc = ana_value_number(r->b->ctx, ana_build_format(r->b, "%s %s", words[0], words[1]),
                          "s", &value, &clock);
    ana_context_pop(r->b->ctx);
    if (ana_problem_caught(r->b, rc))
        return 1;
    *length = (struct ana_time){.value = value, .unit = clock ? ANA_TIME_TR : ANA_TIME_S};
    return value > 0;
}

/* What stands behind stimulus, run, subject or shuffle: [K | A/B] [x REPEATS]. */
static int read_numbers(const struct reading *r, int64_t n, const char *const *words,
                        struct ana_folds_spec *spec)
{
    int64_t at = 0;

    if (at < n && strcmp(words[at], "x") != 0) {
        if (strchr(words[at], '/') ? !read_sizes(r, words[at], spec)
                                   : !read_count(words[at], 2, &spec->outer))
            return 0;
        at++;
    }
    if (at + 2 == n && strcmp(words[at], "x") == 0 &&
        read_count(words[at + 1], 1, &spec->repeats))
        at += 2;
    return at == n;
}

static void read_file(const struct reading *r, struct ana_folds_spec *spec)
{
    const char *near = ana_text_nearest(r->key->value, ways, N_WAYS);

    spec->by = ANA_FOLDS_FILE;
    if (near || !strpbrk(r->key->value, "./"))
        ana_problem(
            r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
            "`by` of [folds]: '%s' is not known%s%s%s; write stimulus, run, block "
            "or the name of a file",
            r->key->value, near ? ", did you mean '" : "", near ? near : "",
            near ? "'?" : "");
    else
        spec->file = ana_build_path(r->b, r->section, r->key, r->key->value);
}

static void take_by(struct ana_build *b, const struct ana_ini_section *section,
                    struct ana_study_folds *folds)
{
    const struct reading r = {b, section, ana_build_key(b, section, "by")};
    const char *const *words;
    int64_t n, way = 0;

    if (!r.key)
        return;
    n = ana_build_words(b, section, r.key, &words);
    if (n == 0)
        return;
    while (way < N_WAYS && strcmp(words[0], ways[way]) != 0)
        way++;
    if (way == N_WAYS) {
        read_file(&r, &folds->spec);
        return;
    }
    folds->spec.by = way_codes[way];
    if (folds->spec.by == ANA_FOLDS_BLOCK && n > 1) {
        if (!read_blocks(&r, n - 1, words + 1, &folds->block, &folds->spec.outer))
            refuse(&r, "a length and a number of folds, as in 'block 40 TR x 5'");
    } else if (!read_numbers(&r, n - 1, words + 1, &folds->spec)) {
        refuse(&r, "a number of folds (at least 2) or TRAIN/TEST, and repeats, as in "
                   "'stimulus 5', 'run' or 'stimulus 83/82 x 10'");
    } else if (folds->spec.train > 0 && folds->spec.by != ANA_FOLDS_STIMULUS &&
               folds->spec.by != ANA_FOLDS_SUBJECT) {
        refuse(&r,
               "a number of folds: TRAIN/TEST sizes are for stimuli and subjects, which "
               "are drawn at random");
    }
}

static void take_inner(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_folds *folds)
{
    const struct reading r = {b, section, ana_build_key(b, section, "inner")};
    struct ana_folds_spec *spec = &folds->spec;
    const char *const *words;
    int64_t n;

    if (!r.key)
        return;
    n = ana_build_words(b, section, r.key, &words);
    folds->inner_given = 1;
    spec->inner_folds = 0;
    if (n == 1 && strcmp(words[0], "loo") == 0) {
        spec->inner = ANA_INNER_LOO;
    } else if (n == 1 && strcmp(words[0], "gcv") == 0) {
        spec->inner = ANA_INNER_GCV;
    } else if (n == 1 && strcmp(words[0], "none") == 0) {
        spec->inner = ANA_INNER_NONE;
    } else {
        spec->inner = ANA_INNER_FOLDS;
        if (!(n == 1 && read_count(words[0], 2, &spec->inner_folds)) &&
            !(n == 5 && strcmp(words[0], "block") == 0 &&
              read_blocks(&r, 4, words + 1, &folds->inner_block, &spec->inner_folds)))
            refuse(&r,
                   "a number of folds (at least 2), loo, gcv, none or 'block 40 TR x 5'");
    }
}

/* A number that `by` gave already may not be given again. */
static void take_number(struct ana_build *b, const struct ana_ini_section *section,
                        const char *name, int64_t min, int64_t given, int64_t *out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);

    if (key && given)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`%s` of [folds] stands in `by` as well; keep one of the two", name);
    else
        ana_build_int(b, section, name, min, MOST_FOLDS, out);
}

static void take_leakage(struct ana_build *b, const struct ana_ini_section *section,
                         struct ana_folds_spec *spec)
{
    static const char *const answers[] = {"no", "yes"};
    int32_t answer = 0;

    if (ana_build_choice(b, section, "allow_leakage", answers, 2, &answer))
        spec->allow_leakage = answer;
    if (spec->by == ANA_FOLDS_SHUFFLE && !spec->allow_leakage)
        ana_problem(
            b, ANA_EPARAM, ana_build_where(b, ana_ini_key(section, "by")),
            "`by = shuffle` puts neighbouring samples of one recording into training "
            "and test, which leaks; use `by = run` or `by = block`, or say "
            "`allow_leakage = yes` and every result is stamped with it");
}

/* Datasets in BIDS say whose run is whose. */
static int any_bids(const struct ana_study *study)
{
    for (int64_t i = 0; i < study->n_brains; i++)
        if (study->brains[i].bids)
            return 1;
    return 0;
}

static void take_tables(struct ana_build *b, const struct ana_ini_section *section,
                        struct ana_study_folds *folds)
{
    const struct ana_ini_key *stratify = ana_build_key(b, section, "stratify");
    const struct ana_ini_key *subjects = ana_build_key(b, section, "subjects");

    if (stratify)
        folds->stratify = ana_build_path(b, section, stratify, stratify->value);
    if (subjects)
        folds->subjects = ana_build_path(b, section, subjects, subjects->value);
    if (folds->spec.by == ANA_FOLDS_SUBJECT && !subjects && !any_bids(b->study))
        ana_problem(
            b, ANA_EPARAM, ana_build_where(b, ana_ini_key(section, "by")),
            "`by = subject` needs to know whose run is whose: add `subjects = FILE`, "
            "a table of two columns without header, run and subject");
    else if (subjects && folds->spec.by != ANA_FOLDS_SUBJECT)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, subjects),
                    "`subjects` of [folds] is for `by = subject`; remove one of the two");
}

void ana_build_folds(struct ana_build *b)
{
    const struct ana_ini_section *section = ana_ini_section(b->ini, "folds", "");
    struct ana_study_folds *folds = &b->study->folds;
    struct ana_folds_spec *spec = &folds->spec;

    spec->inner = ANA_INNER_FOLDS;
    spec->inner_folds = DEFAULT_FOLDS;
    folds->place = (struct ana_place){"[folds]", b->ini->path};
    if (section) {
        folds->place = ana_build_place(b, section);
        take_by(b, section, folds);
        take_number(b, section, "outer", 2, spec->outer || spec->train, &spec->outer);
        take_number(b, section, "repeats", 1, spec->repeats, &spec->repeats);
        take_inner(b, section, folds);
        folds->gap_given = ana_build_time(b, section, "gap", &folds->gap);
        take_leakage(b, section, spec);
        take_tables(b, section, folds);
        ana_build_later(b, section, NULL);
        ana_build_leftovers(b, section);
    }
    if (spec->repeats == 0)
        spec->repeats = 1;
    if (spec->outer == 0 && spec->train == 0 &&
        (spec->by == ANA_FOLDS_STIMULUS || spec->by == ANA_FOLDS_SHUFFLE ||
         spec->by == ANA_FOLDS_BLOCK))
        spec->outer = DEFAULT_FOLDS;
}
