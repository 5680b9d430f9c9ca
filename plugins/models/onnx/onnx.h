/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_ONNX_H
#define ONNX_ONNX_H

#include "graph.h"
#include "runtime.h"
#include "track.h"

/* The network's main input: which of its axes is which. */
struct input {
    int32_t tensor, ndim;
    int32_t batch, time, frequency; /* axes, -1 = none */
    int64_t shape[GRAPH_DIMS];      /* -1 along time where any length goes */
    int64_t units;                  /* numbers a sample: the other axes' product */
    int64_t length;                 /* samples it takes, 0 = any number */
};

/* One layer: a tensor of the graph, time first and the units behind it. */
struct tap {
    int32_t tensor, time;
    int64_t outer, inner; /* units before and behind the time axis */
    char *id;
};

struct onnx {
    struct graph graph;
    struct runtime *runtime;
    char *path;
    struct input input;
    double rate, scale, offset;
    int32_t frames;  /* 1 = fed with another model's frames */
    int64_t n_feeds; /* inputs beside the main one, constant */
    const char **feed_name;
    struct runtime_value *feed;
    struct track *track; /* a place a tensor */
    int32_t *type;       /* element type of each tensor, from the probe; 0 = no layer */
    int64_t probe;       /* samples of the probe */
    int64_t n_layers;
    struct tap *tap;
    struct ana_layer *layer;
    struct ana_axis frequency_axis, channel_axis;
    struct ana_model_info info;
};

/* input.c: find the input and its axes (`axes`, or guessed and logged), and the constant
 * values of the others (`feed`). Errors: ANA_EPARAM, ANA_EDATA. */
int input_set_up(struct ana_ctx *ctx, struct onnx *onnx, const struct ana_params *params,
                 const struct ana_layer *feeder);
/* The input tensor of n samples (n x units): a copy with time at its place. */
int input_fill(struct ana_ctx *ctx, const struct onnx *onnx, int64_t n, const float *x,
               float *out, struct runtime_value *value);

/* probe.c: run the network once or twice on noise and follow time through it. */
int probe_run(struct ana_ctx *ctx, struct onnx *onnx, const char *folder);

/* layers.c: choose the layers (`tensors`, `names`) and describe them. */
int layers_set_up(struct ana_ctx *ctx, struct onnx *onnx,
                  const struct ana_params *params);

#endif
