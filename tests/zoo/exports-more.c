/* SPDX-License-Identifier: BSD-3-Clause */
/* Exports a function beside its descriptor. */
#include <anaflow/base.h>
#define ZOO_ID "zoo-exports-more"
ANA_API extern int zoo_helper(void);
int zoo_helper(void)
{
    return 1;
}

#include "tests/zoo/model.h"
