/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_BUDGET_H
#define ANA_PIPELINE_BUDGET_H

#include <stdint.h>

/* Bytes that a run may take where the study does not say: 70 % of the smaller of what
 * the kernel calls available and what the control group leaves. */
int64_t ana_memory_available(void);

#endif
