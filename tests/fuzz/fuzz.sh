#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: fuzz.sh TOP TARGET|all SECONDS: compile core/ and the readers with clang's libFuzzer, ASan
# and UBSan, start from the golden files, and look for what crashes, hangs (10 s), leaks or takes
# more than 512 MB. `all` runs two at a time. A file that breaks a reader is kept in
# build/fuzz/TARGET/. The rest of the library is build/'s.
#
# hdf5 and mat stand on libhdf5 and matio, which are known to crash on damaged files and are not
# ours: what breaks inside them is counted, not reported, since a run contains it (a process of
# its own); leaks are not looked for in these two. libhdf5 asks for as much as a damaged size
# says and leaves it untouched: more than 512 MB at once is refused, as by a system without,
# since ASan alone would touch a byte of its own for every eight of it. What our own code asks
# for goes through ana_alloc, which refuses 256 MB in every target before it asks the system.
set -eu
top=$1 wanted=$2 seconds=$3
targets='arrays brainvision cifti edf eeglab gifti hdf5 mat mgh nifti numbers tables'
flags='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE'
flags="$flags $(pkg-config --cflags hdf5 matio)"

die()
{
    echo "fuzz: $*" >&2
    exit 1
}

# What a target reads, how its files end (the parts of one recording with blanks between) and
# where its seeds are.
look_up()
{
    reader=$1 libraries="-lxxhash -ldeflate -lexpat -ljansson $(pkg-config --libs matio hdf5) -lz"
    golden="$top/tests/golden/$1" name='*' unsafe=''
    case $1 in
    arrays) extensions=.npy golden=$top/tests/golden/npy ;;
    tables) reader=arrays extensions=.tsv golden=$top/tests/golden/arrays name='table.*' ;;
    numbers) reader=arrays extensions=.txt golden=$top/tests/golden/arrays name='*.txt' ;;
    brainvision) extensions='.vhdr .eeg .vmrk' ;;
    cifti) extensions=.dtseries.nii ;;
    edf) extensions=.edf ;;
    eeglab) extensions='.set .fdt' ;;
    gifti) extensions=.gii ;;
    nifti) extensions=.nii ;;
    hdf5) extensions=.h5 unsafe=yes ;;
    mat) extensions=.mat unsafe=yes ;;
    mgh) reader=nifti extensions=.mgz golden=$top/tests/golden/nifti name='*.mg?' ;;
    *) die "there is no target $1; there are: $targets" ;;
    esac
    work=$top/build/fuzz/$1
}

# base, data, plugin and what readers share, compiled once for all targets.
build_core()
{
    core=$top/build/fuzz/core
    mkdir -p "$core"
    [ ! -f "$core/core.a" ] || [ -n "$(find "$top/core" "$top/sdk/include" \
        "$top/plugins/readers/lib" "$0" -newer "$core/core.a")" ] || return 0
    rm -f "$core"/*
    find "$top/core/base" "$top/core/data" "$top/core/plugin" "$top/plugins/readers/lib" \
        -name '*.c' -print0 |
        xargs -0 -P 2 -I '{}' sh -c 'clang '"$flags"' -fsanitize=fuzzer-no-link \
            -DANA_BIN_DIR=\"\" -DANA_PLUGINS_DIR=\"\" -I"$1" -I"$1/core" -I"$1/sdk/include" \
            -I"$1/build" -c "$2" -o "$1/build/fuzz/core/$(basename "$2" .c).o"' sh "$top" '{}'
    ar rcs "$core/core.a" "$core"/*.o
}

build_target()
{
    sources=$(find "$top/plugins/readers/$reader" -name '*.c')
    # shellcheck disable=SC2086  # one word a file or library
    clang $flags -fsanitize=fuzzer -DFUZZ_EXTENSIONS="\"$extensions\"" \
        -I"$top" -I"$top/core" -I"$top/sdk/include" -I"$top/build" \
        -I"$top/plugins/readers/$reader" "$top/tests/fuzz/reader.c" $sources \
        -o "$work/fuzz" "$top/build/fuzz/core/core.a" "$top/build/.libs/libanaflow.so" \
        -Wl,-rpath,"$top/build/.libs" $libraries -lm
}

# A seed a good file; the parts of a recording are joined by a line of scissors.
make_seeds()
{
    first=${extensions%% *}
    rest=${extensions#"$first"}
    find "$golden" -type f -name "$name" ! -name "*.tsv" -size -64k |
        while read -r file; do
            if [ -z "$rest" ]; then
                cp "$file" "$work/seeds"
                continue
            fi
            [ "${file%"$first"}" != "$file" ] || continue
            for extension in $extensions; do
                [ "$extension" = "$first" ] || printf '\n--8<--\n'
                cat "${file%"$first"}$extension" 2>/dev/null || true
            done >"$work/seeds/$(basename "$file")"
        done
}

# Whether a log's fault has its innermost frame, behind the sanitizer's own, in a library that
# is known for them.
in_library()
{
    awk '/^ *#[0-9]+ / && !/\/fuzz\+0x|libc\.so|nptl\/|sysdeps|stdlib\// { print; exit }' "$1" |
        grep -q 'libhdf5\|libmatio'
}

# libFuzzer's own processes, which may break; each file that did is tried again by itself.
run_contained()
{
    cd "$work"
    rm -f crash-* timeout-* oom-*
    options=intercept_tls_get_addr=0:detect_leaks=0:allocator_may_return_null=1
    options=$options:max_allocation_size_mb=512:quarantine_size_mb=64
    ASAN_OPTIONS=$options ./fuzz -fork=1 -ignore_crashes=1 -ignore_ooms=1 -ignore_timeouts=1 \
        -detect_leaks=0 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -max_len=65536 \
        -artifact_prefix="$work/" corpus seeds >log 2>&1 || :
    files=$(sed -n 's/^#\([0-9]*\): cov: .*/\1/p' log | tail -n 1)
    broke=0
    for file in crash-* timeout-* oom-*; do
        [ -f "$file" ] || continue
        broke=$((broke + 1))
        ASAN_OPTIONS=$options ./fuzz -detect_leaks=0 -timeout=10 -rss_limit_mb=512 "$file" \
            >one.log 2>&1 && continue
        in_library one.log && continue
        echo "fuzz: $1 broke with $work/$file:" >&2
        tail -n 40 one.log >&2
        exit 1
    done
    [ -n "$files" ] || { tail -n 20 log >&2; exit 1; }
    printf 'fuzz: %s: %s files in %s s, %s of them broke the library, which a run contains\n' \
        "$1" "$files" "$seconds" "$broke"
}

run_target()
{
    if [ -n "$unsafe" ]; then
        run_contained "$1"
        return
    fi
    cd "$work"
    ASAN_OPTIONS=intercept_tls_get_addr=0 ./fuzz -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=512 -max_len=65536 -print_final_stats=1 -artifact_prefix="$work/" \
        corpus seeds >log 2>&1 || {
        echo "fuzz: $1 broke:" >&2
        tail -n 40 log >&2
        exit 1
    }
    printf 'fuzz: %s: %s files in %s s, %s of them new\n' "$1" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' log)" "$seconds" \
        "$(sed -n 's/^stat::new_units_added: *//p' log)"
}

command -v clang >/dev/null || die 'there is no clang'
if [ "$wanted" = all ]; then
    build_core
    # shellcheck disable=SC2086  # one word a target
    printf '%s\n' $targets | xargs -P 2 -I '{}' sh "$0" "$top" '{}' "$seconds"
    exit
fi
look_up "$wanted"
build_core
mkdir -p "$work/corpus" "$work/seeds"
build_target
make_seeds
run_target "$wanted"
