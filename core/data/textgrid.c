/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The words of a Praat TextGrid (Praat's manual, "TextGrid file formats"). A text file of
 * Praat's is free of layout: what counts are numbers and flags that stand by themselves and
 * strings in quotes, in their order; all else, as `xmin =` and `intervals [3]:`, is for
 * people. So long and short files are one format:
 *
 *     "ooTextFile" "TextGrid" xmin xmax <exists> tiers
 *     each tier:     "IntervalTier" name xmin xmax n, n times: from to "text"
 *                 or "TextTier" name xmin xmax n, n times: at "text"
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <anaflow/files.h>

#include "base/file.h"
#include "base/text.h"
#include "data/stimuli.h"
#include "data/words.h"

enum { MOST_BYTES = 1 << 28, MOST_TIERS = 10000 };

struct grid {
    struct ana_ctx *ctx;
    const char *path;
    char *at, *end;
    int64_t line;
};

struct tier {
    const char *name;
    int64_t n;
    struct ana_word *word;
};

static uint32_t unit_at(const unsigned char *in, int big)
{
    return (uint32_t)(big ? in[0] << 8 | in[1] : in[1] << 8 | in[0]);
}

/* UTF-16 (as Praat writes it, byte order mark first) to UTF-8. */
static int from_utf16(struct ana_ctx *ctx, const char *path, int64_t n, char **data)
{
    const unsigned char *in = (const unsigned char *)*data;
    const int big = in[0] == 0xfe;
    char *out = ana_alloc(ctx, 2 * n + 1, 1), *to = out;
    int rc = out ? 0 : ANA_ERESOURCE;

    for (int64_t i = 2; rc == 0 && i + 1 < n; i += 2) {
        uint32_t c = unit_at(in + i, big);
        int k;

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < n &&
            (unit_at(in + i + 2, big) & 0xfc00) == 0xdc00) {
            i += 2;
            c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(in + i, big) - 0xdc00);
        }
        k = c == 0 ? 0 : ana_utf8_put(c, to);
        if (k == 0)
            rc = ana_fail(ctx, ANA_EDATA, "%s: byte %lld: no character of UTF-16", path,
                          (long long)i);
        to += k;
    }
    ana_free(ctx, *data);
    *data = out;
    return rc;
}

static int read_text(struct ana_ctx *ctx, const char *path, char **data)
{
    int64_t n, bad;
    int rc = ana_file_read(ctx, path, MOST_BYTES, data, &n);
    const unsigned char *head = (const unsigned char *)*data;

    if (rc != 0)
        return rc;
    if (n >= 2 &&
        ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff)))
        return from_utf16(ctx, path, n, data);
    bad = ana_utf8_invalid(*data, n);
    if (bad < 0 && memchr(*data, 0, (size_t)n))
        bad = (char *)memchr(*data, 0, (size_t)n) - *data;
    return bad < 0 ? 0
                   : ana_fail(ctx, ANA_EDATA,
                              "%s: byte %lld is neither UTF-8 nor UTF-16; save the "
                              "TextGrid in Praat with Text writing preferences UTF-8",
                              path, (long long)bad);
}

static int refuse(const struct grid *g, const char *expected)
{
    return ana_fail(g->ctx, ANA_EDATA, "%s:%lld: a TextGrid should have %s here", g->path,
                    (long long)g->line, expected);
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Step to the next string, number or flag: words that are none are passed over. 0 = end. */
static int find_token(struct grid *g)
{
    while (g->at < g->end) {
        const char c = *g->at;

        if (c == '\n')
            g->line++;
        if (is_blank(c)) {
            g->at++;
            continue;
        }
        if (c == '"' || c == '<' || c == '-' || c == '+' || (c >= '0' && c <= '9'))
            return 1;
        if (c == '!') /* a comment */
            g->at += strcspn(g->at, "\n");
        else
            while (g->at < g->end && !is_blank(*g->at))
                g->at++;
    }
    return 0;
}

static int next_number(struct grid *g, const char *what, double *out)
{
    char *end;

    if (!find_token(g) || *g->at == '"' || *g->at == '<')
        return refuse(g, what);
    *out = strtod(g->at, &end);
    if (end == g->at || !isfinite(*out))
        return refuse(g, what);
    while (end < g->end && !is_blank(*end))
        end++;
    g->at = end;
    return 0;
}

static int next_count(struct grid *g, const char *what, int64_t most, int64_t *out)
{
    double value;
    int rc = next_number(g, what, &value);

    if (rc == 0 && !(value >= 0 && value <= (double)most && value == floor(value)))
        return refuse(g, what);
    *out = rc == 0 ? (int64_t)value : 0;
    return rc;
}

/* A string, undone in place: "" inside is a quote. */
static int next_string(struct grid *g, const char *what, const char **out)
{
    char *from, *to;

    if (!find_token(g) || *g->at != '"')
        return refuse(g, what);
    to = g->at;
    *out = to;
    for (from = g->at + 1; from < g->end; from++) {
        if (*from == '"' && from[1] != '"')
            break;
        from += *from == '"';
        g->line += *from == '\n';
        *to++ = *from;
    }
    if (from >= g->end)
        return refuse(g, "a closing quote");
    g->at = from + 1;
    *to = 0;
    return 0;
}

/* Marks of aligners for what is no word. */
static int is_silence(const char *text)
{
    static const char *const marks[] = {
        "",  "sp", "sil", "<sil>", "{sl}",  "<p>",   "<p:>",  "{p}",
        "#", "##", "spn", "{ns}",  "<eps>", "<nib>", "<usb>", "pau"};

    text += strspn(text, " \t\r\n");
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcasecmp(text, marks[i]) == 0)
            return 1;
    return 0;
}

static int read_intervals(struct grid *g, int64_t n, struct tier *tier)
{
    double before = -INFINITY, from, to;
    const char *text;
    int rc = 0;

    tier->word = ana_alloc(g->ctx, n, sizeof *tier->word);
    if (!tier->word)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = next_number(g, "the start of an interval", &from);
        if (rc == 0)
            rc = next_number(g, "the end of an interval", &to);
        if (rc == 0 && (to < from || from < before - 1e-6))
            rc = refuse(g, "intervals one after another");
        before = to;
        if (rc == 0)
            rc = next_string(g, "the text of an interval", &text);
        if (rc == 0 && !is_silence(text))
            tier->word[tier->n++] = (struct ana_word){text, from, to - from};
    }
    return rc;
}

/* One tier; points in time are no words, and their tier has n = -1. */
static int read_tier(struct grid *g, struct tier *tier)
{
    const char *class = "", *text;
    double value;
    int64_t n = 0;
    int rc = next_string(g, "\"IntervalTier\" or \"TextTier\"", &class);

    if (rc == 0 && strcmp(class, "IntervalTier") != 0 && strcmp(class, "TextTier") != 0)
        return refuse(g, "\"IntervalTier\" or \"TextTier\"");
    if (rc == 0)
        rc = next_string(g, "a tier's name", &tier->name);
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = next_number(g, "a tier's xmin and xmax", &value);
    if (rc == 0) /* an interval takes six characters at least */
        rc = next_count(g, "how many intervals there are, no more than the file has",
                        (g->end - g->at) / 3, &n);
    if (rc == 0 && class[0] == 'I')
        return read_intervals(g, n, tier);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = next_number(g, "the time of a point", &value);
        if (rc == 0)
            rc = next_string(g, "the mark of a point", &text);
    }
    tier->n = -1;
    return rc;
}

/* "words", "Word", "speaker - words". */
static int is_word_tier(const char *name)
{
    const size_t n = strlen(name);

    for (size_t k = 4; k <= 5; k++)
        if (n >= k && strncasecmp(name + n - k, "words", k) == 0 &&
            (n == k || name[n - k - 1] == ' ' || name[n - k - 1] == '_'))
            return 1;
    return 0;
}

/* The one of that name, in any case; -1 = none or several. */
static int64_t find_tier(int64_t n, const struct tier *tier, const char *name)
{
    int64_t found = -1;

    for (int64_t i = 0; i < n; i++)
        if (tier[i].n >= 0 && strcasecmp(tier[i].name, name) == 0) {
            if (found >= 0)
                return -1;
            found = i;
        }
    return found;
}

static int no_tier(const struct grid *g, const char *wanted, int64_t named,
                   const char *list)
{
    if (wanted)
        return ana_fail(g->ctx, ANA_EDATA,
                        "%s: no tier of intervals, or more than one, is called '%s'; its "
                        "tiers are: %s",
                        g->path, wanted, list);
    return ana_fail(
        g->ctx, ANA_EDATA,
        "%s: %s tier of intervals is called 'words'; its tiers are: %s; say which holds "
        "the words with `tier = NAME` in [stimulus]",
        g->path, named > 1 ? "more than one" : "no", list);
}

static int choose_tier(const struct grid *g, const char *wanted, int64_t n,
                       const struct tier *tier, int64_t *chosen)
{
    int64_t named = 0, intervals = 0, last = -1;
    const char **names = ana_alloc(g->ctx, n, sizeof *names);
    char *list;

    *chosen = -1;
    if (!names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        names[i] = tier[i].name;
        intervals += tier[i].n >= 0;
        last = tier[i].n >= 0 ? i : last;
        if (tier[i].n >= 0 && is_word_tier(tier[i].name)) {
            named++;
            *chosen = i;
        }
    }
    if (wanted)
        *chosen = find_tier(n, tier, wanted);
    else if (named == 0 && intervals == 1)
        *chosen = last;
    else if (named != 1)
        *chosen = -1;
    list = *chosen < 0 ? ana_text_list(names, n, 10) : NULL;
    ana_free(g->ctx, names);
    if (*chosen < 0)
        no_tier(g, wanted, named, list && n > 0 ? list : "none");
    free(list);
    return *chosen < 0 ? ANA_EDATA : 0;
}

/* Copy the words with their texts behind them, in one block. */
static int hand_over(struct ana_ctx *ctx, const struct tier *tier, int64_t *n,
                     struct ana_word **words)
{
    int64_t bytes = tier->n * (int64_t)sizeof **words;
    char *text;

    for (int64_t i = 0; i < tier->n; i++)
        bytes += (int64_t)strlen(tier->word[i].text) + 1;
    *words = ana_alloc(ctx, bytes, 1);
    if (!*words)
        return ANA_ERESOURCE;
    text = (char *)(*words + tier->n);
    for (int64_t i = 0; i < tier->n; i++) {
        (*words)[i] = tier->word[i];
        (*words)[i].text = text;
        text = stpcpy(text, tier->word[i].text) + 1;
    }
    *n = tier->n;
    return 0;
}

/* span  xmin and xmax */
static int read_head(struct grid *g, double span[2], int64_t *n)
{
    const char *type = "", *class = "";
    int rc = next_string(g, "\"ooTextFile\"", &type);

    if (rc == 0 && strncmp(type, "ooTextFile", 10) != 0)
        return refuse(g, "\"ooTextFile\"");
    if (rc == 0)
        rc = next_string(g, "\"TextGrid\"", &class);
    if (rc == 0 && strcmp(class, "TextGrid") != 0)
        return refuse(g, "\"TextGrid\"");
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = next_number(g, "xmin and xmax", &span[i]);
    if (rc == 0 && (!find_token(g) || strncmp(g->at, "<exists>", 8) != 0))
        return refuse(g, "<exists>, for a TextGrid with tiers");
    g->at += rc == 0 ? 8 : 0;
    return rc ? rc : next_count(g, "how many tiers there are", MOST_TIERS, n);
}

/* An excerpt may have kept the times of the whole: as long as the sound, and past its end. */
static void count_from_start(const struct grid *g, const double span[2], double duration,
                             struct tier *tier)
{
    const double slack = .05 + .005 * duration;

    if (!(duration > 0 && span[0] > 0 && span[1] > duration + slack &&
          fabs(span[1] - span[0] - duration) <= slack))
        return;
    ana_log(
        g->ctx,
        "%s: goes from %g to %g s, and the sound has %g s: its times are counted from "
        "%g s",
        g->path, span[0], span[1], duration, span[0]);
    for (int64_t i = 0; i < tier->n; i++)
        tier->word[i].onset -= span[0];
}

int ana_textgrid_read(struct ana_ctx *ctx, const char *path,
                      const struct ana_words_how *how, int64_t *n,
                      struct ana_word **words)
{
    double span[2] = {0, 0};
    struct grid g = {.ctx = ctx, .path = path, .line = 1};
    struct tier *tier = NULL;
    int64_t n_tiers = 0, chosen = 0;
    char *data = NULL;
    int rc = read_text(ctx, path, &data);

    *n = 0;
    *words = NULL;
    if (rc == 0) {
        g.at = data + (strncmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
        g.end = data + strlen(data);
        rc = read_head(&g, span, &n_tiers);
    }
    if (rc == 0) {
        tier = ana_alloc(ctx, n_tiers, sizeof *tier);
        rc = tier ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < n_tiers; i++)
        rc = read_tier(&g, &tier[i]);
    if (rc == 0)
        rc = choose_tier(&g, how ? how->tier : NULL, n_tiers, tier, &chosen);
    if (rc == 0 && how)
        count_from_start(&g, span, how->duration, &tier[chosen]);
    if (rc == 0)
        rc = hand_over(ctx, &tier[chosen], n, words);
    for (int64_t i = 0; tier && i < n_tiers; i++)
        ana_free(ctx, tier[i].word);
    ana_free(ctx, tier);
    ana_free(ctx, data);
    return rc;
}
