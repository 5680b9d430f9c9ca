#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: valgrind.sh BUILD: the tiny study of tests/cli/tiny.sh under valgrind's memcheck,
# with the program of the build folder BUILD. Exit code 9 if memcheck finds anything.
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
. "$source/tests/cli/tiny.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
write_tiny
"$build/libtool" --mode=execute valgrind --error-exitcode=9 --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    "$build/anaflow" run tiny.ini --jobs 2
