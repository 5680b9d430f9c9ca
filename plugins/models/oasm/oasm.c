/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The model `oasm`: a null model of autocorrelation alone (Feghhi, Hadidi, Song, Blank &
 * Kao 2024). Each sample of a stimulus has a direction of its own, smoothed over its
 * neighbours within the stimulus; it knows nothing of what was shown. Directions are random
 * vectors drawn from the stimulus' id, so that a stimulus need not know the others: the
 * Gram matrix is the smoothed identity within stimuli, and 0 between them, up to 1 /
 * sqrt(width).
 */
#include <anaflow/base.h>
#include <anaflow/model.h>
#include <math.h>

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "1 Hz",
     .min = 1e-6,
     .max = 1e6,
     .unit = "Hz",
     .help = "samples a second; take the recording's"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "sigma",
     .fallback = "2 s",
     .min = 0,
     .max = 1e6,
     .unit = "s",
     .help = "standard deviation of the Gaussian that smooths; 0 = none"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "width",
     .fallback = "1000",
     .min = 1,
     .max = 1e6,
     .help = "features; more than there are samples, so that their directions differ"},
};

struct oasm {
    double rate, sigma; /* sigma in samples */
    struct ana_layer layer;
    struct ana_model_info info;
};

static int oasm_open(struct ana_ctx *ctx, const struct ana_params *given,
                     const struct ana_model_source *source, void **self)
{
    struct oasm *oasm = ana_alloc(ctx, 1, sizeof *oasm);

    (void)source;
    *self = oasm;
    if (!oasm)
        return ANA_ERESOURCE;
    oasm->rate = ana_param_real(given, "rate");
    oasm->sigma = ana_param_real(given, "sigma") * oasm->rate;
    oasm->layer = (struct ana_layer){.size = sizeof oasm->layer,
                                     .kind = ANA_LAYER_ACTIVATION,
                                     .timing = ANA_TIMING_RATE,
                                     .ndim = 1,
                                     .id = "oasm",
                                     .branch = "",
                                     .rate = oasm->rate,
                                     .start = .5 / oasm->rate,
                                     .shape = {ana_param_int(given, "width")}};
    oasm->info = (struct ana_model_info){.size = sizeof oasm->info,
                                         .flags = ANA_MODEL_REENTRANT,
                                         .input = ANA_INPUT_NONE,
                                         .n_layers = 1,
                                         .layers = &oasm->layer};
    return 0;
}

static int oasm_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((const struct oasm *)self)->info;
    return 0;
}

/* Samples whose centres lie within the stimulus; at least one must. */
static int count_samples(struct ana_ctx *ctx, const struct oasm *oasm,
                         const struct ana_stimulus *stimulus, int64_t *n)
{
    const double samples = floor(stimulus->duration * oasm->rate + 1e-6);

    *n = samples >= 1 && samples < 1e9 ? (int64_t)samples : 0;
    if (*n > 0)
        return 0;
    return ana_fail(
        ctx, ANA_EDATA,
        "stimulus '%s' lasts %g s, which is not one sample at %g Hz; oasm needs "
        "stimuli with a duration, and a `rate`",
        stimulus->id, stimulus->duration, oasm->rate);
}

static int64_t reach(const struct oasm *oasm)
{
    return (int64_t)ceil(6 * oasm->sigma);
}

static int oasm_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                     const uint8_t *wanted, struct ana_model_cost *cost)
{
    const struct oasm *oasm = self;
    int rc = 0;

    (void)wanted;
    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        int64_t n;

        rc = count_samples(ctx, oasm, batch->item[i].stimulus, &n);
        if (rc == 0) {
            const double cells = (double)n * (double)oasm->layer.shape[0];

            cost->bytes = (int64_t)fmax((double)cost->bytes, fmin(12 * cells, 9e18));
            cost->loops += cells * (double)(2 * reach(oasm) + 1);
        }
    }
    return rc;
}

/* x (n x width) = Gaussian weights over the white rows; each row's weights have squares
 * that add up to 1 / width. */
static void smooth(const struct oasm *oasm, int64_t n, const double *white, float *x)
{
    const int64_t width = oasm->layer.shape[0], far = reach(oasm);

    for (int64_t i = 0; i < n; i++) {
        const int64_t low = i > far ? i - far : 0, high = i + far < n ? i + far : n - 1;
        double size = 0;

        for (int64_t k = low; k <= high; k++) {
            const double d = oasm->sigma > 0 ? (double)(i - k) / oasm->sigma : 0;

            size += exp(-d * d);
        }
        size = 1 / sqrt(size * (double)width);
        for (int64_t k = low; k <= high; k++) {
            const double d = oasm->sigma > 0 ? (double)(i - k) / oasm->sigma : 0;
            const double by = size * exp(-.5 * d * d);

            for (int64_t j = 0; j < width; j++)
                x[i * width + j] += (float)(by * white[k * width + j]);
        }
    }
}

static int show(struct ana_ctx *ctx, const struct oasm *oasm,
                const struct ana_stimulus *stimulus, int64_t item, struct ana_sink *sink)
{
    const int64_t width = oasm->layer.shape[0];
    struct ana_tensor samples;
    struct ana_rng rng;
    double *white = NULL;
    float *x = NULL;
    int64_t n;
    int rc = count_samples(ctx, oasm, stimulus, &n);

    if (rc != 0)
        return rc;
    white = ana_alloc(ctx, n * width, sizeof *white);
    x = ana_alloc(ctx, n * width, sizeof *x);
    rc = white && x ? 0 : ANA_ERESOURCE;
    if (rc == 0) {
        ana_rng_init(ctx, stimulus->id, 0, &rng);
        for (int64_t i = 0; i < n * width; i++)
            white[i] = ana_rng_normal(&rng);
        smooth(oasm, n, white, x);
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){n, width}, x, &samples);
        rc = ana_sink_emit(ctx, sink, item, 0, 0, &samples);
    }
    ana_free(ctx, white);
    ana_free(ctx, x);
    return rc;
}

static int oasm_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                        const uint8_t *wanted, struct ana_sink *sink)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && wanted[0] && i < batch->n; i++)
        rc = show(ctx, self, batch->item[i].stimulus, i, sink);
    return rc;
}

static void oasm_close(struct ana_ctx *ctx, void *self)
{
    ana_free(ctx, self);
}

static const struct ana_model_vt model = {
    .size = sizeof model,
    .open = oasm_open,
    .describe = oasm_describe,
    .cost = oasm_cost,
    .forward = oasm_forward,
    .close = oasm_close,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "oasm",
    .version = "1.0",
    .summary =
        "a null model of autocorrelation alone: an identity smoothed within stimuli",
    .licence = "BSD-3-Clause",
    .citation = "Feghhi, Hadidi, Song, Blank & Kao 2024, arXiv:2406.01538",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .model = &model,
};
