/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts a thread of its own for each item. */
#include <pthread.h>
#include <stddef.h>
#define ZOO_ID "zoo-starts-threads"
static void *idle(void *arg)
{
    return arg;
}

#define ZOO_BEFORE                                                                       \
    pthread_t thread;                                                                    \
    if (pthread_create(&thread, NULL, idle, NULL) == 0)                                  \
    pthread_join(thread, NULL)
#include "tests/zoo/model.h"
