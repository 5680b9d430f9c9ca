#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# r at one delay at a time: sh lags.sh RESULTS, of a run of lags.ini.
# One line a delay: ms, r of the attended and of the ignored talker (mean over channels
# and trials).
exec awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["measure"] == "r" && $at["fold"] != "median" && $at["score"] != "n/a" {
        lag = $at["lag"]
        if (!(lag in seen)) order[++lags] = lag
        seen[lag] = 1
        sum[lag, $at["comparison"]] += $at["score"]
        n[lag, $at["comparison"]]++
    }
    END {
        for (i = 1; i <= lags; i++) {
            lag = order[i]
            printf "%g %.4f %.4f\n", 1000 * lag, sum[lag, "attended"] / n[lag, "attended"],
                sum[lag, "ignored"] / n[lag, "ignored"]
        }
        exit lags == 0
    }' "$1/scores.tsv"
