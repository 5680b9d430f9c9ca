/* SPDX-License-Identifier: BSD-3-Clause */
/* Gives blocks that the file does not have. */
#define ZOO_ID "zoo-gives-outside"
#define ZOO_WITHOUT_CHECK
#include "tests/zoo/reader.h"
