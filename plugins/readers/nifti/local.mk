nobase_pkglib_LTLIBRARIES += plugins/readers/nifti/nifti.la
plugins_readers_nifti_nifti_la_SOURCES = plugins/readers/nifti/nifti.c \
	plugins/readers/nifti/nifti.h plugins/readers/nifti/affine.c \
	plugins/readers/nifti/blocks.c plugins/readers/nifti/convert.c \
	plugins/readers/nifti/deflate.c plugins/readers/nifti/deflate.h \
	plugins/readers/nifti/deflate_tables.c plugins/readers/nifti/deflate_tables.h \
	plugins/readers/nifti/file.c plugins/readers/nifti/gunzip.c plugins/readers/nifti/gunzip.h \
	plugins/readers/nifti/header.c plugins/readers/nifti/labels.c \
	plugins/readers/nifti/mgh.c plugins/readers/nifti/recording.c plugins/readers/nifti/recording.h \
	plugins/readers/nifti/runs.c plugins/readers/nifti/space.c \
	plugins/readers/nifti/stream.c plugins/readers/nifti/take.c plugins/readers/nifti/targets.c \
	plugins/readers/nifti/wide.c plugins/readers/nifti/write.c
plugins_readers_nifti_nifti_la_CFLAGS = $(PLUGIN_CFLAGS) $(VECTOR_CFLAGS) $(GZIP_CFLAGS)
plugins_readers_nifti_nifti_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_nifti_nifti_la_LIBADD = plugins/readers/lib/libsidecar.la libanaflow.la $(GZIP_LIBS) -lm
EXTRA_DIST += plugins/readers/nifti/README.md

check_PROGRAMS += test_nifti
test_nifti_SOURCES = tests/unit/test_nifti.c tests/unit/sources.h
test_nifti_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(GZIP_CFLAGS)
test_nifti_LDADD = $(TEST_LIBS) $(GZIP_LIBS) -ldl
check_PROGRAMS += test_nifti_gz
test_nifti_gz_SOURCES = tests/unit/test_nifti_gz.c tests/unit/sources.h
test_nifti_gz_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(GZIP_CFLAGS)
test_nifti_gz_LDADD = $(TEST_LIBS) $(GZIP_LIBS) -ldl
check_PROGRAMS += test_nifti_wide
test_nifti_wide_SOURCES = tests/unit/test_nifti_wide.c plugins/readers/nifti/wide.c
test_nifti_wide_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_nifti_wide_LDADD = $(TEST_LIBS) -lm
check_PROGRAMS += test_gunzip
test_gunzip_SOURCES = tests/unit/test_gunzip.c plugins/readers/nifti/deflate.c \
	plugins/readers/nifti/deflate_tables.c plugins/readers/nifti/gunzip.c
test_gunzip_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(GZIP_CFLAGS)
test_gunzip_LDADD = $(TEST_LIBS) $(GZIP_LIBS)
EXTRA_DIST += tests/golden/nifti tests/oracles/make_nifti.py
