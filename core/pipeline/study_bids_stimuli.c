/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A study without [stimulus NAME] takes its stimuli from its BIDS datasets: every file that
 * their events name.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "pipeline/study_bids.h"

static int ends_in(const char *path, const char *const *endings)
{
    const char *dot = strrchr(path, '.');

    for (; dot && *endings; endings++)
        if (strcasecmp(dot, *endings) == 0)
            return 1;
    return 0;
}

/* Which list of a set a file belongs to: 0 sounds, 1 words, 2 images; -1 = none. */
static int kind_of(const char *path)
{
    static const char *const words[] = {".tsv", ".csv", ".textgrid", ".json", NULL};
    static const char *const images[] = {".png", ".jpg",  ".jpeg", ".bmp",
                                         ".tif", ".tiff", ".gif",  NULL};
    static const char *const sounds[] = {".wav",  ".flac", ".ogg", ".mp3",
                                         ".opus", ".aiff", ".aif", ".au",
                                         ".w64",  ".caf",  NULL};

    return ends_in(path, sounds)   ? 0
           : ends_in(path, words)  ? 1
           : ends_in(path, images) ? 2
                                   : -1;
}

static void add(struct ana_build *b, const char ***paths, int64_t *n, const char *path)
{
    const char **grown;

    for (int64_t i = 0; i < *n; i++)
        if (strcmp((*paths)[i], path) == 0)
            return;
    grown = ana_build_more(b, (void *)(uintptr_t)*paths, *n, sizeof *grown);
    if (!grown)
        return;
    *paths = grown;
    grown[(*n)++] = path;
}

static void add_shown(struct ana_build *b, const struct ana_study_brain *brain,
                      const char ***paths, int64_t *n)
{
    for (int64_t r = 0; r < brain->n_runs; r++)
        for (int64_t s = 0; s < brain->runs[r].n_shown; s++) {
            const char *path = brain->runs[r].shown[s].stimulus;
            const int kind =
                strchr(path, '/') && access(path, R_OK) == 0 ? kind_of(path) : -1;

            if (kind >= 0)
                add(b, &paths[kind], &n[kind], path);
        }
}

void ana_build_bids_stimuli(struct ana_build *b)
{
    struct ana_study *study = b->study;
    struct ana_stimulus_set *set;
    const char **paths[3] = {NULL};
    const struct ana_study_brain *from = NULL;
    int64_t n[3] = {0};

    if (study->n_stimuli > 0)
        return;
    for (int64_t i = 0; i < study->n_brains; i++)
        if (study->brains[i].n_runs > 0) {
            add_shown(b, &study->brains[i], paths, n);
            from = from ? from : &study->brains[i];
        }
    if (!from)
        return;
    if (n[0] + n[1] + n[2] == 0) {
        if (study->n_models > 0 && study->n_problems == 0)
            ana_problem(
                b, ANA_EDATA, from->place.where,
                "`bids` of %s: no events.tsv of its runs names a stimulus (column "
                "stim_file); add [stimulus NAME] with the files, and say which of them a "
                "run presented by `shown = NAME`, where {task}, {run} ... stand for the "
                "run's own",
                from->place.section);
        return;
    }
    set = ana_build_more(b, study->stimuli, 0, sizeof *set);
    if (!set)
        return;
    study->stimuli = set;
    study->n_stimuli = 1;
    set->name = "bids";
    set->place = from->place;
    set->n_audio = n[0];
    set->audio = paths[0];
    set->n_words = n[1];
    set->words = paths[1];
    set->n_images = n[2];
    set->images = paths[2];
}
