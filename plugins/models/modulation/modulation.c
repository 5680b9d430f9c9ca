/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Spectrotemporal modulation energy: a cochleagram through filters that each prefer one
 * rate (Hz), one scale (cycles an octave) and one direction, and the modulus of what they
 * give (README.md, filters.c, energy.c).
 *   full[t, r, d, s, f] = | sum_{u, g} x[t - u, g] h[u; r] k[f - g; s, d] |
 *   mean[t, r, d, s]    = mean over f of full
 * x is the input layer, read at F frequencies equally spaced in octaves.
 *
 * C input channels, F frequencies, R rates, S scales, D = 2 directions, T frames.
 */
#include <math.h>
#include <string.h>

#include <anaflow/anaflow.h>

#include "modulation.h"

static const struct ana_param PARAMS[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "rates",
     .fallback = "0.5 1 2 4 8 16 32",
     .min = 0.05,
     .max = 1e4,
     .help = "preferred rates of the temporal filters, Hz"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "scales",
     .fallback = "0.25 0.5 1 2 4",
     .min = 0.01,
     .max = 100,
     .help = "preferred scales of the spectral filters, cycles an octave"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "resolution",
     .fallback = "12",
     .min = 2,
     .max = 96,
     .help = "channels an octave of the frequency axis that the filters see"},
};

static int check_input(struct ana_ctx *ctx, const struct ana_layer *input)
{
    const struct ana_axis *axis;

    if (!input)
        return ana_fail(
            ctx, ANA_EPARAM,
            "modulation filters the frames of another model; write `input = NAME` "
            "with the name of a [model NAME] whose plugin is cochleagram");
    axis = input->axes[0];
    if (input->timing != ANA_TIMING_RATE || input->ndim != 1 || input->shape[0] < 2 ||
        !axis || axis->kind != ANA_AXIS_FREQUENCY || !axis->coords ||
        !(axis->coords[0] > 0))
        return ana_fail(
            ctx, ANA_EPARAM,
            "modulation needs an input layer of evenly timed frames over frequency "
            "(Hz), as a cochleagram has; layer `%s` is not one",
            input->id);
    return 0;
}

static int check_list(struct ana_ctx *ctx, const char *name, int64_t n,
                      const double *value, double most, const char *what)
{
    for (int64_t i = 0; i < n; i++)
        if (value[i] >= most || (i > 0 && value[i] <= value[i - 1]))
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s: %g is not above the one before it and below %g, half of the "
                "input's %s",
                name, value[i], most, what);
    return 0;
}

/* F bins of 1 / resolution octave tile the range of the input's centres; each
 * frequency is a bin's middle, and the input is interpolated there over log frequency. */
static int place_frequencies(struct ana_ctx *ctx, struct modulation *self,
                             const double *centre, double resolution)
{
    const double octaves = log2(centre[self->C - 1] / centre[0]);
    int64_t c = 0;

    self->F = (int64_t)floor(resolution * octaves + 1e-9);
    if (self->F < 2)
        return ana_fail(
            ctx, ANA_EPARAM,
            "the input spans %g octaves, which %g channels an octave do not divide",
            octaves, resolution);
    self->frequency = ana_alloc(ctx, self->F, sizeof *self->frequency);
    self->below = ana_alloc(ctx, self->F, sizeof *self->below);
    self->portion = ana_alloc(ctx, self->F, sizeof *self->portion);
    if (!self->frequency || !self->below || !self->portion)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < self->F; f++) {
        const double hz = centre[0] * exp2(((double)f + 0.5) / resolution);

        while (c + 2 < self->C && centre[c + 1] <= hz)
            c++;
        self->frequency[f] = hz;
        self->below[f] = c;
        self->portion[f] = log(hz / centre[c]) / log(centre[c + 1] / centre[c]);
    }
    return 0;
}

static void describe_axes(struct modulation *self)
{
    static const char *const directions[DIRECTIONS] = {"down", "up"};

    for (int i = 0; i < AXES; i++)
        self->axis[i] = (struct ana_axis){.size = sizeof self->axis[i]};
    memcpy(self->axis[RATE].name, "rate", sizeof "rate");
    memcpy(self->axis[RATE].unit, "Hz", sizeof "Hz");
    self->axis[RATE].coords = self->rate;
    memcpy(self->axis[DIRECTION].name, "direction", sizeof "direction");
    self->axis[DIRECTION].labels = directions;
    memcpy(self->axis[SCALE].name, "scale", sizeof "scale");
    memcpy(self->axis[SCALE].unit, "cyc/oct", sizeof "cyc/oct");
    self->axis[SCALE].coords = self->scale;
    self->axis[FREQUENCY].kind = ANA_AXIS_FREQUENCY;
    memcpy(self->axis[FREQUENCY].name, "frequency", sizeof "frequency");
    memcpy(self->axis[FREQUENCY].unit, "Hz", sizeof "Hz");
    self->axis[FREQUENCY].coords = self->frequency;
}

static void describe_model(struct modulation *self, const struct ana_layer *input)
{
    static const char *const ids[LAYERS] = {"full", "mean"};

    describe_axes(self);
    for (int i = 0; i < LAYERS; i++) {
        self->layer[i] = (struct ana_layer){
            .size = sizeof self->layer[i],
            .kind = ANA_LAYER_ACTIVATION,
            .timing = ANA_TIMING_RATE,
            .ndim = i == FULL ? AXES : AXES - 1,
            .id = ids[i],
            .branch = "",
            .depth = i,
            .rate = input->rate,
            .start = 0,
            .shape = {self->R, DIRECTIONS, self->S, i == FULL ? self->F : 0}};
        for (int k = 0; k < self->layer[i].ndim; k++)
            self->layer[i].axes[k] = &self->axis[k];
    }
    self->info = (struct ana_model_info){
        .size = sizeof self->info,
        .flags = ANA_MODEL_EXACT_IN_CHUNKS | ANA_MODEL_REENTRANT,
        .input = ANA_INPUT_FRAMES,
        .channels = (int32_t)self->C,
        .input_rate = input->rate,
        .context_before = (double)self->filters.before / input->rate,
        .context_after = (double)self->filters.after / input->rate,
        .n_layers = LAYERS,
        .layers = self->layer};
}

static double *copy_list(struct ana_ctx *ctx, const struct ana_params *params,
                         const char *name, int64_t *n)
{
    const double *const list = ana_param_list(params, name, n);
    double *const copy = ana_alloc(ctx, *n, sizeof *copy);

    if (copy && *n > 0)
        memcpy(copy, list, (size_t)*n * sizeof *copy);
    return copy;
}

static int set_up(struct ana_ctx *ctx, const struct ana_params *params,
                  const struct ana_layer *input, struct modulation *self)
{
    const double resolution = (double)ana_param_int(params, "resolution");
    int rc;

    self->rate = copy_list(ctx, params, "rates", &self->R);
    self->scale = copy_list(ctx, params, "scales", &self->S);
    if (!self->rate || !self->scale)
        return ANA_ERESOURCE;
    rc = check_list(ctx, "rates", self->R, self->rate, input->rate / 2, "frame rate");
    if (rc == 0)
        rc =
            check_list(ctx, "scales", self->S, self->scale, resolution / 2, "resolution");
    if (rc == 0)
        rc = place_frequencies(ctx, self, input->axes[0]->coords, resolution);
    if (rc != 0)
        return rc;
    self->matrix = ana_alloc(ctx, 2 * self->S * self->F * self->F, sizeof *self->matrix);
    if (!self->matrix)
        return ANA_ERESOURCE;
    rc = scale_matrix(ctx, self->S, self->scale, resolution, self->F, self->matrix);
    if (rc == 0)
        rc = rate_filters_create(ctx, self->R, self->rate, input->rate, &self->filters);
    if (rc == 0)
        describe_model(self, input);
    return rc;
}

static void close_model(struct ana_ctx *ctx, void *arg)
{
    struct modulation *const self = arg;

    if (!self)
        return;
    rate_filters_finish(ctx, &self->filters);
    ana_free(ctx, self->matrix);
    ana_free(ctx, self->rate);
    ana_free(ctx, self->scale);
    ana_free(ctx, self->frequency);
    ana_free(ctx, self->below);
    ana_free(ctx, self->portion);
    ana_free(ctx, self);
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **out)
{
    int rc = check_input(ctx, source->input);
    struct modulation *self;

    if (rc != 0)
        return rc;
    self = ana_alloc(ctx, 1, sizeof *self);
    if (!self)
        return ANA_ERESOURCE;
    self->C = source->input->shape[0];
    rc = set_up(ctx, params, source->input, self);
    if (rc != 0) {
        close_model(ctx, self);
        return rc;
    }
    *out = self;
    return 0;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((const struct modulation *)self)->info;
    return 0;
}

static int check_item(struct ana_ctx *ctx, const struct modulation *self,
                      const struct ana_input *item)
{
    const struct ana_tensor *const data = &item->data;
    int64_t at;

    if (data->dtype != ANA_F32 || data->ndim != 2 || data->shape[1] != self->C ||
        !ana_tensor_contiguous(data))
        return ana_fail(ctx, ANA_ESHAPE, "expected frames of %lld float32 channels",
                        (long long)self->C);
    at = ana_tensor_find_nonfinite(data, NULL);
    if (at >= 0)
        return ana_fail(ctx, ANA_ENUMERIC,
                        "%s: frame %lld, channel %lld is not a finite number",
                        item->stimulus ? item->stimulus->id : "input",
                        (long long)(at / self->C), (long long)(at % self->C));
    return 0;
}

static int forward(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct modulation *const self = arg;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        rc = check_item(ctx, self, &batch->item[i]);
        if (rc == 0)
            rc = energy_run(ctx, self, batch->item[i].data.data,
                            batch->item[i].data.shape[0], i, wanted, sink);
    }
    return rc;
}

static int cost(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                const uint8_t *wanted, struct ana_model_cost *out)
{
    const struct modulation *const self = arg;
    const double F = (double)self->F, R = (double)self->R, S = (double)self->S;

    (void)ctx;
    (void)wanted;
    out->bytes = 0;
    out->flops = out->slow = out->loops = 0;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t n = batch->item[i].data.shape[0];
        struct block block;
        double N, blocks, transforms;

        if (n == 0)
            continue;
        energy_block(self, n, &block);
        N = (double)block.N;
        blocks = ceil((double)n / (double)block.frames);
        transforms = 5 * N * log2(N) * (R + blocks * F * (1 + R));
        out->bytes = (int64_t)fmax((double)out->bytes, energy_bytes(self, &block));
        out->slow += transforms;
        out->flops += transforms + (double)n * R * 8 * S * F * F;
        out->loops += blocks * N * F * (2 + 4 * R) + (double)n * R * 30 * S * F;
    }
    return 0;
}

static const struct ana_model_vt MODEL = {.size = sizeof MODEL,
                                          .open = open_model,
                                          .describe = describe,
                                          .cost = cost,
                                          .forward = forward,
                                          .close = close_model};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "modulation",
    .version = "1.0",
    .summary =
        "spectrotemporal modulation energy of a cochleagram: rates, scales, directions",
    .licence = "BSD-3-Clause",
    .citation =
        "Chi, Ru & Shamma 2005, J. Acoust. Soc. Am. 118:887, doi:10.1121/1.1945807",
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .model = &MODEL,
};
