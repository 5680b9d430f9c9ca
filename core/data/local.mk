# Sources and tests of core/data.
libanaflow_la_SOURCES += core/data/elements.c core/data/npy.c core/data/npy.h \
	core/data/npy_header.c core/data/npy_header.h core/data/npy_write.c \
	core/data/safetensors.h core/data/tensor.c core/data/tensor.h core/data/tsv.h \
	core/data/utf8.c core/data/utf8.h

check_PROGRAMS += test_tensor
test_tensor_SOURCES = tests/unit/test_tensor.c
test_tensor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_tensor_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_npy
test_npy_SOURCES = tests/unit/test_npy.c
test_npy_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_npy_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/oracles/make_npy.py
EXTRA_DIST += tests/golden/npy
