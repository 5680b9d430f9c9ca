/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What lies beside a recording and belongs to it, by the names of BIDS and of fMRIPrep.
 */
#include <string.h>

#include "data/bids_beside.h"

static int ends_in(const char *text, const char *const *endings)
{
    for (; *endings; endings++)
        if (strcmp(text, *endings) == 0)
            return 1;
    return 0;
}

int32_t ana_bids_recording(const struct ana_bids_file *file)
{
    static const char *const images[] = {".nii",          ".nii.gz",   ".dtseries.nii",
                                         ".ptseries.nii", ".func.gii", NULL};
    static const char *const channels[] = {".edf", ".bdf",  ".vhdr", ".set",
                                           ".nwb", ".mefd", NULL};
    static const char *const magnetic[] = {".ds",  ".fif",  ".sqd", ".con", ".kit",
                                           ".mhd", ".meg4", "",     NULL};

    if (strcmp(file->suffix, "bold") == 0 && ends_in(file->extension, images))
        return ANA_BIDS_BOLD;
    if (strcmp(file->suffix, "eeg") == 0 && ends_in(file->extension, channels))
        return ANA_BIDS_EEG;
    if (strcmp(file->suffix, "ieeg") == 0 && ends_in(file->extension, channels))
        return ANA_BIDS_IEEG;
    if (strcmp(file->suffix, "meg") == 0 && ends_in(file->extension, magnetic))
        return ANA_BIDS_MEG;
    return 0;
}

/* The nearest that applies; NULL if none does. */
static const struct ana_bids_file *nearest(const struct ana_bids *bids,
                                           const struct ana_bids_file *file,
                                           const struct ana_bids_wanted *wanted,
                                           int *several)
{
    const struct ana_bids_file *found[ANA_BIDS_MOST];
    const int64_t n = ana_bids_applying(bids, file, wanted, found, several);

    return n > 0 ? found[n - 1] : NULL;
}

static const struct ana_bids_file *near_or_raw(const struct ana_bids *bids,
                                               const struct ana_bids_file *file,
                                               const char *suffix)
{
    struct ana_bids_wanted wanted = {
        .pipeline = file->pipeline, .suffix = suffix, .extension = ".tsv"};
    const struct ana_bids_file *found = nearest(bids, file, &wanted, NULL);

    if (found || !*file->pipeline)
        return found;
    wanted.pipeline = "";
    return nearest(bids, file, &wanted, NULL);
}

const struct ana_bids_file *ana_bids_events_of(const struct ana_bids *bids,
                                               const struct ana_bids_file *file)
{
    return near_or_raw(bids, file, "events");
}

const struct ana_bids_file *ana_bids_channels_of(const struct ana_bids *bids,
                                                 const struct ana_bids_file *file)
{
    return near_or_raw(bids, file, "channels");
}

/* The value of a key among words "KEY-VALUE_KEY-VALUE", of which *n are its bytes; NULL =
 * it is not among them. */
static const char *word_of(const char *words, const char *key, size_t *n)
{
    const size_t length = strlen(key);

    for (const char *word = words; *word; word += *word == '_') {
        *n = strcspn(word, "_");
        if (*n > length + 1 && strncmp(word, key, length) == 0 && word[length] == '-') {
            *n -= length + 1;
            return word + length + 1;
        }
        word += *n;
    }
    return NULL;
}

/* A mask has all that the words say; what else its name says is the recording's, too. */
static int is_mask(const struct ana_bids_file *mask, const struct ana_bids_file *file,
                   const char *words)
{
    int said = 0, wanted = 0;

    if (strcmp(mask->suffix, "mask") != 0 ||
        strcmp(mask->pipeline, file->pipeline) != 0 ||
        (strcmp(mask->extension, ".nii.gz") != 0 && strcmp(mask->extension, ".nii") != 0))
        return 0;
    for (int32_t i = 0; i < mask->n_entities; i++) {
        const char *key = mask->entity[i].key, *value = mask->entity[i].value;
        size_t n;
        const char *word = word_of(words, key, &n);

        if (word && (strlen(value) != n || strncmp(value, word, n) != 0))
            return 0;
        if (!word && !ana_bids_same(value, ana_bids_get(file, key)))
            return 0;
        said += word != NULL;
    }
    for (const char *c = words; *c; c++)
        wanted += *c == '-';
    return said == wanted;
}

/* The usual case, in which not all files are looked at. */
static const struct ana_bids_file *described_mask(const struct ana_bids *bids,
                                                  const struct ana_bids_file *file,
                                                  const char *desc)
{
    struct ana_bids_wanted wanted = {.pipeline = file->pipeline,
                                     .suffix = "mask",
                                     .extension = ".nii.gz",
                                     .desc = desc};
    const struct ana_bids_file *found = nearest(bids, file, &wanted, NULL);

    if (found)
        return found;
    wanted.extension = ".nii";
    return nearest(bids, file, &wanted, NULL);
}

const struct ana_bids_file *ana_bids_mask_of(const struct ana_bids *bids,
                                             const struct ana_bids_file *file,
                                             const char *words)
{
    const struct ana_bids_file *best = NULL;

    if (strncmp(words, "desc-", 5) == 0 && !strchr(words, '_'))
        return described_mask(bids, file, words + 5);
    for (int64_t i = 0; i < bids->n_files; i++) {
        const struct ana_bids_file *mask = &bids->file[i];

        if (is_mask(mask, file, words) &&
            (!best || mask->depth > best->depth ||
             (mask->depth == best->depth && mask->n_entities > best->n_entities)))
            best = mask;
    }
    return best;
}

const struct ana_bids_file *ana_bids_confounds_of(const struct ana_bids *bids,
                                                  const struct ana_bids_file *file)
{
    static const struct {
        const char *suffix, *desc;
    } names[] = {{"timeseries", "confounds"},
                 {"regressors", "confounds"},
                 {"confounds", ""}}; /* of fMRIPrep before 1.2: ..._bold_confounds.tsv */
    const struct ana_bids_file *found = NULL;

    for (size_t i = 0; !found && i < sizeof names / sizeof *names; i++)
        found = nearest(bids, file,
                        &(struct ana_bids_wanted){.pipeline = file->pipeline,
                                                  .suffix = names[i].suffix,
                                                  .extension = ".tsv",
                                                  .desc = names[i].desc},
                        NULL);
    return found;
}

const struct ana_bids_file *ana_bids_electrodes_of(const struct ana_bids *bids,
                                                   const struct ana_bids_file *file,
                                                   const char *space, int *several)
{
    const struct ana_bids_wanted wanted = {.pipeline = "",
                                           .suffix = "electrodes",
                                           .extension = ".tsv",
                                           .space = space ? space : "*"};

    return nearest(bids, file, &wanted, several);
}
