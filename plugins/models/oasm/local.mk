nobase_pkglib_LTLIBRARIES += plugins/models/oasm/oasm.la
plugins_models_oasm_oasm_la_SOURCES = plugins/models/oasm/oasm.c
plugins_models_oasm_oasm_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_oasm_oasm_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_oasm_oasm_la_LIBADD = libanaflow.la -lm
EXTRA_DIST += plugins/models/oasm/README.md

check_PROGRAMS += test_oasm
test_oasm_SOURCES = tests/unit/test_oasm.c tests/unit/sink.h plugins/models/oasm/oasm.c
test_oasm_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_oasm_LDADD = $(TEST_LIBS)
