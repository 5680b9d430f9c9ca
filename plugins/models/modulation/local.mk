nobase_pkglib_LTLIBRARIES += plugins/models/modulation/modulation.la
modulation_sources = plugins/models/modulation/energy.c plugins/models/modulation/filters.c \
	plugins/models/modulation/filters.h plugins/models/modulation/modulation.c \
	plugins/models/modulation/modulation.h
plugins_models_modulation_modulation_la_SOURCES = $(modulation_sources)
plugins_models_modulation_modulation_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_modulation_modulation_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_modulation_modulation_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/modulation/README.md

check_PROGRAMS += test_modulation
test_modulation_SOURCES = tests/unit/test_modulation.c tests/unit/sink.h $(modulation_sources)
test_modulation_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_modulation_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/golden/modulation tests/oracles/make_modulation.py
