nobase_pkglib_LTLIBRARIES += plugins/readers/gifti/gifti.la
plugins_readers_gifti_gifti_la_SOURCES = plugins/readers/gifti/gifti.c \
	plugins/readers/gifti/annot.c plugins/readers/gifti/external.c \
	plugins/readers/gifti/gifti.h plugins/readers/gifti/label.c \
	plugins/readers/gifti/list.c plugins/readers/gifti/parse.c plugins/readers/gifti/recording.c \
	plugins/readers/gifti/values.c plugins/readers/gifti/vertices.c \
	plugins/readers/gifti/write.c
plugins_readers_gifti_gifti_la_CFLAGS = $(PLUGIN_CFLAGS) $(GZIP_CFLAGS) $(EXPAT_CFLAGS)
plugins_readers_gifti_gifti_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_gifti_gifti_la_LIBADD = plugins/readers/lib/libsidecar.la libanaflow.la $(GZIP_LIBS) $(EXPAT_LIBS) -lm
EXTRA_DIST += plugins/readers/gifti/README.md

check_PROGRAMS += test_gifti
test_gifti_SOURCES = tests/unit/test_gifti.c tests/unit/sources.h
test_gifti_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_gifti_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/gifti tests/oracles/make_gifti.py
