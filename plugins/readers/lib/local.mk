# What our own readers share; static, not installed.
noinst_LTLIBRARIES += plugins/readers/lib/libreaders.la
plugins_readers_lib_libreaders_la_SOURCES = plugins/readers/lib/series.c \
	plugins/readers/lib/series.h plugins/readers/lib/series_list.c \
	plugins/readers/lib/series_text.c plugins/readers/lib/targets.c \
	plugins/readers/lib/targets.h
plugins_readers_lib_libreaders_la_CFLAGS = $(PLUGIN_CFLAGS)
