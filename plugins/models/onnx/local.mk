# Built where ONNX Runtime was found; elsewhere a sentence stands in for it, which
# `anaflow check` shows to a study that names the plugin.
onnx_sources = plugins/models/onnx/file.c plugins/models/onnx/file.h \
	plugins/models/onnx/graph.c plugins/models/onnx/graph.h \
	plugins/models/onnx/input.c plugins/models/onnx/layers.c \
	plugins/models/onnx/onnx.c plugins/models/onnx/onnx.h \
	plugins/models/onnx/parts.c plugins/models/onnx/parts.h \
	plugins/models/onnx/probe.c plugins/models/onnx/proto.c \
	plugins/models/onnx/proto.h plugins/models/onnx/runtime.c \
	plugins/models/onnx/runtime.h plugins/models/onnx/track.c \
	plugins/models/onnx/track.h plugins/models/onnx/twin.c plugins/models/onnx/twin.h
onnx_cflags = $(ONNXRUNTIME_CFLAGS) -DONNXRUNTIME_LIBRARY='"$(ONNXRUNTIME_LIBRARY)"'
EXTRA_DIST += plugins/models/onnx/README.md plugins/models/onnx/needs.txt \
	tests/unit/onnx_file.h

if HAVE_ONNXRUNTIME
nobase_pkglib_LTLIBRARIES += plugins/models/onnx/onnx.la
plugins_models_onnx_onnx_la_SOURCES = $(onnx_sources)
plugins_models_onnx_onnx_la_CFLAGS = $(PLUGIN_CFLAGS) $(onnx_cflags)
plugins_models_onnx_onnx_la_LDFLAGS = $(PLUGIN_LINK)
plugins_models_onnx_onnx_la_LIBADD = libanaflow.la -lm -lpthread -ldl

check_PROGRAMS += test_onnx
test_onnx_SOURCES = tests/unit/test_onnx.c $(onnx_sources)
test_onnx_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(onnx_cflags)
test_onnx_LDADD = $(TEST_LIBS) -ldl
else
onnxabsentdir = $(pluginsdir)/models/onnx
onnxabsent_DATA = plugins/models/onnx/absent.txt
CLEANFILES += plugins/models/onnx/absent.txt
plugins/models/onnx/absent.txt: plugins/models/onnx/needs.txt
	$(AM_V_GEN)$(MKDIR_P) plugins/models/onnx && cp $(srcdir)/plugins/models/onnx/needs.txt $@
endif
