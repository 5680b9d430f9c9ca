#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a run found for each talker: sh talkers.sh RESULTS
# One line a comparison: its name, r of each trial (mean over channels), mean over trials.
exec awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["measure"] == "r" && $at["fold"] != "median" && $at["score"] != "n/a" {
        talker = $at["comparison"]
        if (!(talker in folds)) order[++talkers] = talker
        if ($at["fold"] + 1 > folds[talker]) folds[talker] = $at["fold"] + 1
        sum[talker, $at["fold"]] += $at["score"]
        channels[talker, $at["fold"]]++
    }
    END {
        for (i = 1; i <= talkers; i++) {
            talker = order[i]
            total = 0
            printf "%s", talker
            for (f = 0; f < folds[talker]; f++) {
                r = sum[talker, f] / channels[talker, f]
                total += r / folds[talker]
                printf " %.4f", r
            }
            printf " %.4f\n", total
        }
        exit talkers == 0
    }' "$1/scores.tsv"
