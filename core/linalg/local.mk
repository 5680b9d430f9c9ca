# Sources and tests of core/linalg.
libanaflow_la_SOURCES += core/linalg/blas.c core/linalg/blas.h core/linalg/decompose.c core/linalg/flops.c \
	core/linalg/inverse.h core/linalg/inverse_body.h core/linalg/inverse_f32.c \
	core/linalg/inverse_f64.c \
	core/linalg/linalg.c core/linalg/pool.c core/linalg/pool.h

check_PROGRAMS += test_linalg
test_linalg_SOURCES = tests/unit/test_linalg.c
test_linalg_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_linalg_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_pool
test_pool_SOURCES = tests/unit/test_pool.c
test_pool_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_pool_LDADD = $(TEST_LIBS)
