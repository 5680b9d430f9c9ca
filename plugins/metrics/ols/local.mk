nobase_pkglib_LTLIBRARIES += plugins/metrics/ols/ols.la
plugins_metrics_ols_ols_la_SOURCES = plugins/metrics/ols/ols.c
plugins_metrics_ols_ols_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_metrics_ols_ols_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_ols_ols_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/ols/README.md

check_PROGRAMS += test_ols
test_ols_SOURCES = tests/unit/test_ols.c plugins/metrics/ols/ols.c
test_ols_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_ols_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
EXTRA_DIST += tests/unit/leak_run.h tests/unit/oracle_run.h tests/oracles/make_pls.py \
	tests/golden/pls
