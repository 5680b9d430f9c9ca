/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The model `words`: what a word table says without any network. A sample a word, at the
 * word's middle: 1 (so that on a recording's clock it is the rate of words), how long it
 * lasts, and how many letters it has.
 */
#include <anaflow/base.h>
#include <anaflow/model.h>
#include <string.h>

enum { RATE, DURATION, LETTERS, N_LAYERS };

static const char *const ids[N_LAYERS] = {"rate", "duration", "letters"};

struct words {
    struct ana_layer layer[N_LAYERS];
    struct ana_model_info info;
};

static int words_open(struct ana_ctx *ctx, const struct ana_params *given,
                      const struct ana_model_source *source, void **self)
{
    struct words *words = ana_alloc(ctx, 1, sizeof *words);

    (void)given;
    (void)source;
    *self = words;
    if (!words)
        return ANA_ERESOURCE;
    for (int i = 0; i < N_LAYERS; i++)
        words->layer[i] = (struct ana_layer){.size = sizeof words->layer[i],
                                             .kind = ANA_LAYER_ACTIVATION,
                                             .timing = ANA_TIMING_TOKEN,
                                             .ndim = 1,
                                             .id = ids[i],
                                             .branch = "",
                                             .depth = (double)i / (N_LAYERS - 1),
                                             .shape = {1}};
    words->info = (struct ana_model_info){.size = sizeof words->info,
                                          .flags = ANA_MODEL_REENTRANT,
                                          .input = ANA_INPUT_NONE,
                                          .n_layers = N_LAYERS,
                                          .layers = words->layer};
    return 0;
}

static int words_describe(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    (void)ctx;
    *info = ((const struct words *)self)->info;
    return 0;
}

static int words_cost(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                      const uint8_t *wanted, struct ana_model_cost *cost)
{
    (void)ctx;
    (void)self;
    (void)wanted;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t bytes = 4 * batch->item[i].stimulus->n_words;

        cost->bytes = bytes > cost->bytes ? bytes : cost->bytes;
        cost->loops += (double)batch->item[i].stimulus->n_words * N_LAYERS;
    }
    return 0;
}

/* Letters and digits of any script: code points, without punctuation of ASCII. */
static int64_t count_letters(const char *text)
{
    int64_t n = 0;

    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        n += *c >= 0xc0 || (*c < 0x80 && ((*c >= '0' && *c <= '9') ||
                                          ((*c | 32) >= 'a' && (*c | 32) <= 'z')));
    return n;
}

static float value(int layer, const struct ana_word *word)
{
    if (layer == DURATION)
        return (float)word->duration;
    return layer == LETTERS ? (float)count_letters(word->text) : 1;
}

static int show(struct ana_ctx *ctx, const struct ana_stimulus *stimulus, int64_t item,
                int layer, struct ana_sink *sink)
{
    const int64_t n = stimulus->n_words;
    float *x = ana_alloc(ctx, n, sizeof *x);
    struct ana_tensor samples;
    int rc = x ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        x[i] = value(layer, &stimulus->words[i]);
    if (rc == 0) {
        ana_tensor_view(ANA_F32, 2, (const int64_t[]){n, 1}, x, &samples);
        rc = ana_sink_emit(ctx, sink, item, layer, 0, &samples);
    }
    ana_free(ctx, x);
    return rc;
}

static int words_forward(struct ana_ctx *ctx, void *self, const struct ana_batch *batch,
                         const uint8_t *wanted, struct ana_sink *sink)
{
    int rc = 0;

    (void)self;
    for (int64_t i = 0; rc == 0 && i < batch->n; i++) {
        const struct ana_stimulus *stimulus = batch->item[i].stimulus;

        if (stimulus->n_words == 0)
            return ana_fail(ctx, ANA_EDATA,
                            "stimulus '%s' has no words; give [stimulus] a `words` file "
                            "of that name",
                            stimulus->id);
        for (int layer = 0; rc == 0 && layer < N_LAYERS; layer++)
            if (wanted[layer])
                rc = show(ctx, stimulus, i, layer, sink);
    }
    return rc;
}

static void words_close(struct ana_ctx *ctx, void *self)
{
    ana_free(ctx, self);
}

static const struct ana_model_vt model = {
    .size = sizeof model,
    .open = words_open,
    .describe = words_describe,
    .cost = words_cost,
    .forward = words_forward,
    .close = words_close,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_MODEL),
    .id = "words",
    .version = "1.0",
    .summary = "word rate, durations and lengths of a word table, without any network",
    .licence = "BSD-3-Clause",
    .citation = "",
    .model = &model,
};
