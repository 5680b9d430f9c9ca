/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_TEST_H
#define ANAFLOW_TEST_H

#include <anaflow/plugin.h>
#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For a plugin's own tests: call it as a run would, on numbers in memory, without a
 * study. Not for use inside a plugin. */

/* A plugin with parameters, and the context that its calls get. Opaque. Since: ABI 0.1. */
struct ana_test;

/* Check the descriptor and the settings as loading and an INI file would.
 *
 * settings  "key", "value", ..., NULL; NULL = all defaults
 *
 * Owns:    the caller; release with `ana_test_close`, also after a failure: *out is
 *          then set (NULL only without memory), for `ana_error(ana_test_ctx(*out))`.
 * Errors:  ANA_EPLUGIN for the descriptor, ANA_EPARAM for a setting; ANA_ERESOURCE.
 * Threads: any, each its own test.
 * Since:   ABI 0.1 */
ANA_API int ana_test_open(const struct ana_plugin *plugin, const char *const *settings,
                          struct ana_test **out);

/* Release a test; NULL is allowed. Threads: the test's own. Since: ABI 0.1. */
ANA_API void ana_test_close(struct ana_test *test);

/* The context and the checked parameters, for calls of the plugin's functions that the
 * three below do not make.
 *
 * Owns:    the test.
 * Threads: the test's own.
 * Since:   ABI 0.1 */
ANA_API struct ana_ctx *ana_test_ctx(struct ana_test *test);
ANA_API const struct ana_params *ana_test_params(const struct ana_test *test);

/* Bytes of ana_alloc and of tensors that are in use: the same before and after a call
 * that frees what it took. Threads: the test's own. Since: ABI 0.1. */
ANA_API int64_t ana_test_memory(const struct ana_test *test);

/* Show one item to a model (open, describe, cost, forward, close) and keep what it
 * emits of one layer.
 *
 * input  n float32 samples for ANA_INPUT_AUDIO, n x units for ANA_INPUT_FRAMES
 * rate   Hz of the input's samples
 * out    samples x units, float32
 *
 * Owns:    the caller owns `out`; release with `ana_tensor_finish`.
 * Errors:  the plugin's own; ANA_EPLUGIN where it broke a promise; ANA_EPARAM for a layer
 *          that it lacks, a rate that it does not want, or an input that is none of the
 *          two above.
 * Threads: the test's own.
 * Since:   ABI 0.1 */
ANA_API int ana_test_model(struct ana_test *test, const struct ana_tensor *input,
                           double rate, const char *layer, struct ana_tensor *out);

/* Read one run of one file with a reader (probe, open, describe, read, close), all
 * targets at once.
 *
 * out  samples x targets; trials x times x targets for EPOCHS; float64
 *
 * Owns:    the caller owns `out`; release with `ana_tensor_finish`.
 * Errors:  the plugin's own; ANA_EPLUGIN where it broke a promise or its confidence in
 *          the file is 0; ANA_EPARAM for a run that there is not.
 * Threads: the test's own.
 * Since:   ABI 0.1 */
ANA_API int ana_test_reader(struct ana_test *test, const char *path, int64_t run,
                            struct ana_tensor *out);

/* Score y by x with a metric (plan, begin, open_y, push, pass, close_y, close), as
 * responses to n_rows stimuli in 5 folds: row i is tested in fold i mod 5. A metric that
 * takes recordings only gets them as samples of 5 runs, a fold each. Each
 * fold has 4 inner ones (ANA_INNER_FOLDS), dealt in the same way.
 *
 * x        n_rows x features, float32
 * y        n_rows x targets, float64, with any strides
 * measure  one that the plan names; NULL = its first
 * out      folds x targets, float64; one row for a score without folds, one column a
 *          name for pooled scores; NaN = n/a
 *
 * Owns:    the caller owns `out`; release with `ana_tensor_finish`.
 * Errors:  the plugin's own; ANA_EPLUGIN where it broke a promise or scored no such
 *          measure; ANA_ESHAPE where x and y are not as above.
 * Threads: the test's own.
 * Since:   ABI 0.1 */
ANA_API int ana_test_metric(struct ana_test *test, const struct ana_tensor *x,
                            const struct ana_tensor *y, const char *measure,
                            struct ana_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
