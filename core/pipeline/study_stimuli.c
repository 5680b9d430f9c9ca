/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [stimulus NAME]: which files are the stimuli; a file's stem is its stimulus' name.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/words.h"
#include "pipeline/study_private.h"

int64_t ana_study_find_stimuli(const struct ana_study *study, const char *name)
{
    for (int64_t i = 0; i < study->n_stimuli; i++)
        if (strcmp(study->stimuli[i].name, name) == 0)
            return i;
    return -1;
}

void ana_build_check_stimulus(struct ana_build *b, const struct ana_ini_section *section,
                              const char *name)
{
    const struct ana_study *study = b->study;
    const char **names = ana_arena_alloc(b->arena, study->n_stimuli, sizeof *names);

    if (!names || ana_study_find_stimuli(study, name) >= 0)
        return;
    for (int64_t i = 0; i < study->n_stimuli; i++)
        names[i] = study->stimuli[i].name;
    ana_problem_no_such(b,
                        ana_build_key_place(b, section, ana_ini_key(section, "stimulus")),
                        "stimulus set", name, study->n_stimuli, names);
}

struct stem {
    char *name;
    const char *path;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct stem *)a)->name, ((const struct stem *)b)->name);
}

/* Two files with one stem would be one stimulus. */
static void check_stems(struct ana_build *b, const struct ana_ini_key *key, int64_t n,
                        const char *const *paths)
{
    struct stem *stems = calloc((size_t)n + 1, sizeof *stems);
    int64_t made = 0;

    for (; stems && made < n; made++) {
        stems[made].path = paths[made];
        stems[made].name = ana_text_stem(paths[made]);
        if (!stems[made].name)
            break;
    }
    if (made < n) {
        b->failed = 1;
    } else {
        qsort(stems, (size_t)n, sizeof *stems, by_name);
        for (int64_t i = 1; i < n; i++) {
            if (strcmp(stems[i].name, stems[i - 1].name) != 0)
                continue;
            ana_problem(b, ANA_EDATA, ana_build_where(b, key),
                        "%s and %s are both the stimulus '%s'; narrow `%s` or rename one",
                        stems[i - 1].path, stems[i].path, stems[i].name, key->name);
            break;
        }
    }
    for (int64_t i = 0; i < made; i++)
        free(stems[i].name);
    free(stems);
}

static int64_t take_files(struct ana_build *b, const struct ana_ini_section *section,
                          const char *name, const char *const **out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);
    const char *const *words;
    int64_t n;

    if (!key)
        return 0;
    n = ana_build_words(b, section, key, &words);
    n = ana_build_files(b, section, key, n, words, out);
    check_stems(b, key, n, *out);
    return n;
}

/* Stimuli of which only the names are known, for activations computed elsewhere. */
static void take_names(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_stimulus_set *set)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "names");

    if (!key)
        return;
    set->names = ana_build_path(b, section, key, key->value);
    if (set->n_audio + set->n_words + set->n_images > 0)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "%s has files, which give the stimuli their names; remove `names`",
                    set->place.section);
}

/* Which tier of TextGrids holds the words. */
static void take_tier(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_stimulus_set *set)
{
    int64_t grids = 0;

    if (!ana_build_text(b, section, "tier", &set->tier))
        return;
    for (int64_t i = 0; i < set->n_words; i++)
        grids += ana_is_textgrid(set->words[i]);
    if (grids == 0)
        ana_problem(
            b, ANA_EPARAM, set->place.where,
            "%s: `tier` says which tier of TextGrids holds the words, and `words` "
            "names none; remove it",
            set->place.section);
}

static void build_set(struct ana_build *b, const struct ana_ini_section *section)
{
    struct ana_study *study = b->study;
    struct ana_stimulus_set *set =
        ana_build_more(b, study->stimuli, study->n_stimuli, sizeof *set);
    const int64_t before = study->n_problems;

    if (!set)
        return;
    study->stimuli = set;
    set += study->n_stimuli++;
    set->name = section->name;
    set->place = ana_build_place(b, section);
    set->n_audio = take_files(b, section, "audio", &set->audio);
    set->n_words = take_files(b, section, "words", &set->words);
    take_tier(b, section, set);
    set->n_images = take_files(b, section, "images", &set->images);
    take_names(b, section, set);
    ana_build_leftovers(b, section);
    if (set->n_audio + set->n_words + set->n_images == 0 && !set->names &&
        study->n_problems == before)
        ana_problem(b, ANA_EPARAM, set->place.where,
                    "%s names no stimuli; add `audio`, `words` or `images`, or `names` "
                    "with a list of names where there is nothing to show",
                    set->place.section);
}

void ana_build_stimuli(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++)
        if (strcmp(b->ini->sections[i].kind, "stimulus") == 0)
            build_set(b, &b->ini->sections[i]);
}
