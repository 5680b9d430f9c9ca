nobase_pkglib_LTLIBRARIES += plugins/models/whisper/whisper.la
whisper_sources = plugins/models/whisper/encoder.c plugins/models/whisper/logmel.c \
	plugins/models/whisper/network.c plugins/models/whisper/network.h \
	plugins/models/whisper/whisper.c
plugins_models_whisper_whisper_la_SOURCES = $(whisper_sources)
plugins_models_whisper_whisper_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_whisper_whisper_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_whisper_whisper_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/whisper/README.md

check_PROGRAMS += test_whisper
test_whisper_SOURCES = tests/unit/test_whisper.c tests/unit/networks.h $(whisper_sources)
test_whisper_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_whisper_LDADD = $(TEST_LIBS)
