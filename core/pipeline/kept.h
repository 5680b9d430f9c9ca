/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_KEPT_H
#define ANA_PIPELINE_KEPT_H

#include "base/warned.h"
#include "pipeline/cache.h"
#include "pipeline/features.h"
#include "pipeline/keys.h"

/* Activations that outlive the run: each trace under its key, as an .npy of rows x units
 * (float32, or float16 where the space says so) with the warnings of the pass that made it
 * in its note. Models that only hand out arrays (ANA_INPUT_NONE) are not kept: their files
 * are there already. */

/* 1 if the activations of a model are kept. */
int ana_kept_model(const struct ana_opened *opened, int64_t model);

/* Show a model what some traces of one space's rows and clock need of it, their rows going
 * into the cache as they are finished: no trace is held. The entries appear when the last
 * stimulus was shown. Errors: as `ana_traces_run`; ANA_ERESOURCE. */
int ana_kept_show(struct ana_ctx *ctx, const struct ana_cache *cache,
                  const struct ana_keys *keys, const struct ana_opened *opened,
                  int64_t model, const struct ana_features *features, int64_t n,
                  struct ana_trace *const *traces);

/* Read a trace into x; x.data stays NULL where there is none or it was damaged. Warnings
 * that were kept with it are added to *warned (the larger count stands; may be NULL). */
int ana_kept_read(struct ana_ctx *ctx, const struct ana_cache *cache,
                  struct ana_trace *trace, struct ana_warned *warned);

/* The warnings alone. */
int ana_kept_warned(struct ana_ctx *ctx, const struct ana_cache *cache, const char *key,
                    struct ana_warned *warned);

/* Fill a variant's x: from the cache where it is kept, and by showing the model what is
 * missing, which is then kept; recordings are read. Release with `ana_kept_unload`. */
int ana_kept_load(struct ana_ctx *ctx, const struct ana_cache *cache,
                  const struct ana_keys *keys, const struct ana_opened *opened,
                  const struct ana_features *features, struct ana_variant *variant);
void ana_kept_unload(struct ana_variant *variant);

#endif
