# Plugins that study files in tests name.
study_plugins = tests/study/tone.la tests/study/twin-model.la tests/study/twin-reader.la \
	tests/study/tape.la tests/study/line.la tests/study/sheet.la tests/study/hoarse.la
check_LTLIBRARIES += $(study_plugins)
EXTRA_DIST += tests/study/quiet.h tests/study/bounded.ini tests/study/wide.ini

tests_study_tone_la_SOURCES = tests/study/tone.c
tests_study_tone_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_tone_la_LDFLAGS = $(zoo_ldflags)
tests_study_twin_model_la_SOURCES = tests/study/twin-model.c
tests_study_twin_model_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_twin_model_la_LDFLAGS = $(zoo_ldflags)
tests_study_twin_reader_la_SOURCES = tests/study/twin-reader.c
tests_study_twin_reader_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_twin_reader_la_LDFLAGS = $(zoo_ldflags)
tests_study_tape_la_SOURCES = tests/study/tape.c
tests_study_tape_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_tape_la_LDFLAGS = $(zoo_ldflags)
tests_study_line_la_SOURCES = tests/study/line.c
tests_study_line_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_line_la_LDFLAGS = $(zoo_ldflags)
tests_study_sheet_la_SOURCES = tests/study/sheet.c
tests_study_sheet_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_sheet_la_LDFLAGS = $(zoo_ldflags)
tests_study_hoarse_la_SOURCES = tests/study/hoarse.c
tests_study_hoarse_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_study_hoarse_la_LDFLAGS = $(zoo_ldflags)
tests_study_hoarse_la_LIBADD = libanaflow.la

# A recording of any size, for tests of what does not fit into memory.
EXTRA_PROGRAMS += tests/study/runs tests/study/wide
check_DATA = tests/study/runs$(EXEEXT) tests/study/wide$(EXEEXT)
tests_study_wide_SOURCES = tests/study/wide.c
tests_study_runs_SOURCES = tests/study/runs.c
tests_study_runs_CFLAGS = $(AM_CFLAGS) $(GZIP_CFLAGS)
tests_study_runs_LDADD = $(GZIP_LIBS)

check_PROGRAMS += test_study
test_study_SOURCES = tests/unit/test_study.c
test_study_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_study_LDADD = $(TEST_LIBS)
test_study_DEPENDENCIES = $(study_plugins) libanaflow.la

# EXTRA_PROGRAMS are not cleaned by themselves.
CLEANFILES += tests/study/runs tests/study/wide
