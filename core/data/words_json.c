/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Words of a transcript by Whisper or WhisperX: JSON of segments, each with its words.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "data/words.h"

enum { MOST_BYTES = 1 << 28 };

struct list {
    const char *path;
    int64_t n, untimed, bytes;
    struct ana_word *word;
};

static double number_of(const json_t *object, const char *a, const char *b)
{
    const json_t *value = json_object_get(object, a);

    if (!value)
        value = json_object_get(object, b);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int add_word(struct ana_ctx *ctx, struct list *list, const json_t *item)
{
    const char *text = json_string_value(json_object_get(item, "word"));
    const double from = number_of(item, "start", "onset");
    const double to = number_of(item, "end", "offset");

    if (!text)
        text = json_string_value(json_object_get(item, "text"));
    if (!text)
        return ana_fail(ctx, ANA_EDATA, "%s: word %lld has no text under \"word\"",
                        list->path, (long long)list->n + 1);
    text += strspn(text, " ");
    if (isfinite(from) && !(to >= from))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: word %lld, '%s', starts at %g s and has no end after that",
                        list->path, (long long)list->n + 1, text, from);
    list->untimed += !isfinite(from);
    list->bytes += (int64_t)strlen(text) + 1;
    list->word[list->n++] = (struct ana_word){text, from, to};
    return 0;
}

/* Words without times share the time between their neighbours. Times are ends here. */
static int fill_times(struct ana_ctx *ctx, struct list *list)
{
    for (int64_t i = 0, last; i < list->n; i = last) {
        double from, to;

        for (last = i + 1; last < list->n && !isfinite(list->word[i].onset) &&
                           !isfinite(list->word[last].onset);)
            last++;
        if (isfinite(list->word[i].onset))
            continue;
        if (i == 0 || last == list->n)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: word %lld, '%s', has no start, and no timed word on both "
                "sides of it",
                list->path, (long long)i + 1, list->word[i].text);
        from = list->word[i - 1].duration;
        to = fmax(list->word[last].onset, from);
        for (int64_t k = i; k < last; k++) {
            list->word[k].onset =
                from + (to - from) * (double)(k - i) / (double)(last - i);
            list->word[k].duration =
                from + (to - from) * (double)(k + 1 - i) / (double)(last - i);
        }
    }
    if (list->untimed > 0)
        ana_warn(ctx,
                 "%s: %lld of %lld words have no times; they share what lies between "
                 "their neighbours",
                 list->path, (long long)list->untimed, (long long)list->n);
    return 0;
}

static int hand_over(struct ana_ctx *ctx, const struct list *list, int64_t *n,
                     struct ana_word **words)
{
    char *text;

    *words = ana_alloc(ctx, list->n * (int64_t)sizeof **words + list->bytes, 1);
    if (!*words)
        return ANA_ERESOURCE;
    text = (char *)(*words + list->n);
    for (int64_t i = 0; i < list->n; i++) {
        const struct ana_word *w = &list->word[i];

        (*words)[i] = (struct ana_word){text, w->onset, w->duration - w->onset};
        text = stpcpy(text, w->text) + 1;
    }
    *n = list->n;
    return 0;
}

static int64_t count_words(const json_t *root, const json_t **flat)
{
    const json_t *segments = json_object_get(root, "segments"), *segment;
    int64_t n = 0;
    size_t i;

    json_array_foreach(segments, i, segment) n +=
        (int64_t)json_array_size(json_object_get(segment, "words"));
    *flat = n == 0 ? json_object_get(root, "word_segments") : NULL;
    if (n == 0 && !*flat && json_is_object(root))
        *flat = json_object_get(root, "words");
    return n > 0 ? n : (int64_t)json_array_size(*flat);
}

static int add_words(struct ana_ctx *ctx, const json_t *array, struct list *list)
{
    const json_t *item;
    size_t i;
    int rc = 0;

    json_array_foreach(array, i, item) if (rc == 0) rc = add_word(ctx, list, item);
    return rc;
}

static int add_all(struct ana_ctx *ctx, const json_t *root, struct list *list)
{
    const json_t *flat, *segment;
    const int64_t n = count_words(root, &flat);
    size_t i;
    int rc = 0;

    if (n == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: has no words under segments[].words or word_segments; let "
                        "Whisper write them with --word_timestamps True",
                        list->path);
    list->word = ana_alloc(ctx, n, sizeof *list->word);
    if (!list->word)
        return ANA_ERESOURCE;
    if (flat)
        return add_words(ctx, flat, list);
    json_array_foreach(json_object_get(root, "segments"), i, segment) if (rc == 0) rc =
        add_words(ctx, json_object_get(segment, "words"), list);
    return rc;
}

int ana_words_json(struct ana_ctx *ctx, const char *path, int64_t *n,
                   struct ana_word **words)
{
    struct list list = {.path = path};
    json_t *root = NULL;
    json_error_t error;
    char *data = NULL;
    int64_t size = 0;
    int rc = ana_file_read(ctx, path, MOST_BYTES, &data, &size);

    *n = 0;
    *words = NULL;
    if (rc == 0) {
        root = json_loadb(data, (size_t)size, JSON_REJECT_DUPLICATES, &error);
        if (!root)
            rc = ana_fail(ctx, ANA_EDATA, "%s:%d: no JSON: %s", path, error.line,
                          error.text);
    }
    if (rc == 0)
        rc = add_all(ctx, root, &list);
    if (rc == 0)
        rc = fill_times(ctx, &list);
    if (rc == 0)
        rc = hand_over(ctx, &list, n, words);
    ana_free(ctx, list.word);
    json_decref(root);
    ana_free(ctx, data);
    return rc;
}
