/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_ELF_H
#define SDK_CHECK_ELF_H

#include <anaflow/base.h>

#define ANA_ELF_EXPORT 1   /* others may link with it */
#define ANA_ELF_IMPORT 2   /* it is asked of other libraries */
#define ANA_ELF_WRITABLE 3 /* a variable that stays writable after loading */
#define ANA_ELF_STRIPPED 4 /* no names: a section of variables, with its size */

/* Visit the symbols of a 64-bit ELF file; `visit` returns 0 to go on.
 * Errors: ANA_EDATA for a file that is none, ANA_ERESOURCE. */
int ana_elf_visit(struct ana_ctx *ctx, const char *path,
                  int (*visit)(void *arg, int what, const char *name, int64_t bytes),
                  void *arg);

#endif
