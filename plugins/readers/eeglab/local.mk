nobase_pkglib_LTLIBRARIES += plugins/readers/eeglab/eeglab.la
plugins_readers_eeglab_eeglab_la_SOURCES = plugins/readers/eeglab/eeglab.c \
	plugins/readers/eeglab/mat5.c plugins/readers/eeglab/mat5.h
plugins_readers_eeglab_eeglab_la_CFLAGS = $(PLUGIN_CFLAGS) $(GZIP_CFLAGS)
plugins_readers_eeglab_eeglab_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_eeglab_eeglab_la_LIBADD = plugins/readers/lib/libreaders.la libanaflow.la \
	$(GZIP_LIBS) -lm
EXTRA_DIST += plugins/readers/eeglab/README.md

check_PROGRAMS += test_eeglab
test_eeglab_SOURCES = tests/unit/test_eeglab.c tests/unit/sources.h
test_eeglab_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_eeglab_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/eeglab tests/oracles/make_eeglab.py
