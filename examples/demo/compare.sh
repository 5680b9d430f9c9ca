#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: compare.sh TRUTH SCORES: what `anaflow simulate` planted beside what `anaflow run`
# found. An electrode is found where its largest r, over all layers at all delays, is that
# of the layer and delay that it follows. Exit code 1 where one with noise <= 1 is not, or
# where nothing was planted.
set -eu
awk -F '\t' '
    FNR == 1 { for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
    function cell(name) { return $at[FILENAME, name] }
    FILENAME == ARGV[1] {
        target = cell("target")
        order[++n] = target
        planted[target] = cell("features") " " cell("model") " " cell("layer")
        noise[target] = cell("noise")
        reach[target] = cell("best_r")
        next
    }
    cell("measure") == "r" && cell("fold") == "median" && cell("score") != "n/a" {
        target = cell("target")
        if (!(target in best) || cell("score") + 0 > best[target]) {
            best[target] = cell("score") + 0
            peak[target] = cell("features") " " cell("model") " " cell("layer")
        }
    }
    END {
        for (i = 1; i <= n; i++) {
            target = order[i]
            all[noise[target]]++
            if (peak[target] == planted[target]) {
                found++
                r[noise[target]] += best[target]
                hits[noise[target]]++
            } else {
                printf "%s follows %s (noise %s), but %s predicts it best\n", target,
                    planted[target], noise[target], peak[target] ? peak[target] : "nothing"
                missed += noise[target] <= 1
            }
            limit[noise[target]] = reach[target]
            if (all[noise[target]] == 1) level[++levels] = noise[target]
        }
        printf "%d of %d electrodes peak at the layer and delay that they follow\n", found, n
        for (k = 1; k <= levels; k++)
            if (hits[level[k]])
                printf "  noise %s: %d of %d, mean r %.3f (no model can exceed %.3f)\n", level[k],
                    hits[level[k]], all[level[k]], r[level[k]] / hits[level[k]], limit[level[k]]
        exit n == 0 || missed > 0
    }' "$1" "$2"
