nobase_pkglib_LTLIBRARIES += plugins/models/cochresnet50/cochresnet50.la
cochresnet50_sources = plugins/models/cochresnet50/cochleagram.c plugins/models/cochresnet50/cochresnet50.c \
	plugins/models/cochresnet50/network.c \
	plugins/models/cochresnet50/network.h plugins/models/cochresnet50/resnet.c
plugins_models_cochresnet50_cochresnet50_la_SOURCES = $(cochresnet50_sources)
plugins_models_cochresnet50_cochresnet50_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_models_cochresnet50_cochresnet50_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_cochresnet50_cochresnet50_la_LIBADD = plugins/models/lib/libmodels.la libanaflow.la -lm
EXTRA_DIST += plugins/models/cochresnet50/README.md

check_PROGRAMS += test_cochresnet50
test_cochresnet50_SOURCES = tests/unit/test_cochresnet50.c tests/unit/networks.h $(cochresnet50_sources)
test_cochresnet50_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_cochresnet50_LDADD = plugins/models/lib/libmodels.la $(TEST_LIBS)
EXTRA_DIST += tests/golden/cochresnet50
