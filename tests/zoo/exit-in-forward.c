/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the program when it is shown the stimulus s5. */
#include <stdlib.h>
#include <string.h>
#define ZOO_ID "zoo-exit-in-forward"
#define ZOO_BEFORE                                                                       \
    if (strcmp(batch->item[i].stimulus->id, "s5") == 0)                                  \
    exit(0)
#include "tests/zoo/model.h"
