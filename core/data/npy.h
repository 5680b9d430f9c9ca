/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_NPY_H
#define ANA_DATA_NPY_H

#include <anaflow/files.h> /* the contract: plugins read these files too */

#endif
