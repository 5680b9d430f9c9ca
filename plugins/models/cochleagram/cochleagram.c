/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The cochleagram: sound through filters spaced like the ear's, the envelope of each
 * band, and a power of it that stands for the cochlea's compression (README.md).
 *   subbands[t, c]    = envelope of band c around the middle of frame t
 *   cochleagram[t, c] = subbands[t, c] ^ compression
 *
 * T frames, C channels.
 */
#include <math.h>
#include <string.h>

#include <anaflow/anaflow.h>

#include "bank.h"

enum { SUBBANDS, COCHLEAGRAM, LAYERS };

/* Below this envelope (-140 dB of full scale) the power goes on as a straight line:
 * its slope at 0 is infinite, and rounding 1e-16 would come out as 1e-5. */
static const double FAINT = 1e-7;

struct cochleagram {
    struct bank *bank;
    double compression;
    struct ana_axis axis;
    struct ana_layer layer[LAYERS];
    struct ana_model_info info;
};

static const struct ana_param PARAMS[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "filter",
     .fallback = "half-cosine",
     .choices = "half-cosine|gammatone",
     .help = "shape of the filters"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "channels",
     .fallback = "64",
     .min = 2,
     .max = 512,
     .help = "number of filters"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "low",
     .fallback = "50 Hz",
     .min = 1,
     .max = 1e6,
     .unit = "Hz",
     .help = "lower edge of the first filter"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "high",
     .fallback = "8000 Hz",
     .min = 2,
     .max = 1e6,
     .unit = "Hz",
     .help = "upper edge of the last filter, at most input_rate / 2"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "overlap",
     .fallback = "1",
     .min = 1,
     .max = 8,
     .help =
         "steps from a filter's centre to its edge: 1 = squares add up to 1, 4 = as in "
         "Kell et al. 2018"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "compression",
     .fallback = "0.3",
     .min = 0.05,
     .max = 1,
     .help = "power of the envelope; 1 = none"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "200 Hz",
     .min = 1,
     .max = 1e5,
     .unit = "Hz",
     .help = "frames a second"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "input_rate",
     .fallback = "20000 Hz",
     .min = 100,
     .max = 1e6,
     .unit = "Hz",
     .help = "rate to which the sound is resampled; a multiple of rate"},
};

static void describe_layers(struct cochleagram *self, double rate)
{
    static const char *const ids[LAYERS] = {"subbands", "cochleagram"};

    self->axis = (struct ana_axis){.size = sizeof self->axis,
                                   .kind = ANA_AXIS_FREQUENCY,
                                   .name = "frequency",
                                   .unit = "Hz",
                                   .coords = self->bank->centre};
    for (int i = 0; i < LAYERS; i++)
        self->layer[i] = (struct ana_layer){.size = sizeof self->layer[i],
                                            .kind = ANA_LAYER_ACTIVATION,
                                            .timing = ANA_TIMING_RATE,
                                            .ndim = 1,
                                            .id = ids[i],
                                            .branch = "",
                                            .depth = i,
                                            .rate = rate,
                                            .start = 0.5 / rate,
                                            .shape = {self->bank->channels},
                                            .axes = {&self->axis}};
}

static int open_model(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_model_source *source, void **out)
{
    const struct bank_options options = {
        .gammatone = strcmp(ana_param_text(params, "filter"), "gammatone") == 0,
        .channels = ana_param_int(params, "channels"),
        .overlap = ana_param_int(params, "overlap"),
        .low = ana_param_real(params, "low"),
        .high = ana_param_real(params, "high"),
        .input_rate = ana_param_real(params, "input_rate"),
        .rate = ana_param_real(params, "rate"),
    };
    struct cochleagram *self = ana_alloc(ctx, 1, sizeof *self);
    int rc;

    (void)source;
    if (!self)
        return ANA_ERESOURCE;
    rc = bank_create(ctx, &options, &self->bank);
    if (rc != 0) {
        ana_free(ctx, self);
        return rc;
    }
    self->compression = ana_param_real(params, "compression");
    describe_layers(self, options.rate);
    self->info = (struct ana_model_info){
        .size = sizeof self->info,
        .flags = ANA_MODEL_EXACT_IN_CHUNKS | ANA_MODEL_REENTRANT,
        .input = ANA_INPUT_AUDIO,
        .channels = 1,
        .input_rate = options.input_rate,
        .context_before = (double)self->bank->before / options.rate,
        .context_after = (double)self->bank->after / options.rate,
        .hop = 1 / options.rate,
        .n_layers = LAYERS,
        .layers = self->layer};
    *out = self;
    return 0;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((const struct cochleagram *)self)->info;
    return 0;
}

static void close_model(struct ana_ctx *ctx, void *arg)
{
    struct cochleagram *const self = arg;

    if (!self)
        return;
    bank_destroy(ctx, self->bank);
    ana_free(ctx, self);
}

/* Frames whose centres lie inside n samples; a shorter sound than one has one. */
static int64_t count_frames(const struct cochleagram *self, int64_t n)
{
    const int64_t hop = self->bank->hop, frames = (n + (hop - 1) / 2) / hop;

    return frames == 0 && n > 0 ? 1 : frames;
}

static int cost(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                const uint8_t *wanted, struct ana_model_cost *out)
{
    const struct cochleagram *const self = arg;
    const struct bank *const bank = self->bank;
    const int64_t inner = bank->frames - bank->before - bank->after;
    const double each = bank_segment_flops(bank), loops = bank_segment_loops(bank);

    (void)ctx;
    out->bytes = bank_work_bytes(bank) + inner * bank->channels * 12;
    out->flops = 0;
    out->loops = 0;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t frames = count_frames(self, batch->item[i].data.shape[0]);
        const double segments = (double)((frames + inner - 1) / inner);

        out->flops += segments * each;
        out->loops += segments * loops;
        if (wanted[COCHLEAGRAM]) /* a power is worth some forty numbers */
            out->loops += 40 * (double)frames * (double)bank->channels;
    }
    out->slow = out->flops;
    return 0;
}

static int check_item(struct ana_ctx *ctx, const struct cochleagram *self,
                      const struct ana_input *item)
{
    const struct ana_tensor *const data = &item->data;
    int64_t at;

    if (data->dtype != ANA_F32 || data->ndim != 1 || !ana_tensor_contiguous(data))
        return ana_fail(ctx, ANA_ESHAPE, "expected a row of float32 samples");
    if (fabs(item->rate - self->info.input_rate) > 1e-6 * self->info.input_rate)
        return ana_fail(ctx, ANA_ESHAPE, "expected sound at %g Hz, got %g Hz",
                        self->info.input_rate, item->rate);
    at = ana_tensor_find_nonfinite(data, NULL);
    if (at >= 0)
        return ana_fail(ctx, ANA_ENUMERIC,
                        "%s: the sound is not a finite number at %.6f s; repair the file",
                        item->stimulus ? item->stimulus->id : "sound",
                        item->start + (double)at / item->rate);
    return 0;
}

static double compress(double envelope, double power)
{
    if (envelope < FAINT)
        return envelope * pow(FAINT, power - 1);
    return pow(envelope, power);
}

static int emit(struct ana_ctx *ctx, const struct cochleagram *self, int64_t layer,
                const double *envelope, int64_t first, int64_t count, float *buffer,
                int64_t item, struct ana_sink *sink)
{
    const int64_t C = self->bank->channels, shape[] = {count, C};
    struct ana_tensor view;

    for (int64_t i = 0; i < count * C; i++)
        buffer[i] = (float)(layer == SUBBANDS ? envelope[i]
                                              : compress(envelope[i], self->compression));
    ana_tensor_view(ANA_F32, 2, shape, buffer, &view);
    return ana_sink_emit(ctx, sink, item, layer, first, &view);
}

static int run_item(struct ana_ctx *ctx, const struct cochleagram *self,
                    const struct ana_input *input, int64_t item, const uint8_t *wanted,
                    struct bank_work *work, double *envelope, float *buffer,
                    struct ana_sink *sink)
{
    const struct bank *const bank = self->bank;
    const int64_t n = input->data.shape[0], frames = count_frames(self, n);
    const int64_t inner = bank->frames - bank->before - bank->after;

    for (int64_t first = 0; first < frames; first += inner) {
        const int64_t count = frames - first < inner ? frames - first : inner;
        int rc = bank_run(ctx, bank, work, input->data.data, n, first, count, envelope);

        for (int64_t layer = 0; rc == 0 && layer < LAYERS; layer++)
            if (wanted[layer])
                rc = emit(ctx, self, layer, envelope, first, count, buffer, item, sink);
        if (rc != 0)
            return rc;
        if (ana_cancelled(ctx))
            return ANA_ECANCEL;
    }
    return 0;
}

static int forward(struct ana_ctx *ctx, void *arg, const struct ana_batch *batch,
                   const uint8_t *wanted, struct ana_sink *sink)
{
    const struct cochleagram *const self = arg;
    const struct bank *const bank = self->bank;
    const int64_t size = (bank->frames - bank->before - bank->after) * bank->channels;
    double *const envelope = ana_alloc(ctx, size, sizeof *envelope);
    float *const buffer = ana_alloc(ctx, size, sizeof *buffer);
    struct bank_work work = {0};
    int rc = ANA_ERESOURCE;

    if (envelope && buffer)
        rc = bank_work_create(ctx, bank, &work);
    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        rc = check_item(ctx, self, &batch->item[i]);
        if (rc == 0)
            rc = run_item(ctx, self, &batch->item[i], i, wanted, &work, envelope, buffer,
                          sink);
    }
    bank_work_finish(ctx, &work);
    ana_free(ctx, envelope);
    ana_free(ctx, buffer);
    return rc;
}

static const struct ana_model_vt MODEL = {.size = sizeof MODEL,
                                          .open = open_model,
                                          .describe = describe,
                                          .cost = cost,
                                          .forward = forward,
                                          .close = close_model};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "cochleagram",
    .version = "1.0",
    .summary =
        "ERB-spaced filters, envelopes, compression: what the ear hands to the brain",
    .licence = "BSD-3-Clause",
    .citation =
        "McDermott & Simoncelli 2011, Neuron 71:926, doi:10.1016/j.neuron.2011.06.032; "
        "Glasberg & Moore 1990, Hear. Res. 47:103, doi:10.1016/0378-5955(90)90170-T",
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .model = &MODEL,
};
