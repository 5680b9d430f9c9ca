/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_MACHINE_H
#define ANA_REPORT_MACHINE_H

/* What the numbers were computed on: on another kind of processor or BLAS the last bits
 * may differ. "unknown" where the system does not say. */
struct ana_machine {
    char cpu[128];
    char flags[4096]; /* the processor's features, as the kernel lists them */
    char system[256]; /* kernel and architecture */
    const char *blas, *compiler, *libc;
};

void ana_machine_describe(struct ana_machine *machine);

#endif
