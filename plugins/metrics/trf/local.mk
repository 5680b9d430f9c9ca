nobase_pkglib_LTLIBRARIES += plugins/metrics/trf/trf.la
TRF = plugins/metrics/trf/attend.c plugins/metrics/trf/choose.c \
	plugins/metrics/trf/fit.c plugins/metrics/trf/hand_out.c \
	plugins/metrics/trf/lagged.c plugins/metrics/trf/lagged.h \
	plugins/metrics/trf/losses.c plugins/metrics/trf/losses.h \
	plugins/metrics/trf/plan.c plugins/metrics/trf/run.c plugins/metrics/trf/run.h \
	plugins/metrics/trf/set.c plugins/metrics/trf/set.h plugins/metrics/trf/settings.c \
	plugins/metrics/trf/total.c plugins/metrics/trf/trf.c plugins/metrics/trf/trf.h
plugins_metrics_trf_trf_la_SOURCES = $(TRF)
plugins_metrics_trf_trf_la_CFLAGS = $(PLUGIN_CFLAGS) $(VECTOR_CFLAGS)
plugins_metrics_trf_trf_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_trf_trf_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/trf/README.md

check_PROGRAMS += test_trf test_trf_run
test_trf_SOURCES = tests/unit/test_trf.c $(TRF)
test_trf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_trf_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
test_trf_run_SOURCES = tests/unit/test_trf_run.c $(TRF)
test_trf_run_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_trf_run_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
EXTRA_DIST += tests/unit/trf_trials.h tests/unit/size_refused.h
