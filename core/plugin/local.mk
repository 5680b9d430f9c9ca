# Sources and tests of core/plugin.
libanaflow_la_SOURCES += core/plugin/params.c core/plugin/params.h \
	core/plugin/params_get.c core/plugin/params_private.h core/plugin/value_list.c \
	core/plugin/value_private.h core/plugin/value_words.c core/plugin/value.c \
	core/plugin/value.h

check_PROGRAMS += test_value test_params
test_value_SOURCES = tests/unit/test_value.c
test_value_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_value_LDADD = $(TEST_LIBS)
test_params_SOURCES = tests/unit/test_params.c
test_params_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_params_LDADD = $(TEST_LIBS)
libanaflow_la_SOURCES += core/plugin/apart.c core/plugin/apart.h \
	core/plugin/apart_call.h core/plugin/apart_message.c core/plugin/apart_message.h \
	core/plugin/apart_reader.c core/plugin/apart_serve.c core/plugin/describe.c core/plugin/describe.h \
	core/plugin/descriptor.c core/plugin/descriptor.h \
	core/plugin/descriptor_params.c core/plugin/load.c core/plugin/load.h \
	core/plugin/absent.c core/plugin/registry.c core/plugin/registry.h core/plugin/remember.c \
	core/plugin/remember.h core/plugin/scan.c core/plugin/scan.h \
	core/plugin/search.c core/plugin/search.h core/plugin/trust.c core/plugin/trust.h \
	core/plugin/widen.c core/plugin/widen.h

check_PROGRAMS += test_descriptor test_packet test_registry
test_packet_SOURCES = tests/unit/test_packet.c
test_packet_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_packet_LDADD = $(TEST_LIBS)
test_descriptor_SOURCES = tests/unit/test_descriptor.c
test_descriptor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_descriptor_LDADD = $(TEST_LIBS)
test_registry_SOURCES = tests/unit/test_registry.c
test_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_registry_LDADD = $(TEST_LIBS)
