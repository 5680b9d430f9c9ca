/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys of blocks: checked, turned into the entry's name, and what a plan asks of them.
 */
#include <stddef.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "base/version.h"
#include "data/blob_parts.h"
#include "data/blocks_parts.h"

enum { MOST_BLOCKS = 1 << 26 };

/* Where the first version of a key ended. */
#define LEAST (offsetof(struct ana_blocks_key, bytes) + sizeof(int64_t))

int ana_blocks_check(struct ana_ctx *ctx, const struct ana_blocks_key *key)
{
    int64_t all;

    if (key->size < LEAST)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its key of blocks has %u bytes, this anaflow's have %zu; set "
                        "`size` to sizeof and build it again with this anaflow's headers",
                        key->size, sizeof *key);
    if (!key->file || !key->how || !key->what)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its key of blocks has no `file`, `how` or `what`");
    if (key->n_numbers < 0 || key->n_numbers > INT64_MAX / 8 ||
        (key->n_numbers > 0 && !key->numbers))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its key of blocks of %s promises %lld `numbers` and has none",
                        key->file, (long long)key->n_numbers);
    if (key->n < 0 || key->n > MOST_BLOCKS || key->bytes < 1 ||
        !ana_mul_ok(key->n, key->bytes, &all) || all > INT64_MAX / 4)
        return ana_fail(ctx, ANA_EPARAM, "%lld blocks of %lld bytes cannot be kept",
                        (long long)key->n, (long long)key->bytes);
    return 0;
}

int64_t ana_blocks_bytes(const struct ana_blocks_key *key)
{
    return key->n * (key->bytes + (int64_t)sizeof(struct ana_block_hash)) +
           (int64_t)(sizeof(struct ana_blob_tail) + strlen(key->how) + strlen(key->what));
}

/* What tells an entry from all others. */
static void write_key(const struct ana_blocks_key *key, const struct ana_hash *content,
                      struct ana_text *text)
{
    const struct ana_hash numbers =
        ana_hash_bytes(key->numbers, key->n_numbers * (int64_t)sizeof(int64_t));

    ana_text_add(text,
                 "anaflow = %s\nfile = %s\n%s\nnumbers = %s\nblocks = %lld x %lld\n",
                 ana_version(), content->hex, key->how, numbers.hex, (long long)key->n,
                 (long long)key->bytes);
}

int ana_blocks_find(struct ana_ctx *ctx, const struct ana_blocks_key *key,
                    struct ana_blocks_entry *entry)
{
    const struct ana_keeper *keeper = ana_ctx_keeper(ctx);
    struct ana_text text = {0};
    int rc;

    memset(entry, 0, sizeof *entry);
    if (!keeper || !keeper->folder || !keeper->known)
        return 0;
    rc = ana_known_files_hash(ctx, keeper->known, key->file, &entry->content);
    if (rc != 0)
        return rc;
    write_key(key, &entry->content, &text);
    if (!text.failed) {
        entry->name = ana_hash_bytes(text.data, text.length);
        entry->path = ana_path_join(ctx, keeper->folder, entry->name.hex);
        entry->note = ana_strdup(ctx, text.data);
    }
    ana_text_finish(&text);
    return entry->path && entry->note
               ? 0
               : ana_fail(ctx, ANA_ERESOURCE, "no memory for a key");
}

/* Where there is no cache, the file is taken for what its path says. */
static int name_by_path(struct ana_ctx *ctx, const struct ana_blocks_key *key,
                        struct ana_hash *name)
{
    const struct ana_hash path = ana_hash_bytes(key->file, (int64_t)strlen(key->file));
    struct ana_text text = {0};
    int rc = 0;

    write_key(key, &path, &text);
    if (text.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for a key");
    else
        *name = ana_hash_bytes(text.data, text.length);
    ana_text_finish(&text);
    return rc;
}

int ana_blocks_look(struct ana_ctx *ctx, const struct ana_blocks_key *key, int *there,
                    struct ana_hash *name)
{
    struct ana_blocks_entry entry = {0};
    struct ana_file_sign sign;
    int rc = ana_blocks_check(ctx, key);

    *there = 0;
    if (rc == 0)
        rc = ana_blocks_find(ctx, key, &entry);
    if (rc == 0 && entry.path && !ana_ctx_keeper(ctx)->fresh)
        *there = ana_file_sign(entry.path, &sign) && sign.size >= key->n * key->bytes;
    *name = entry.name;
    if (rc == 0 && !entry.path)
        rc = name_by_path(ctx, key, name);
    ana_free(ctx, entry.path);
    ana_free(ctx, entry.note);
    return rc;
}
