/* SPDX-License-Identifier: BSD-3-Clause */
/* Promises 4 units a frame and gives 5. */
#define ZOO_ID "zoo-wrong-shape"
#define ZOO_GIVEN 5
#include "tests/zoo/model.h"
