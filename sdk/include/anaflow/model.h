/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_MODEL_H
#define ANAFLOW_MODEL_H

#include <anaflow/plugin.h>
#include <anaflow/stimulus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a model takes. Since: ABI 0.1. */
#define ANA_INPUT_AUDIO 1  /* n float32 samples, mono, at input_rate */
#define ANA_INPUT_TOKENS 2 /* n int64 token ids */
#define ANA_INPUT_IMAGE 3  /* height x width x channels float32 */
#define ANA_INPUT_FRAMES 4 /* n x units float32: another model's layer */
#define ANA_INPUT_NONE 5   /* only the stimulus' id: activations computed elsewhere */

/* What a layer hands out, and when its samples happen. Since: ABI 0.1. */
#define ANA_LAYER_ACTIVATION 1
#define ANA_LAYER_ATTENTION 2
#define ANA_LAYER_OUTPUT 3
#define ANA_TIMING_RATE 1  /* sample i is centred at start + i / rate seconds */
#define ANA_TIMING_TOKEN 2 /* sample i belongs to word i */
#define ANA_TIMING_ITEM 3  /* one sample an item */

/* One layer of a model. Since: ABI 0.1. */
struct ana_layer {
    uint32_t size;      /* sizeof (struct ana_layer) */
    int32_t kind;       /* ANA_LAYER_... */
    int32_t timing;     /* ANA_TIMING_... */
    int32_t ndim;       /* axes of one sample's units, 1 .. 4 */
    const char *id;     /* "conv1", "7", ...: what `layers =` selects */
    const char *branch; /* "" where the model has one */
    double depth;       /* 0 = first layer .. 1 = last */
    double rate;        /* samples a second, for ANA_TIMING_RATE */
    double start;       /* s from the input's first sample to the centre of sample 0 */
    int64_t shape[4];   /* units along each axis; their product is F */
    const struct ana_axis
        *axes[4]; /* what each axis of the units is; NULL = unlabelled */
};

/* What a model promises. Since: ABI 0.1. */
#define ANA_MODEL_CAUSAL 1u /* a sample depends on nothing after it */
#define ANA_MODEL_EXACT_IN_CHUNKS 2u
/* ^ with context_before and context_after seconds of margin, chunks give what
 *   the whole input gives, to 1e-5 of the layer's largest value */
#define ANA_MODEL_CONTROLS 8u  /* open() honours the source's `control` and `twin` */
#define ANA_MODEL_REENTRANT 4u /* forward may run in several threads on one self */
#define ANA_MODEL_TOGETHER 16u /* short items are faster several a call than one a call */
#define ANA_MODEL_ONE_LENGTH 32u
/* ^ items of one length only: windows that keep the last sample are never shorter, and
 *   begin in silence before the stimulus */

/* What a model is. Since: ABI 0.1. */
struct ana_model_info {
    uint32_t size;                        /* sizeof (struct ana_model_info) */
    uint32_t flags;                       /* ANA_MODEL_... */
    int32_t input;                        /* ANA_INPUT_... */
    int32_t channels;                     /* of FRAMES: units a frame; of AUDIO: 1 */
    double input_rate;                    /* Hz of the samples or frames it wants */
    double context_before, context_after; /* s of input around a sample that it sees */
    double hop; /* s: chunks must start at multiples of it; 0 = any sample */
    int64_t n_layers;
    const struct ana_layer *layers;
    int64_t parameters; /* numbers that were learned; 0 = not said */
};

/* Only `describe` and `cost` will be called before `close`: what they do not need, such
 * as a checkpoint's weights, need not be read. Since: ABI 0.1. */
#define ANA_SOURCE_DESCRIBE 1u

/* Where a model comes from. Since: ABI 0.1. */
struct ana_model_source {
    uint32_t size;                 /* sizeof (struct ana_model_source) */
    uint32_t flags;                /* ANA_SOURCE_... */
    const char *checkpoint;        /* a folder, a file, "random", or NULL */
    const struct ana_layer *input; /* the layer that `input = MODEL` names, or NULL */
    /* A control of the same shape (Tuckute et al. 2023): "" or NULL = the network
     * itself; "random" = untrained, as the published code initialises it; "permuted" =
     * each weight and bias tensor of the learned layers shuffled by itself, front ends
     * and constants never. Random numbers: ana_rng_init(ctx, TENSOR'S NAME, twin, ..).
     * A model that cannot be what is asked for refuses with ANA_EPARAM. */
    const char *control;
    int64_t twin; /* number of the seeded twin, from 0 */
};

/* One prepared item: a whole stimulus, or a window or chunk of one. Since: ABI 0.1. */
struct ana_input {
    uint32_t size; /* sizeof (struct ana_input) */
    uint32_t flags;
    const struct ana_stimulus *stimulus;
    struct ana_tensor data; /* by the model's input kind; empty for ANA_INPUT_NONE */
    double rate;            /* Hz of data's samples */
    double start;           /* s from the stimulus' start to data's sample 0 */
};

/* Items that are shown in one call, of any lengths. Since: ABI 0.1. */
struct ana_batch {
    uint32_t size; /* sizeof (struct ana_batch) */
    uint32_t flags;
    int64_t n;
    const struct ana_input *item;
};

/* What a forward pass will need, from shapes alone. Since: ABI 0.1. */
struct ana_model_cost {
    uint32_t size; /* sizeof (struct ana_model_cost) */
    uint32_t flags;
    int64_t bytes; /* peak working memory of one forward call */
    double flops;
    double slow;  /* of flops: those of transforms and filters, not of matrix products */
    double loops; /* beside them: numbers that plain loops work on, each time */
};

/* Takes a model's samples as they come; the core pools, projects and writes them. */
struct ana_sink;

/* Hand out samples of one layer of one item.
 *
 * samples  n x units (float32, C order; the units' axes flattened or not)
 * first    number of the first of them, sample i being centred at
 *          layer.start + i / layer.rate after the item's first sample
 *
 * Samples of a layer may come in pieces and in any order, each once, and none left
 * out: a layer with a rate has one every 1/rate s from layer.start to the end of the
 * input, but for the last few whose input would reach beyond it (2 start + context_before
 * + context_after s at most). Only wanted layers may be emitted. An item that is too short
 * for a single sample is refused in a sentence (ANA_EDATA).
 *
 * Owns:    reads `samples` before it returns.
 * Errors:  ANA_EPLUGIN if item, layer, sample or shape is not what was promised;
 *          ANA_ENUMERIC at a NaN or Inf, with its place.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item,
                          int64_t layer, int64_t first, const struct ana_tensor *samples);

/* A model plugin. Every function returns a status. Since: ABI 0.1.
 *
 * open      make a model from parameters and source             [main thread]
 * describe  say what it is; info belongs to self                [any]
 * prepare   stimulus -> input.data; NULL: the core reads audio  [worker]
 *           at input_rate, or the frames of the model named by `input`
 * cost      bytes and FLOPs of a forward pass; fails for an     [any]
 *           item that it cannot be shown (`check` asks)
 * forward   emit every wanted layer of every item; each result  [worker]
 *           equals that item's alone
 * close     free self; NULL is allowed                          [main thread] */
#define ANA_MODEL_CHECKPOINT 1u      /* of ana_model_vt: it reads a folder's weights */
#define ANA_MODEL_CHECKPOINT_FILE 2u /* the checkpoint is one file of its own format */
struct ana_model_vt {
    uint32_t size; /* sizeof (struct ana_model_vt) */
    uint32_t flags;
    int (*open)(struct ana_ctx *ctx, const struct ana_params *params,
                const struct ana_model_source *source, void **self);
    int (*describe)(struct ana_ctx *ctx, void *self, struct ana_model_info *info);
    int (*prepare)(struct ana_ctx *ctx, void *self, const struct ana_stimulus *stimulus,
                   struct ana_input *input);
    int (*cost)(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                const uint8_t *wanted, struct ana_model_cost *cost);
    int (*forward)(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink);
    void (*close)(struct ana_ctx *ctx, void *self);
};

#ifdef __cplusplus
}
#endif
#endif
