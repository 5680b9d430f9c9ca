/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One item through a model, into the sink of a run, which keeps the frames of one layer.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include <anaflow/model.h>

#include "pipeline/drive.h"
#include "pipeline/sink.h"
#include "plugin/describe.h"

static int check_input(struct ana_ctx *ctx, const struct ana_tensor *input,
                       const struct ana_model_info *info, double rate)
{
    const int32_t ndim = info->input == ANA_INPUT_AUDIO    ? 1
                         : info->input == ANA_INPUT_FRAMES ? 2
                                                           : 0;

    if (ndim == 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "ana_test_model gives sound or frames, the model takes something "
                        "else; call its functions yourself");
    if (input->dtype != ANA_F32 || input->ndim != ndim || !ana_tensor_contiguous(input))
        return ana_fail(ctx, ANA_EPARAM, "the input of this model is float32 with %d %s",
                        ndim, ndim == 1 ? "axis: samples" : "axes: frames x units");
    if (ndim == 2 && input->shape[1] != info->channels)
        return ana_fail(ctx, ANA_EPARAM, "the model takes frames of %d units, not %lld",
                        info->channels, (long long)input->shape[1]);
    if (fabs(rate - info->input_rate) > 1e-9 * info->input_rate)
        return ana_fail(ctx, ANA_EPARAM, "the model takes samples at %g Hz, not %g Hz",
                        info->input_rate, rate);
    return 0;
}

static int find_layer(struct ana_ctx *ctx, const struct ana_model_info *info,
                      const char *id, int64_t *out)
{
    for (*out = 0; *out < info->n_layers; ++*out)
        if (strcmp(info->layers[*out].id, id) == 0)
            break;
    if (*out == info->n_layers)
        return ana_fail(ctx, ANA_EPARAM, "the model has no layer '%s'", id);
    if (info->layers[*out].timing == ANA_TIMING_TOKEN)
        return ana_fail(ctx, ANA_EPARAM, "layer '%s' counts words, and there are none",
                        id);
    return 0;
}

static int64_t count_units(const struct ana_layer *layer)
{
    int64_t n = 1;

    for (int32_t d = 0; d < layer->ndim; d++)
        n *= layer->shape[d];
    return n;
}

static int keep(struct ana_ctx *ctx, const struct ana_frames *frames,
                struct ana_tensor *out)
{
    const int64_t shape[] = {frames->n, frames->units};
    int rc = ana_tensor_create(ctx, ANA_F32, 2, shape, out);

    if (rc == 0 && frames->n > 0)
        memcpy(out->data, frames->x,
               (size_t)(frames->n * frames->units) * sizeof *frames->x);
    return rc;
}

static int show(struct ana_ctx *ctx, const struct ana_model_vt *vt, void *self,
                const struct ana_tensor *input, double rate, const char *id,
                struct ana_tensor *out)
{
    const struct ana_stimulus stimulus = {.size = sizeof stimulus,
                                          .id = "test",
                                          .duration = (double)input->shape[0] / rate};
    const struct ana_input item = {
        .size = sizeof item, .stimulus = &stimulus, .data = *input, .rate = rate};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_frames frames = {.from = -DBL_MAX, .to = DBL_MAX};
    struct ana_model_cost cost = {.size = sizeof cost};
    struct ana_model_info info;
    const struct ana_sink_item to = {.id = "test", .from = -DBL_MAX, .to = DBL_MAX};
    struct ana_sink sink = {.info = &info, .n_items = 1, .items = &to, .frames = &frames};
    uint8_t *wanted = NULL;
    void *layers;
    int rc = ana_model_describe(ctx, vt, self, &info, &layers);

    if (rc == 0)
        rc = check_input(ctx, input, &info, rate);
    if (rc == 0)
        rc = find_layer(ctx, &info, id, &frames.layer);
    if (rc == 0) {
        wanted = ana_alloc(ctx, info.n_layers, 1);
        rc = wanted ? 0 : ANA_ERESOURCE;
    }
    if (rc != 0) {
        ana_free(ctx, layers);
        return rc;
    }
    wanted[frames.layer] = 1;
    sink.wanted = wanted;
    frames.units = count_units(&info.layers[frames.layer]);
    rc = vt->cost(ctx, self, &batch, wanted, &cost);
    if (rc == 0)
        rc = vt->forward(ctx, self, &batch, wanted, &sink);
    if (rc == 0)
        rc = keep(ctx, &frames, out);
    ana_free(ctx, frames.x);
    ana_free(ctx, wanted);
    ana_free(ctx, layers);
    return rc;
}

int ana_test_model(struct ana_test *test, const struct ana_tensor *input, double rate,
                   const char *layer, struct ana_tensor *out)
{
    /* What `input = MODEL` would name; a model of sound does not look at it. */
    const struct ana_layer before = {
        .size = sizeof before,
        .kind = ANA_LAYER_OUTPUT,
        .timing = ANA_TIMING_RATE,
        .ndim = 1,
        .id = "input",
        .branch = "",
        .rate = rate,
        .shape = {input->ndim > 1 ? input->shape[1] : 1},
    };
    const struct ana_model_source source = {.size = sizeof source,
                                            .input = input->ndim > 1 ? &before : NULL};
    void *self = NULL;
    int rc = ana_test_expect(test, ANA_KIND_MODEL);

    *out = (struct ana_tensor){.size = 0};
    if (rc != 0)
        return rc;
    rc = test->plugin->model->open(test->ctx, test->params, &source, &self);
    if (rc == 0)
        rc = show(test->ctx, test->plugin->model, self, input, rate, layer, out);
    test->plugin->model->close(test->ctx, self);
    return ana_test_conclude(test, rc);
}
