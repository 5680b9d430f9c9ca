/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_MAT_LAYOUT_H
#define PLUGIN_MAT_LAYOUT_H

#include <anaflow/arrays.h>

/* Structs of toolboxes that say themselves what their arrays are: FieldTrip's raw and
 * timelocked data, and CND's eeg and stim. Each is what could be written as
 * `data = FILE : VAR{CELLS}(AXES) @ RATE`, and what that has no words for: when each run
 * begins, and where the sensors are. */

enum { LAYOUT_NAME = 128 };

struct layout_file {
    const struct ana_array_file_vt *format;
    void *file;
    const char *path;
    int64_t n_names;
    char **names;
};

struct layout {
    const char *toolbox; /* "FieldTrip", "CND"; NULL = none was recognised */
    char variable[LAYOUT_NAME];
    char *cells; /* NULL = none */
    int64_t n_axes;
    int32_t kind[3];
    char axis_names[3][LAYOUT_NAME]; /* "" = none */
    double rate;                     /* 0 = what an axis says */
    int64_t n_runs;
    double *start; /* n_runs, s; NULL = what the axes say */
    int64_t step;  /* cells from a run to the next one: runs are called by trial; 0 = 1 */
    int64_t n_places;
    char **place_name;
    double *place; /* n_places x 3, mm */
    const char *space;
    char note[160]; /* for inspect */
};

/* Look for a layout in a struct called `name` (NULL: in the file's only one). `feature`
 * chooses one of CND's stim, by name or number; "" = the only one.
 * Owns:   the caller: `layout_finish`, also after a failure.
 * Errors: ANA_EDATA for a layout that is recognised and does not fit together;
 *         ANA_EPARAM for a feature that must be chosen. */
int layout_find(struct ana_ctx *ctx, const char *path, const char *name,
                const char *feature, struct layout *layout);
void layout_finish(struct ana_ctx *ctx, struct layout *layout);

/* What the two have in common. "%s.%s" as a name that the file has, or "". */
int layout_has(const struct layout_file *f, const char *name, const char *field);
int layout_number(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                  double *value);
/* An array or cell of numbers, C order. Owns: the caller (ana_free). */
int layout_numbers(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                   int64_t cell, int32_t *ndim, int64_t *shape, double **numbers);
int layout_texts(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                 int64_t *n, char ***texts);
void layout_free_texts(struct ana_ctx *ctx, int64_t n, char **texts);

/* fieldtrip.c, cnd.c: 1 in *is where the struct `name` is theirs. */
int fieldtrip_find(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                   struct layout *layout, int *is);
int cnd_find(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
             const char *feature, struct layout *layout, int *is);

#endif
