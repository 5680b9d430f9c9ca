/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What goes into the network: one tensor of sound or frames, whose axes the user names
 * or the shapes tell, and constants for every other input.
 */
#include "onnx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const axis_words[] = {"batch", "time", "frequency", "channel"};
enum { BATCH, TIME, FREQUENCY, CHANNEL, WORDS };

/* Words of a text as numbers of axis_words; their count, -1 at an unknown word. */
static int32_t read_axes(const char *text, int32_t *axes)
{
    int32_t n = 0;

    while (*text) {
        const size_t skip = strspn(text, " "), length = strcspn(text + skip, " ");
        int32_t word = 0;

        text += skip;
        if (length == 0)
            break;
        while (word < WORDS && (strlen(axis_words[word]) != length ||
                                strncmp(axis_words[word], text, length) != 0))
            word++;
        if (word == WORDS || n == GRAPH_DIMS)
            return -1;
        axes[n++] = word;
        text += length;
    }
    return n;
}

static int take_axes(struct ana_ctx *ctx, struct input *input, const char *text)
{
    int32_t axes[GRAPH_DIMS], times = 0;
    const int32_t n = read_axes(text, axes);

    if (n != input->ndim)
        return ana_fail(ctx, ANA_EPARAM,
                        "`axes` = %s: the network's input has %d axes; name each of them "
                        "batch, time, frequency or channel",
                        text, input->ndim);
    input->batch = input->time = input->frequency = -1;
    for (int32_t d = 0; d < n; d++) {
        times += axes[d] == TIME;
        if (axes[d] == BATCH)
            input->batch = d;
        else if (axes[d] == TIME)
            input->time = d;
        else if (axes[d] == FREQUENCY)
            input->frequency = d;
    }
    if (times != 1)
        return ana_fail(ctx, ANA_EPARAM, "`axes` = %s: exactly one axis is time", text);
    return 0;
}

/* 1 if the axes but batch and `time` can hold U units. */
static int fits(const struct input *input, int32_t time, int64_t units)
{
    int64_t n = 1;
    int free_axes = 0;

    for (int32_t d = 0; d < input->ndim; d++) {
        if (d == time || d == input->batch)
            continue;
        free_axes += input->shape[d] < 0;
        n *= input->shape[d] > 0 ? input->shape[d] : 1;
    }
    return n == units || (free_axes > 0 && units % n == 0);
}

/* Batch comes first where there are two axes or more of sound, three of frames; time is
 * the first axis behind it that leaves room for the units, the last for sound. */
static void guess_axes(struct input *input, int frames, int64_t units,
                       const struct ana_layer *feeder)
{
    input->batch = input->ndim > (frames ? 2 : 1) ? 0 : -1;
    input->frequency = -1;
    input->time = input->ndim - 1;
    if (!frames)
        return;
    for (int32_t d = input->batch + 1; d < input->ndim; d++)
        if (fits(input, d, units)) {
            input->time = d;
            break;
        }
    for (int32_t d = 0; d < input->ndim; d++)
        if (d != input->batch && d != input->time && input->frequency < 0 &&
            (input->shape[d] == units || input->shape[d] < 0) &&
            (input->ndim > 3 ||
             (feeder->axes[0] && feeder->axes[0]->kind == ANA_AXIS_FREQUENCY)))
            input->frequency = d;
}

/* Sizes of all axes but time. */
static int size_axes(struct ana_ctx *ctx, const char *path, struct input *input,
                     int64_t units)
{
    int32_t open = -1;
    int64_t n = 1;

    if (input->batch >= 0) {
        if (input->shape[input->batch] > 1)
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s: the network takes %lld items at once and no fewer; export "
                "it with a batch of 1 or a free one",
                path, (long long)input->shape[input->batch]);
        input->shape[input->batch] = 1;
    }
    for (int32_t d = 0; d < input->ndim; d++) {
        if (d == input->time || d == input->batch)
            continue;
        if (input->shape[d] < 0 && open < 0)
            open = d;
        else
            n *= input->shape[d] > 0 ? input->shape[d] : 1;
    }
    if (open >= 0)
        input->shape[open] = n > 0 && units % n == 0 ? units / n : 1;
    n *= open >= 0 ? input->shape[open] : 1;
    if (n != units)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s: the network's input holds %lld numbers a sample and is fed "
                        "with %lld; name its axes with `axes`, or another `input`",
                        path, (long long)n, (long long)units);
    input->units = n;
    input->length = input->shape[input->time] > 0 ? input->shape[input->time] : 0;
    return 0;
}

static void say_axes(struct ana_ctx *ctx, const struct onnx *onnx, int guessed)
{
    const struct input *in = &onnx->input;
    char text[256];
    size_t at = 0;

    for (int32_t d = 0; d < in->ndim; d++) {
        const char *word = d == in->batch       ? "batch"
                           : d == in->time      ? "time"
                           : d == in->frequency ? "frequency"
                                                : "channel";
        const int64_t size = in->shape[d];

        at += (size_t)snprintf(text + at, sizeof text - at, size > 0 ? " %s %lld" : " %s",
                               word, (long long)size);
    }
    ana_log(ctx, "input '%s':%s%s", onnx->graph.tensor[in->tensor].name, text,
            guessed ? " (guessed from its shape; `axes` says otherwise)" : "");
}

/* The value that `feed` gives an input: "sr=16000 state=0"; 0 where it gives none. */
static double fed_value(const char *feed, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = feed; at && *at;) {
        const size_t skip = strspn(at, " "), n = strcspn(at + skip, " ");

        at += skip;
        if (n > length && strncmp(at, name, length) == 0 && at[length] == '=')
            return strtod(at + length + 1, NULL);
        at += n;
    }
    return 0;
}

static int fill_constant(struct ana_ctx *ctx, struct runtime_value *v, const char *name,
                         double value)
{
    int64_t n = 1;

    for (int32_t d = 0; d < v->ndim; d++)
        n *= v->shape[d];
    if (n < 0 || n > (1 << 28))
        return ana_fail(ctx, ANA_EDATA, "input '%s' holds %lld numbers", name,
                        (long long)n);
    v->data = ana_alloc(ctx, n, 8);
    for (int64_t i = 0; v->data && i < n; i++) {
        switch (v->type) {
        case ONNX_FLOAT:
            ((float *)v->data)[i] = (float)value;
            break;
        case ONNX_DOUBLE:
            ((double *)v->data)[i] = value;
            break;
        case 7:
            ((int64_t *)v->data)[i] = (int64_t)value;
            break;
        case 6:
            ((int32_t *)v->data)[i] = (int32_t)value;
            break;
        case 9:
            ((uint8_t *)v->data)[i] = value != 0;
            break;
        default:
            return ana_fail(ctx, ANA_EDATA,
                            "input '%s' has element type %d, which cannot be fed", name,
                            v->type);
        }
    }
    return v->data ? 0 : ANA_ERESOURCE;
}

static int make_feeds(struct ana_ctx *ctx, struct onnx *onnx, const char *feed)
{
    const struct graph *g = &onnx->graph;
    int rc = 0;

    onnx->feed = ana_alloc(ctx, g->n_tensors, sizeof *onnx->feed);
    onnx->feed_name = ana_alloc(ctx, g->n_tensors, sizeof *onnx->feed_name);
    if (!onnx->feed || !onnx->feed_name)
        return ANA_ERESOURCE;
    for (int64_t t = 0; rc == 0 && t < g->n_tensors; t++) {
        const struct graph_tensor *tensor = &g->tensor[t];
        struct runtime_value *v = &onnx->feed[onnx->n_feeds];

        if (!tensor->is_input || tensor->is_weight || t == onnx->input.tensor)
            continue;
        onnx->feed_name[onnx->n_feeds++] = tensor->name;
        v->type = tensor->type;
        v->ndim = tensor->ndim > 0 ? tensor->ndim : 0;
        for (int32_t d = 0; d < v->ndim; d++)
            v->shape[d] = tensor->shape[d] > 0 ? tensor->shape[d] : 1;
        rc = fill_constant(ctx, v, tensor->name, fed_value(feed, tensor->name));
        if (rc == 0)
            ana_log(ctx, "input '%s' is %g everywhere", tensor->name,
                    fed_value(feed, tensor->name));
    }
    return rc;
}

int input_set_up(struct ana_ctx *ctx, struct onnx *onnx, const struct ana_params *params,
                 const struct ana_layer *feeder)
{
    const struct graph *g = &onnx->graph;
    const char *axes = ana_param_text(params, "axes");
    const int guess = strcmp(axes, "auto") == 0;
    struct input *in = &onnx->input;
    int64_t units = 1;
    int rc = 0;

    in->tensor = -1;
    for (int64_t t = 0; in->tensor < 0 && t < g->n_tensors; t++)
        if (g->tensor[t].is_input && !g->tensor[t].is_weight &&
            g->tensor[t].type == ONNX_FLOAT && g->tensor[t].ndim > 0)
            in->tensor = (int32_t)t;
    if (in->tensor < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: no input of the network is float32",
                        onnx->path);
    in->ndim = g->tensor[in->tensor].ndim;
    memcpy(in->shape, g->tensor[in->tensor].shape, sizeof in->shape);
    for (int32_t d = 0; feeder && d < feeder->ndim; d++)
        units *= feeder->shape[d];
    if (guess)
        guess_axes(in, onnx->frames, units, feeder);
    else
        rc = take_axes(ctx, in, axes);
    if (rc == 0)
        rc = size_axes(ctx, onnx->path, in, units);
    if (rc == 0)
        say_axes(ctx, onnx, guess);
    if (rc == 0)
        rc = make_feeds(ctx, onnx, ana_param_text(params, "feed"));
    return rc;
}

int input_fill(struct ana_ctx *ctx, const struct onnx *onnx, int64_t n, const float *x,
               float *out, struct runtime_value *value)
{
    const struct input *in = &onnx->input;
    const float scale = (float)onnx->scale, offset = (float)onnx->offset;
    int64_t outer = 1, inner = 1;

    if (in->length > 0 && n != in->length)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s: the network takes exactly %lld %s (%g s) at once and was shown %lld; "
            "show "
            "it windows: `window = %lld %s` and `stride = N %s` in its section",
            onnx->path, (long long)in->length, onnx->frames ? "frames" : "samples",
            (double)in->length / onnx->rate, (long long)n, (long long)in->length,
            onnx->frames ? "frames" : "samples", onnx->frames ? "frames" : "samples");
    *value = (struct runtime_value){.type = ONNX_FLOAT, .ndim = in->ndim, .data = out};
    for (int32_t d = 0; d < in->ndim; d++) {
        value->shape[d] = d == in->time ? n : in->shape[d];
        outer *= d < in->time ? value->shape[d] : 1;
        inner *= d > in->time ? value->shape[d] : 1;
    }
    for (int64_t o = 0; o < outer; o++)
        for (int64_t t = 0; t < n; t++)
            for (int64_t i = 0; i < inner; i++)
                out[(o * n + t) * inner + i] =
                    scale * x[t * in->units + o * inner + i] + offset;
    return 0;
}
