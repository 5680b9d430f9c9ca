/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/report_cases.h"
int main(void){ (void)case_demo; return 0; }
