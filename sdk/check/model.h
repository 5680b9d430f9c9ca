/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_MODEL_H
#define SDK_CHECK_MODEL_H

#include <anaflow/model.h>

#include "check/bench.h"

#define ANA_MOST_ITEMS 3

/* A model that has been opened, and items to show it. */
struct ana_model_bench {
    struct ana_bench *bench;
    const struct ana_model_vt *vt;
    void *self;
    struct ana_model_info info;
    void *layers;           /* of info */
    struct ana_layer front; /* what `input = MODEL` would name: frames over frequency */
    struct ana_axis axis;
    double frequency[64];
    struct ana_word word[6];
    struct ana_stimulus stimulus[ANA_MOST_ITEMS];
    char sound[ANA_MOST_ITEMS][512]; /* paths */
    struct ana_input item[ANA_MOST_ITEMS];
    struct ana_buffer buffer[ANA_MOST_ITEMS];
    struct ana_buffer wanted;
    int n_items;
};

/* What a model emitted: [item][layer], samples x units. */
struct ana_emitted {
    struct ana_model_bench *model;
    int64_t n_items, n_layers;
    struct ana_layer_samples {
        int64_t n, units;
        float *x;
        uint8_t *seen;
    } * of;
};

/* Open with what the options say, else with what it takes of: nothing, the checkpoint
 * `random`, another model's frames. Release with `ana_model_bench_close`, also after a failure. */
int ana_model_bench_open(struct ana_bench *bench, struct ana_model_bench *model);
void ana_model_bench_close(struct ana_model_bench *model);

/* Make the next item, `seconds` long. */
int ana_model_item(struct ana_model_bench *model, double seconds);
void ana_model_forget_items(struct ana_model_bench *model);

/* A part of item `from` as the last item: its samples [first, first + n). */
int ana_model_part(struct ana_model_bench *model, int64_t from, int64_t first, int64_t n);

/* Show items [first, first + n) in one batch; all layers are wanted. */
int ana_model_bench_forward(struct ana_model_bench *model, int64_t first, int64_t n,
                            struct ana_emitted *emitted);
void ana_emitted_finish(struct ana_emitted *emitted);

/* From now on one layer alone is wanted. */
int ana_model_bench_want(struct ana_model_bench *model, int64_t layer);

/* Samples of all layers, every one of them seen once; else a sentence. */
int ana_emitted_check(struct ana_ctx *ctx, const struct ana_emitted *emitted);
void ana_emitted_numbers(const struct ana_emitted *emitted, int64_t item,
                         struct ana_sequence *numbers);

/* What a model says of itself makes sense. */
int ana_model_bench_info(struct ana_ctx *ctx, const struct ana_model_info *info);

#endif
