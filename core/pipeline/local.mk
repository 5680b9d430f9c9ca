# The run: a study's models and recordings become problems, metrics score them.
libanaflow_la_SOURCES += core/pipeline/study.h core/pipeline/stamp.c \
	core/pipeline/stamp.h core/pipeline/out.c core/pipeline/out.h \
	core/pipeline/out_array.c core/pipeline/out_clips.c \
	core/pipeline/space.c core/pipeline/space.h core/pipeline/space_rows.c \
	core/pipeline/space_rows.h

# The INI file.
libanaflow_la_SOURCES += core/pipeline/ini.c core/pipeline/ini.h core/pipeline/ini_expand.c \
	core/pipeline/ini_lines.c core/pipeline/ini_private.h core/pipeline/ini_sections.c core/pipeline/ini_text.c

libanaflow_la_SOURCES += core/pipeline/sections.c core/pipeline/sections.h \
	core/pipeline/bids_select.c core/pipeline/bids_select.h core/pipeline/study_bids.c \
	core/pipeline/study_bids.h core/pipeline/study_bids_brains.c core/pipeline/study_bids_stimuli.c \
	core/pipeline/study.c core/pipeline/study_brains.c \
	core/pipeline/study_compare.c core/pipeline/study_data.c \
	core/pipeline/study_explain.c core/pipeline/study_features.c \
	core/pipeline/study_files.c core/pipeline/study_folds.c core/pipeline/study_keys.c \
	core/pipeline/study_lags.c core/pipeline/study_project.c core/pipeline/study_later.c core/pipeline/study_models.c core/pipeline/study_note.c \
	core/pipeline/study_plugins.c core/pipeline/study_private.h \
	core/pipeline/study_simulate.c core/pipeline/study_stimuli.c \
	core/pipeline/study_window.c

check_PROGRAMS += test_ini
test_ini_SOURCES = tests/unit/test_ini.c
test_ini_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_ini_LDADD = $(TEST_LIBS)

# The run itself.
libanaflow_la_SOURCES += core/pipeline/activations.c core/pipeline/activations.h core/pipeline/activations_parts.h core/pipeline/activations_run.c core/pipeline/activations_windows.c \
	core/pipeline/budget.c core/pipeline/budget.h core/pipeline/cache.c core/pipeline/cache.h core/pipeline/cache_care.c core/pipeline/cache_care.h core/pipeline/class.c \
	core/pipeline/class.h core/pipeline/class_folds.c core/pipeline/class_tasks.c core/pipeline/class_tasks.h core/pipeline/class_units.c core/pipeline/examine.c core/pipeline/examine.h \
	core/pipeline/examine_class.c core/pipeline/examine_parts.h core/pipeline/examine_plan.c core/pipeline/execute.c \
	core/pipeline/execute.h core/pipeline/effort.c core/pipeline/effort.h \
	core/pipeline/plan.c core/pipeline/plan.h core/pipeline/plan_check.c core/pipeline/plan_disk.c core/pipeline/plan_disk.h \
	core/pipeline/plan_time.c core/pipeline/plan_time.h core/pipeline/calibrate.c \
	core/pipeline/calibrate.h core/pipeline/plan_advice.c core/pipeline/rates.c \
	core/pipeline/rates.h core/pipeline/extent.c core/pipeline/extent.h core/pipeline/features.c core/pipeline/features.h core/pipeline/features_delays.c \
	core/pipeline/features_parts.h core/pipeline/features_run.c \
	core/pipeline/features_data.c core/pipeline/features_nuisance.c core/pipeline/gather.c core/pipeline/gather.h \
	core/pipeline/kept.c core/pipeline/kept.h core/pipeline/keys.c core/pipeline/keys.h \
	core/pipeline/keys_activations.c core/pipeline/keys_differ.c core/pipeline/keys_scores.c \
	core/pipeline/layers.c core/pipeline/leave.c core/pipeline/leave.h core/pipeline/maps.c core/pipeline/maps.h core/pipeline/methods.c core/pipeline/methods.h \
	core/pipeline/methods_class.c core/pipeline/methods_words.c core/pipeline/methods_words.h \
	core/pipeline/montage.c core/pipeline/montage.h core/pipeline/prepare_filter.c \
	core/pipeline/prepare_geometry.c core/pipeline/prepare_nuisance.c \
	core/pipeline/prepare_confounds.c core/pipeline/prepare_table.c core/pipeline/prepare_trials.c \
	core/pipeline/prepare_work.h core/pipeline/recording_clock.c core/pipeline/recording_epochs.c core/pipeline/recording_onset.c core/pipeline/recording_read.c core/pipeline/recording_runs.c \
	core/pipeline/opened.c core/pipeline/opened.h core/pipeline/prepare.c \
	core/pipeline/prepare.h core/pipeline/prepare_apply.c core/pipeline/prepare_cost.c \
	core/pipeline/recording.c \
	core/pipeline/recording.h core/pipeline/rows.c core/pipeline/rows.h core/pipeline/run_folder.c core/pipeline/run_folder.h \
	core/pipeline/simulate.c core/pipeline/simulate.h core/pipeline/simulate_place.c core/pipeline/simulate_place.h core/pipeline/sink.c \
	core/pipeline/sink.h core/pipeline/relative.c core/pipeline/relative.h core/pipeline/result.c core/pipeline/result.h core/pipeline/task.c core/pipeline/task.h \
	core/pipeline/tasks.c core/pipeline/tasks.h core/pipeline/tasks_run.c core/pipeline/tasks_state.c core/pipeline/tiling.c core/pipeline/tiling.h core/pipeline/why.c \
	core/pipeline/components.c core/pipeline/components.h core/pipeline/fit.c \
	core/pipeline/fit.h core/pipeline/project.c core/pipeline/project.h core/pipeline/trace.c core/pipeline/trace_fill.c core/pipeline/trace_fill.h \
	core/pipeline/trace.h

check_PROGRAMS += test_bids_study
test_bids_study_SOURCES = tests/unit/test_bids_study.c
test_bids_study_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_bids_study_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_calibrate
test_calibrate_SOURCES = tests/unit/test_calibrate.c
test_calibrate_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_calibrate_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_space
test_space_SOURCES = tests/unit/test_space.c
test_space_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_space_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_trace
test_trace_SOURCES = tests/unit/test_trace.c
test_trace_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_trace_LDADD = $(TEST_LIBS)

# Windows of long inputs.
libanaflow_la_SOURCES += core/pipeline/open_model.c core/pipeline/windows.c core/pipeline/windows.h

check_PROGRAMS += test_components
test_components_SOURCES = tests/unit/test_components.c
test_components_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_components_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_windows
test_windows_SOURCES = tests/unit/test_windows.c
test_windows_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_windows_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_hour
test_hour_SOURCES = tests/unit/test_hour.c
test_hour_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_hour_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_out
test_out_SOURCES = tests/unit/test_out.c
test_out_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_out_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_trials
test_trials_SOURCES = tests/unit/test_trials.c
test_trials_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_trials_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/oracles/make_trials.py tests/golden/trials

check_PROGRAMS += test_prepare
test_prepare_SOURCES = tests/unit/test_prepare.c
test_prepare_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_prepare_LDADD = $(TEST_LIBS)

# <anaflow/test.h>: a plugin without a study.
libanaflow_la_SOURCES += core/pipeline/drive.c core/pipeline/drive.h \
	core/pipeline/drive_metric.c core/pipeline/drive_model.c core/pipeline/drive_reader.c

check_PROGRAMS += test_result
test_result_SOURCES = tests/unit/test_result.c
test_result_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_result_LDADD = $(TEST_LIBS)

# Tasks in a process of their own.
libanaflow_la_SOURCES += core/pipeline/isolate.c core/pipeline/isolate.h \
	core/pipeline/isolate_serve.c

check_PROGRAMS += test_no_memory
test_no_memory_SOURCES = tests/unit/test_no_memory.c
test_no_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_no_memory_LDADD = $(TEST_LIBS)
