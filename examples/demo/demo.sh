#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: demo.sh PROGRAM FOLDER: speech from text.txt, a simulated recording that follows
# known layers, an analysis that does not know them, and whether it found them. Fills
# FOLDER. Exit code 1 where an electrode with no more noise than signal was not found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
anaflow=$1
mkdir -p "$2"
DEMO=$(cd "$2" && pwd)
export DEMO

say()
{
    echo "demo: $*"
}

# One WAV a sentence; kept while text and synthesiser stay the same.
make_speech()
{
    { espeak-ng --version | sed 's/  *Data at:.*//'; cat "$here/text.txt"; } >"$DEMO/spoken.new"
    if [ -d "$DEMO/speech" ] && cmp -s "$DEMO/spoken.new" "$DEMO/spoken.txt"; then
        rm "$DEMO/spoken.new"
        return
    fi
    rm -rf "$DEMO/speech" "$DEMO/speech.new"
    mkdir "$DEMO/speech.new"
    n=0
    while IFS= read -r sentence; do
        n=$((n + 1))
        espeak-ng -w "$DEMO/speech.new/$(printf 's%02d' "$n").wav" -- "$sentence"
    done <"$here/text.txt"
    mv "$DEMO/speech.new" "$DEMO/speech"
    mv "$DEMO/spoken.new" "$DEMO/spoken.txt"
    say "espeak-ng spoke the $n sentences of examples/demo/text.txt"
}

make_speech
rm -rf "$DEMO/recording" "$DEMO/results"
say "anaflow simulate examples/demo/simulate.ini"
"$anaflow" simulate "$here/simulate.ini" >"$DEMO/simulate.log" || { cat "$DEMO/simulate.log"; exit 1; }
say "anaflow run examples/demo/pipeline.ini"
"$anaflow" run "$here/pipeline.ini" >"$DEMO/run.log" || { cat "$DEMO/run.log"; exit 1; }
sh "$here/compare.sh" "$DEMO/recording/truth.tsv" "$DEMO/results/scores.tsv"
echo "Look at $DEMO/results/report.html; examples/demo/README.md says what it shows."
