/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_ACTIVATIONS_H
#define ANA_PIPELINE_ACTIVATIONS_H

#include "base/seen.h"
#include "data/stimuli.h"
#include "pipeline/study.h"
#include "pipeline/trace.h"
#include "plugin/describe.h"

/* An opened model of the study: what it is, and the model whose layer feeds it. Whatever
 * else comes to decide what a model computes has to go into its key, too
 * (keys_activations.c), or the cache would hand out another's activations. */
struct ana_opened_model {
    const struct ana_study_model *study;
    const struct ana_model_vt *vt;
    void *self;
    struct ana_model_info info;
    void *layers;                   /* info.layers, as long as ours */
    struct ana_opened_model *input; /* NULL = takes the stimulus itself */
    int64_t input_layer;            /* of `input` */
    const struct ana_layer *own;    /* as the plugin describes them; info.layers are those
                                       that windows leave */
    struct ana_layer *windowed;     /* info.layers, where there are windows */
    int64_t window;                 /* in samples of the input; 0 = shown whole */
    double stride;                  /* likewise, from one window to the next */
    struct ana_seen seen;           /* files that it opened */
    struct ana_opened_model *original; /* of a control network; else NULL */
    int64_t memory;                    /* bytes that opening it took */
};

/* Open one model of the study, the one that feeds it first; nothing where it is open.
 *
 * models  study->n_models places
 * flags   ANA_SOURCE_...: for the plugin's open
 *
 * Errors: of the plugin's open; ANA_EPARAM for layers that do not exist. */
int ana_model_open(struct ana_ctx *ctx, const struct ana_study *study,
                   struct ana_opened_model *models, int64_t number, uint32_t flags);

/* A control network (study->models[number].twin_of >= 0) is opened as what it is a
 * control of, without weights; these make it real for a run and let it go after. Nothing
 * for others. */
int ana_twin_begin(struct ana_ctx *ctx, struct ana_opened_model *model);
void ana_twin_end(struct ana_ctx *ctx, struct ana_opened_model *model);

/* Bytes of its own weights meanwhile, 0 for others: what its model took to open, and the
 * numbers that it draws or shuffles; the model has drawn or converted its own already where
 * it took more than they do. */
int64_t ana_twin_bytes(const struct ana_opened_model *model);

void ana_models_close(struct ana_ctx *ctx, int64_t n, struct ana_opened_model *models);

/* The layers of a model that a selection names: "all", "0 3 6-12" (numbers), ids and
 * globs ("conv*"). selected has info.n_layers places, set to 1.
 * Errors: ANA_EPARAM with the nearest id where a word matches nothing. */
int ana_layers_select(struct ana_ctx *ctx, const struct ana_model_info *info,
                      const char *selection, uint8_t *selected);

/* Show a model every listed stimulus and fill the traces (whose layers it emits).
 *
 * items     n_items numbers of stimuli; the traces' items in this order
 * reach     seconds before onset and after the longest of stimulus and recording that
 *           unpooled traces ask for: the sound is padded with digital silence there
 *
 * Stimuli are shown in parallel; long ones in chunks where the model is exact in
 * chunks. Errors: of the plugin, with model, layer and stimulus in front. */
int ana_model_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                  const struct ana_stimuli *stimuli, int64_t n_items,
                  const int64_t *items, int64_t n_traces,
                  struct ana_trace *const *traces);

#endif
