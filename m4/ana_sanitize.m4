dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_SANITIZE: --enable-sanitize=address,undefined or =thread.
AC_DEFUN([ANA_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST], [build with sanitizers: address,undefined or thread])],
    [], [enable_sanitize=no])
  AS_CASE([$enable_sanitize],
    [no], [],
    [yes], [enable_sanitize=address,undefined])
  AS_IF([test "x$enable_sanitize" != xno], [
    ANA_CFLAGS="$ANA_CFLAGS -fsanitize=$enable_sanitize -fno-omit-frame-pointer -fno-sanitize-recover=all"
    ANA_LDFLAGS="$ANA_LDFLAGS -fsanitize=$enable_sanitize"
  ], [
    ANA_LDFLAGS="$ANA_LDFLAGS -Wl,-z,defs"
    ANA_CFLAGS="$ANA_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
  ])
  AM_CONDITIONAL([SANITIZE], [test "x$enable_sanitize" != xno])
])
