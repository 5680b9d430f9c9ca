# One plugin a kind built against a frozen copy of the headers; and the layout of today's.
# tests/abi/freeze.sh renews both.
abi_plugins = tests/abi/model.la tests/abi/reader.la tests/abi/metric.la
check_LTLIBRARIES += $(abi_plugins)
EXTRA_DIST += tests/abi/include tests/abi/freeze.sh tests/abi/members.awk

abi_cppflags = -D_GNU_SOURCE -I$(top_srcdir)/tests/abi/include
tests_abi_model_la_SOURCES = tests/abi/model.c
tests_abi_model_la_CPPFLAGS = $(abi_cppflags)
tests_abi_model_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_abi_model_la_LDFLAGS = $(zoo_ldflags)
tests_abi_model_la_LIBADD = libanaflow.la -lm
tests_abi_reader_la_SOURCES = tests/abi/reader.c
tests_abi_reader_la_CPPFLAGS = $(abi_cppflags)
tests_abi_reader_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_abi_reader_la_LDFLAGS = $(zoo_ldflags)
tests_abi_reader_la_LIBADD = libanaflow.la -lm
tests_abi_metric_la_SOURCES = tests/abi/metric.c
tests_abi_metric_la_CPPFLAGS = $(abi_cppflags)
tests_abi_metric_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_abi_metric_la_LDFLAGS = $(zoo_ldflags)
tests_abi_metric_la_LIBADD = libanaflow.la -lm

check_PROGRAMS += test_abi
test_abi_SOURCES = tests/abi/layout.c tests/unit/test_abi.c
test_abi_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_abi_LDADD = $(TEST_LIBS)
test_abi_DEPENDENCIES = $(abi_plugins) libanaflow.la
