/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_TRUST_H
#define ANA_PLUGIN_TRUST_H

#include <anaflow/base.h>

/* Why nothing is loaded from a file or folder: others may write to it (the world,
 * or a group that has more members than its owner). Whose it is does not matter: the user
 * has named the folder. NULL = it may
 * be. Owns: the caller (ana_free). Errors: ANA_ERESOURCE. */
int ana_plugin_distrust(struct ana_ctx *ctx, const char *path, char **problem);

#endif
