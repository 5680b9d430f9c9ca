nobase_pkglib_LTLIBRARIES += plugins/readers/brainvision/brainvision.la
plugins_readers_brainvision_brainvision_la_SOURCES = \
	plugins/readers/brainvision/brainvision.c plugins/readers/brainvision/brainvision.h \
	plugins/readers/brainvision/header.c plugins/readers/brainvision/lines.c \
	plugins/readers/brainvision/markers.c plugins/readers/brainvision/samples.c
plugins_readers_brainvision_brainvision_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_readers_brainvision_brainvision_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_brainvision_brainvision_la_LIBADD = plugins/readers/lib/libreaders.la \
	libanaflow.la -lm
EXTRA_DIST += plugins/readers/brainvision/README.md

check_PROGRAMS += test_brainvision
test_brainvision_SOURCES = tests/unit/test_brainvision.c tests/unit/sources.h
test_brainvision_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_brainvision_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/brainvision tests/oracles/make_brainvision.py
