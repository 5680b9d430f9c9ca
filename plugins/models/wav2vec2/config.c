/* SPDX-License-Identifier: BSD-3-Clause
 *
 * config.json of wav2vec 2.0, HuBERT and WavLM. Defaults are those of the published
 * classes (transformers' Wav2Vec2Config, HubertConfig, WavLMConfig).
 */
#include <string.h>

#include "network.h"

#define CONVS                                                                            \
    "\"conv_dim\":[512,512,512,512,512,512,512],\"conv_kernel\":[10,3,3,3,3,2,2],"       \
    "\"conv_stride\":[5,2,2,2,2,2,2],"
#define BASE                                                                             \
    "\"hidden_size\":768,\"num_hidden_layers\":12,\"num_attention_heads\":12,"           \
    "\"intermediate_size\":3072,\"feat_extract_norm\":\"group\",\"conv_bias\":false,"    \
    "\"do_stable_layer_norm\":false}"
#define LARGE                                                                            \
    "\"hidden_size\":1024,\"num_hidden_layers\":24,\"num_attention_heads\":16,"          \
    "\"intermediate_size\":4096,\"feat_extract_norm\":\"layer\",\"conv_bias\":true,"     \
    "\"do_stable_layer_norm\":true}"

const char *shape_builtin(const char *name)
{
    static const char *const shapes[][2] = {
        {"wav2vec2-base", "{\"model_type\":\"wav2vec2\"," CONVS BASE},
        {"wav2vec2-large", "{\"model_type\":\"wav2vec2\"," CONVS LARGE},
        {"hubert-base", "{\"model_type\":\"hubert\"," CONVS BASE},
        {"hubert-large", "{\"model_type\":\"hubert\"," CONVS LARGE},
        {"wavlm-base", "{\"model_type\":\"wavlm\"," CONVS BASE},
        {"wavlm-large", "{\"model_type\":\"wavlm\"," CONVS LARGE},
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i][0], name) == 0)
            return shapes[i][1];
    return NULL;
}

static int read_type(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                     struct shape *shape)
{
    const char *type;
    int rc = ana_checkpoint_type(ctx, checkpoint, "wav2vec2 hubert wavlm", &type);

    if (rc == 0)
        shape->wavlm = strcmp(type, "wavlm") == 0;
    return rc;
}

static int read_activation(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                           const char *key, int32_t *act)
{
    static const struct {
        const char *name;
        int32_t act;
    } known[] = {{"gelu", ANA_NN_GELU},
                 {"gelu_new", ANA_NN_GELU_TANH},
                 {"relu", ANA_NN_RELU},
                 {"silu", ANA_NN_SILU}};
    const char *name;
    int rc = ana_config_text(ctx, checkpoint, key, "gelu", &name);

    for (size_t i = 0; rc == 0 && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            *act = known[i].act;
            return 0;
        }
    return rc ? rc
              : ana_fail(
                    ctx, ANA_EDATA,
                    "config.json: \"%s\" is \"%.40s\"; gelu, gelu_new, relu and silu "
                    "are known",
                    key, name);
}

static int read_convolutions(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                             struct shape *shape)
{
    const char *norm;
    int64_t n_taps = 0, n_strides = 0;
    int rc = ana_config_list(ctx, checkpoint, "conv_dim", MOST_CONVS, 1, 65536,
                             &shape->n_convs, shape->channels);

    if (rc == 0)
        rc = ana_config_list(ctx, checkpoint, "conv_kernel", MOST_CONVS, 1, 1024, &n_taps,
                             shape->taps);
    if (rc == 0)
        rc = ana_config_list(ctx, checkpoint, "conv_stride", MOST_CONVS, 1, 1024,
                             &n_strides, shape->stride);
    if (rc == 0 && (n_taps != shape->n_convs || n_strides != shape->n_convs))
        return ana_fail(ctx, ANA_EDATA,
                        "config.json: conv_dim, conv_kernel and conv_stride have %lld, "
                        "%lld and %lld numbers; as many were expected",
                        (long long)shape->n_convs, (long long)n_taps,
                        (long long)n_strides);
    if (rc == 0)
        rc = ana_config_flag(ctx, checkpoint, "conv_bias", 0, &shape->conv_bias);
    if (rc == 0)
        rc =
            read_activation(ctx, checkpoint, "feat_extract_activation", &shape->conv_act);
    if (rc == 0)
        rc = ana_config_text(ctx, checkpoint, "feat_extract_norm", "group", &norm);
    if (rc != 0)
        return rc;
    shape->group_norm = strcmp(norm, "group") == 0;
    if (!shape->group_norm && strcmp(norm, "layer") != 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "config.json: \"feat_extract_norm\" is \"%.40s\"; group and layer "
            "are known",
            norm);
    return 0;
}

static int read_encoder(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                        struct shape *shape)
{
    const struct {
        const char *key;
        int64_t fallback, high, *out;
    } sizes[] = {
        {"hidden_size", 768, 65536, &shape->width},
        {"intermediate_size", 3072, 262144, &shape->inner},
        {"num_attention_heads", 12, 4096, &shape->heads},
        {"num_hidden_layers", 12, 512, &shape->layers},
        {"num_conv_pos_embeddings", 128, 4096, &shape->position_taps},
        {"num_conv_pos_embedding_groups", 16, 65536, &shape->position_groups},
        {"num_buckets", 320, 65536, &shape->buckets},
        {"max_bucket_distance", 800, 1 << 24, &shape->farthest},
    };
    const double eps = 1e-5;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof sizes / sizeof *sizes; i++)
        rc = ana_config_int(ctx, checkpoint, sizes[i].key, &sizes[i].fallback, 1,
                            sizes[i].high, sizes[i].out);
    if (rc == 0 && shape->width % shape->heads != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "config.json: hidden_size %lld is no multiple of "
                        "num_attention_heads %lld",
                        (long long)shape->width, (long long)shape->heads);
    if (rc == 0 && shape->width % shape->position_groups != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "config.json: hidden_size %lld is no multiple of "
                        "num_conv_pos_embedding_groups %lld",
                        (long long)shape->width, (long long)shape->position_groups);
    if (rc == 0 && shape->wavlm && (shape->buckets < 4 || shape->buckets % 4 != 0))
        return ana_fail(ctx, ANA_EDATA,
                        "config.json: num_buckets %lld is no multiple of 4",
                        (long long)shape->buckets);
    if (rc == 0)
        rc = ana_config_real(ctx, checkpoint, "layer_norm_eps", &eps, 0, 1, &shape->eps);
    if (rc == 0)
        rc = read_activation(ctx, checkpoint, "hidden_act", &shape->act);
    if (rc == 0)
        rc = ana_config_flag(ctx, checkpoint, "do_stable_layer_norm", 0, &shape->stable);
    return rc;
}

int shape_read(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
               struct shape *shape)
{
    const double rate = 16000;
    int batch_norm = 0, rc = read_type(ctx, checkpoint, shape);

    if (rc == 0)
        rc = read_convolutions(ctx, checkpoint, shape);
    if (rc == 0)
        rc = read_encoder(ctx, checkpoint, shape);
    if (rc == 0)
        rc = ana_config_flag(ctx, checkpoint, "feat_proj_layer_norm", 1,
                             &shape->project_norm);
    if (rc == 0)
        rc = ana_config_flag(ctx, checkpoint, "conv_pos_batch_norm", 0, &batch_norm);
    if (rc == 0 && batch_norm)
        return ana_fail(ctx, ANA_EDATA,
                        "config.json: \"conv_pos_batch_norm\" is true; HuBERTs with it "
                        "are not read");
    if (rc == 0)
        rc = ana_config_flag(ctx, checkpoint, "preprocessor.do_normalize", 1,
                             &shape->normalise);
    if (rc == 0)
        rc = ana_config_real(ctx, checkpoint, "preprocessor.sampling_rate", &rate, 1000,
                             400000, &shape->rate);
    return rc;
}

int64_t shape_frames(const struct shape *shape, int64_t convs, int64_t n)
{
    for (int64_t l = 0; l < convs; l++)
        n = n < shape->taps[l] ? 0 : (n - shape->taps[l]) / shape->stride[l] + 1;
    return n;
}

void shape_field(const struct shape *shape, int64_t convs, int64_t *hop, int64_t *field)
{
    *hop = *field = 1;
    for (int64_t l = 0; l < convs; l++) {
        *field += (shape->taps[l] - 1) * *hop;
        *hop *= shape->stride[l];
    }
}
