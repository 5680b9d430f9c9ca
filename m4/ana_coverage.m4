dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_COVERAGE: --enable-coverage instruments the build for gcov.
AC_DEFUN([ANA_COVERAGE], [
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [count executed lines with gcov])],
    [], [enable_coverage=no])
  AS_IF([test "x$enable_coverage" = xyes], [
    ANA_CFLAGS="$ANA_CFLAGS --coverage -O0"
    ANA_LDFLAGS="$ANA_LDFLAGS --coverage"
  ])
])
