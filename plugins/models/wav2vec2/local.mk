nobase_pkglib_LTLIBRARIES += plugins/models/wav2vec2/wav2vec2.la
wav2vec2_sources = plugins/models/wav2vec2/config.c plugins/models/wav2vec2/encoder.c \
	plugins/models/wav2vec2/extractor.c plugins/models/wav2vec2/network.h \
	plugins/models/wav2vec2/relative.c plugins/models/wav2vec2/wav2vec2.c \
	plugins/models/wav2vec2/weights.c
plugins_models_wav2vec2_wav2vec2_la_SOURCES = $(wav2vec2_sources)
plugins_models_wav2vec2_wav2vec2_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_wav2vec2_wav2vec2_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_wav2vec2_wav2vec2_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/wav2vec2/README.md

check_PROGRAMS += test_wav2vec2
test_wav2vec2_SOURCES = tests/unit/test_wav2vec2.c tests/unit/networks.h $(wav2vec2_sources)
test_wav2vec2_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_wav2vec2_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/golden/wavlm tests/oracles/make_wavlm.py

check_PROGRAMS += test_bad_checkpoints
test_bad_checkpoints_SOURCES = tests/unit/test_bad_checkpoints.c tests/unit/networks.h \
	$(wav2vec2_sources)
test_bad_checkpoints_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_bad_checkpoints_LDADD = $(TEST_LIBS)
