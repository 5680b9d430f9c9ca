nobase_pkglib_LTLIBRARIES += plugins/readers/edf/edf.la
plugins_readers_edf_edf_la_SOURCES = plugins/readers/edf/edf.c plugins/readers/edf/edf.h \
	plugins/readers/edf/annotations.c plugins/readers/edf/file.c \
	plugins/readers/edf/header.c plugins/readers/edf/samples.c
plugins_readers_edf_edf_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_readers_edf_edf_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_edf_edf_la_LIBADD = plugins/readers/lib/libreaders.la libanaflow.la -lm
EXTRA_DIST += plugins/readers/edf/README.md

check_PROGRAMS += test_edf
test_edf_SOURCES = tests/unit/test_edf.c tests/unit/sources.h
test_edf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_edf_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/edf tests/oracles/make_edf.py
