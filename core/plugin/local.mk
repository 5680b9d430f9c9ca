# Sources and tests of core/plugin.
libanaflow_la_SOURCES += core/plugin/params.c core/plugin/params.h core/plugin/value.c \
	core/plugin/value.h

check_PROGRAMS += test_value test_params
test_value_SOURCES = tests/unit/test_value.c
test_value_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_value_LDADD = $(TEST_LIBS)
test_params_SOURCES = tests/unit/test_params.c
test_params_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_params_LDADD = $(TEST_LIBS)
