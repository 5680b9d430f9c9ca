nobase_pkglib_LTLIBRARIES += plugins/metrics/ridge/ridge.la
plugins_metrics_ridge_ridge_la_SOURCES = plugins/metrics/ridge/ridge.c
plugins_metrics_ridge_ridge_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_metrics_ridge_ridge_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_ridge_ridge_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/ridge/README.md

check_PROGRAMS += test_ridge
test_ridge_SOURCES = tests/unit/test_ridge.c plugins/metrics/ridge/ridge.c
test_ridge_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_ridge_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)

check_PROGRAMS += test_ridge_plan
test_ridge_plan_SOURCES = tests/unit/test_ridge_plan.c plugins/metrics/ridge/ridge.c
test_ridge_plan_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_ridge_plan_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
EXTRA_DIST += tests/unit/plan_run.h

check_PROGRAMS += test_large
test_large_SOURCES = tests/unit/test_large.c plugins/metrics/ridge/ridge.c
test_large_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_large_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)

check_PROGRAMS += test_quadric
test_quadric_SOURCES = tests/unit/test_quadric.c plugins/metrics/ridge/ridge.c
test_quadric_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_quadric_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)

check_PROGRAMS += test_leaks
test_leaks_SOURCES = tests/unit/test_leaks.c tests/unit/oasm_model.c \
	plugins/metrics/ridge/ridge.c
test_leaks_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_leaks_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
