/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ctrl-C. A handler gets no argument, so the run that it stops stands in the one
 * variable of this program that outlives a call.
 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"

static struct ana_ctx *volatile interrupted;
static volatile sig_atomic_t times;

static void handle(int number)
{
    static const char text[] = "\nanaflow: stopping; again to stop at once\n";

    (void)number;
    if (times++ > 0)
        _exit(130);
    ana_ctx_cancel(interrupted);
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

void ana_interrupt_catch(struct ana_ctx *ctx)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    interrupted = ctx;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
