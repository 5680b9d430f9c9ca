dnl SPDX-License-Identifier: BSD-3-Clause
dnl ANA_LIBRARIES: every library by pkg-config, but libltdl, which ships no .pc file.
AC_DEFUN([ANA_LIBRARIES], [
  PKG_CHECK_MODULES([BLAS], [openblas])
  PKG_CHECK_MODULES([LAPACKE], [lapacke])
  PKG_CHECK_MODULES([SNDFILE], [sndfile])
  PKG_CHECK_MODULES([SOXR], [soxr])
  PKG_CHECK_MODULES([INIH], [inih])
  PKG_CHECK_MODULES([JANSSON], [jansson])
  PKG_CHECK_MODULES([XXHASH], [libxxhash])
  PKG_CHECK_MODULES([NETTLE], [nettle])
  PKG_CHECK_MODULES([GZIP], [libdeflate zlib])
  PKG_CHECK_MODULES([EXPAT], [expat])
  PKG_CHECK_MODULES([MATIO], [matio zlib hdf5])
  PKG_CHECK_MODULES([HDF5], [hdf5])
  PKG_CHECK_MODULES([CHECK], [check], [have_check=yes], [have_check=no])
  AM_CONDITIONAL([HAVE_CHECK], [test "x$have_check" = xyes])
  AC_CHECK_HEADER([ltdl.h], [], [AC_MSG_ERROR([ltdl.h is missing: install libltdl-dev])])
  AC_CHECK_LIB([ltdl], [lt_dlinit], [LTDL_LIBS=-lltdl],
    [AC_MSG_ERROR([libltdl is missing: install libltdl-dev])])
  AC_SUBST([LTDL_LIBS])
  dnl Two that cannot be asked when the program runs; `anaflow doctor` prints them.
  AC_DEFINE_UNQUOTED([ANA_LAPACKE_VERSION], ["`$PKG_CONFIG --modversion lapacke`"],
    [version of LAPACKE that this was built with])
  AC_DEFINE_UNQUOTED([ANA_INIH_VERSION], ["`$PKG_CONFIG --modversion inih`"],
    [version of inih that this was built with])
])
