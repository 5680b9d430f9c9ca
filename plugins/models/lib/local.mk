# What our own networks share; static, not installed.
noinst_LTLIBRARIES += plugins/models/lib/libmodels.la
plugins_models_lib_libmodels_la_SOURCES = plugins/models/lib/clip.c plugins/models/lib/clip.h plugins/models/lib/erbbank.c \
	plugins/models/lib/erbbank.h
plugins_models_lib_libmodels_la_CFLAGS = $(PLUGIN_CFLAGS)
