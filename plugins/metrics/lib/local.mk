# What our own metrics share; linked into each of them, not installed.
noinst_LTLIBRARIES += plugins/metrics/lib/libmetrics.la
plugins_metrics_lib_libmetrics_la_SOURCES = \
	plugins/metrics/lib/design.c plugins/metrics/lib/design.h \
	plugins/metrics/lib/encode.c plugins/metrics/lib/encode.h \
	plugins/metrics/lib/encode_job.c plugins/metrics/lib/encode_job.h \
	plugins/metrics/lib/encode_layout.c \
	plugins/metrics/lib/encoded.c plugins/metrics/lib/encoded.h \
	plugins/metrics/lib/few.c plugins/metrics/lib/few.h \
	plugins/metrics/lib/fit.c plugins/metrics/lib/fit.h \
	plugins/metrics/lib/fraction.c plugins/metrics/lib/fraction.h \
	plugins/metrics/lib/glue.c plugins/metrics/lib/glue.h \
	plugins/metrics/lib/gram.c plugins/metrics/lib/gram.h \
	plugins/metrics/lib/halves.c plugins/metrics/lib/halves.h \
	plugins/metrics/lib/keep.c plugins/metrics/lib/keep.h \
	plugins/metrics/lib/kernels.c plugins/metrics/lib/kernels.h \
	plugins/metrics/lib/large.c plugins/metrics/lib/large.h \
	plugins/metrics/lib/large_cost.c plugins/metrics/lib/large_cost.h \
	plugins/metrics/lib/large_count.c plugins/metrics/lib/large_count.h \
	plugins/metrics/lib/large_losses.c plugins/metrics/lib/large_losses.h \
	plugins/metrics/lib/large_make.c plugins/metrics/lib/large_make_dual.c \
	plugins/metrics/lib/large_make_primal.c plugins/metrics/lib/large_making.h \
	plugins/metrics/lib/large_plan.c \
	plugins/metrics/lib/large_push.c plugins/metrics/lib/large_push.h \
	plugins/metrics/lib/large_tile.c plugins/metrics/lib/large_tile.h \
	plugins/metrics/lib/large_unit.h \
	plugins/metrics/lib/leave_room.c plugins/metrics/lib/leave_room.h \
	plugins/metrics/lib/map.c plugins/metrics/lib/map.h \
	plugins/metrics/lib/map_range.c plugins/metrics/lib/leave_share.c \
	plugins/metrics/lib/map_leave_out.c plugins/metrics/lib/map_range.h \
	plugins/metrics/lib/map_inverse.h plugins/metrics/lib/map_inverse_body.h \
	plugins/metrics/lib/map_inverse_f32.c plugins/metrics/lib/map_inverse_f64.c \
	plugins/metrics/lib/penalty.c plugins/metrics/lib/penalty.h \
	plugins/metrics/lib/quadric.c plugins/metrics/lib/quadric.h \
	plugins/metrics/lib/rdm.c plugins/metrics/lib/rdm.h plugins/metrics/lib/rdm_compare.c \
	plugins/metrics/lib/score.c plugins/metrics/lib/score.h \
	plugins/metrics/lib/spectral.c plugins/metrics/lib/spectral.h \
	plugins/metrics/lib/spectrum.c plugins/metrics/lib/spectrum.h \
	plugins/metrics/lib/split.c plugins/metrics/lib/split.h \
	plugins/metrics/lib/sweep.c plugins/metrics/lib/sweep.h
# Loops over targets are vectorised also at -O2.
plugins_metrics_lib_libmetrics_la_CFLAGS = $(PLUGIN_CFLAGS) $(VECTOR_CFLAGS)

check_PROGRAMS += test_encode test_encode_reference
test_encode_SOURCES = tests/unit/test_encode.c
test_encode_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_encode_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
test_encode_reference_SOURCES = tests/unit/test_encode_reference.c
test_encode_reference_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_encode_reference_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
EXTRA_DIST += tests/golden/ridge tests/oracles/make_ridge.py tests/unit/metrics.h \
	tests/unit/metric_run.h
