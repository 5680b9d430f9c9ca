#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# An installed anaflow (make installcheck, and with it distcheck): its plugins are found,
# its pages and completion are there, and a plugin of each kind that `plugin new` begins
# builds against it, passes its test and is listed.
# ANAFLOW is the installed program, ANA_PREFIX where it was installed.
set -eu
: "${ANAFLOW:?is the installed program; run this by make installcheck}"
: "${ANA_PREFIX:?is the prefix; run this by make installcheck}"
unset ANAFLOW_PLUGIN_PATH CFLAGS LDFLAGS CPPFLAGS MAKEFLAGS MFLAGS MAKELEVEL CONFIG_SITE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

die()
{
    echo "installed.sh: $*" >&2
    exit 1
}

"$ANAFLOW" plugin list >found
for plugin in ridge cochleagram mat; do
    grep -q " $plugin " found || die "the installed program does not find $plugin"
done
for file in share/man/man1/anaflow.1 share/man/man5/anaflow.ini.5 \
    share/bash-completion/completions/anaflow include/anaflow/anaflow.h; do
    [ -s "$ANA_PREFIX/$file" ] || die "$file was not installed"
done
for kind in model reader metric; do
    "$ANAFLOW" plugin new $kind my-$kind --dir plugins >/dev/null
    lines=$(wc -l <plugins/my-$kind/my-$kind.c)
    [ "$lines" -lt 120 ] || die "my-$kind.c has $lines lines"
    (cd plugins/my-$kind && autoreconf -fi && ./configure -q --enable-werror &&
        make -s check) >log 2>&1 || { tail -n 40 log; die "my-$kind does not build"; }
    grep -q '^# PASS:  *1$' log || die "my-$kind was not tested"
    ANAFLOW_PLUGIN_PATH=$PWD/plugins "$ANAFLOW" plugin list >found
    grep -q "^$kind  *my-$kind  *1\.0 " found || die "my-$kind is not listed"
done
echo "the installed anaflow works: a plugin of each kind was built against it"
