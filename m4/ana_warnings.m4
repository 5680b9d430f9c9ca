dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_WARNINGS: the compiler flags of every file; errors under --enable-werror.
AC_DEFUN([ANA_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make compiler warnings errors (CI)])],
    [], [enable_werror=no])
  ANA_CFLAGS=""
  for ana_flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
      -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 \
      -Wdouble-promotion -Wno-missing-field-initializers -fstack-protector-strong \
      -ffp-contract=off; do
    AX_CHECK_COMPILE_FLAG([$ana_flag], [ANA_CFLAGS="$ANA_CFLAGS $ana_flag"], [], [-Werror])
  done
  AS_IF([test "x$enable_werror" = xyes], [ANA_CFLAGS="$ANA_CFLAGS -Werror"])
  ANA_LDFLAGS="-Wl,-z,now -Wl,-z,relro"
  AC_SUBST([ANA_CFLAGS])
  AC_SUBST([ANA_LDFLAGS])
])
