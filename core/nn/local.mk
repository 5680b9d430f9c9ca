# Sources and tests of core/nn, and the script that its messages name.
toolsdir = $(pkgdatadir)/tools
dist_tools_SCRIPTS = tools/convert_checkpoint.py
libanaflow_la_SOURCES += core/nn/attention.c core/nn/checkpoint.c \
	core/nn/checkpoint.h core/nn/checkpoint_config.c \
	core/nn/checkpoint_pickles.c core/nn/checkpoint_shards.c \
	core/nn/checkpoint_twins.c core/nn/checkpoint_weights.c core/nn/conv1d.c core/nn/conv2d.c \
	core/nn/dispatch.c core/nn/kernels.h core/nn/linear.c core/nn/longconv.c \
	core/nn/longconv.h core/nn/lstm.c core/nn/norms.c \
	core/nn/pool2d.c core/nn/positions.c core/nn/product.c \
	core/nn/product.h core/nn/rows.c core/nn/tail.h \
	core/nn/toom.c core/nn/toom.h

# The kernels once an instruction set. Contraction (a * b + c rounded once) is what FMA is
# for; vectors are passed by pointer only, so their psABI does not matter.
kernel_sources = core/nn/kernels.c core/nn/kernels_blocks.c core/nn/kernels_set.h \
	core/nn/lanes.h
kernel_cflags = $(AM_CFLAGS) -O3 -ffp-contract=fast -fno-math-errno -Wno-psabi
noinst_LTLIBRARIES += core/nn/libkernels_generic.la
core_nn_libkernels_generic_la_SOURCES = $(kernel_sources)
core_nn_libkernels_generic_la_CPPFLAGS = $(AM_CPPFLAGS) -DANA_KERNELS=ana_nn_kernels_generic \
	-DANA_KERNELS_NAME='"generic"'
core_nn_libkernels_generic_la_CFLAGS = $(kernel_cflags)
libanaflow_la_LIBADD += core/nn/libkernels_generic.la
if X86_KERNELS
noinst_LTLIBRARIES += core/nn/libkernels_avx2.la core/nn/libkernels_avx512.la
core_nn_libkernels_avx2_la_SOURCES = $(kernel_sources)
core_nn_libkernels_avx2_la_CPPFLAGS = $(AM_CPPFLAGS) -DANA_KERNELS=ana_nn_kernels_avx2 \
	-DANA_KERNELS_NAME='"avx2"'
core_nn_libkernels_avx2_la_CFLAGS = $(kernel_cflags) -mavx2 -mfma
core_nn_libkernels_avx512_la_SOURCES = $(kernel_sources)
core_nn_libkernels_avx512_la_CPPFLAGS = $(AM_CPPFLAGS) -DANA_KERNELS=ana_nn_kernels_avx512 \
	-DANA_KERNELS_NAME='"avx512"'
core_nn_libkernels_avx512_la_CFLAGS = $(kernel_cflags) -mavx2 -mfma -mavx512f -mavx512vl \
	-mavx512dq -mprefer-vector-width=512
libanaflow_la_LIBADD += core/nn/libkernels_avx2.la core/nn/libkernels_avx512.la
endif

check_PROGRAMS += test_nn
test_nn_SOURCES = tests/unit/test_nn.c
test_nn_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_nn_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_checkpoint
test_checkpoint_SOURCES = tests/unit/test_checkpoint.c
test_checkpoint_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_checkpoint_LDADD = $(TEST_LIBS)
