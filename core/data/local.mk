# Sources and tests of core/data.
libanaflow_la_SOURCES += core/data/elements.c core/data/npy.h core/data/safetensors.h \
	core/data/tensor.c core/data/tensor.h core/data/tsv.h

check_PROGRAMS += test_tensor
test_tensor_SOURCES = tests/unit/test_tensor.c
test_tensor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_tensor_LDADD = $(TEST_LIBS)
