/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the program where there is no sound. */
#include <stdlib.h>
#define ZOO_ID "zoo-needs-sound"
#define ZOO_BEFORE                                                                       \
    if (n == 0)                                                                          \
    abort()
#include "tests/zoo/model.h"
