/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The helper's side of a helper process: how it behaves, and what it reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/process.h"

void ana_process_behave(int64_t memory)
{
    const struct rlimit none = {0, 0};
    const struct rlimit most = {(rlim_t)memory, (rlim_t)memory};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow takes terabytes of addresses */
    if (memory > 0)
        setrlimit(RLIMIT_AS, &most);
#else
    (void)most;
#endif
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    fcntl(ANA_REPORT_FD, F_SETFD, FD_CLOEXEC);
}

void ana_process_report(const char *fmt, ...)
{
    char line[8192];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof line - 1, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    if (n > (int)sizeof line - 2)
        n = (int)sizeof line - 2;
    for (int i = 0; i < n; i++)
        if (line[i] == '\n')
            line[i] = ' ';
    line[n++] = '\n';
    ana_process_answer(line, n);
}

void ana_process_answer(const void *bytes, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t k =
            write(ANA_REPORT_FD, (const char *)bytes + done, (size_t)(n - done));

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return;
        done += k;
    }
}

/* Lines of the stream become lines of the report. */
static ssize_t write_log(void *arg, const char *data, size_t n)
{
    (void)arg;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(data + at, '\n', n - at);
        const size_t length = end ? (size_t)(end - data) - at : n - at;

        ana_process_report("log %.*s", (int)(length < 4000 ? length : 4000), data + at);
        at += length + 1;
    }
    return (ssize_t)n;
}

FILE *ana_process_log(void)
{
    return fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_log});
}
