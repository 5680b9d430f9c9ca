anaincludedir = $(includedir)/anaflow
anainclude_HEADERS = \
	sdk/include/anaflow/anaflow.h sdk/include/anaflow/arrays.h sdk/include/anaflow/base.h \
	sdk/include/anaflow/blocks.h \
	sdk/include/anaflow/checkpoint.h \
	sdk/include/anaflow/files.h sdk/include/anaflow/linalg.h sdk/include/anaflow/metric.h \
	sdk/include/anaflow/model.h sdk/include/anaflow/nn.h sdk/include/anaflow/plugin.h sdk/include/anaflow/reader.h \
	sdk/include/anaflow/signal.h sdk/include/anaflow/stats.h \
	sdk/include/anaflow/stimulus.h sdk/include/anaflow/tensor.h \
	sdk/include/anaflow/test.h

# How a plugin's own build finds all this. `anaflow plugin new` copies anaflow.m4 from beside
# the templates.
pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = sdk/anaflow.pc
aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = sdk/anaflow.m4
dist_pkgdata_DATA = sdk/anaflow.m4

templates_commondir = $(pkgdatadir)/templates/common
dist_templates_common_DATA = sdk/templates/common/configure.ac \
	sdk/templates/common/Makefile.am sdk/templates/common/building.md \
	sdk/templates/common/gitignore
templates_modeldir = $(pkgdatadir)/templates/model
dist_templates_model_DATA = sdk/templates/model/plugin.c sdk/templates/model/test.c \
	sdk/templates/model/README.md
templates_readerdir = $(pkgdatadir)/templates/reader
dist_templates_reader_DATA = sdk/templates/reader/plugin.c sdk/templates/reader/test.c \
	sdk/templates/reader/README.md
templates_metricdir = $(pkgdatadir)/templates/metric
dist_templates_metric_DATA = sdk/templates/metric/plugin.c sdk/templates/metric/test.c \
	sdk/templates/metric/README.md
dist_doc_DATA += sdk/first-plugin.md
EXTRA_DIST += sdk/templates/.clang-format

# The link that configure makes where it does not run in the source folder.
distclean-local:
	test ! -h sdk/templates || rm -f sdk/templates

# The conformance test of `anaflow plugin check`.
anaflow_SOURCES += sdk/check/bench.c sdk/check/bench.h sdk/check/buffer.c \
	sdk/check/buffer.h sdk/check/check.c sdk/check/check.h sdk/check/elf.c \
	sdk/check/elf.h sdk/check/metric.c sdk/check/metric.h sdk/check/model.c \
	sdk/check/model.h sdk/check/model_emitted.c sdk/check/reader.c sdk/check/reader.h \
	sdk/check/rules.c sdk/check/rules.h sdk/check/rules_entries.c \
	sdk/check/rules_file.c sdk/check/rules_hostile.c sdk/check/rules_huge.c \
	sdk/check/rules_memory.c sdk/check/rules_metric.c \
	sdk/check/rules_model.c sdk/check/rules_reader.c sdk/check/rules_works.c
