/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes for granted that a table has six rows. */
#define ZOO_ID "zoo-trusts-file"
#define ZOO_OPENED                                                                       \
    if (r->table->n_rows < 6)                                                            \
    zoo_crash()
#include "tests/zoo/reader.h"
