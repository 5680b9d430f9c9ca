/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes memory for each item and never gives it back. */
#include <stdlib.h>
#define ZOO_ID "zoo-leaks"
/* Through a volatile, or the compiler sees that nobody uses it. */
#define ZOO_BEFORE                                                                       \
    char *volatile forgotten = malloc(64);                                               \
    (void)forgotten
#include "tests/zoo/model.h"
