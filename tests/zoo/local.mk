# Broken plugins, one fault each. Built as modules (-rpath is what makes libtool build a
# shared one that is not installed); tests load them by the path of their folder.
zoo_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
zoo_cflags = $(PLUGIN_CFLAGS)
zoo_libs = libanaflow.la -lm
zoo_animals = tests/zoo/good.la tests/zoo/no-symbol.la tests/zoo/short-symbol.la \
	tests/zoo/wrong-magic.la tests/zoo/newer-major.la tests/zoo/short-struct.la \
	tests/zoo/duplicate-first.la tests/zoo/duplicate-second.la \
	tests/zoo/undefined-symbol.la tests/zoo/null-entry.la tests/zoo/bad-default.la \
	tests/zoo/newer-minor.la tests/zoo/crash-at-load.la tests/zoo/hang-at-load.la \
	tests/zoo/exit-at-load.la tests/zoo/good-model.la tests/zoo/good-reader.la \
	tests/zoo/good-metric.la tests/zoo/wrong-shape.la tests/zoo/makes-nan.la \
	tests/zoo/leaks.la tests/zoo/starts-threads.la tests/zoo/out-of-bounds.la \
	tests/zoo/has-globals.la tests/zoo/exports-more.la tests/zoo/trusts-memory.la \
	tests/zoo/hides-cost.la tests/zoo/forgets-reset.la tests/zoo/scales-whole.la \
	tests/zoo/mixes-batch.la tests/zoo/needs-sound.la tests/zoo/ignores-first.la \
	tests/zoo/trusts-file.la tests/zoo/uneven-tiles.la tests/zoo/claims-symmetric.la \
	tests/zoo/claims-scale.la tests/zoo/claims-rotation.la tests/zoo/claims-identity.la
check_LTLIBRARIES += $(zoo_animals)
dist_check_SCRIPTS += tests/cli/plugin_check.sh
EXTRA_DIST += tests/zoo/zoo.h tests/zoo/model.h tests/zoo/reader.h tests/zoo/metric.h \
	tests/zoo/expected.tsv

tests_zoo_good_la_SOURCES = tests/zoo/good.c
tests_zoo_good_la_CFLAGS = $(zoo_cflags)
tests_zoo_good_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_no_symbol_la_SOURCES = tests/zoo/no-symbol.c
tests_zoo_no_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_no_symbol_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_short_symbol_la_SOURCES = tests/zoo/short-symbol.c
tests_zoo_short_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_short_symbol_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_wrong_magic_la_SOURCES = tests/zoo/wrong-magic.c
tests_zoo_wrong_magic_la_CFLAGS = $(zoo_cflags)
tests_zoo_wrong_magic_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_newer_major_la_SOURCES = tests/zoo/newer-major.c
tests_zoo_newer_major_la_CFLAGS = $(zoo_cflags)
tests_zoo_newer_major_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_short_struct_la_SOURCES = tests/zoo/short-struct.c
tests_zoo_short_struct_la_CFLAGS = $(zoo_cflags)
tests_zoo_short_struct_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_duplicate_first_la_SOURCES = tests/zoo/duplicate-first.c
tests_zoo_duplicate_first_la_CFLAGS = $(zoo_cflags)
tests_zoo_duplicate_first_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_duplicate_second_la_SOURCES = tests/zoo/duplicate-second.c
tests_zoo_duplicate_second_la_CFLAGS = $(zoo_cflags)
tests_zoo_duplicate_second_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_undefined_symbol_la_SOURCES = tests/zoo/undefined-symbol.c
tests_zoo_undefined_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_undefined_symbol_la_LDFLAGS = $(zoo_ldflags) -Wl,-z,undefs
tests_zoo_null_entry_la_SOURCES = tests/zoo/null-entry.c
tests_zoo_null_entry_la_CFLAGS = $(zoo_cflags)
tests_zoo_null_entry_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_bad_default_la_SOURCES = tests/zoo/bad-default.c
tests_zoo_bad_default_la_CFLAGS = $(zoo_cflags)
tests_zoo_bad_default_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_newer_minor_la_SOURCES = tests/zoo/newer-minor.c
tests_zoo_newer_minor_la_CFLAGS = $(zoo_cflags)
tests_zoo_newer_minor_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_crash_at_load_la_SOURCES = tests/zoo/crash-at-load.c
tests_zoo_crash_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_crash_at_load_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_hang_at_load_la_SOURCES = tests/zoo/hang-at-load.c
tests_zoo_hang_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_hang_at_load_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_exit_at_load_la_SOURCES = tests/zoo/exit-at-load.c
tests_zoo_exit_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_exit_at_load_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_good_model_la_SOURCES = tests/zoo/good-model.c
tests_zoo_good_model_la_CFLAGS = $(zoo_cflags)
tests_zoo_good_model_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_good_model_la_LIBADD = $(zoo_libs)
tests_zoo_good_reader_la_SOURCES = tests/zoo/good-reader.c
tests_zoo_good_reader_la_CFLAGS = $(zoo_cflags)
tests_zoo_good_reader_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_good_reader_la_LIBADD = $(zoo_libs)
tests_zoo_good_metric_la_SOURCES = tests/zoo/good-metric.c
tests_zoo_good_metric_la_CFLAGS = $(zoo_cflags)
tests_zoo_good_metric_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_good_metric_la_LIBADD = $(zoo_libs)
tests_zoo_wrong_shape_la_SOURCES = tests/zoo/wrong-shape.c
tests_zoo_wrong_shape_la_CFLAGS = $(zoo_cflags)
tests_zoo_wrong_shape_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_wrong_shape_la_LIBADD = $(zoo_libs)
tests_zoo_makes_nan_la_SOURCES = tests/zoo/makes-nan.c
tests_zoo_makes_nan_la_CFLAGS = $(zoo_cflags)
tests_zoo_makes_nan_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_makes_nan_la_LIBADD = $(zoo_libs)
tests_zoo_leaks_la_SOURCES = tests/zoo/leaks.c
tests_zoo_leaks_la_CFLAGS = $(zoo_cflags)
tests_zoo_leaks_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_leaks_la_LIBADD = $(zoo_libs)
tests_zoo_starts_threads_la_SOURCES = tests/zoo/starts-threads.c
tests_zoo_starts_threads_la_CFLAGS = $(zoo_cflags)
tests_zoo_starts_threads_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_starts_threads_la_LIBADD = $(zoo_libs)
tests_zoo_out_of_bounds_la_SOURCES = tests/zoo/out-of-bounds.c
tests_zoo_out_of_bounds_la_CFLAGS = $(zoo_cflags)
tests_zoo_out_of_bounds_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_out_of_bounds_la_LIBADD = $(zoo_libs)
tests_zoo_has_globals_la_SOURCES = tests/zoo/has-globals.c
tests_zoo_has_globals_la_CFLAGS = $(zoo_cflags)
tests_zoo_has_globals_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_has_globals_la_LIBADD = $(zoo_libs)
tests_zoo_exports_more_la_SOURCES = tests/zoo/exports-more.c
tests_zoo_exports_more_la_CFLAGS = $(zoo_cflags)
tests_zoo_exports_more_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_exports_more_la_LIBADD = $(zoo_libs)
tests_zoo_trusts_memory_la_SOURCES = tests/zoo/trusts-memory.c
tests_zoo_trusts_memory_la_CFLAGS = $(zoo_cflags)
tests_zoo_trusts_memory_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_trusts_memory_la_LIBADD = $(zoo_libs)
tests_zoo_hides_cost_la_SOURCES = tests/zoo/hides-cost.c
tests_zoo_hides_cost_la_CFLAGS = $(zoo_cflags)
tests_zoo_hides_cost_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_hides_cost_la_LIBADD = $(zoo_libs)
tests_zoo_forgets_reset_la_SOURCES = tests/zoo/forgets-reset.c
tests_zoo_forgets_reset_la_CFLAGS = $(zoo_cflags)
tests_zoo_forgets_reset_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_forgets_reset_la_LIBADD = $(zoo_libs)
tests_zoo_scales_whole_la_SOURCES = tests/zoo/scales-whole.c
tests_zoo_scales_whole_la_CFLAGS = $(zoo_cflags)
tests_zoo_scales_whole_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_scales_whole_la_LIBADD = $(zoo_libs)
tests_zoo_mixes_batch_la_SOURCES = tests/zoo/mixes-batch.c
tests_zoo_mixes_batch_la_CFLAGS = $(zoo_cflags)
tests_zoo_mixes_batch_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_mixes_batch_la_LIBADD = $(zoo_libs)
tests_zoo_needs_sound_la_SOURCES = tests/zoo/needs-sound.c
tests_zoo_needs_sound_la_CFLAGS = $(zoo_cflags)
tests_zoo_needs_sound_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_needs_sound_la_LIBADD = $(zoo_libs)
tests_zoo_ignores_first_la_SOURCES = tests/zoo/ignores-first.c
tests_zoo_ignores_first_la_CFLAGS = $(zoo_cflags)
tests_zoo_ignores_first_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_ignores_first_la_LIBADD = $(zoo_libs)
tests_zoo_trusts_file_la_SOURCES = tests/zoo/trusts-file.c
tests_zoo_trusts_file_la_CFLAGS = $(zoo_cflags)
tests_zoo_trusts_file_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_trusts_file_la_LIBADD = $(zoo_libs)
tests_zoo_uneven_tiles_la_SOURCES = tests/zoo/uneven-tiles.c
tests_zoo_uneven_tiles_la_CFLAGS = $(zoo_cflags)
tests_zoo_uneven_tiles_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_uneven_tiles_la_LIBADD = $(zoo_libs)
tests_zoo_claims_symmetric_la_SOURCES = tests/zoo/claims-symmetric.c
tests_zoo_claims_symmetric_la_CFLAGS = $(zoo_cflags)
tests_zoo_claims_symmetric_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_claims_symmetric_la_LIBADD = $(zoo_libs)
tests_zoo_claims_scale_la_SOURCES = tests/zoo/claims-scale.c
tests_zoo_claims_scale_la_CFLAGS = $(zoo_cflags)
tests_zoo_claims_scale_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_claims_scale_la_LIBADD = $(zoo_libs)
tests_zoo_claims_rotation_la_SOURCES = tests/zoo/claims-rotation.c
tests_zoo_claims_rotation_la_CFLAGS = $(zoo_cflags)
tests_zoo_claims_rotation_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_claims_rotation_la_LIBADD = $(zoo_libs)
tests_zoo_claims_identity_la_SOURCES = tests/zoo/claims-identity.c
tests_zoo_claims_identity_la_CFLAGS = $(zoo_cflags)
tests_zoo_claims_identity_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_claims_identity_la_LIBADD = $(zoo_libs)
