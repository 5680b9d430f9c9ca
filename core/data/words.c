/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Word tables: when each word of a stimulus was heard. One block holds the words and
 * their text. Words stay in the file's order, which is the order a model reads them in;
 * real transcripts have onsets that step back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "data/stimuli.h"
#include "data/tsv.h"
#include "data/words.h"

struct columns {
    int64_t text, onset, duration, end; /* duration or end is -1 */
};

/* The first of several names for one thing, in any case; -1 if there is none. */
static int64_t find(const struct ana_table *table, const char *const *names)
{
    for (; *names; names++)
        for (int64_t i = 0; i < table->n_columns; i++)
            if (strcasecmp(table->column[i], *names) == 0)
                return i;
    return -1;
}

static int find_columns(struct ana_ctx *ctx, const struct ana_table *table,
                        struct columns *columns)
{
    const char *missing = NULL;
    char *there;

    columns->text =
        find(table, (const char *const[]){"word", "text", "token", "trial_type", NULL});
    columns->onset = find(table, (const char *const[]){"onset", "start", NULL});
    columns->duration = find(table, (const char *const[]){"duration", NULL});
    columns->end = find(table, (const char *const[]){"offset", "end", NULL});
    if (columns->text < 0)
        missing = "word (or text, token)";
    else if (columns->onset < 0)
        missing = "onset (or start)";
    else if (columns->duration < 0 && columns->end < 0)
        missing = "duration (or offset, end)";
    if (!missing)
        return 0;
    there = ana_text_list(table->column, table->n_columns, 8);
    ana_fail(ctx, ANA_EDATA, "%s: a word table needs a column %s; it has: %s",
             table->path, missing, there ? there : "?");
    free(there);
    return ANA_EDATA;
}

/* Onset and duration of one row in seconds. */
static int read_times(struct ana_ctx *ctx, const struct ana_table *table, int64_t row,
                      const struct columns *columns, struct ana_word *word)
{
    const int64_t second = columns->duration >= 0 ? columns->duration : columns->end;
    int rc = ana_table_number(ctx, table, row, columns->onset, &word->onset);

    if (rc == 0)
        rc = ana_table_number(ctx, table, row, second, &word->duration);
    if (rc != 0)
        return rc;
    if (columns->duration < 0)
        word->duration -= word->onset;
    if (isfinite(word->onset) && word->duration >= 0)
        return 0;
    return ana_fail(
        ctx, ANA_EDATA,
        "%s:%lld: the word '%s' has %s; expected seconds from the sound's start",
        table->path, (long long)table->line[row], word->text,
        isnan(word->onset)      ? "no onset"
        : isnan(word->duration) ? "no duration"
                                : "an end before its onset");
}

static int read_table(struct ana_ctx *ctx, const char *path, int64_t *n,
                      struct ana_word **words)
{
    struct ana_table *table;
    struct columns columns;
    int64_t bytes = 0;
    char *text;
    int rc;

    *n = 0;
    *words = NULL;
    rc = ana_table_read(ctx, path, 1, &table);
    if (rc == 0)
        rc = find_columns(ctx, table, &columns);
    if (rc != 0)
        goto done;
    for (int64_t i = 0; i < table->n_rows; i++)
        bytes += (int64_t)strlen(table->cell[i * table->n_columns + columns.text]) + 1;
    *words = ana_alloc(ctx, table->n_rows * (int64_t)sizeof **words + bytes, 1);
    rc = *words ? 0 : ANA_ERESOURCE;
    text = (char *)(*words + (*words ? table->n_rows : 0));
    for (int64_t i = 0; rc == 0 && i < table->n_rows; i++) {
        (*words)[i].text = text;
        text = stpcpy(text, table->cell[i * table->n_columns + columns.text]) + 1;
        rc = read_times(ctx, table, i, &columns, &(*words)[i]);
    }
    if (rc == 0) {
        *n = table->n_rows;
    } else {
        ana_free(ctx, *words);
        *words = NULL;
    }
done:
    ana_table_destroy(ctx, table);
    return rc;
}

static int ends_with(const char *path, const char *extension)
{
    const size_t n = strlen(path), k = strlen(extension);

    return n > k && strcasecmp(path + n - k, extension) == 0;
}

int ana_is_textgrid(const char *path)
{
    return ends_with(path, ".TextGrid");
}

int ana_words_read_how(struct ana_ctx *ctx, const char *path,
                       const struct ana_words_how *how, int64_t *n,
                       struct ana_word **words)
{
    if (ana_is_textgrid(path))
        return ana_textgrid_read(ctx, path, how, n, words);
    if (ends_with(path, ".json"))
        return ana_words_json(ctx, path, n, words);
    return read_table(ctx, path, n, words);
}

int ana_words_read(struct ana_ctx *ctx, const char *path, int64_t *n,
                   struct ana_word **words)
{
    return ana_words_read_how(ctx, path, NULL, n, words);
}
