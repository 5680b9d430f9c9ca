nobase_pkglib_LTLIBRARIES += plugins/metrics/banded/banded.la
BANDED = plugins/metrics/banded/bands.h plugins/metrics/banded/run.h \
	plugins/metrics/banded/banded.c plugins/metrics/banded/fold.c \
	plugins/metrics/banded/low.c plugins/metrics/banded/low.h \
	plugins/metrics/banded/plan.c plugins/metrics/banded/predict.c \
	plugins/metrics/banded/refine.c plugins/metrics/banded/refine.h \
	plugins/metrics/banded/run.c \
	plugins/metrics/banded/search.c plugins/metrics/banded/search.h \
	plugins/metrics/banded/search_draw.c plugins/metrics/banded/search_piece.c \
	plugins/metrics/banded/split.c
plugins_metrics_banded_banded_la_SOURCES = $(BANDED)
plugins_metrics_banded_banded_la_CFLAGS = $(PLUGIN_CFLAGS) $(VECTOR_CFLAGS)
plugins_metrics_banded_banded_la_LDFLAGS = $(PLUGIN_LINK)
plugins_metrics_banded_banded_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/banded/README.md

check_PROGRAMS += test_banded
test_banded_SOURCES = tests/unit/test_banded.c $(BANDED)
test_banded_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_banded_LDADD = plugins/metrics/lib/libmetrics.la $(TEST_LIBS)
