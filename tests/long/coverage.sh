#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: coverage.sh BUILD: what share of core/ and plugins/ the tests in the instrumented
# build folder BUILD have run, a line for each folder.
set -eu
cd "$1"
find . -path './tests/*' -prune -o -name '*.gcda' -print | sort | xargs -r -n 1 gcov -b -n 2>/dev/null |
    awk -f ../tests/long/coverage.awk | sort
