nobase_pkglib_LTLIBRARIES += plugins/metrics/pls/pls.la
PLS = plugins/metrics/pls/components.c plugins/metrics/pls/components.h \
	plugins/metrics/pls/fold.c plugins/metrics/pls/fold.h \
	plugins/metrics/pls/layout.c plugins/metrics/pls/layout.h \
	plugins/metrics/pls/leading.c plugins/metrics/pls/pls.c \
	plugins/metrics/pls/stream.c plugins/metrics/pls/stream.h \
	plugins/metrics/pls/sum.c plugins/metrics/pls/sum.h
plugins_metrics_pls_pls_la_SOURCES = $(PLS)
plugins_metrics_pls_pls_la_CFLAGS = $(PLUGIN_CFLAGS) $(VECTOR_CFLAGS)
plugins_metrics_pls_pls_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_pls_pls_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/pls/README.md

check_PROGRAMS += test_pls
test_pls_SOURCES = tests/unit/test_pls.c $(PLS)
test_pls_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_pls_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
