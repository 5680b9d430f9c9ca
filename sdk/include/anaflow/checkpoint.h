/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_CHECKPOINT_H
#define ANAFLOW_CHECKPOINT_H

#include <anaflow/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A network's configuration and weights: a folder as Hugging Face publishes them
 * (config.json, preprocessor_config.json, model.safetensors or its shards with
 * model.safetensors.index.json), or made at random, or shuffled, as a
 * struct ana_model_source asks. Weights are mapped, not copied, where they are float32.
 * Opaque. Since: ABI 0.1. */
struct ana_checkpoint;

/* Open what `source` names. Nothing of the size of a weight is allocated.
 *
 * fallback  the config.json of an untrained network, used where source->checkpoint is
 *           "random" and there is no folder; NULL: a folder must be named
 *
 * Owns:    the caller; release with `ana_checkpoint_close` (NULL is allowed), and not
 *          before the last use of a weight.
 * Errors:  ANA_EPARAM without a checkpoint or with a control that is not known;
 *          ANA_EDATA naming file and field; pickles are refused with the command that
 *          converts them.
 * Threads: main.
 * Since:   ABI 0.1 */
ANA_API int ana_checkpoint_open(struct ana_ctx *ctx,
                                const struct ana_model_source *source,
                                const char *fallback, struct ana_checkpoint **out);
ANA_API void ana_checkpoint_close(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint);

/* 1 if the weights are drawn, not read. Threads: any. Since: ABI 0.1. */
ANA_API int ana_checkpoint_is_random(const struct ana_checkpoint *checkpoint);

/* Fail unless config.json's "model_type" is one of `types` ("wav2vec2 hubert"); which one
 * in *type.
 *
 * Errors:  ANA_EDATA with what it is and what is read.
 * Owns: the checkpoint. Threads: main.
 * Since:   ABI 0.1 */
ANA_API int ana_checkpoint_type(struct ana_ctx *ctx,
                                const struct ana_checkpoint *checkpoint,
                                const char *types, const char **type);

/* A value of config.json, or of preprocessor_config.json where the key begins with
 * "preprocessor.": a whole number, a number, a truth, a text, a list of whole numbers.
 * `fallback` is what the published code takes where the key is missing or null; NULL =
 * it must be there. Lists: at most `most`, their number in *n.
 *
 * Owns:    texts belong to the checkpoint.
 * Errors:  ANA_EDATA with file, key, what was found, and the range.
 * Threads: main.
 * Since:   ABI 0.1 */
ANA_API int ana_config_int(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                           const char *key, const int64_t *fallback, int64_t low,
                           int64_t high, int64_t *out);
ANA_API int ana_config_real(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                            const char *key, const double *fallback, double low,
                            double high, double *out);
ANA_API int ana_config_flag(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                            const char *key, int fallback, int *out);
ANA_API int ana_config_text(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                            const char *key, const char *fallback, const char **out);
ANA_API int ana_config_list(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                            const char *key, int64_t most, int64_t low, int64_t high,
                            int64_t *n, int64_t *out);

/* Say what may stand before every name, as "", "wav2vec2.", ..., NULL: the first with
 * which the tensor `probe` (alternatives between '|') is there is taken.
 *
 * Threads: main.
 * Since:   ABI 0.1 */
ANA_API void ana_checkpoint_prefix(struct ana_checkpoint *checkpoint,
                                   const char *const *prefixes, const char *probe);

/* How an untrained weight is drawn. Since: ABI 0.1. */
#define ANA_INIT_CONSTANT 0 /* all `scale` */
#define ANA_INIT_NORMAL 1   /* mean 0, SD `scale` */
#define ANA_INIT_UNIFORM 2  /* -scale .. scale */

/* What is special about a weight. Since: ABI 0.1. */
#define ANA_WEIGHT_FIXED 1u    /* a constant or a front end: no control touches it */
#define ANA_WEIGHT_OPTIONAL 2u /* may be missing */
#define ANA_WEIGHT_COPIED 4u   /* not looked at again after `ana_checkpoint_finish` */

/* One tensor as the architecture wants it. Since: ABI 0.1. */
struct ana_weight {
    uint32_t size; /* sizeof (struct ana_weight) */
    uint32_t flags;
    int32_t ndim, init;
    int64_t shape[4];
    double scale;
};

/* The numbers of a tensor, float32 in C order: read (F32 as mapped; F16, BF16 and F64
 * converted) and searched for NaN and Inf; drawn, where the checkpoint is random;
 * shuffled, where it is permuted. Random numbers are keyed by name and twin.
 * The name is printf's, with spellings between '|'.
 *
 * NULL if it cannot be had: the reason is kept for `ana_checkpoint_finish`, so that all
 * that is wrong is said at once. NULL as well where the source says
 * ANA_SOURCE_DESCRIBE (names and shapes are checked) and for what is drawn but FIXED.
 *
 * Owns:    the checkpoint.
 * Threads: main.
 * Since:   ABI 0.1 */
ANA_API const float *ana_checkpoint_weight(struct ana_ctx *ctx,
                                           struct ana_checkpoint *checkpoint,
                                           const struct ana_weight *weight,
                                           const char *name, ...) ANA_PRINTF(4, 5);

/* After the last weight: list what was missing, of another shape, not finite, or in the
 * files and not asked for. `unused` are globs, NULL at the end, of names (without prefix)
 * that the published files hold and this network does not need.
 *
 * Errors:  ANA_EDATA, ANA_ERESOURCE.
 * Threads: main.
 * Since:   ABI 0.1 */
ANA_API int ana_checkpoint_finish(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                                  const char *const *unused);

/* Say that a weight is not needed for a while: where it is mapped, its pages may go, and
 * come back from the file when it is read. Worth its cost after long products only.
 *
 * Threads: any, after `ana_checkpoint_finish`.
 * Since:   ABI 0.1 */
ANA_API void ana_checkpoint_rest(const struct ana_checkpoint *checkpoint,
                                 const float *weight);

/* Numbers in all weights handed out so far. Threads: main. Since: ABI 0.1. */
ANA_API int64_t ana_checkpoint_parameters(const struct ana_checkpoint *checkpoint);

#ifdef __cplusplus
}
#endif
#endif
