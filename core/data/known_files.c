/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hashes of files that were read before. The index is a table, one line a file:
 *
 *     hash  size  mtime  ctime  inode  path      (times in ns; tabs between)
 */
#include "data/known_files.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "data/blob.h"

static const char heading[] = "# anaflow: hash size mtime ctime inode path\n";
static const int64_t FRESH = 2000000000; /* ns: younger changes are not remembered */

struct known {
    struct ana_file_sign sign;
    struct ana_hash hash;
    char *path;
    int new, fresh; /* fresh: good for this process, not for the index */
};

struct ana_known_files {
    pthread_mutex_t lock;
    char *index;
    int64_t n, room;
    struct known *file; /* sorted by path once read; new ones behind */
    int64_t sorted;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->path, ((const struct known *)b)->path);
}

static struct known *find(const struct ana_known_files *known, const char *path)
{
    const struct known key = {.path = (char *)(uintptr_t)path};
    struct known *found = NULL;

    if (known->sorted > 0)
        found = bsearch(&key, known->file, (size_t)known->sorted, sizeof key, by_path);
    for (int64_t i = known->sorted; !found && i < known->n; i++)
        if (strcmp(known->file[i].path, path) == 0)
            found = &known->file[i];
    return found;
}

static struct known *add(struct ana_ctx *ctx, struct ana_known_files *known,
                         const char *path)
{
    char *copy = ana_strdup(ctx, path);
    struct known *grown;

    if (copy && known->n == known->room) {
        const int64_t room = known->room ? 2 * known->room : 64;

        grown = ana_alloc(ctx, room, sizeof *grown);
        if (grown) {
            if (known->n > 0)
                memcpy(grown, known->file, (size_t)known->n * sizeof *grown);
            ana_free(ctx, known->file);
            known->file = grown;
            known->room = room;
        }
    }
    if (!copy || known->n == known->room) {
        ana_free(ctx, copy);
        return NULL;
    }
    known->file[known->n].path = copy;
    return &known->file[known->n++];
}

/* One line without its end; 0 if it is none of ours. */
static int parse_line(const char *line, struct known *out, const char **path)
{
    long long size, mtime, ctime;
    unsigned long long inode;
    int end = 0;

    if (sscanf(line, "%32[0-9a-f]\t%lld\t%lld\t%lld\t%llu\t%n", out->hash.hex, &size,
               &mtime, &ctime, &inode, &end) != 5 ||
        end == 0 || !ana_hash_is(out->hash.hex) || line[end] != '/')
        return 0;
    out->sign = (struct ana_file_sign){size, mtime, ctime, inode};
    *path = line + end;
    return 1;
}

static int read_lines(struct ana_ctx *ctx, struct ana_known_files *known, char *text)
{
    for (char *at = text, *line; (line = strsep(&at, "\n")) != NULL;) {
        struct known parsed = {.new = 0}, *kept;
        const char *path;

        if (!parse_line(line, &parsed, &path) || find(known, path))
            continue;
        kept = add(ctx, known, path);
        if (!kept)
            return ANA_ERESOURCE;
        parsed.path = kept->path;
        *kept = parsed;
    }
    return 0;
}

/* Add the lines of the index whose path is not known yet. A damaged index is removed. */
static int read_index(struct ana_ctx *ctx, struct ana_known_files *known)
{
    struct ana_blob blob;
    char *text;
    int rc;

    if (!known->index)
        return 0;
    rc = ana_blob_open(ctx, known->index, &blob);
    if (rc == ANA_EDATA) {
        ana_warn(ctx, "%s; it was removed, and files will be read again", ana_error(ctx));
        ana_ctx_clear(ctx);
        return ana_file_remove(ctx, known->index);
    }
    if (rc != 0 || !blob.data)
        return rc;
    text = ana_alloc(ctx, blob.n + 1, 1);
    if (text)
        memcpy(text, blob.data, (size_t)blob.n);
    rc = text ? read_lines(ctx, known, text) : ANA_ERESOURCE;
    ana_free(ctx, text);
    ana_blob_close(&blob);
    return rc;
}

int ana_known_files_create(struct ana_ctx *ctx, const char *index,
                           struct ana_known_files **out)
{
    struct ana_known_files *known = ana_alloc(ctx, 1, sizeof *known);
    int rc;

    *out = NULL;
    if (!known)
        return ANA_ERESOURCE;
    if (pthread_mutex_init(&known->lock, NULL) != 0) {
        ana_free(ctx, known);
        return ana_fail(ctx, ANA_ERESOURCE, "the system has no lock to give");
    }
    known->index = index ? ana_strdup(ctx, index) : NULL;
    rc = index && !known->index ? ANA_ERESOURCE : read_index(ctx, known);
    if (rc != 0) {
        ana_known_files_destroy(ctx, known);
        return rc;
    }
    if (known->n > 0)
        qsort(known->file, (size_t)known->n, sizeof *known->file, by_path);
    known->sorted = known->n;
    *out = known;
    return 0;
}

void ana_known_files_destroy(struct ana_ctx *ctx, struct ana_known_files *known)
{
    if (!known)
        return;
    for (int64_t i = 0; i < known->n; i++)
        ana_free(ctx, known->file[i].path);
    ana_free(ctx, known->file);
    ana_free(ctx, known->index);
    pthread_mutex_destroy(&known->lock);
    ana_free(ctx, known);
}

static int is_fresh(const struct ana_file_sign *sign)
{
    struct timespec now;
    int64_t at;

    clock_gettime(CLOCK_REALTIME, &now);
    at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return sign->mtime > at - FRESH || sign->ctime > at - FRESH;
}

static int remember(struct ana_ctx *ctx, struct ana_known_files *known, const char *path,
                    const struct ana_file_sign *sign, const struct ana_hash *hash)
{
    struct known *file = find(known, path);

    if (!file)
        file = add(ctx, known, path);
    if (!file)
        return ANA_ERESOURCE;
    file->sign = *sign;
    file->hash = *hash;
    file->fresh = is_fresh(sign);
    file->new = !file->fresh;
    return 0;
}

int ana_known_files_hash(struct ana_ctx *ctx, struct ana_known_files *known,
                         const char *path, struct ana_hash *out)
{
    struct ana_file_sign before, after;
    char *whole = realpath(path, NULL);
    const struct known *file = NULL;
    int rc = 0, have = whole != NULL;

    have = have && ana_file_sign(whole, &before);
    pthread_mutex_lock(&known->lock);
    if (have)
        file = find(known, whole);
    if (file && memcmp(&file->sign, &before, sizeof before) == 0)
        *out = file->hash;
    else
        file = NULL;
    pthread_mutex_unlock(&known->lock);
    if (!file) {
        rc = ana_hash_file(ctx, path, out);
        if (rc == 0 && have && ana_file_sign(whole, &after) &&
            memcmp(&before, &after, sizeof before) == 0 && !strpbrk(whole, "\n\r")) {
            pthread_mutex_lock(&known->lock);
            rc = remember(ctx, known, whole, &before, out);
            pthread_mutex_unlock(&known->lock);
        }
    }
    free(whole);
    return rc;
}

int ana_known_files_save(struct ana_ctx *ctx, struct ana_known_files *known)
{
    struct ana_text text = {0};
    int any = 0, rc;

    for (int64_t i = 0; i < known->n; i++)
        any |= known->file[i].new;
    if (!any || !known->index)
        return 0;
    rc = read_index(ctx, known);
    ana_text_add(&text, "%s", heading);
    for (int64_t i = 0; rc == 0 && i < known->n; i++) {
        const struct known *f = &known->file[i];

        if (f->fresh)
            continue;
        ana_text_add(&text, "%s\t%lld\t%lld\t%lld\t%llu\t%s\n", f->hash.hex,
                     (long long)f->sign.size, (long long)f->sign.mtime,
                     (long long)f->sign.ctime, (unsigned long long)f->sign.inode,
                     f->path);
        known->file[i].new = 0;
    }
    if (rc == 0 && text.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for %s", known->index);
    if (rc == 0)
        rc = ana_blob_write(ctx, known->index, 1,
                            &(struct ana_piece){text.data, text.length},
                            "hashes of files that were read");
    ana_text_finish(&text);
    return rc;
}
