/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the program where the sound's file is not there. */
#include <stdlib.h>
#define ZOO_ID "zoo-needs-file"
#define ZOO_PREPARE abort()
#include "tests/zoo/model.h"
