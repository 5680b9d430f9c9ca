# The run: a study's models and recordings become problems, metrics score them.
libanaflow_la_SOURCES += core/pipeline/study.h core/pipeline/out.c core/pipeline/out.h \
	core/pipeline/out_clips.c core/pipeline/space.c core/pipeline/space.h

# The INI file.
libanaflow_la_SOURCES += core/pipeline/ini.c core/pipeline/ini.h core/pipeline/ini_expand.c \
	core/pipeline/ini_lines.c core/pipeline/ini_private.h core/pipeline/ini_text.c

check_PROGRAMS += test_ini
test_ini_SOURCES = tests/unit/test_ini.c
test_ini_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_ini_LDADD = $(TEST_LIBS)
