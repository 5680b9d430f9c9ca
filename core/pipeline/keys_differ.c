/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From two keys to the words that made them differ.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/keys.h"

enum { MOST_REASONS = 3, MOST_DEPTH = 12 };

/* One line "NAME = VALUE" inside a node's text. */
struct line {
    const char *name, *value;
    int n_name, n_value;
};

static const char *next_line(const char *at, struct line *line)
{
    const size_t n = strcspn(at, "\n");
    const char *equals = at;

    while (equals < at + n && strncmp(equals, " = ", 3) != 0 &&
           strncmp(equals, " =\n", 3) != 0)
        equals++;
    line->name = at;
    line->n_name = (int)(equals - at);
    line->value = equals < at + n ? equals + (equals[2] == ' ' ? 3 : 2) : at + n;
    line->n_value = (int)(at + n - line->value);
    return at[n] ? at + n + 1 : at + n;
}

static int find_line(const char *text, const struct line *wanted, struct line *found)
{
    while (*text) {
        text = next_line(text, found);
        if (found->n_name == wanted->n_name &&
            memcmp(found->name, wanted->name, (size_t)wanted->n_name) == 0)
            return 1;
    }
    return 0;
}

/* What is being compared, and what was found so far. */
struct search {
    const struct ana_keys *before, *now;
    struct ana_text *why;
    int n;
};

static void add_reason(struct search *s, const struct line *line, const char *what)
{
    const char *name = line->name;
    int n = line->n_name;

    if (*name == '@') {
        name++;
        n--;
    } else {
        const int prefix = n > 10 && strncmp(name, "parameter ", 10) == 0 ? 10
                           : n > 8 && strncmp(name, "setting ", 8) == 0   ? 8
                                                                          : 0;
        name += prefix;
        n -= prefix;
    }
    if (s->n < MOST_REASONS) {
        char *copy = strndup(name, (size_t)n);
        const char *had = NULL;
        struct ana_text reason = {0};

        ana_text_add(&reason, "%s %s", copy ? copy : "", what);
        had = s->why->data && reason.data ? strstr(s->why->data, reason.data) : NULL;
        if (!had && reason.data)
            ana_text_add(s->why, "%s%s", s->n++ ? ", " : "", reason.data);
        ana_text_finish(&reason);
        free(copy);
    } else if (s->n++ == MOST_REASONS) {
        ana_text_add(s->why, " and more");
    }
}

static void compare(struct search *s, const char *old_key, const char *new_key,
                    int depth);

static void compare_line(struct search *s, const char *before, const struct line *line,
                         int depth)
{
    char old_key[33] = "", new_key[33] = "";
    struct line old;

    if (!find_line(before, line, &old)) {
        add_reason(s, line, "is new");
        return;
    }
    if (old.n_value == line->n_value &&
        memcmp(old.value, line->value, (size_t)line->n_value) == 0)
        return;
    if (*line->name == '@' && line->n_value == 32 && old.n_value == 32) {
        memcpy(old_key, old.value, 32);
        memcpy(new_key, line->value, 32);
        if (depth < MOST_DEPTH && ana_keys_text(s->before, old_key) &&
            ana_keys_text(s->now, new_key)) {
            compare(s, old_key, new_key, depth + 1);
            return;
        }
    }
    add_reason(s, line, "changed");
}

static void compare(struct search *s, const char *old_key, const char *new_key, int depth)
{
    const char *before = ana_keys_text(s->before, old_key);
    const char *now = ana_keys_text(s->now, new_key);
    struct line line, other;

    if (!before || !now)
        return;
    for (const char *at = now; *at;) {
        at = next_line(at, &line);
        compare_line(s, before, &line, depth);
    }
    for (const char *at = before; *at;) {
        at = next_line(at, &line);
        if (!find_line(now, &line, &other))
            add_reason(s, &line, "is gone");
    }
}

void ana_keys_differ(const struct ana_keys *before, const char *old_key,
                     const struct ana_keys *now, const char *new_key,
                     struct ana_text *why)
{
    struct search search = {before, now, why, 0};

    compare(&search, old_key, new_key, 0);
    if (search.n == 0)
        ana_text_add(why, "something that it depends on changed");
}
