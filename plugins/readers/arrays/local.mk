nobase_pkglib_LTLIBRARIES += plugins/readers/arrays/arrays.la
plugins_readers_arrays_arrays_la_SOURCES = plugins/readers/arrays/arrays.c \
	plugins/readers/arrays/file.c plugins/readers/arrays/file.h \
	plugins/readers/arrays/table.c plugins/readers/arrays/text.c
plugins_readers_arrays_arrays_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_readers_arrays_arrays_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_arrays_arrays_la_LIBADD = libanaflow.la
EXTRA_DIST += plugins/readers/arrays/README.md

check_PROGRAMS += test_reader_arrays
test_reader_arrays_SOURCES = tests/unit/test_reader_arrays.c tests/unit/sources.h
test_reader_arrays_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_reader_arrays_LDADD = $(TEST_LIBS) -ldl
