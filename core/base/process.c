/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Helper processes. The child gets three descriptors: nothing to read, one pipe for all
 * that it prints, one for its report. Everything else is closed on exec. It leads a
 * process group of its own, so that what it starts is killed with it.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { MOST_ARGUMENTS = 256, LINE_ROOM = 1 << 16, POLL_MS = 100, GRACE_MS = 2000 };

extern char **environ;

/* Sanitizers turn a crash into an exit of their own; the signal says more. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZER                                                                        \
    "ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:abort_on_error=1:detect_leaks=0"
#endif

struct ana_process {
    pid_t pid;
    int report, printed; /* pipes, read ends; -1 = closed */
    int talk;            /* pipe to its standard input; -1 = none */
    int too_slow, ended, status;
    double seconds;
    size_t length, taken; /* bytes in `line`, and those handed out already */
    char *line;           /* LINE_ROOM */
    size_t tail_length;
    char tail[4096]; /* the last that was printed */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int is_program(const char *path)
{
    const char *name = strrchr(path, '/');

    name = name ? name + 1 : path;
    return strcmp(name, "anaflow") == 0 || strcmp(name, "lt-anaflow") == 0;
}

/* Ourselves where we are the program; a test or a plugin author's program names it by
 * ANAFLOW, else it is the installed one. */
static int find_program(struct ana_ctx *ctx, char *path, size_t room)
{
    const char *named = getenv("ANAFLOW");
    const ssize_t n = readlink("/proc/self/exe", path, room - 1);

    if (n > 0) {
        path[n] = 0;
        if (is_program(path))
            return 0;
    }
    snprintf(path, room, "%s", named && *named ? named : ANA_BIN_DIR "/anaflow");
    if (access(path, X_OK) == 0)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE,
                    "the program that would run the helper is not at %s; name it by the "
                    "environment variable ANAFLOW",
                    path);
}

/* The environment, with what the sanitizers are to do in front. Owns: free. */
static char **child_environment(void)
{
    size_t n = 0, k = 0;
    char **list;

    while (environ[n])
        n++;
    list = calloc(n + 2, sizeof *list);
    if (!list)
        return NULL;
#ifdef SANITIZER
    list[k++] = (char *)(uintptr_t)SANITIZER;
#endif
    for (size_t i = 0; i < n; i++)
        if (k == 0 || strncmp(environ[i], "ASAN_OPTIONS=", 13) != 0)
            list[k++] = environ[i];
    return list;
}

static int spawn(const char *program, char *const *argv, int listen, int report,
                 int printed, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **environment = child_environment();
    sigset_t none, usual;
    int rc;

    if (!environment)
        return ENOMEM;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, listen, 0);
    posix_spawn_file_actions_adddup2(&actions, printed, 1);
    posix_spawn_file_actions_adddup2(&actions, printed, 2);
    posix_spawn_file_actions_adddup2(&actions, report, ANA_REPORT_FD);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawn(pid, program, &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return rc;
}

/* Pipes whose numbers leave 0 to ANA_REPORT_FD free: dup2 must not overwrite one. */
static int open_pipe(int ends[2])
{
    int raw[2];

    if (pipe2(raw, O_CLOEXEC) != 0)
        return errno;
    ends[0] = fcntl(raw[0], F_DUPFD_CLOEXEC, ANA_REPORT_FD + 1);
    ends[1] = fcntl(raw[1], F_DUPFD_CLOEXEC, ANA_REPORT_FD + 1);
    close(raw[0]);
    close(raw[1]);
    return ends[0] >= 0 && ends[1] >= 0 ? 0 : errno;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int start(struct ana_process *process, const char *program, char *const *argv)
{
    int report[2] = {-1, -1}, printed[2] = {-1, -1}, talk[2] = {-1, -1};
    int rc = open_pipe(report);

    if (rc == 0)
        rc = open_pipe(printed);
    if (rc == 0)
        rc = open_pipe(talk);
    if (rc == 0)
        rc = spawn(program, argv, talk[0], report[1], printed[1], &process->pid);
    close_end(&talk[0]);
    process->talk = talk[1];
    close_end(&report[1]);
    close_end(&printed[1]);
    process->report = report[0];
    process->printed = printed[0];
    if (rc == 0) {
        fcntl(process->report, F_SETFL, O_NONBLOCK);
        fcntl(process->printed, F_SETFL, O_NONBLOCK);
    }
    return rc;
}

static void release(struct ana_process *process)
{
    close_end(&process->talk);
    close_end(&process->report);
    close_end(&process->printed);
    free(process->line);
    free(process);
}

int ana_process_start(struct ana_ctx *ctx, const char *const *arguments, int talk,
                      struct ana_process **out)
{
    struct ana_process *process = calloc(1, sizeof *process);
    char program[4096], *argv[MOST_ARGUMENTS + 3] = {program, (char[]){"worker"}};
    int rc = find_program(ctx, program, sizeof program);

    *out = NULL;
    for (int i = 0; arguments[i] && i < MOST_ARGUMENTS; i++)
        argv[i + 2] = (char *)(uintptr_t)arguments[i];
    if (process) {
        process->report = process->printed = process->talk = -1;
        process->line = malloc(LINE_ROOM);
    }
    if (rc == 0 && (!process || !process->line))
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for a helper process");
    if (rc == 0) {
        const int reason = start(process, program, argv);

        if (reason != 0)
            rc = ana_fail(ctx, ANA_ERESOURCE, "%s: the helper process did not start: %s",
                          program, strerror(reason));
    }
    if (rc == 0 && !talk)
        close_end(&process->talk);
    if (rc == 0)
        *out = process;
    else if (process)
        release(process);
    return rc;
}

/* A helper that died takes no signal with it: SIGPIPE is held back for the write. */
void ana_process_write(struct ana_process *process, const void *bytes, int64_t n)
{
    const struct timespec at_once = {0};
    sigset_t pipe_signal, before;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    for (int64_t done = 0; process->talk >= 0 && done < n;) {
        const ssize_t k =
            write(process->talk, (const char *)bytes + done, (size_t)(n - done));

        if (k >= 0) {
            done += k;
        } else if (errno == EPIPE) {
            while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
                ;
            close_end(&process->talk);
        } else if (errno != EINTR) {
            close_end(&process->talk);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void ana_process_send(struct ana_process *process, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof line - 1, fmt, args);
    va_end(args);
    if (n < 0 || n > (int)sizeof line - 2)
        return;
    line[n++] = '\n';
    ana_process_write(process, line, n);
}

/* Keep the last of what was printed. */
static void drain(struct ana_process *process)
{
    const size_t room = sizeof process->tail - 1, keep = room / 2;
    ssize_t n;

    while (process->printed >= 0) {
        if (process->tail_length > keep) {
            memmove(process->tail, process->tail + process->tail_length - keep, keep);
            process->tail_length = keep;
        }
        n = read(process->printed, process->tail + process->tail_length,
                 room - process->tail_length);
        if (n > 0)
            process->tail_length += (size_t)n;
        else if (n == 0)
            close_end(&process->printed);
        else if (errno != EINTR)
            return;
    }
}

/* Read more of the report; 0 at its end. */
static int read_more(struct ana_process *process)
{
    ssize_t n;

    if (process->taken > 0) {
        process->length -= process->taken;
        memmove(process->line, process->line + process->taken, process->length);
        process->taken = 0;
    }
    if (process->length == LINE_ROOM - 1) /* a line without end is none */
        process->length = 0;
    do
        n = read(process->report, process->line + process->length,
                 LINE_ROOM - 1 - process->length);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        process->length += (size_t)n;
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static char *whole_line(struct ana_process *process)
{
    char *begin = process->line + process->taken;
    char *end = memchr(begin, '\n', process->length - process->taken);

    if (!end)
        return NULL;
    *end = 0;
    process->taken = (size_t)(end + 1 - process->line);
    return begin;
}

static void kill_group(const struct ana_process *process)
{
    kill(-process->pid, SIGKILL);
    kill(process->pid, SIGKILL);
}

/* Wait until there may be more of the report. *more is 0 where it has ended, or has said
 * nothing until the deadline (0 = for ever). */
static int wait_for_more(struct ana_ctx *ctx, struct ana_process *process, double seconds,
                         double deadline, int *more)
{
    struct pollfd ready[2] = {{.fd = process->report, .events = POLLIN},
                              {.fd = process->printed, .events = POLLIN}};

    *more = 1;
    if (ana_cancelled(ctx)) {
        kill_group(process);
        return ana_fail(ctx, ANA_ECANCEL, "interrupted");
    }
    if (seconds > 0 && now() > deadline) {
        process->too_slow = 1;
        process->seconds = seconds;
        kill_group(process);
        *more = 0;
        return 0;
    }
    poll(ready, 2, POLL_MS);
    drain(process);
    if (ready[0].revents & (POLLIN | POLLHUP | POLLERR))
        *more = read_more(process);
    return 0;
}

int ana_process_line(struct ana_ctx *ctx, struct ana_process *process, double seconds,
                     const char **line)
{
    const double deadline = now() + seconds;
    int rc = 0, more = 1;

    for (;;) {
        *line = whole_line(process);
        if (*line || rc != 0 || !more)
            return rc;
        rc = wait_for_more(ctx, process, seconds, deadline, &more);
    }
}

int ana_process_bytes(struct ana_ctx *ctx, struct ana_process *process, double seconds,
                      void *bytes, int64_t n, int *got)
{
    char *to = bytes;
    int rc = 0;

    *got = 1;
    while (rc == 0 && *got && n > 0) {
        const int64_t there = (int64_t)(process->length - process->taken);
        const int64_t k = there < n ? there : n;

        memcpy(to, process->line + process->taken, (size_t)k);
        process->taken += (size_t)k;
        to += k;
        n -= k;
        if (n > 0)
            rc = wait_for_more(ctx, process, seconds, now() + seconds, got);
    }
    return rc;
}

/* Its last line that says something, for a message. */
static void last_line(struct ana_process *process, char *out, size_t room)
{
    char *tail = process->tail, *begin = tail, *last = tail;

    tail[process->tail_length] = 0;
    for (char *c = tail; *c; c++) {
        if (*c != '\n')
            continue;
        *c = 0;
        if (*begin)
            last = begin;
        begin = c + 1;
    }
    snprintf(out, room, "%.500s", *begin ? begin : last);
}

void ana_process_finish(struct ana_ctx *ctx, struct ana_process *process,
                        struct ana_process_end *end)
{
    int status = 0, waited = 0;

    (void)ctx;
    if (!process)
        return;
    close_end(&process->talk);
    for (int ms = 0; ms < GRACE_MS && !process->too_slow && !waited; ms++) {
        drain(process);
        waited = waitpid(process->pid, &status, WNOHANG) == process->pid;
        if (!waited)
            poll(NULL, 0, 1);
    }
    if (!waited) {
        kill_group(process);
        while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
            ;
    } else {
        kill(-process->pid, SIGKILL); /* what it left running */
    }
    drain(process);
    if (end) {
        *end = (struct ana_process_end){.how = ANA_PROCESS_EXITED,
                                        .number = WEXITSTATUS(status),
                                        .by_us = !waited,
                                        .seconds = process->seconds};
        if (WIFSIGNALED(status)) {
            end->how = ANA_PROCESS_KILLED;
            end->number = WTERMSIG(status);
        }
        if (process->too_slow)
            end->how = ANA_PROCESS_TOO_SLOW;
        last_line(process, end->printed, sizeof end->printed);
    }
    release(process);
}

void ana_process_describe(const struct ana_process_end *end, char *text, size_t room)
{
    const char *name = end->how == ANA_PROCESS_KILLED ? sigabbrev_np(end->number) : NULL;

    if (end->how == ANA_PROCESS_TOO_SLOW)
        snprintf(text, room, "it did not come back within %g s", end->seconds);
    else if (name)
        snprintf(text, room, "it crashed (SIG%s: %s)", name, sigdescr_np(end->number));
    else if (end->how == ANA_PROCESS_KILLED)
        snprintf(text, room, "it was killed by signal %d", end->number);
    else
        snprintf(text, room, "it called exit(%d)", end->number);
}
