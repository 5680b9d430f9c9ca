nobase_pkglib_LTLIBRARIES += plugins/readers/hdf5/hdf5.la
plugins_readers_hdf5_hdf5_la_SOURCES = plugins/readers/hdf5/hdf5.c \
	plugins/readers/hdf5/hdf5_series.h plugins/readers/hdf5/hdf5_series.c \
	plugins/readers/hdf5/hdf5_times.c plugins/readers/hdf5/nwb.c \
	plugins/readers/hdf5/nwb_electrodes.c plugins/readers/hdf5/nwb_events.c
plugins_readers_hdf5_hdf5_la_CFLAGS = $(PLUGIN_CFLAGS) $(HDF5_CFLAGS)
plugins_readers_hdf5_hdf5_la_LDFLAGS = $(PLUGIN_LINK)
plugins_readers_hdf5_hdf5_la_LIBADD = plugins/readers/lib/libh5.la \
	plugins/readers/lib/libreaders.la libanaflow.la -lm
EXTRA_DIST += plugins/readers/hdf5/README.md

check_PROGRAMS += test_hdf5
test_hdf5_SOURCES = tests/unit/test_hdf5.c tests/unit/sources.h
test_hdf5_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_hdf5_LDADD = $(TEST_LIBS) -ldl
test_hdf5_LDFLAGS = -export-dynamic
EXTRA_DIST += tests/golden/hdf5 tests/oracles/make_hdf5.py
