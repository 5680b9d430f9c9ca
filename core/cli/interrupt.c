/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ctrl-C. A handler gets no argument, so the run that it stops stands in the one
 * variable of this program that outlives a call.
 */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"

enum { GRACE = 2 }; /* s to clear up in */

static struct ana_ctx *volatile interrupted;
static volatile sig_atomic_t times, patient, waits;

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;
}

/* Ctrl-C lets a run finish its task, and stops it at once the second time: where it then
 * does not come to clear up (half-written files, helpers), it ends without. Whoever
 * terminates it has less time. */
static void handle(int number)
{
    const int error = errno; /* of whatever was interrupted */

    times++;
    if (number == SIGALRM || (times > 1 && !(times == 2 && waits)))
        _exit(130);
    if (times == 2) {
        ana_ctx_cancel(interrupted);
        alarm(GRACE);
    } else if (number == SIGINT && patient) {
        waits = 1;
        ana_ctx_stop(interrupted);
        say("\nanaflow: stopping after the task at hand; again to stop at once\n");
    } else {
        ana_ctx_cancel(interrupted);
        say("\nanaflow: stopping; again to stop at once\n");
    }
    errno = error;
}

void ana_interrupt_catch(struct ana_ctx *ctx, int finish_task)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    patient = finish_task;
    interrupted = ctx;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
}
