#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every file of the EEG folders of ../shared/data: inspect tells what it is, or refuses it with
# its own sentence, as real_eeg_files.tsv says; a file that is not there is a failure.
. "$ANA_SOURCE/tests/cli/lib.sh"

data=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
table=$ANA_SOURCE/tests/golden/real_eeg_files.tsv
[ -r "$data/formats-eeg/edf/tests/data/test.edf" ] || {
    echo 'SKIPPED: no ../shared/data'
    exit 77
}

each_file()
{
    (cd "$data" && find formats-eeg eeg-eeglab -type f ! -name '*.md' ! -name SHA256SUMS \
        ! -name 'LICENSE*') | sort >there
    cut -f 1 "$table" | sed 1d | sort >known
    diff there known || fail 'the folders hold other files than real_eeg_files.tsv'
    sed 1d "$table" >rows
    while IFS="$(printf '\t')" read -r file code sentence; do
        anaflow inspect "$data/$file"
        expect_code "$code"
        cat out err >both
        expect_in both "$sentence"
    done <rows
}
claim 'each real file is told, or refused with its sentence' each_file

finish
