# nobase: the reader of the same name installs an arrays.so too.
nobase_pkglib_LTLIBRARIES += plugins/models/arrays/arrays.la
plugins_models_arrays_arrays_la_SOURCES = plugins/models/arrays/arrays.c \
	plugins/models/arrays/arrays.h plugins/models/arrays/layers.c \
	plugins/models/arrays/names.c
plugins_models_arrays_arrays_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_arrays_arrays_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_arrays_arrays_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/arrays/README.md

check_PROGRAMS += test_model_arrays
test_model_arrays_SOURCES = tests/unit/test_model_arrays.c
test_model_arrays_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_model_arrays_LDADD = $(TEST_LIBS) -ldl
