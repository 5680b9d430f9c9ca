/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_MAT_WALK_H
#define PLUGIN_MAT_WALK_H

#include <stdint.h>
#include <stdio.h>

/* Walk through the variable whose tag (type, n bytes) was just read from `file`. 0, or -1
 * with what is wrong with it as a clause: "its dimensions are damaged". */
int mat_walk(FILE *file, int swap, uint32_t type, int64_t n, char what[160]);

#endif
