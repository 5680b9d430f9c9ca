# Sources and tests of core/stats.
libanaflow_la_SOURCES += core/stats/folds.h core/stats/pearson.c core/stats/ranks.c

check_PROGRAMS += test_stats
test_stats_SOURCES = tests/unit/test_stats.c
test_stats_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_stats_LDADD = $(TEST_LIBS)
