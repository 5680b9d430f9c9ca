dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANAFLOW_PLUGIN: all that a plugin's configure.ac needs.
dnl
dnl Finds anaflow by pkg-config (PKG_CONFIG_PATH says where, if it was not installed with
dnl the system) and sets
dnl   ANAFLOW_CFLAGS, ANAFLOW_LIBS        headers and library
dnl   ANAFLOW_PLUGIN_CFLAGS               of the plugin: warnings, one exported symbol
dnl   ANAFLOW_PLUGIN_LDFLAGS              a shared file with nothing undefined
dnl   ANAFLOW_TEST_LDFLAGS                of test programs: where libanaflow lies
dnl   CHECK_CFLAGS, CHECK_LIBS            the test library; without it HAVE_CHECK is false
dnl   pluginsdir                          where `make install` puts the plugin
dnl and adds --enable-sanitize[=LIST], --enable-werror and --with-pluginsdir=DIR.
AC_DEFUN([ANAFLOW_PLUGIN], [
  AC_REQUIRE([AC_PROG_CC])
  AC_REQUIRE([PKG_PROG_PKG_CONFIG])
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize@<:@=LIST@:>@], [build with sanitizers, by default address,undefined])],
    [], [enable_sanitize=no])
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])],
    [], [enable_werror=no])
  AC_ARG_WITH([pluginsdir],
    [AS_HELP_STRING([--with-pluginsdir=DIR], [install here @<:@LIBDIR/anaflow/plugins@:>@])],
    [], [with_pluginsdir='${libdir}/anaflow/plugins'])
  PKG_CHECK_MODULES([ANAFLOW], [anaflow])
  PKG_CHECK_MODULES([CHECK], [check], [anaflow_have_check=yes], [
    anaflow_have_check=no
    AC_MSG_WARN([the library `check` is missing: `make check` will test nothing])
  ])
  AM_CONDITIONAL([HAVE_CHECK], [test "x$anaflow_have_check" = xyes])

  ANAFLOW_PLUGIN_CFLAGS="-std=c11 -fPIC -fvisibility=hidden -ffp-contract=off -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wno-missing-field-initializers"
  AS_IF([test "x$enable_werror" = xyes],
    [ANAFLOW_PLUGIN_CFLAGS="$ANAFLOW_PLUGIN_CFLAGS -Werror"])
  ANAFLOW_PLUGIN_LDFLAGS="-shared -Wl,-z,now -Wl,-z,relro"
  ANAFLOW_TEST_LDFLAGS="-Wl,-rpath,`$PKG_CONFIG --variable=libdir anaflow`"
  AS_CASE([$enable_sanitize], [yes], [enable_sanitize=address,undefined])
  AS_IF([test "x$enable_sanitize" = xno], [
    ANAFLOW_PLUGIN_LDFLAGS="$ANAFLOW_PLUGIN_LDFLAGS -Wl,-z,defs"
  ], [
    ANAFLOW_PLUGIN_CFLAGS="$ANAFLOW_PLUGIN_CFLAGS -fsanitize=$enable_sanitize -fno-omit-frame-pointer -fno-sanitize-recover=all"
    ANAFLOW_PLUGIN_LDFLAGS="$ANAFLOW_PLUGIN_LDFLAGS -fsanitize=$enable_sanitize"
    ANAFLOW_TEST_LDFLAGS="$ANAFLOW_TEST_LDFLAGS -fsanitize=$enable_sanitize"
  ])
  AC_SUBST([ANAFLOW_PLUGIN_CFLAGS])
  AC_SUBST([ANAFLOW_PLUGIN_LDFLAGS])
  AC_SUBST([ANAFLOW_TEST_LDFLAGS])
  AC_SUBST([pluginsdir], [$with_pluginsdir])
])
