/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a run says while it goes on: its log, each warning once, progress, and the files
 * that were seen. All threads say it behind one lock.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/context_parts.h"
#include "base/text.h"

enum { MOST_EARLY = 1 << 16 }; /* bytes that are kept for a log that is not open yet */

static void write_line(FILE *file, const char *mark, const char *text)
{
    if (file) {
        fprintf(file, "%s%s\n", mark, text);
        fflush(file);
    }
}

/* To the log; where there is none yet, it is kept for it. Called with the lock held. */
static void write_log(struct ana_shared *shared, const char *mark, const char *text)
{
    write_line(shared->log, mark, text);
    if (shared->log)
        return;
    if (shared->early.length < MOST_EARLY)
        ana_text_add(&shared->early, "%s%s\n", mark, text);
    else
        shared->n_early_lost++;
}

void ana_log(struct ana_ctx *ctx, const char *fmt, ...)
{
    struct ana_shared *shared = ctx->shared;
    char text[ANA_ERROR_LENGTH];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pthread_mutex_lock(&shared->lock);
    write_log(shared, "", text);
    if (shared->verbose)
        write_line(shared->terminal, "", text);
    pthread_mutex_unlock(&shared->lock);
}

/* Keep a warning once; 1 if it is new. Called with the lock held. */
static int keep_warning(struct ana_shared *shared, const char *text)
{
    struct ana_warning *grown;

    for (int64_t i = 0; i < shared->n_warnings; i++) {
        if (strcmp(shared->warnings[i].text, text) == 0) {
            shared->warnings[i].count++;
            return 0;
        }
    }
    if (shared->n_warnings == shared->room) {
        int64_t room = shared->room ? 2 * shared->room : 16;

        grown = realloc(shared->warnings, (size_t)room * sizeof *grown);
        if (!grown)
            return 1;
        shared->warnings = grown;
        shared->room = room;
    }
    shared->warnings[shared->n_warnings].text = strdup(text);
    if (!shared->warnings[shared->n_warnings].text)
        return 1;
    shared->warnings[shared->n_warnings++].count = 1;
    return 1;
}

void ana_warn(struct ana_ctx *ctx, const char *fmt, ...)
{
    struct ana_shared *shared = ctx->shared;
    char text[ANA_ERROR_LENGTH];
    size_t n = ana_context_write(ctx, text, sizeof text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(text + n, sizeof text - n, fmt, args);
    va_end(args);
    ana_text_clean(text + n);
    pthread_mutex_lock(&shared->lock);
    if (keep_warning(shared, text)) {
        write_log(shared, "warning: ", text);
        write_line(shared->terminal, "warning: ", text);
    }
    pthread_mutex_unlock(&shared->lock);
}

void ana_warn_again(struct ana_ctx *ctx, const char *text, int64_t count)
{
    struct ana_shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    for (int64_t i = 0; i < count; i++)
        if (keep_warning(shared, text)) {
            write_log(shared, "warning: ", text);
            write_line(shared->terminal, "warning: ", text);
        }
    pthread_mutex_unlock(&shared->lock);
}

void ana_warn_removed(struct ana_ctx *ctx)
{
    struct ana_text text = {0};

    ana_text_add(&text, "%s; it was removed and is computed again", ana_error(ctx));
    ana_ctx_clear(ctx);
    if (!text.failed)
        ana_warn_again(ctx, text.data, 1);
    ana_text_finish(&text);
}

int64_t ana_ctx_warnings(struct ana_ctx *ctx, const struct ana_warning **out)
{
    *out = ctx->shared->warnings;
    return ctx->shared->n_warnings;
}

void ana_progress(struct ana_ctx *ctx, int64_t done, int64_t total)
{
    struct ana_shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    if (shared->hear)
        shared->hear(shared->hear_arg, done, total);
    pthread_mutex_unlock(&shared->lock);
}

void ana_ctx_set_progress(struct ana_ctx *ctx,
                          void (*hear)(void *arg, int64_t done, int64_t total), void *arg)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->hear = hear;
    ctx->shared->hear_arg = arg;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_watch(struct ana_ctx *ctx, void (*saw)(void *arg, const char *path),
                   void *arg)
{
    pthread_mutex_lock(&ctx->shared->lock);
    ctx->shared->saw = saw;
    ctx->shared->saw_arg = arg;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_saw(struct ana_ctx *ctx, const char *path)
{
    struct ana_shared *shared = ctx->shared;

    pthread_mutex_lock(&shared->lock);
    if (shared->saw)
        shared->saw(shared->saw_arg, path);
    pthread_mutex_unlock(&shared->lock);
}
