nobase_pkglib_LTLIBRARIES += plugins/readers/cifti/cifti.la
plugins_readers_cifti_cifti_la_SOURCES = plugins/readers/cifti/cifti.c \
	plugins/readers/cifti/cifti.h plugins/readers/cifti/file.c \
	plugins/readers/cifti/targets.c plugins/readers/cifti/write.c plugins/readers/cifti/xml.c
plugins_readers_cifti_cifti_la_CFLAGS = $(PLUGIN_CFLAGS) $(EXPAT_CFLAGS)
plugins_readers_cifti_cifti_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_cifti_cifti_la_LIBADD = libanaflow.la $(EXPAT_LIBS) -lm
EXTRA_DIST += plugins/readers/cifti/README.md

check_PROGRAMS += test_cifti
test_cifti_SOURCES = tests/unit/test_cifti.c tests/unit/sources.h
test_cifti_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_cifti_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/cifti tests/oracles/make_cifti.py
