# Sources and tests of core/stats.
libanaflow_la_SOURCES += core/stats/folds.c core/stats/folds.h \
	core/stats/folds_build.c core/stats/folds_deal.c core/stats/folds_file.c \
	core/stats/folds_inner.c core/stats/folds_units.c core/stats/folds_work.h \
	core/stats/folds_write.c core/stats/pearson.c core/stats/ranks.c
libanaflow_la_SOURCES += core/stats/halves.c core/stats/halves.h

check_PROGRAMS += test_halves
test_halves_SOURCES = tests/unit/test_halves.c
test_halves_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_halves_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_stats
test_stats_SOURCES = tests/unit/test_stats.c
test_stats_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_stats_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_folds
test_folds_SOURCES = tests/unit/test_folds.c
test_folds_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_folds_LDADD = $(TEST_LIBS)
