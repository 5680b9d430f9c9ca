dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_ONNXRUNTIME: --with-onnxruntime[=FOLDER], for the model plugin onnx. FOLDER holds
dnl onnxruntime_c_api.h and libonnxruntime.so.1, as they are or in include/ and lib/.
dnl Without the option it is used where the compiler finds the header.
AC_DEFUN([ANA_ONNXRUNTIME], [
  AC_ARG_WITH([onnxruntime],
    [AS_HELP_STRING([--with-onnxruntime=FOLDER], [build the model plugin onnx with the
      ONNX Runtime in FOLDER (`./dev build --with-onnx` fetches one)])],
    [], [with_onnxruntime=auto])
  ONNXRUNTIME_CFLAGS=""
  ana_onnx_library=libonnxruntime.so.1
  AS_CASE([$with_onnxruntime],
    [no], [have_onnxruntime=no],
    [yes|auto], [
      AC_CHECK_HEADER([onnxruntime_c_api.h], [have_onnxruntime=yes],
        [AC_CHECK_HEADER([onnxruntime/onnxruntime_c_api.h],
          [have_onnxruntime=yes
           ONNXRUNTIME_CFLAGS="-isystem /usr/include/onnxruntime"],
          [have_onnxruntime=no])])
      AS_IF([test "x$with_onnxruntime$have_onnxruntime" = xyesno],
        [AC_MSG_ERROR([onnxruntime_c_api.h is missing: say where it is with
          --with-onnxruntime=FOLDER, or call ./dev build --with-onnx])])
    ], [
      ana_onnx_dir=`cd "$with_onnxruntime" 2>/dev/null && pwd`
      have_onnxruntime=no
      for ana_dir in "$ana_onnx_dir/include" "$ana_onnx_dir"; do
        AS_IF([test "x$have_onnxruntime" = xno && test -f "$ana_dir/onnxruntime_c_api.h"],
          [ONNXRUNTIME_CFLAGS="-isystem $ana_dir"; have_onnxruntime=yes])
      done
      ana_onnx_library=
      for ana_file in "$ana_onnx_dir"/lib/libonnxruntime.so.1 "$ana_onnx_dir"/libonnxruntime.so.1 \
          "$ana_onnx_dir"/lib/libonnxruntime.so "$ana_onnx_dir"/libonnxruntime.so; do
        AS_IF([test "x$ana_onnx_library" = x && test -f "$ana_file"],
          [ana_onnx_library=$ana_file])
      done
      AS_IF([test "x$have_onnxruntime" = xno || test "x$ana_onnx_library" = x],
        [AC_MSG_ERROR([$with_onnxruntime holds no onnxruntime_c_api.h or no
          libonnxruntime.so.1, neither itself nor in include/ and lib/])])
    ])
  AC_MSG_CHECKING([for ONNX Runtime])
  AC_MSG_RESULT([$have_onnxruntime])
  AC_SUBST([ONNXRUNTIME_CFLAGS])
  AC_SUBST([ONNXRUNTIME_LIBRARY], [$ana_onnx_library])
  AM_CONDITIONAL([HAVE_ONNXRUNTIME], [test "x$have_onnxruntime" = xyes])
])
