/* SPDX-License-Identifier: BSD-3-Clause */
/* Nothing is wrong with this one. */
#define ZOO_ID "zoo-good-reader"

#include "tests/zoo/reader.h"
