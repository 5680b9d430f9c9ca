/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The names of BIDS: sub-01_task-story_run-1_bold.nii.gz is a bold with three entities.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/bids_private.h"

enum { MOST_ENTITIES = 24 };

static int is_word(const char *from, const char *to)
{
    if (from >= to)
        return 0;
    for (; from < to; from++)
        if (!isalnum((unsigned char)*from) && *from != '+')
            return 0;
    return 1;
}

/* Entities end at '_' and have one '-' behind a key of letters. */
static int take_entity(char *at, struct ana_bids_entity *out)
{
    char *dash = strchr(at, '-');

    if (!dash || !is_word(at, dash) || !is_word(dash + 1, at + strlen(at)))
        return 0;
    *dash = 0;
    out->key = at;
    out->value = dash + 1;
    return 1;
}

/* fMRIPrep before 1.2: ..._bold_space-X_preproc, ..._bold_confounds, ..._bold_brainmask. */
static int32_t rename_old(struct ana_bids_file *file, struct ana_bids_entity *entity,
                          int32_t n)
{
    static const struct {
        const char *old, *suffix, *desc;
    } names[] = {{"preproc", "bold", "preproc"}, {"brainmask", "mask", "brain"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(file->suffix, names[i].old) == 0 && n < MOST_ENTITIES) {
            file->suffix = names[i].suffix;
            entity[n++] = (struct ana_bids_entity){"desc", names[i].desc};
        }
    return n;
}

int ana_bids_parse(struct ana_arena *arena, const char *name, struct ana_bids_file *out)
{
    struct ana_bids_entity entity[MOST_ENTITIES], *kept;
    char *text = ana_arena_strdup(arena, name), *dot, *last, *end;
    int32_t n = 0, old = 0;

    out->suffix = out->extension = "";
    out->n_entities = 0;
    out->entity = NULL;
    if (!text)
        return 0;
    last = strrchr(text, '_');
    last = last ? last + 1 : text;
    dot = strchr(last, '.');
    if (dot) {
        out->extension = ana_arena_strdup(arena, dot);
        *dot = 0;
    }
    if (!is_word(last, last + strlen(last)) || !out->extension)
        return 0;
    out->suffix = last;
    for (char *at = text; at < last; at = end + 1) {
        end = strchr(at, '_');
        *end = 0;
        if (strcmp(at, "bold") == 0) {
            old = 1;
            continue;
        }
        if (n == MOST_ENTITIES || !take_entity(at, &entity[n++]))
            return 0;
    }
    if (old)
        n = rename_old(out, entity, n);
    kept = ana_arena_alloc(arena, n, sizeof *kept);
    if (!kept || n == 0)
        return 0;
    memcpy(kept, entity, (size_t)n * sizeof *kept);
    out->entity = kept;
    out->n_entities = n;
    return 1;
}

const char *ana_bids_get(const struct ana_bids_file *file, const char *key)
{
    for (int32_t i = 0; i < file->n_entities; i++)
        if (strcmp(file->entity[i].key, key) == 0)
            return file->entity[i].value;
    return "";
}

int ana_bids_same(const char *a, const char *b)
{
    const size_t digits = strspn(a, "0123456789");

    if (!*a || !*b || a[digits] || b[strspn(b, "0123456789")])
        return strcmp(a, b) == 0;
    a += strspn(a, "0");
    b += strspn(b, "0");
    return strcmp(a, b) == 0;
}
