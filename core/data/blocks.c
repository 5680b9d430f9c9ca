/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Blocks that readers make of files, in the cache: written beside their place and renamed
 * into it, each checked when it is read.
 */
#include "data/blocks_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "data/blob_parts.h"

struct ana_blocks {
    char *path, *what, *file; /* path: of the entry; NULL = there is none */
    char *note;
    struct ana_text warned;  /* lines of the note: what is to be warned of each time */
    struct ana_hash content; /* of the file, where it counts: when the key was made */
    int64_t n, bytes;
    struct ana_block_hash *hash; /* n */
    struct ana_writer writer;    /* of an entry that is not sealed yet */
    int scratch;                 /* -1 = an entry */
};

/* An entry that cannot be believed; the sentence is the context's last. */
static int drop(struct ana_ctx *ctx, const char *path)
{
    const struct ana_keeper *keeper = ana_ctx_keeper(ctx);

    if (keeper && keeper->look) {
        ana_ctx_clear(ctx);
        return 0;
    }
    ana_warn_removed(ctx);
    return path ? ana_file_remove(ctx, path) : 0;
}

/* 0, an errno, or -1 where the file ends before. */
static int read_at(int fd, int64_t at, int64_t n, void *bytes)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t got =
            pread(fd, (char *)bytes + done, (size_t)(n - done), at + done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : -1;
        done += got;
    }
    return 0;
}

static int write_at(int fd, int64_t at, int64_t n, const void *bytes)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t put =
            pwrite(fd, (const char *)bytes + done, (size_t)(n - done), at + done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? errno : EIO;
        done += put;
    }
    return 0;
}

static const char a_warning[] = "\nwarning = ";

/* What was warned of when the blocks were made, from their note. */
static void warn_again(struct ana_ctx *ctx, const struct ana_blocks *b, char *note)
{
    char *end = note, *line;

    while ((line = strstr(end, a_warning)) != NULL) {
        line += sizeof a_warning - 1;
        end = strchrnul(line, '\n');
        ana_warn(ctx, "%s: %.*s", b->file, (int)(end - line), line);
    }
}

/* The hashes of an entry's blocks, once they and its note have the tail's. *error: what the
 * system says of the reading; *damage: why they have not. */
static int read_hashes(struct ana_ctx *ctx, struct ana_blocks *b, int fd, int64_t size,
                       int *error, const char **damage)
{
    struct ana_blob_tail tail;
    const int64_t index = b->n * (int64_t)sizeof *b->hash;
    XXH128_hash_t sealed;
    char *note = NULL;

    *damage = "it is too short to be whole";
    if (size < (int64_t)sizeof tail)
        return 0;
    *error = read_at(fd, size - (int64_t)sizeof tail, sizeof tail, &tail);
    if (*error != 0)
        return 0;
    *damage = "its last 48 bytes do not fit its length";
    if (ana_blob_blocks_count(&tail, size) != b->n || (int64_t)tail.block != b->bytes)
        return 0;
    note = ana_alloc(ctx, tail.n_note + 1, 1);
    if (!note)
        return ANA_ERESOURCE;
    *damage =
        "the hashes of its blocks do not have the hash they had when it was written";
    *error = read_at(fd, tail.n, index, b->hash);
    if (*error == 0)
        *error = read_at(fd, tail.n + index, tail.n_note, note);
    if (*error == 0) {
        sealed = ana_blob_blocks_seal(&tail, b->hash, note);
        if (sealed.low64 == tail.low && sealed.high64 == tail.high)
            *damage = NULL;
    }
    if (!*damage)
        warn_again(ctx, b, note);
    ana_free(ctx, note);
    return 0;
}

/* What cannot be read (a sector of the disk, say) is made again, like what is damaged. */
static int read_entry(struct ana_ctx *ctx, struct ana_blocks *b, int32_t *found)
{
    const int fd = open(b->path, O_RDONLY | O_CLOEXEC);
    const char *damage = "it is no file";
    struct stat status;
    int error = 0, rc = 0;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be opened: %s", b->path,
                              strerror(errno));
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        rc = read_hashes(ctx, b, fd, status.st_size, &error, &damage);
    close(fd);
    *found = rc == 0 && error == 0 && !damage;
    if (rc != 0 || *found)
        return rc;
    if (error > 0)
        ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be read: %s", b->path, strerror(error));
    else
        ana_fail(ctx, ANA_EDATA, "%s: is damaged: %s", b->path, damage);
    return error > 0 && error != EIO ? ANA_ERESOURCE : drop(ctx, b->path);
}

static char *folder_of(struct ana_ctx *ctx, const char *path)
{
    char *folder = ana_strdup(ctx, path);

    if (folder && strrchr(folder, '/'))
        *strrchr(folder, '/') = 0;
    return folder;
}

/* Why no file can be made in a folder that should be there. */
static const char *why_not(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return strerror(errno);
    close(fd);
    return access(folder, W_OK) != 0 ? strerror(errno) : "no file can be made";
}

/* The entry that is to be; where it cannot be begun, a scratch file will do. */
static int begin_entry(struct ana_ctx *ctx, struct ana_blocks *b)
{
    char *folder = folder_of(ctx, b->path);
    int rc = folder ? ana_folder_make(ctx, folder) : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_writer_open(ctx, b->path, &b->writer);
    if (rc == 0) {
        b->writer.alone = 1;
        rc = ana_file_reserve(ctx, fileno(b->writer.file), b->n * b->bytes, b->what,
                              folder);
    } else if (folder) {
        ana_ctx_clear(ctx);
        ana_warn(
            ctx,
            "%s: what is made of compressed files cannot be kept there (%s), and the "
            "next run makes it again",
            folder, why_not(folder));
        ana_free(ctx, b->path);
        b->path = NULL;
        rc = 0;
    }
    ana_free(ctx, folder);
    return rc;
}

static int begin(struct ana_ctx *ctx, struct ana_blocks *b)
{
    const struct ana_keeper *keeper = ana_ctx_keeper(ctx);
    int rc = 0;

    if (b->path && keeper->look) {
        ana_free(ctx, b->path);
        b->path = NULL;
    }
    if (b->path)
        rc = begin_entry(ctx, b);
    if (rc == 0 && !b->path)
        rc = ana_scratch(ctx, b->n * b->bytes, &b->scratch);
    return rc;
}

int ana_blocks_open(struct ana_ctx *ctx, const struct ana_blocks_key *key,
                    struct ana_blocks **out, int32_t *found)
{
    struct ana_blocks *b = ana_alloc(ctx, 1, sizeof *b);
    struct ana_blocks_entry entry = {0};
    int rc;

    *found = 0;
    *out = b;
    if (!b)
        return ANA_ERESOURCE;
    b->scratch = -1;
    rc = ana_blocks_check(ctx, key);
    if (rc != 0)
        return rc;
    b->n = key->n;
    b->bytes = key->bytes;
    b->what = ana_strdup(ctx, key->what);
    b->file = ana_strdup(ctx, key->file);
    b->hash = ana_alloc(ctx, b->n, sizeof *b->hash);
    rc =
        b->what && b->file && b->hash ? ana_blocks_find(ctx, key, &entry) : ANA_ERESOURCE;
    b->content = entry.content;
    b->note = entry.note;
    b->path = entry.path;
    if (rc == 0 && b->path && !ana_ctx_keeper(ctx)->fresh)
        rc = read_entry(ctx, b, found);
    if (rc != 0)
        return rc;
    if (!*found)
        return begin(ctx, b);
    ana_file_touch(b->path); /* gc goes by when an entry was used */
    ana_log(ctx, "%s: taken from the cache (%s)", b->file, b->what);
    return 0;
}

void ana_blocks_warn(struct ana_ctx *ctx, struct ana_blocks *b, const char *what)
{
    ana_warn(ctx, "%s: %s", b->file, what);
    if (b->writer.file)
        ana_text_add(&b->warned, "warning = %.*s\n", (int)strcspn(what, "\n"), what);
}

int ana_blocks_put(struct ana_ctx *ctx, struct ana_blocks *b, int64_t i,
                   const void *bytes)
{
    int fd, error;

    if (b->scratch < 0 && !b->writer.file)
        return ana_fail(ctx, ANA_EPARAM, "%s: its blocks were found or sealed already",
                        b->file);
    fd = b->scratch >= 0 ? b->scratch : fileno(b->writer.file);
    if (i < 0 || i >= b->n)
        return ana_fail(ctx, ANA_EPARAM, "there is no block %lld of %lld", (long long)i,
                        (long long)b->n);
    b->hash[i] = ana_block_hash(bytes, b->bytes);
    error = write_at(fd, i * b->bytes, b->bytes, bytes);
    if (error == 0)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE,
                    "%s: what is made of it cannot be written to %s: %s; free some "
                    "space, or choose another folder with `cache` in [study]",
                    b->file, b->path ? b->path : "the scratch file", strerror(error));
}

/* "what it is", then what the key was made from, then what is wrong with the file. */
static char *write_note(struct ana_ctx *ctx, const struct ana_blocks *b)
{
    struct ana_text text = {0};
    char *note = NULL;

    ana_text_add(&text, "%s\n%s%s", b->what, b->note,
                 b->warned.data ? b->warned.data : "");
    if (!text.failed && !b->warned.failed)
        note = ana_strdup(ctx, text.data);
    ana_text_finish(&text);
    return note;
}

/* The key is of the content there was before the reader opened the file: had that been
 * replaced meanwhile, other blocks would stand under it for good. */
static int check_content(struct ana_ctx *ctx, const struct ana_blocks *b)
{
    const struct ana_keeper *keeper = ana_ctx_keeper(ctx);
    struct ana_hash now;
    int rc;

    if (!b->note || !keeper || !keeper->known)
        return 0;
    rc = ana_known_files_hash(ctx, keeper->known, b->file, &now);
    if (rc != 0 || strcmp(now.hex, b->content.hex) == 0)
        return rc;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: changed while it was read; run again once it is in place",
                    b->file);
}

int ana_blocks_seal(struct ana_ctx *ctx, struct ana_blocks *b)
{
    struct ana_blob_tail tail = {.n = b->n * b->bytes, .block = (uint64_t)b->bytes};
    XXH128_hash_t sealed;
    char size[32], *note;
    FILE *file = b->writer.file;
    int rc = check_content(ctx, b);

    if (rc != 0)
        return rc;
    ana_text_bytes(tail.n, size);
    if (!b->path) {
        ana_log(ctx, "%s: into a scratch file (%s, %s)", b->file, b->what, size);
        return 0;
    }
    note = write_note(ctx, b);
    if (!note)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for the note of %s", b->path);
    memcpy(tail.magic, ana_blob_blocks, sizeof tail.magic);
    tail.n_note = (int64_t)strlen(note);
    sealed = ana_blob_blocks_seal(&tail, b->hash, note);
    tail.low = sealed.low64;
    tail.high = sealed.high64;
    fseeko(file, (off_t)tail.n, SEEK_SET);
    if (b->n > 0)
        fwrite(b->hash, sizeof *b->hash, (size_t)b->n, file);
    fwrite(note, 1, (size_t)tail.n_note, file);
    fwrite(&tail, sizeof tail, 1, file);
    ana_free(ctx, note);
    rc = ana_writer_close(ctx, &b->writer);
    if (rc == 0)
        ana_log(ctx, "%s: into the cache (%s, %s)", b->file, b->what, size);
    return rc;
}

/* The first of n blocks that does not have its hash; -1 = all do. */
static int64_t find_damage(const struct ana_blocks *b, int64_t first, int64_t n,
                           const uint8_t *bytes)
{
    for (int64_t i = 0; i < n; i++) {
        const struct ana_block_hash made = ana_block_hash(bytes + i * b->bytes, b->bytes);

        if (memcmp(&made, &b->hash[first + i], sizeof made) != 0)
            return first + i;
    }
    return -1;
}

int ana_blocks_get(struct ana_ctx *ctx, const struct ana_blocks *b, int64_t first,
                   int64_t n, void *bytes, int32_t *lost)
{
    const int fd = b->path ? open(b->path, O_RDONLY | O_CLOEXEC) : b->scratch;
    int64_t damaged;
    int error;

    *lost = 0;
    if (first < 0 || n < 0 || n > b->n - first) {
        if (b->path && fd >= 0)
            close(fd);
        return ana_fail(ctx, ANA_EPARAM,
                        "there are no %lld blocks from block %lld of %lld on",
                        (long long)n, (long long)first, (long long)b->n);
    }
    error = fd < 0 ? errno : read_at(fd, first * b->bytes, n * b->bytes, bytes);
    if (b->path && fd >= 0)
        close(fd);
    if (b->path && fd < 0 && error == ENOENT) {
        ana_log(ctx, "%s: was removed from the cache meanwhile", b->file);
        *lost = 1;
        return 0;
    }
    if (error != 0 && error != -1 && error != EIO)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: what was made of it cannot be read: %s",
                        b->file, strerror(error));
    damaged = error == 0 ? find_damage(b, first, n, bytes) : first;
    if (damaged < 0)
        return 0;
    if (error == EIO)
        ana_fail(ctx, ANA_EDATA, "%s: block %lld of %lld cannot be read: %s",
                 b->path ? b->path : "a scratch file", (long long)damaged,
                 (long long)b->n, strerror(error));
    else
        ana_fail(ctx, ANA_EDATA, "%s: is damaged: block %lld of %lld %s",
                 b->path ? b->path : "a scratch file", (long long)damaged,
                 (long long)b->n,
                 error == 0 ? "does not have the hash it had when it was written"
                            : "lies behind its end");
    if (b->path && ana_ctx_keeper(ctx) && ana_ctx_keeper(ctx)->look)
        return ANA_EDATA;
    *lost = 1;
    return drop(ctx, b->path);
}

void ana_blocks_close(struct ana_ctx *ctx, struct ana_blocks *b)
{
    if (!b)
        return;
    if (b->writer.file)
        ana_writer_abort(&b->writer);
    if (b->scratch >= 0)
        close(b->scratch);
    ana_free(ctx, b->path);
    ana_free(ctx, b->what);
    ana_free(ctx, b->file);
    ana_free(ctx, b->note);
    ana_text_finish(&b->warned);
    ana_free(ctx, b->hash);
    ana_free(ctx, b);
}
