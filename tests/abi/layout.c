/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where every public member lies, on x86-64 and aarch64 alike. Written by
 * tests/abi/freeze.sh. An assertion that fails means that plugins which are built
 * already would read something else: put a new member at the end of its struct.
 */
#include <stddef.h>

#include <anaflow/anaflow.h>
#include <anaflow/test.h>

#define AT(s, m, at, bytes)                                                              \
    _Static_assert(offsetof(struct s, m) == (at) &&                                      \
                       sizeof(((struct s *)0)->m) == (bytes),                            \
                   #s "." #m);

AT(ana_array_file_vt, size, 0, 4)
AT(ana_array_file_vt, flags, 4, 4)
AT(ana_array_file_vt, open, 8, 8)
AT(ana_array_file_vt, list, 16, 8)
AT(ana_array_file_vt, cells, 24, 8)
AT(ana_array_file_vt, shape, 32, 8)
AT(ana_array_file_vt, load, 40, 8)
AT(ana_array_file_vt, text, 48, 8)
AT(ana_array_file_vt, close, 56, 8)
AT(ana_array_file_vt, names, 64, 8)
AT(ana_array_file_vt, note, 72, 8)
AT(ana_array_file_vt, part, 80, 8)
_Static_assert(sizeof(struct ana_array_file_vt) >= 88, "ana_array_file_vt");

AT(ana_rng, key, 0, 8)
AT(ana_rng, index, 8, 8)
AT(ana_rng, counter, 16, 8)
AT(ana_rng, block, 24, 16)
AT(ana_rng, used, 40, 4)
AT(ana_rng, pad, 44, 4)
_Static_assert(sizeof(struct ana_rng) == 48, "ana_rng");

AT(ana_blocks_key, size, 0, 4)
AT(ana_blocks_key, pad, 4, 4)
AT(ana_blocks_key, file, 8, 8)
AT(ana_blocks_key, how, 16, 8)
AT(ana_blocks_key, numbers, 24, 8)
AT(ana_blocks_key, n_numbers, 32, 8)
AT(ana_blocks_key, what, 40, 8)
AT(ana_blocks_key, n, 48, 8)
AT(ana_blocks_key, bytes, 56, 8)
_Static_assert(sizeof(struct ana_blocks_key) >= 64, "ana_blocks_key");

AT(ana_weight, size, 0, 4)
AT(ana_weight, flags, 4, 4)
AT(ana_weight, ndim, 8, 4)
AT(ana_weight, init, 12, 4)
AT(ana_weight, shape, 16, 32)
AT(ana_weight, scale, 48, 8)
_Static_assert(sizeof(struct ana_weight) >= 56, "ana_weight");

AT(ana_table, n_rows, 0, 8)
AT(ana_table, n_columns, 8, 8)
AT(ana_table, column, 16, 8)
AT(ana_table, cell, 24, 8)
AT(ana_table, line, 32, 8)
AT(ana_table, path, 40, 8)
AT(ana_table, memory, 48, 8)
_Static_assert(sizeof(struct ana_table) >= 56, "ana_table");

AT(ana_fold, size, 0, 4)
AT(ana_fold, inner, 4, 4)
AT(ana_fold, repeat, 8, 4)
AT(ana_fold, index, 12, 4)
AT(ana_fold, n_train, 16, 8)
AT(ana_fold, n_test, 24, 8)
AT(ana_fold, train, 32, 8)
AT(ana_fold, test, 40, 8)
AT(ana_fold, n_inner, 48, 8)
AT(ana_fold, inner_folds, 56, 8)
_Static_assert(sizeof(struct ana_fold) == 64, "ana_fold");

AT(ana_lags, size, 0, 4)
AT(ana_lags, mode, 4, 4)
AT(ana_lags, n_samples, 8, 8)
AT(ana_lags, features, 16, 8)
AT(ana_lags, x, 24, 8)
AT(ana_lags, base, 32, 8)
AT(ana_lags, n_delays, 40, 8)
AT(ana_lags, delays, 48, 8)
AT(ana_lags, n_windows, 56, 8)
AT(ana_lags, windows, 64, 8)
_Static_assert(sizeof(struct ana_lags) >= 72, "ana_lags");

AT(ana_problem, size, 0, 4)
AT(ana_problem, layout, 4, 4)
AT(ana_problem, n_rows, 8, 8)
AT(ana_problem, group, 16, 8)
AT(ana_problem, moment, 24, 8)
AT(ana_problem, n_groups, 32, 8)
AT(ana_problem, rate, 40, 8)
AT(ana_problem, n_spaces, 48, 8)
AT(ana_problem, spaces, 56, 8)
AT(ana_problem, n_folds, 64, 8)
AT(ana_problem, folds, 72, 8)
AT(ana_problem, n_targets, 80, 8)
AT(ana_problem, memory, 88, 8)
AT(ana_problem, want_predictions, 96, 4)
AT(ana_problem, pad, 100, 4)
AT(ana_problem, widest, 104, 8)
AT(ana_problem, pushes, 112, 8)
_Static_assert(sizeof(struct ana_problem) >= 120, "ana_problem");

AT(ana_measure, id, 0, 8)
AT(ana_measure, help, 8, 8)
_Static_assert(sizeof(struct ana_measure) == 16, "ana_measure");

AT(ana_metric_plan, size, 0, 4)
AT(ana_metric_plan, passes, 4, 4)
AT(ana_metric_plan, bytes, 8, 8)
AT(ana_metric_plan, flops, 16, 8)
AT(ana_metric_plan, tile, 24, 8)
AT(ana_metric_plan, n_measures, 32, 8)
AT(ana_metric_plan, measures, 40, 8)
AT(ana_metric_plan, begin_flops, 48, 8)
AT(ana_metric_plan, factor, 56, 8)
AT(ana_metric_plan, loops, 64, 8)
AT(ana_metric_plan, at_once, 72, 8)
AT(ana_metric_plan, arrays, 80, 8)
AT(ana_metric_plan, begun, 88, 8)
AT(ana_metric_plan, scores, 96, 8)
AT(ana_metric_plan, pushing, 104, 8)
AT(ana_metric_plan, pieces, 112, 8)
_Static_assert(sizeof(struct ana_metric_plan) >= 120, "ana_metric_plan");

AT(ana_y, size, 0, 4)
AT(ana_y, flags, 4, 4)
AT(ana_y, name, 8, 8)
AT(ana_y, n_targets, 16, 8)
AT(ana_y, targets, 24, 8)
_Static_assert(sizeof(struct ana_y) >= 32, "ana_y");

AT(ana_tile, size, 0, 4)
AT(ana_tile, flags, 4, 4)
AT(ana_tile, first, 8, 8)
AT(ana_tile, y, 16, 224)
_Static_assert(sizeof(struct ana_tile) >= 240, "ana_tile");

AT(ana_metric_vt, size, 0, 4)
AT(ana_metric_vt, flags, 4, 4)
AT(ana_metric_vt, plan, 8, 8)
AT(ana_metric_vt, begin, 16, 8)
AT(ana_metric_vt, open_y, 24, 8)
AT(ana_metric_vt, push, 32, 8)
AT(ana_metric_vt, pass, 40, 8)
AT(ana_metric_vt, close_y, 48, 8)
AT(ana_metric_vt, close, 56, 8)
_Static_assert(sizeof(struct ana_metric_vt) >= 64, "ana_metric_vt");

AT(ana_layer, size, 0, 4)
AT(ana_layer, kind, 4, 4)
AT(ana_layer, timing, 8, 4)
AT(ana_layer, ndim, 12, 4)
AT(ana_layer, id, 16, 8)
AT(ana_layer, branch, 24, 8)
AT(ana_layer, depth, 32, 8)
AT(ana_layer, rate, 40, 8)
AT(ana_layer, start, 48, 8)
AT(ana_layer, shape, 56, 32)
AT(ana_layer, axes, 88, 32)
_Static_assert(sizeof(struct ana_layer) >= 120, "ana_layer");

AT(ana_model_info, size, 0, 4)
AT(ana_model_info, flags, 4, 4)
AT(ana_model_info, input, 8, 4)
AT(ana_model_info, channels, 12, 4)
AT(ana_model_info, input_rate, 16, 8)
AT(ana_model_info, context_before, 24, 8)
AT(ana_model_info, context_after, 32, 8)
AT(ana_model_info, hop, 40, 8)
AT(ana_model_info, n_layers, 48, 8)
AT(ana_model_info, layers, 56, 8)
AT(ana_model_info, parameters, 64, 8)
_Static_assert(sizeof(struct ana_model_info) >= 72, "ana_model_info");

AT(ana_model_source, size, 0, 4)
AT(ana_model_source, flags, 4, 4)
AT(ana_model_source, checkpoint, 8, 8)
AT(ana_model_source, input, 16, 8)
AT(ana_model_source, control, 24, 8)
AT(ana_model_source, twin, 32, 8)
_Static_assert(sizeof(struct ana_model_source) >= 40, "ana_model_source");

AT(ana_input, size, 0, 4)
AT(ana_input, flags, 4, 4)
AT(ana_input, stimulus, 8, 8)
AT(ana_input, data, 16, 224)
AT(ana_input, rate, 240, 8)
AT(ana_input, start, 248, 8)
_Static_assert(sizeof(struct ana_input) == 256, "ana_input");

AT(ana_batch, size, 0, 4)
AT(ana_batch, flags, 4, 4)
AT(ana_batch, n, 8, 8)
AT(ana_batch, item, 16, 8)
_Static_assert(sizeof(struct ana_batch) >= 24, "ana_batch");

AT(ana_model_cost, size, 0, 4)
AT(ana_model_cost, flags, 4, 4)
AT(ana_model_cost, bytes, 8, 8)
AT(ana_model_cost, flops, 16, 8)
AT(ana_model_cost, slow, 24, 8)
AT(ana_model_cost, loops, 32, 8)
_Static_assert(sizeof(struct ana_model_cost) >= 40, "ana_model_cost");

AT(ana_model_vt, size, 0, 4)
AT(ana_model_vt, flags, 4, 4)
AT(ana_model_vt, open, 8, 8)
AT(ana_model_vt, describe, 16, 8)
AT(ana_model_vt, prepare, 24, 8)
AT(ana_model_vt, cost, 32, 8)
AT(ana_model_vt, forward, 40, 8)
AT(ana_model_vt, close, 48, 8)
_Static_assert(sizeof(struct ana_model_vt) >= 56, "ana_model_vt");

AT(ana_nn_tail, size, 0, 4)
AT(ana_nn_tail, act, 4, 4)
AT(ana_nn_tail, scale, 8, 8)
AT(ana_nn_tail, bias, 16, 8)
AT(ana_nn_tail, residual, 24, 8)
AT(ana_nn_tail, gain, 32, 8)
AT(ana_nn_tail, shift, 40, 8)
AT(ana_nn_tail, eps, 48, 4)
AT(ana_nn_tail, pad, 52, 4)
_Static_assert(sizeof(struct ana_nn_tail) >= 56, "ana_nn_tail");

AT(ana_nn_conv1d_layer, size, 0, 4)
AT(ana_nn_conv1d_layer, reserved, 4, 4)
AT(ana_nn_conv1d_layer, in, 8, 8)
AT(ana_nn_conv1d_layer, out, 16, 8)
AT(ana_nn_conv1d_layer, taps, 24, 8)
AT(ana_nn_conv1d_layer, stride, 32, 8)
AT(ana_nn_conv1d_layer, groups, 40, 8)
AT(ana_nn_conv1d_layer, pad_before, 48, 8)
AT(ana_nn_conv1d_layer, pad_after, 56, 8)
AT(ana_nn_conv1d_layer, w, 64, 8)
AT(ana_nn_conv1d_layer, sums, 72, 8)
AT(ana_nn_conv1d_layer, spectrum, 80, 8)
_Static_assert(sizeof(struct ana_nn_conv1d_layer) >= 88, "ana_nn_conv1d_layer");

AT(ana_nn_conv2d_layer, size, 0, 4)
AT(ana_nn_conv2d_layer, reserved, 4, 4)
AT(ana_nn_conv2d_layer, in, 8, 8)
AT(ana_nn_conv2d_layer, out, 16, 8)
AT(ana_nn_conv2d_layer, groups, 24, 8)
AT(ana_nn_conv2d_layer, taps, 32, 16)
AT(ana_nn_conv2d_layer, stride, 48, 16)
AT(ana_nn_conv2d_layer, pad_before, 64, 16)
AT(ana_nn_conv2d_layer, pad_after, 80, 16)
AT(ana_nn_conv2d_layer, w, 96, 8)
_Static_assert(sizeof(struct ana_nn_conv2d_layer) >= 104, "ana_nn_conv2d_layer");

AT(ana_nn_pool2d_layer, size, 0, 4)
AT(ana_nn_pool2d_layer, kind, 4, 4)
AT(ana_nn_pool2d_layer, taps, 8, 16)
AT(ana_nn_pool2d_layer, stride, 24, 16)
AT(ana_nn_pool2d_layer, pad_before, 40, 16)
AT(ana_nn_pool2d_layer, pad_after, 56, 16)
_Static_assert(sizeof(struct ana_nn_pool2d_layer) >= 72, "ana_nn_pool2d_layer");

AT(ana_nn_attention, size, 0, 4)
AT(ana_nn_attention, flags, 4, 4)
AT(ana_nn_attention, n_queries, 8, 8)
AT(ana_nn_attention, n_keys, 16, 8)
AT(ana_nn_attention, heads, 24, 8)
AT(ana_nn_attention, kv_heads, 32, 8)
AT(ana_nn_attention, width, 40, 8)
AT(ana_nn_attention, scale, 48, 4)
AT(ana_nn_attention, pad, 52, 4)
AT(ana_nn_attention, q, 56, 8)
AT(ana_nn_attention, k, 64, 8)
AT(ana_nn_attention, v, 72, 8)
AT(ana_nn_attention, ld_q, 80, 8)
AT(ana_nn_attention, ld_k, 88, 8)
AT(ana_nn_attention, ld_v, 96, 8)
AT(ana_nn_attention, ld_out, 104, 8)
AT(ana_nn_attention, bias, 112, 8)
AT(ana_nn_attention, gate, 120, 8)
AT(ana_nn_attention, near, 128, 8)
AT(ana_nn_attention, reach, 136, 8)
_Static_assert(sizeof(struct ana_nn_attention) >= 144, "ana_nn_attention");

AT(ana_param, size, 0, 4)
AT(ana_param, type, 4, 4)
AT(ana_param, name, 8, 8)
AT(ana_param, fallback, 16, 8)
AT(ana_param, choices, 24, 8)
AT(ana_param, min, 32, 8)
AT(ana_param, max, 40, 8)
AT(ana_param, unit, 48, 8)
AT(ana_param, help, 56, 8)
_Static_assert(sizeof(struct ana_param) >= 64, "ana_param");

AT(ana_plugin, magic, 0, 8)
AT(ana_plugin, abi_major, 8, 4)
AT(ana_plugin, abi_minor, 12, 4)
AT(ana_plugin, size, 16, 4)
AT(ana_plugin, kind, 20, 4)
AT(ana_plugin, reserved, 24, 8)
AT(ana_plugin, id, 32, 8)
AT(ana_plugin, version, 40, 8)
AT(ana_plugin, summary, 48, 8)
AT(ana_plugin, licence, 56, 8)
AT(ana_plugin, citation, 64, 8)
AT(ana_plugin, params, 72, 8)
AT(ana_plugin, n_params, 80, 8)
AT(ana_plugin, model, 88, 8)
AT(ana_plugin, reader, 96, 8)
AT(ana_plugin, metric, 104, 8)
_Static_assert(sizeof(struct ana_plugin) >= 112, "ana_plugin");

AT(ana_run, size, 0, 4)
AT(ana_run, flags, 4, 4)
AT(ana_run, id, 8, 8)
AT(ana_run, stimulus, 16, 8)
AT(ana_run, n, 24, 8)
AT(ana_run, rate, 32, 8)
AT(ana_run, start, 40, 8)
_Static_assert(sizeof(struct ana_run) >= 48, "ana_run");

AT(ana_target, size, 0, 4)
AT(ana_target, bad, 4, 4)
AT(ana_target, name, 8, 8)
AT(ana_target, region, 16, 8)
AT(ana_target, space, 24, 8)
AT(ana_target, hemisphere, 32, 8)
AT(ana_target, position, 40, 24)
_Static_assert(sizeof(struct ana_target) == 64, "ana_target");

AT(ana_event, size, 0, 4)
AT(ana_event, pad, 4, 4)
AT(ana_event, run, 8, 8)
AT(ana_event, onset, 16, 8)
AT(ana_event, duration, 24, 8)
AT(ana_event, text, 32, 8)
_Static_assert(sizeof(struct ana_event) >= 40, "ana_event");

AT(ana_recording_info, size, 0, 4)
AT(ana_recording_info, layout, 4, 4)
AT(ana_recording_info, unit, 8, 8)
AT(ana_recording_info, n_runs, 16, 8)
AT(ana_recording_info, runs, 24, 8)
AT(ana_recording_info, n_targets, 32, 8)
AT(ana_recording_info, targets, 40, 8)
AT(ana_recording_info, n_rows, 48, 8)
AT(ana_recording_info, row_names, 56, 8)
AT(ana_recording_info, n_times, 64, 8)
AT(ana_recording_info, rate, 72, 8)
AT(ana_recording_info, start, 80, 8)
AT(ana_recording_info, block, 88, 8)
AT(ana_recording_info, n_events, 96, 8)
AT(ana_recording_info, events, 104, 8)
AT(ana_recording_info, scratch, 112, 8)
AT(ana_recording_info, n_files, 120, 8)
AT(ana_recording_info, files, 128, 8)
AT(ana_recording_info, map, 136, 8)
AT(ana_recording_info, memory, 144, 8)
AT(ana_recording_info, n_kept, 152, 8)
AT(ana_recording_info, kept, 160, 8)
_Static_assert(sizeof(struct ana_recording_info) >= 168, "ana_recording_info");

AT(ana_array_axis, kind, 0, 4)
AT(ana_array_axis, pad, 4, 4)
AT(ana_array_axis, name, 8, 8)
AT(ana_array_axis, names, 16, 8)
_Static_assert(sizeof(struct ana_array_axis) == 24, "ana_array_axis");

AT(ana_array_var, file, 0, 8)
AT(ana_array_var, name, 8, 8)
AT(ana_array_var, cells, 16, 8)
AT(ana_array_var, times, 24, 8)
AT(ana_array_var, n_axes, 32, 8)
AT(ana_array_var, axis, 40, 192)
_Static_assert(sizeof(struct ana_array_var) == 232, "ana_array_var");

AT(ana_source, size, 0, 4)
AT(ana_source, flags, 4, 4)
AT(ana_source, n_files, 8, 8)
AT(ana_source, files, 16, 8)
AT(ana_source, var, 24, 232)
AT(ana_source, rate, 256, 8)
AT(ana_source, text, 264, 8)
_Static_assert(sizeof(struct ana_source) >= 272, "ana_source");

AT(ana_entry, size, 0, 4)
AT(ana_entry, dtype, 4, 4)
AT(ana_entry, name, 8, 8)
AT(ana_entry, note, 16, 8)
AT(ana_entry, ndim, 24, 4)
AT(ana_entry, pad, 28, 4)
AT(ana_entry, shape, 32, 64)
AT(ana_entry, rate, 96, 8)
_Static_assert(sizeof(struct ana_entry) >= 104, "ana_entry");

AT(ana_reader_vt, size, 0, 4)
AT(ana_reader_vt, flags, 4, 4)
AT(ana_reader_vt, probe, 8, 8)
AT(ana_reader_vt, open, 16, 8)
AT(ana_reader_vt, describe, 24, 8)
AT(ana_reader_vt, read, 32, 8)
AT(ana_reader_vt, write, 40, 8)
AT(ana_reader_vt, close, 48, 8)
AT(ana_reader_vt, list, 56, 8)
AT(ana_reader_vt, labels, 64, 8)
_Static_assert(sizeof(struct ana_reader_vt) >= 72, "ana_reader_vt");

AT(ana_word, text, 0, 8)
AT(ana_word, onset, 8, 8)
AT(ana_word, duration, 16, 8)
_Static_assert(sizeof(struct ana_word) == 24, "ana_word");

AT(ana_stimulus, size, 0, 4)
AT(ana_stimulus, flags, 4, 4)
AT(ana_stimulus, id, 8, 8)
AT(ana_stimulus, duration, 16, 8)
AT(ana_stimulus, audio_rate, 24, 8)
AT(ana_stimulus, channels, 32, 4)
AT(ana_stimulus, pad, 36, 4)
AT(ana_stimulus, audio_frames, 40, 8)
AT(ana_stimulus, audio_path, 48, 8)
AT(ana_stimulus, n_words, 56, 8)
AT(ana_stimulus, words, 64, 8)
AT(ana_stimulus, image_path, 72, 8)
_Static_assert(sizeof(struct ana_stimulus) >= 80, "ana_stimulus");

AT(ana_axis, size, 0, 4)
AT(ana_axis, kind, 4, 4)
AT(ana_axis, name, 8, 32)
AT(ana_axis, unit, 40, 16)
AT(ana_axis, rate, 56, 8)
AT(ana_axis, start, 64, 8)
AT(ana_axis, labels, 72, 8)
AT(ana_axis, coords, 80, 8)
_Static_assert(sizeof(struct ana_axis) >= 88, "ana_axis");

AT(ana_tensor, size, 0, 4)
AT(ana_tensor, dtype, 4, 4)
AT(ana_tensor, ndim, 8, 4)
AT(ana_tensor, flags, 12, 4)
AT(ana_tensor, shape, 16, 64)
AT(ana_tensor, strides, 80, 64)
AT(ana_tensor, data, 144, 8)
AT(ana_tensor, axes, 152, 64)
AT(ana_tensor, owner, 216, 8)
_Static_assert(sizeof(struct ana_tensor) == 224, "ana_tensor");

extern const int ana_layout_holds;
const int ana_layout_holds = 1;
