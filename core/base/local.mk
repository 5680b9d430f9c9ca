libanaflow_la_SOURCES += core/base/arena.c core/base/arena.h core/base/checked.h \
	core/base/context.c core/base/context.h core/base/context_log.c \
	core/base/context_parts.h core/base/memory.c core/base/file.c core/base/file.h \
	core/base/file_set.c core/base/file_set.h core/base/folder.c core/base/hash.c core/base/hash.h \
	core/base/packet.c core/base/packet.h core/base/process.c core/base/process.h \
	core/base/process_report.c \
	core/base/rng.c core/base/scratch.c core/base/seen.c core/base/seen.h core/base/spare.c core/base/text.c core/base/text.h core/base/version.c core/base/version.h \
	core/base/warned.c core/base/warned.h

check_PROGRAMS += test_base
test_base_SOURCES = tests/unit/test_base.c
test_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_base_LDADD = $(TEST_LIBS)
