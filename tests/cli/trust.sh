#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Readers whose library may crash on a damaged file: refused by `trust = strict`, else run in a
# process of their own, one task at a time.
. "$ANA_SOURCE/tests/cli/lib.sh"

golden=$ANA_SOURCE/tests/golden

write_study()
{
    printf '%s\n' dog rain speech "$(printf '\303\274ber')" >names.txt
    awk 'BEGIN { print "stimulus\tx"; split("dog rain speech \303\274ber", s, " ")
        for (i = 1; i <= 4; i++) print s[i] "\t" i * i }' >features.tsv
    cat >study.ini <<EOF2
[study]
name = trust
cache = cache
[stimulus items]
names = names.txt
[data x]
plugin = arrays
data = features.tsv : (stimulus, target)
[features x]
from = x
[brain one]
plugin = $1
data = $golden/hdf5/v73.mat : R(stimulus=names, target)
[brain two]
plugin = hdf5
data = $golden/hdf5/v73.mat : R(stimulus=names, target)
[folds]
by = stimulus 2
inner = loo
[metric score]
plugin = ridge
[plugin ridge]
alphas = 1
EOF2
}

strict_refuses()
{
    write_study "$1"
    anaflow check study.ini --set study.trust=strict
    expect_code 2
    expect_in err "\`trust = strict\` of [study] refuses the reader $1 of [brain one]"
    expect_in err 'refuses the reader hdf5 of [brain two]'
    anaflow check study.ini --set study.trust=normal
    expect_code 0
    anaflow check study.ini --set study.trust=some
    expect_code 2
    expect_in err 'trust'
}
strict_mat() { strict_refuses mat; }
claim 'trust = strict refuses the readers mat and hdf5 in a sentence that names the key' strict_mat

# run.log says of each task that it had a process of its own; the next begins when it has ended.
apart()
{
    write_study mat
    anaflow run study.ini --output results
    expect_code 0
    [ -s results/scores.tsv ] || fail 'there are no scores'
    anaflow run study.ini --output here --set study.isolate=no
    expect_code 0
    cmp results/scores.tsv here/scores.tsv || fail 'in one process the scores differ'
}
claim 'their tasks run apart and give the same bits' apart
finish
