dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_KERNELS: whether core/nn's kernels can be compiled for AVX2 and AVX-512 beside
dnl portable C, and chosen by cpuid at run time (--disable-isa-kernels leaves them out).
AC_DEFUN([ANA_KERNELS], [
  AC_ARG_ENABLE([isa-kernels],
    [AS_HELP_STRING([--disable-isa-kernels], [portable C only in core/nn])],
    [], [enable_isa_kernels=yes])
  ana_x86_kernels=0
  AS_IF([test "x$enable_isa_kernels" = xyes], [
    ana_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq -mprefer-vector-width=512"
    AC_CACHE_CHECK([whether $CC compiles for AVX2 and AVX-512], [ana_cv_x86_kernels],
      [AC_LINK_IFELSE([AC_LANG_PROGRAM([[
        typedef float lanes __attribute__((vector_size(64)));]],
        [[lanes v = {0}; v = v * v + 1; return __builtin_cpu_supports("avx512f") && v[0] > 2;]])],
        [ana_cv_x86_kernels=yes], [ana_cv_x86_kernels=no])])
    CFLAGS=$ana_saved_cflags
    AS_IF([test "x$ana_cv_x86_kernels" = xyes], [ana_x86_kernels=1])
  ])
  AC_DEFINE_UNQUOTED([ANA_X86_KERNELS], [$ana_x86_kernels],
    [1 where kernels for AVX2 and AVX-512 are compiled in])
  AM_CONDITIONAL([X86_KERNELS], [test "x$ana_x86_kernels" = x1])
])
