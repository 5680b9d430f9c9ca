# Sources and tests of core/signal.
libanaflow_la_SOURCES += core/signal/align.c core/signal/butterflies.c \
	core/signal/butterflies.h core/signal/erb.c core/signal/fft.c core/signal/filter.c \
	core/signal/filter.h core/signal/hrf.c core/signal/hrf.h core/signal/kernel.c \
	core/signal/kernel.h core/signal/lanczos.c \
	core/signal/lanczos.h core/signal/nuisance.c core/signal/nuisance.h core/signal/polyphase.c core/signal/resample.c \
	core/signal/resample.h

check_PROGRAMS += test_fft test_filter test_resample test_erb
test_fft_SOURCES = tests/unit/test_fft.c
test_fft_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_fft_LDADD = $(TEST_LIBS)
test_resample_SOURCES = tests/unit/test_resample.c
test_resample_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_resample_LDADD = $(TEST_LIBS)
test_erb_SOURCES = tests/unit/test_erb.c
test_erb_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_erb_LDADD = $(TEST_LIBS)
test_filter_SOURCES = tests/unit/test_filter.c
test_filter_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_filter_LDADD = $(TEST_LIBS)
