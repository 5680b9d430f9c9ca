# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# nifti.ini: three short images of tests/golden/nifti, whose scores are images, too, and a
# made feature. golden is a link to tests/golden: lines of an INI are short.
write_images()
{
    ln -s "$ANA_SOURCE/tests/golden" golden
    for run in 1 2 3; do
        awk -v run=$run 'BEGIN { print "x"; srand(run); for (i = 0; i < 5; i++) print rand() + i * run % 3 }' >x$run.tsv
    done
    cat >nifti.ini <<END
[study]
name = maps
seed = 1
[data x]
plugin = arrays
data = x*.tsv : (time, target) @ 0.666666666 Hz
[features x]
from = x
[brain b]
plugin = nifti
data = golden/nifti/i2_le.nii golden/nifti/i4_le.nii golden/nifti/f4_le.nii
mask = golden/nifti/mask.nii.gz
[folds]
by = run
[metric score]
plugin = ridge
[compare]
main = x -> b
END
}
