/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The terminal: colours for those who want them, and how long a run still takes.
 */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/context.h"

int ana_terminal_is(FILE *stream)
{
    const char *term = getenv("TERM");

    return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0;
}

static const char *paint(FILE *stream, const char *escape)
{
    const char *no_color = getenv("NO_COLOR");

    return ana_terminal_is(stream) && !(no_color && *no_color) ? escape : "";
}

const char *ana_terminal_bold(FILE *stream)
{
    return paint(stream, "\033[1m");
}

const char *ana_terminal_red(FILE *stream)
{
    return paint(stream, "\033[1;31m");
}

const char *ana_terminal_plain(FILE *stream)
{
    return paint(stream, "\033[0m");
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ana_time_text(double seconds, char *out, size_t room)
{
    const long long s = seconds < 1 ? 1 : (long long)(seconds + .5);

    if (s >= 3600)
        snprintf(out, room, "%lld h %lld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(out, room, "%lld min %lld s", s / 60, s % 60);
    else
        snprintf(out, room, "%lld s", s);
}

/* The cursor goes back to the line's begin, so that a warning overwrites it. */
static void rewrite_line(struct ana_progress *progress, int64_t done, int64_t total,
                         const char *left)
{
    const double t = now();

    if (t - progress->shown < .1 && done < total)
        return;
    progress->shown = t;
    fprintf(stderr, "\033[K%3d %% done, %s left\r", (int)(100 * done / total), left);
    fflush(stderr);
}

static void say_tenth(struct ana_progress *progress, int64_t done, int64_t total,
                      const char *left)
{
    const int64_t tenth = 10 * done / total;

    if (tenth <= progress->tenth)
        return;
    progress->tenth = tenth;
    fprintf(stderr, "%d %% done, %s left\n", (int)(10 * tenth), left);
}

static void hear(void *arg, int64_t done, int64_t total)
{
    struct ana_progress *progress = arg;
    char left[64];

    if (total <= 0 || done <= 0 || done >= total || total > INT64_MAX / 100)
        return;
    ana_time_text((now() - progress->begun) * (double)(total - done) / (double)done, left,
                  sizeof left);
    if (progress->on_terminal)
        rewrite_line(progress, done, total, left);
    else
        say_tenth(progress, done, total, left);
}

void ana_progress_begin(struct ana_ctx *ctx, struct ana_progress *progress)
{
    *progress =
        (struct ana_progress){.on_terminal = ana_terminal_is(stderr), .begun = now()};
    ana_ctx_set_progress(ctx, hear, progress);
}

void ana_progress_end(struct ana_ctx *ctx, struct ana_progress *progress)
{
    ana_ctx_set_progress(ctx, NULL, NULL);
    if (progress->on_terminal) {
        fputs("\033[K", stderr);
        fflush(stderr);
    }
}
