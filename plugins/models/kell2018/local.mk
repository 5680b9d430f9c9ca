nobase_pkglib_LTLIBRARIES += plugins/models/kell2018/kell2018.la
kell2018_sources = plugins/models/kell2018/cochleagram.c plugins/models/kell2018/kell2018.c \
	plugins/models/kell2018/network.c plugins/models/kell2018/network.h
plugins_models_kell2018_kell2018_la_SOURCES = $(kell2018_sources)
plugins_models_kell2018_kell2018_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_kell2018_kell2018_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_kell2018_kell2018_la_LIBADD = plugins/models/lib/libmodels.la libanaflow.la -lm
EXTRA_DIST += plugins/models/kell2018/README.md

check_PROGRAMS += test_kell2018
test_kell2018_SOURCES = tests/unit/test_kell2018.c tests/unit/networks.h $(kell2018_sources)
test_kell2018_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_kell2018_LDADD = plugins/models/lib/libmodels.la $(TEST_LIBS)
EXTRA_DIST += tests/golden/kell2018 tests/oracles/make_auditory_cnns.py
