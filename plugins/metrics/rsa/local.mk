nobase_pkglib_LTLIBRARIES += plugins/metrics/rsa/rsa.la
plugins_metrics_rsa_rsa_la_SOURCES = plugins/metrics/rsa/items.c plugins/metrics/rsa/items.h \
	plugins/metrics/rsa/rsa.c plugins/metrics/rsa/sides.c plugins/metrics/rsa/sides.h
plugins_metrics_rsa_rsa_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_metrics_rsa_rsa_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_rsa_rsa_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/rsa/README.md

check_PROGRAMS += test_rsa
test_rsa_SOURCES = tests/unit/test_rsa.c plugins/metrics/rsa/items.c \
	plugins/metrics/rsa/rsa.c plugins/metrics/rsa/sides.c
test_rsa_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_rsa_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)

check_PROGRAMS += test_rsa_plan
test_rsa_plan_SOURCES = tests/unit/test_rsa_plan.c plugins/metrics/rsa/items.c \
	plugins/metrics/rsa/rsa.c plugins/metrics/rsa/sides.c
test_rsa_plan_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_rsa_plan_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
