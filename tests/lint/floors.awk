# SPDX-License-Identifier: BSD-3-Clause
# core's folders are floors: cli, pipeline, {plugin report stats}, {data signal nn},
# linalg, base. No file includes from a floor above its own; a plugin includes the
# installed headers and what plugins share, nothing of core.
BEGIN {
    split("base 0 linalg 1 data 2 signal 2 nn 2 plugin 3 report 3 stats 3 pipeline 4 cli 5",
          word, " ")
    for (i = 1; i in word; i += 2)
        floor[word[i]] = word[i + 1]
}
/^#include "/ {
    split(FILENAME, own, "/")
    split($2, other, /["\/]/)
    if (own[1] == "core" && floor[other[2]] > floor[own[2]])
        print FILENAME ":" FNR ": includes upward: " $2
    if (own[1] == "plugins" && other[2] in floor)
        print FILENAME ":" FNR ": a plugin includes " $2
}
