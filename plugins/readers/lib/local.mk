# What our own readers share; static, not installed.
noinst_LTLIBRARIES += plugins/readers/lib/libreaders.la
plugins_readers_lib_libreaders_la_SOURCES = plugins/readers/lib/series.c \
	plugins/readers/lib/series.h plugins/readers/lib/series_choose.c \
	plugins/readers/lib/series_list.c plugins/readers/lib/series_own.h \
	plugins/readers/lib/series_runs.c \
	plugins/readers/lib/series_text.c plugins/readers/lib/targets.c \
	plugins/readers/lib/targets.h plugins/readers/lib/coordsystem.c plugins/readers/lib/coordsystem.h \
	plugins/readers/lib/places.c plugins/readers/lib/places.h \
	plugins/readers/lib/units.c plugins/readers/lib/units.h
plugins_readers_lib_libreaders_la_CFLAGS = $(PLUGIN_CFLAGS) $(JANSSON_CFLAGS)
plugins_readers_lib_libreaders_la_LIBADD = $(JANSSON_LIBS)

# HDF5, for hdf5 and mat.
noinst_LTLIBRARIES += plugins/readers/lib/libh5.la
plugins_readers_lib_libh5_la_SOURCES = plugins/readers/lib/h5.h \
	plugins/readers/lib/h5_array.c plugins/readers/lib/h5_arrays.c \
	plugins/readers/lib/h5_arrays.h plugins/readers/lib/h5_attribute.c \
	plugins/readers/lib/h5_blocks.c plugins/readers/lib/h5_blocks.h \
	plugins/readers/lib/h5_decode.h plugins/readers/lib/h5_file.c \
	plugins/readers/lib/h5_path.c plugins/readers/lib/h5_place.c \
	plugins/readers/lib/h5_read.c plugins/readers/lib/h5_text.c \
	plugins/readers/lib/h5_unpack.c plugins/readers/lib/h5_where.c
plugins_readers_lib_libh5_la_CFLAGS = $(PLUGIN_CFLAGS) $(HDF5_CFLAGS) $(GZIP_CFLAGS)
plugins_readers_lib_libh5_la_LIBADD = $(HDF5_LIBS) $(GZIP_LIBS)

# What readers of fMRI share beside that.
noinst_LTLIBRARIES += plugins/readers/lib/libsidecar.la
plugins_readers_lib_libsidecar_la_SOURCES = plugins/readers/lib/sidecar.c \
	plugins/readers/lib/sidecar.h
plugins_readers_lib_libsidecar_la_CFLAGS = $(PLUGIN_CFLAGS) $(JANSSON_CFLAGS)
plugins_readers_lib_libsidecar_la_LIBADD = $(JANSSON_LIBS)
