nobase_pkglib_LTLIBRARIES += plugins/models/words/words.la
plugins_models_words_words_la_SOURCES = plugins/models/words/words.c
plugins_models_words_words_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_words_words_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_words_words_la_LIBADD = libanaflow.la
EXTRA_DIST += plugins/models/words/README.md
