/* SPDX-License-Identifier: BSD-3-Clause */
/* Crashes when it is shown the stimulus s5. */
#include <string.h>
#define ZOO_ID "zoo-crash-in-forward"
#define ZOO_BEFORE                                                                       \
    if (strcmp(batch->item[i].stimulus->id, "s5") == 0)                                  \
    zoo_crash()
#include "tests/zoo/model.h"
