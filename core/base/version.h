/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_VERSION_H
#define ANA_BASE_VERSION_H

/* The package's version, "0.1.0": for --version, the lock file and the report. */
const char *ana_version(void);

#endif
