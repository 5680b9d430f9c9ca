/* SPDX-License-Identifier: BSD-3-Clause */
/* Crashes when it is asked what a batch takes. */
#define ZOO_ID "zoo-crash-in-cost"
#define ZOO_COSTED zoo_crash()
#include "tests/zoo/model.h"
