/* SPDX-License-Identifier: BSD-3-Clause */
/* Never comes back from the stimulus s5. */
#include <string.h>
#include <unistd.h>
#define ZOO_ID "zoo-hang-in-forward"
#define ZOO_BEFORE                                                                       \
    while (strcmp(batch->item[i].stimulus->id, "s5") == 0)                               \
    pause()
#include "tests/zoo/model.h"
