/* SPDX-License-Identifier: BSD-3-Clause */
/* Crashes when it is to read. */
#define ZOO_ID "zoo-crash-in-read"
#define ZOO_READING                                                                      \
    if (n > 0)                                                                           \
    zoo_crash()
#include "tests/zoo/reader.h"
