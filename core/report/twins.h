/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_TWINS_H
#define ANA_REPORT_TWINS_H

#include "report/panels.h"

/* Control networks stand in a panel as series of their own, "random 1", "random 2", ...:
 * figures draw those of one kind and model together. */

/* The first series of the twins that series s is one of (s itself where it is that), -1 =
 * it is no twin, or the only one of its kind. */
int64_t ana_twins_first(const struct ana_panel *panel, int64_t s);

/* Mean, least and greatest of the medians of all twins of series `first` at its point i;
 * their number (0: all n/a). */
int64_t ana_twins_at(const struct ana_panel *panel, int64_t first, int64_t i,
                     double *mean, double *low, double *high);

/* "cnn, 5 random". */
void ana_twins_label(const struct ana_panel *panel, int64_t first, char *out,
                     size_t room);

#endif
