#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: fuzz.sh TOP READER SECONDS: build the reader with clang's libFuzzer, ASan and UBSan, start
# from its golden files, and look for what crashes, hangs (2 s), leaks or takes over 512 MB.
# The libanaflow that it stands on is the one of build/.
set -eu
top=$1 reader=$2 seconds=$3
case $reader in
nifti) extension=.nii libraries='-ldeflate -lisal -lz -ljansson' shared= ;;
gifti) extension=.gii libraries='-lexpat -lz' shared= ;;
cifti) extension=.dtseries.nii libraries=-lexpat shared= ;;
edf) extension=.edf libraries='' shared=lib ;;
brainvision) extension=.vhdr libraries='' shared=lib ;;
eeglab) extension=.set libraries=-lz shared=lib ;;
arrays) extension=.npy libraries='' shared= ;;
*)
    echo "fuzz: there is no target $reader; there are: arrays brainvision cifti edf eeglab gifti nifti" >&2
    exit 2
    ;;
esac
work=$top/build/fuzz/$reader
golden=$top/tests/golden/$reader
[ "$reader" != arrays ] || golden=$top/tests/golden/npy
mkdir -p "$work/corpus" "$work/seeds"
find "$golden" -type f ! -name '*.tsv' -size -64k -exec cp {} "$work/seeds" \;
sources=$(find "$top/plugins/readers/$reader" ${shared:+"$top/plugins/readers/lib"} -name '*.c')
# shellcheck disable=SC2086  # one word a file or library
clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE \
    -DFUZZ_EXTENSION="\"$extension\"" -I"$top" -I"$top/core" -I"$top/sdk/include" -I"$top/build" \
    -I"$top/plugins/readers/$reader" "$top/tests/fuzz/reader.c" $sources \
    -o "$work/fuzz" "$top/build/.libs/libanaflow.so" -Wl,-rpath,"$top/build/.libs" $libraries -lm
cd "$work"
ASAN_OPTIONS=intercept_tls_get_addr=0 ./fuzz -max_total_time="$seconds" -timeout=2 -rss_limit_mb=512 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$work/" corpus seeds >log 2>&1 || {
    tail -n 40 log
    exit 1
}
sed -n 's/^stat::number_of_executed_units: */executed: /p; s/^stat::new_units_added: */new inputs: /p' log
