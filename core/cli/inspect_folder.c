/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a folder holds, so far as a study can use it.
 */
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/inspect.h"
#include "data/audio_file.h"

enum { MOST_KINDS = 256, LONGEST_EXTENSION = 16 };

/* Files of one extension. */
struct tally {
    char extension[LONGEST_EXTENSION];
    int64_t n, bytes;
};

struct folder {
    int64_t n_kinds, others, n_sounds, unreadable;
    double seconds, low_rate, high_rate;
    struct tally kind[MOST_KINDS];
};

int ana_is_sound(const char *path)
{
    static const char *const endings[] = {".wav",  ".flac", ".ogg", ".mp3", ".opus",
                                          ".aiff", ".aif",  ".au",  ".w64", ".caf"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return 1;
    return 0;
}

const char *ana_duration_text(double seconds, char buffer[32])
{
    const long long minutes = (long long)seconds / 60;

    if (seconds < 60)
        snprintf(buffer, 32, "%.2f s", seconds);
    else if (seconds < 3600)
        snprintf(buffer, 32, "%lld min %.0f s", minutes, seconds - 60 * (double)minutes);
    else
        snprintf(buffer, 32, "%lld h %lld min", minutes / 60, minutes % 60);
    return buffer;
}

/* A name's extension in lower case, "nii.gz" taken as one; "none" without. */
static void take_extension(const char *name, char out[LONGEST_EXTENSION])
{
    const char *dot = strrchr(name, '.');
    const size_t n = strlen(name);

    if (n > 7 && strcasecmp(name + n - 7, ".nii.gz") == 0)
        dot = name + n - 7;
    if (!dot || dot == name || strlen(dot + 1) >= LONGEST_EXTENSION)
        dot = ".none";
    snprintf(out, LONGEST_EXTENSION, "%s", dot + 1);
    for (char *c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}

static void count_file(struct folder *folder, const char *name, int64_t bytes)
{
    char extension[LONGEST_EXTENSION];
    int64_t i = 0;

    take_extension(name, extension);
    while (i < folder->n_kinds && strcmp(folder->kind[i].extension, extension) != 0)
        i++;
    if (i == MOST_KINDS) {
        folder->others++;
        return;
    }
    if (i == folder->n_kinds)
        memcpy(folder->kind[folder->n_kinds++].extension, extension, sizeof extension);
    folder->kind[i].n++;
    folder->kind[i].bytes += bytes;
}

static void listen(struct ana_ctx *ctx, struct folder *folder, const char *path)
{
    struct ana_audio_info info;

    if (ana_audio_file_open(ctx, path, &info, NULL) != 0) {
        folder->unreadable++;
        return;
    }
    if (folder->n_sounds == 0 || info.rate < folder->low_rate)
        folder->low_rate = info.rate;
    if (info.rate > folder->high_rate)
        folder->high_rate = info.rate;
    folder->seconds += (double)info.frames / info.rate;
    folder->n_sounds++;
}

/* Look at every file below; hidden ones are left alone. */
static int walk(struct ana_ctx *ctx, const char *path, struct folder *folder)
{
    char *copy = strdup(path), *roots[] = {copy, NULL};
    FTS *tree = copy ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    FTSENT *entry;

    if (!tree) {
        free(copy);
        return ana_fail(ctx, ANA_EDATA, "%s: the folder cannot be listed", path);
    }
    while (!ana_cancelled(ctx) && (entry = fts_read(tree))) {
        if (entry->fts_level > 0 && entry->fts_name[0] == '.')
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F || entry->fts_info == FTS_SL) {
            count_file(folder, entry->fts_name, entry->fts_statp->st_size);
            if (ana_is_sound(entry->fts_name))
                listen(ctx, folder, entry->fts_path);
        }
    }
    fts_close(tree);
    free(copy);
    return 0;
}

static int most_first(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;

    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return strcmp(x->extension, y->extension);
}

static void set_files(struct ana_facts *facts, struct folder *folder)
{
    json_t *files = json_array();

    qsort(folder->kind, (size_t)folder->n_kinds, sizeof *folder->kind, most_first);
    for (int64_t i = 0; i < folder->n_kinds; i++) {
        json_t *kind = json_object();

        ana_json_text(kind, "extension", folder->kind[i].extension, &facts->failed);
        ana_json_count(kind, "n", folder->kind[i].n, &facts->failed);
        ana_json_count(kind, "bytes", folder->kind[i].bytes, &facts->failed);
        ana_json_append(files, kind, &facts->failed);
    }
    ana_json_set(facts->root, "files", files, &facts->failed);
}

static void set_sounds(struct ana_facts *facts, const struct folder *folder,
                       const char *path)
{
    char name[LONGEST_EXTENSION + 2];
    json_t *sounds, *use;
    struct ana_text line = {0};

    if (folder->n_sounds == 0)
        return;
    for (int64_t i = 0; i < folder->n_kinds; i++) { /* the most frequent sound's ending */
        snprintf(name, sizeof name, "*.%s", folder->kind[i].extension);
        if (ana_is_sound(name))
            break;
    }
    sounds = json_object();
    ana_json_count(sounds, "n", folder->n_sounds, &facts->failed);
    ana_json_real(sounds, "seconds", folder->seconds, &facts->failed);
    ana_json_real(sounds, "lowest_rate", folder->low_rate, &facts->failed);
    ana_json_real(sounds, "highest_rate", folder->high_rate, &facts->failed);
    ana_json_set(facts->root, "sounds", sounds, &facts->failed);
    use = json_object();
    ana_text_add(&line, "audio = %s/%s", path, name);
    ana_json_text(use, "as", "as stimuli", &facts->failed);
    ana_json_text(use, "line", line.failed ? NULL : line.data, &facts->failed);
    ana_json_set(facts->root, "use", use, &facts->failed);
    ana_text_finish(&line);
}

int ana_inspect_folder(struct ana_facts *facts, const char *path)
{
    struct ana_ctx *ctx = facts->ctx;
    struct folder *folder = ana_alloc(ctx, 1, sizeof *folder);
    char *bids = folder ? ana_path_join(ctx, path, "dataset_description.json") : NULL;
    int rc = bids ? walk(ctx, path, folder) : ANA_ERESOURCE;

    if (rc == 0) {
        ana_json_text(facts->root, "kind", "folder", &facts->failed);
        ana_json_set(facts->root, "bids", json_boolean(access(bids, R_OK) == 0),
                     &facts->failed);
        set_files(facts, folder);
        set_sounds(facts, folder, path);
        if (folder->unreadable > 0) {
            json_t *unreadable = json_object();

            ana_json_count(unreadable, "n", folder->unreadable, &facts->failed);
            ana_json_text(unreadable, "last", ana_error(ctx), &facts->failed);
            ana_json_set(facts->root, "unreadable", unreadable, &facts->failed);
        }
    }
    ana_free(ctx, bids);
    ana_free(ctx, folder);
    return rc;
}
