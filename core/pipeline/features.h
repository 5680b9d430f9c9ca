/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_FEATURES_H
#define ANA_PIPELINE_FEATURES_H

#include "pipeline/activations.h"
#include "pipeline/recording.h"
#include "pipeline/rows.h"
#include "pipeline/space.h"

/* What the run has opened. */
struct ana_opened {
    const struct ana_study *study;
    struct ana_stimuli **stimuli;     /* n_stimuli sets; NULL where none is needed */
    struct ana_opened_model *models;  /* n_models */
    struct ana_recording *recordings; /* n_brains */
    int64_t try_pca; /* > 0: plan as if every [features] had at most so many components */
};

/* One layer (or one whole model, or one recording) as a feature space. */
struct ana_variant {
    int64_t model; /* of the study, or -1 - recording */
    int64_t layer; /* of the model, or -1 = all of them side by side */
    int64_t n_traces;
    struct ana_trace **traces; /* what it is made of; NULL for a recording */
    struct ana_tensor x; /* B x F float32, after `ana_features_run` or `ana_kept_load` */
};

/* A [features] section on one set of rows: its delays in samples, the stretch that
 * each group needs, and a variant for each space that it stands for. */
struct ana_features {
    const struct ana_study_features *study;
    const struct ana_rows *rows;
    int64_t stimuli; /* number of the stimulus set, -1 = none */
    int32_t reduce;  /* ANA_REDUCE_... */
    int32_t pad;
    int64_t n_delays;
    int64_t *delays;
    int64_t n_windows; /* of ANA_LAGS_TUNE */
    int64_t *windows; /* n_windows x 2: first and last delay, the shortest window first */
    struct ana_stretch *stretch; /* n_groups */
    int64_t n_variants;
    struct ana_variant *variants;
};

/* Work out what a feature space needs of its models; nothing is run.
 * Owns:   the caller; release with `ana_features_destroy`.
 * Errors: ANA_EPARAM: layers that do not exist, delays without a time course. */
int ana_features_create(struct ana_ctx *ctx, const struct ana_opened *opened,
                        int64_t number, const struct ana_rows *rows, int64_t stimuli,
                        struct ana_features **out);
void ana_features_destroy(struct ana_ctx *ctx, struct ana_features *features);

/* Bytes that it takes when it is scored: its largest variant. */
int64_t ana_features_bytes(const struct ana_opened *opened,
                           const struct ana_features *features);

/* Give every variant its shape, B x F without data, so that spaces can be made for a
 * metric's plan before any model has run. */
void ana_features_shape(const struct ana_opened *opened, struct ana_features *features);

/* Run the models for n feature spaces on one set of rows, each model once, and read
 * the recordings among them. */
int ana_features_run(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t n,
                     struct ana_features *const *features);

/* Which unit of a variant that is a recording belongs to each group (features_data.c).
 * unit has n_groups places; *by_order as `ana_rows_bind` sets it.
 * Errors: ANA_EDATA with the names that are missing; ANA_EPARAM where one side has time
 *         and the other has none. */
int ana_features_bind(struct ana_ctx *ctx, const struct ana_opened *opened,
                      const struct ana_features *features,
                      const struct ana_variant *variant, int64_t *unit,
                      int32_t *by_order);

/* Show a model what some traces of one space's rows and clock need of it, and finish
 * them. */
int ana_traces_run(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   const struct ana_features *features, int64_t n,
                   struct ana_trace *const *traces);

/* Put a variant's finished traces side by side into its x. */
int ana_variant_join(struct ana_ctx *ctx, struct ana_variant *variant);

/* The most bytes that reading a recording as a space of so many rows holds beside its x. */
int64_t ana_features_reading(const struct ana_recording *recording, int64_t rows);

/* Fill a variant that is a recording (features_data.c). */
int ana_features_read(struct ana_ctx *ctx, const struct ana_opened *opened,
                      const struct ana_features *features, struct ana_variant *variant);

/* `nuisance = yes` (features_nuisance.c): whether the rows' recording has regressors that
 * can be taken out of features on its clock (ANA_EPARAM if not); and x (B x F, as in a
 * variant) without them, rows x (D F), each delayed copy by itself. Without data only the
 * shape is made. */
int ana_features_check_nuisance(struct ana_ctx *ctx, const struct ana_features *features);
int ana_features_clean(struct ana_ctx *ctx, const struct ana_features *features,
                       const struct ana_tensor *x, int64_t n_delays,
                       const int64_t *delays, struct ana_tensor *out);

/* A variant as a space. with_delays = 0 leaves the declared delays out. */
int ana_features_space(struct ana_ctx *ctx, const struct ana_opened *opened,
                       const struct ana_features *features, int64_t variant,
                       int with_delays, struct ana_space **out);

/* "coch" and "cochleagram" of a variant, for results; layer is "all" or "n/a". */
const char *ana_variant_model(const struct ana_opened *opened,
                              const struct ana_variant *v);
const char *ana_variant_layer(const struct ana_opened *opened,
                              const struct ana_variant *v);

#endif
