/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of stimuli of a study: files of one stem are one stimulus, and recordings call
 * it by that stem.
 */
#include "data/stimuli.h"
#include "data/words.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/files.h>

#include "base/text.h"
#include "data/audio_file.h"
#include "data/lists.h"

enum kind { AUDIO, WORDS, IMAGE };

/* One file that was named, by the stem that makes it part of a stimulus. */
struct entry {
    char *id; /* from ana_text_stem (free) */
    const char *path;
    int kind;
};

static void free_text(const char *text)
{
    ana_free(NULL, (void *)(uintptr_t)text);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int ana_name_means(const char *name, const char *id)
{
    const char *base = base_name(name), *dot = strrchr(base, '.');

    if (strcmp(base, id) == 0)
        return 1;
    return dot && dot != base && strlen(id) == (size_t)(dot - base) &&
           memcmp(base, id, (size_t)(dot - base)) == 0;
}

/* Natural order of ids; the files of one id by kind. */
static int order_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = strverscmp(x->id, y->id);

    return order ? order : x->kind - y->kind;
}

static int list_files(struct ana_ctx *ctx, const int64_t *n,
                      const char *const *const *paths, int64_t total, struct entry **out)
{
    struct entry *entry = ana_alloc(ctx, total, sizeof *entry);

    *out = entry;
    if (!entry)
        return ANA_ERESOURCE;
    for (int kind = AUDIO; kind <= IMAGE; kind++) {
        for (int64_t i = 0; i < n[kind]; i++, entry++) {
            *entry = (struct entry){ana_text_stem(paths[kind][i]), paths[kind][i], kind};
            if (!entry->id)
                return ana_fail(ctx, ANA_ERESOURCE, "no memory for the stimuli's names");
        }
    }
    qsort(*out, (size_t)total, sizeof **out, order_entries);
    return 0;
}

/* Two files of one kind and stem leave open which of them was shown. */
static int check_unique(struct ana_ctx *ctx, const struct entry *entry, int64_t total)
{
    static const char *const kinds[] = {"sound", "word table", "image"};
    struct ana_text pairs = {0};
    int64_t twice = 0;
    int rc = 0;

    for (int64_t i = 1; i < total; i++) {
        if (order_entries(&entry[i - 1], &entry[i]) != 0)
            continue;
        if (twice++ < 5)
            ana_text_add(&pairs, "%s%s and %s (%s)", twice > 1 ? "; " : "",
                         entry[i - 1].path, entry[i].path, kinds[entry[i].kind]);
    }
    if (twice > 5)
        ana_text_add(&pairs, " and %lld more", (long long)(twice - 5));
    if (twice > 0)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "two files would be one stimulus, whose name is the file's without folder "
            "and extension: %s",
            pairs.data ? pairs.data : "?");
    ana_text_finish(&pairs);
    return rc;
}

static int add_audio(struct ana_ctx *ctx, const char *path, struct ana_stimulus *item)
{
    struct ana_audio_info info;
    int rc = ana_audio_file_open(ctx, path, &info, NULL);

    if (rc != 0)
        return rc;
    item->audio_path = ana_strdup(ctx, path);
    item->audio_rate = info.rate;
    item->channels = info.channels;
    item->audio_frames = info.frames;
    item->duration = (double)info.frames / info.rate;
    return item->audio_path ? 0 : ANA_ERESOURCE;
}

/* Files come as sound, words, image: a sound's length is known when its words come. */
static int add_words(struct ana_ctx *ctx, const char *path, const char *tier,
                     struct ana_stimulus *item)
{
    const struct ana_words_how how = {tier, item->audio_path ? item->duration : 0};
    struct ana_word *words;
    double end = 0;
    int rc = ana_words_read_how(ctx, path, &how, &item->n_words, &words);

    if (rc != 0)
        return rc;
    item->words = words;
    for (int64_t i = 0; i < item->n_words; i++)
        if (words[i].onset + words[i].duration > end)
            end = words[i].onset + words[i].duration;
    if (!item->audio_path)
        item->duration = end;
    else if (end > item->duration + 1)
        ana_warn(ctx, "%s: the last word ends at %.2f s, the sound at %.2f s", path, end,
                 item->duration);
    return 0;
}

static int add_file(struct ana_ctx *ctx, const struct entry *entry, const char *tier,
                    struct ana_stimulus *item)
{
    if (entry->kind == AUDIO)
        return add_audio(ctx, entry->path, item);
    if (entry->kind == WORDS)
        return add_words(ctx, entry->path, tier, item);
    item->image_path = ana_strdup(ctx, entry->path);
    return item->image_path ? 0 : ANA_ERESOURCE;
}

static int fill(struct ana_ctx *ctx, const struct entry *entry, int64_t total,
                const char *tier, struct ana_stimuli *stimuli)
{
    for (int64_t i = 0; i < total; i++) {
        struct ana_stimulus *item;
        int rc;

        if (i == 0 || strcmp(entry[i].id, entry[i - 1].id) != 0) {
            item = &stimuli->item[stimuli->n++];
            item->size = sizeof *item;
            item->id = ana_strdup(ctx, entry[i].id);
            if (!item->id)
                return ANA_ERESOURCE;
        }
        item = &stimuli->item[stimuli->n - 1];
        rc = add_file(ctx, &entry[i], tier, item);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int ana_stimuli_create(struct ana_ctx *ctx, int64_t n_audio, const char *const *audio,
                       int64_t n_words, const char *const *words, int64_t n_images,
                       const char *const *images, struct ana_stimuli **out)
{
    return ana_stimuli_create_tier(ctx, NULL, n_audio, audio, n_words, words, n_images,
                                   images, out);
}

int ana_stimuli_create_tier(struct ana_ctx *ctx, const char *tier, int64_t n_audio,
                            const char *const *audio, int64_t n_words,
                            const char *const *words, int64_t n_images,
                            const char *const *images, struct ana_stimuli **out)
{
    const int64_t n[] = {n_audio, n_words, n_images},
                  total = n_audio + n_words + n_images;
    const char *const *const paths[] = {audio, words, images};
    struct ana_stimuli *stimuli = ana_alloc(ctx, 1, sizeof *stimuli);
    struct entry *entry = NULL;
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!stimuli)
        return rc;
    stimuli->item = ana_alloc(ctx, total, sizeof *stimuli->item);
    if (stimuli->item)
        rc = list_files(ctx, n, paths, total, &entry);
    if (rc == 0)
        rc = check_unique(ctx, entry, total);
    if (rc == 0)
        rc = fill(ctx, entry, total, tier, stimuli);
    for (int64_t i = 0; entry && i < total; i++)
        free(entry[i].id);
    ana_free(ctx, entry);
    if (rc != 0)
        ana_stimuli_destroy(ctx, stimuli);
    else
        *out = stimuli;
    return rc;
}

static int order_items(const void *a, const void *b)
{
    return strverscmp(((const struct ana_stimulus *)a)->id,
                      ((const struct ana_stimulus *)b)->id);
}

/* A listed name without folder and extension; what follows the dot of "tone1.5" is none. */
static char *copy_name(struct ana_ctx *ctx, const char *name)
{
    char *copy = ana_strdup(ctx, base_name(name));
    char *dot = copy ? strrchr(copy, '.') : NULL;

    if (dot && dot != copy && strspn(dot + 1, "0123456789") < strlen(dot + 1))
        *dot = 0;
    return copy;
}

static int name_items(struct ana_ctx *ctx, const struct ana_strings *names,
                      struct ana_stimuli *stimuli)
{
    for (int64_t i = 0; i < names->n; i++) {
        stimuli->item[i].size = sizeof *stimuli->item;
        stimuli->item[i].id = copy_name(ctx, names->item[i]);
        stimuli->n = i + 1;
        if (!stimuli->item[i].id)
            return ANA_ERESOURCE;
    }
    return 0;
}

int ana_stimuli_create_named(struct ana_ctx *ctx, const char *path,
                             struct ana_stimuli **out)
{
    struct ana_stimuli *stimuli = ana_alloc(ctx, 1, sizeof *stimuli);
    struct ana_strings names = {0};
    int rc = stimuli ? ana_list_strings(ctx, path, NULL, &names) : ANA_ERESOURCE;

    *out = NULL;
    if (rc == 0) {
        stimuli->item = ana_alloc(ctx, names.n, sizeof *stimuli->item);
        rc = stimuli->item ? name_items(ctx, &names, stimuli) : ANA_ERESOURCE;
    }
    if (rc == 0)
        qsort(stimuli->item, (size_t)stimuli->n, sizeof *stimuli->item, order_items);
    for (int64_t i = 1; rc == 0 && i < stimuli->n; i++)
        if (strcmp(stimuli->item[i - 1].id, stimuli->item[i].id) == 0)
            rc = ana_fail(ctx, ANA_EDATA, "%s: the name '%s' stands there twice", path,
                          stimuli->item[i].id);
    ana_strings_finish(ctx, &names);
    if (rc != 0)
        ana_stimuli_destroy(ctx, stimuli);
    else
        *out = stimuli;
    return rc;
}

void ana_stimuli_destroy(struct ana_ctx *ctx, struct ana_stimuli *stimuli)
{
    if (!stimuli)
        return;
    for (int64_t i = 0; i < stimuli->n; i++) {
        free_text(stimuli->item[i].id);
        free_text(stimuli->item[i].audio_path);
        free_text(stimuli->item[i].image_path);
        ana_free(ctx, (void *)(uintptr_t)stimuli->item[i].words);
    }
    ana_free(ctx, stimuli->item);
    ana_free(ctx, stimuli);
}

static int order_id(const void *key, const void *item)
{
    return strverscmp(key, ((const struct ana_stimulus *)item)->id);
}

static int64_t find_id(const struct ana_stimuli *stimuli, const char *id)
{
    const struct ana_stimulus *found =
        bsearch(id, stimuli->item, (size_t)stimuli->n, sizeof *found, order_id);

    return found ? found - stimuli->item : -1;
}

int64_t ana_stimuli_find(const struct ana_stimuli *stimuli, const char *name)
{
    int64_t found = find_id(stimuli, base_name(name)), n;
    const char *stem = ana_text_stem_in(name, &n);
    char copy[NAME_MAX + 1];

    if (found >= 0 || n > NAME_MAX)
        return found;
    memcpy(copy, stem, (size_t)n);
    copy[n] = 0;
    return find_id(stimuli, copy);
}
