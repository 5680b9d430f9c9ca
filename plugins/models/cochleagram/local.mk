nobase_pkglib_LTLIBRARIES += plugins/models/cochleagram/cochleagram.la
cochleagram_sources = plugins/models/cochleagram/bank.c plugins/models/cochleagram/bank.h \
	plugins/models/cochleagram/cochleagram.c plugins/models/cochleagram/gammatone.c \
	plugins/models/cochleagram/halfcosine.c
plugins_models_cochleagram_cochleagram_la_SOURCES = $(cochleagram_sources)
plugins_models_cochleagram_cochleagram_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_cochleagram_cochleagram_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_cochleagram_cochleagram_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/cochleagram/README.md

check_PROGRAMS += test_cochleagram
test_cochleagram_SOURCES = tests/unit/test_cochleagram.c tests/unit/sink.h $(cochleagram_sources)
test_cochleagram_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_cochleagram_LDADD = $(TEST_LIBS)
