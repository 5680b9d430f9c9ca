nobase_pkglib_LTLIBRARIES += plugins/readers/mat/mat.la
plugins_readers_mat_mat_la_SOURCES = plugins/readers/mat/mat.c plugins/readers/mat/mat.h \
	plugins/readers/mat/cnd.c plugins/readers/mat/fieldtrip.c plugins/readers/mat/layout.c \
	plugins/readers/mat/layout.h plugins/readers/mat/mat_kinds.c \
	plugins/readers/mat/toolbox.c plugins/readers/mat/toolbox.h \
	plugins/readers/mat/mat_check.c plugins/readers/mat/mat_file.c \
	plugins/readers/mat/mat_find.c plugins/readers/mat/mat_text.c \
	plugins/readers/mat/mat_walk.c plugins/readers/mat/mat_walk.h
plugins_readers_mat_mat_la_CFLAGS = $(PLUGIN_CFLAGS) $(MATIO_CFLAGS)
plugins_readers_mat_mat_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_mat_mat_la_LIBADD = plugins/readers/lib/libh5.la \
	plugins/readers/lib/libreaders.la libanaflow.la $(MATIO_LIBS) -lm
EXTRA_DIST += plugins/readers/mat/README.md

check_PROGRAMS += test_mat test_mat_real
test_mat_SOURCES = tests/unit/test_mat.c tests/unit/mat73.h tests/unit/sources.h
test_mat_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(MATIO_CFLAGS)
test_mat_LDADD = $(TEST_LIBS) $(MATIO_LIBS) -ldl
test_mat_real_SOURCES = tests/unit/test_mat_real.c tests/unit/sources.h
test_mat_real_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_mat_real_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/mat tests/oracles/make_mat.py

check_PROGRAMS += test_mat_layouts
test_mat_layouts_SOURCES = tests/unit/test_mat_layouts.c tests/unit/sources.h
test_mat_layouts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_mat_layouts_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/oracles/make_mat_layouts.py

check_PROGRAMS += test_damaged
test_damaged_SOURCES = tests/unit/test_damaged.c tests/unit/mat73.h tests/unit/sources.h
test_damaged_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(MATIO_CFLAGS)
test_damaged_LDADD = $(TEST_LIBS) $(MATIO_LIBS) -ldl
