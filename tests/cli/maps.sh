#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Scores go back into the space that they came from.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/images.sh"
golden=golden # the link that write_images makes

python=/usr/bin/python3

# needs_nibabel: this test compares with it.
needs_nibabel()
{
    $python -c "import nibabel" 2>/dev/null || { echo "there is no nibabel"; exit 77; }
}

nifti_maps()
{
    write_images
    anaflow run nifti.ini --output results
    expect_code 0
    ls results/maps >made
    expect_in made main_b_x_x_r.nii.gz
    expect_in made main_b_x_x_r2.nii.gz
    anaflow inspect results/maps/main_b_x_x_r.nii.gz
    expect_in out '4 x 3 x 2 float32'
    expect_in out 'voxel (0, 0, 0) at (40, -50, -20) mm'
    needs_nibabel
    $python - "$golden/nifti" results <<'END' >compared || fail "nibabel finds other values: $(cat compared)"
import csv, sys
import nibabel, numpy as np
golden, results = sys.argv[1:]
map_ = nibabel.load(results + "/maps/main_b_x_x_r.nii.gz")
like = nibabel.load(golden + "/i2_le.nii")
mask = np.asarray(nibabel.load(golden + "/mask.nii.gz").dataobj) != 0
assert np.array_equal(map_.affine, like.affine), (map_.affine, like.affine)
assert map_.shape == like.shape[:3]
scores = [float("nan") if row["score"] == "n/a" else float(row["score"])
          for row in csv.DictReader(open(results + "/scores.tsv"), delimiter="\t")
          if row["measure"] == "r" and row["fold"] == "median"]
values = np.asarray(map_.dataobj)
inside = values.T[mask.T]
assert len(scores) == mask.sum() == len(inside), (len(scores), mask.sum())
assert np.array_equal(inside, np.float32(scores), equal_nan=True), (inside, scores)
assert not values[~mask].any()
print("equal")
END
}
claim 'NIfTI scores are written as NIfTI, equal under nibabel in values and affine' nifti_maps

dropped_targets_are_nan()
{
    write_images
    anaflow run nifti.ini --output all
    first=$(awk -F '\t' 'NR == 2 { gsub(",", "?", $14); print $14 }' all/scores.tsv)
    anaflow run nifti.ini --output results --set "brain b.prepare=bad($first)"
    expect_code 0
    needs_nibabel
    $python - all results <<'END' >compared || fail "the map is another: $(cat compared)"
import sys
import nibabel, numpy as np
a, b = (np.asarray(nibabel.load(f + "/maps/main_b_x_x_r.nii.gz").dataobj) for f in sys.argv[1:])
gone = np.isnan(b) & ~np.isnan(a)
assert gone.sum() <= 1 and np.isnan(b).sum() >= 1
assert np.array_equal(a[~np.isnan(b)], b[~np.isnan(b)])
END
}
claim 'targets that were left out are NaN in the map' dropped_targets_are_nan

gifti_maps()
{
    write_images
    sed -i "s/^plugin = nifti/plugin = gifti/; s/^mask.*//; s#^data = .*nii\$#data = $golden/gifti/ascii_little.func.gii $golden/gifti/b64bin_little.func.gii $golden/gifti/wide.func.gii\ntr = 1.5 s#" nifti.ini
    anaflow run nifti.ini --output results
    expect_code 0
    needs_nibabel
    $python - results <<'END' >compared || fail "nibabel finds other values: $(cat compared)"
import csv, sys
import nibabel, numpy as np
results = sys.argv[1]
map_ = nibabel.load(results + "/maps/main_b_x_x_r.func.gii")
scores = [float("nan") if row["score"] == "n/a" else float(row["score"])
          for row in csv.DictReader(open(results + "/scores.tsv"), delimiter="\t")
          if row["measure"] == "r" and row["fold"] == "median"]
assert map_.meta["AnatomicalStructurePrimary"] == "CortexLeft"
assert np.array_equal(map_.darrays[0].data, np.float32(scores), equal_nan=True)
END
}
claim 'scores of a surface are written as func.gii, equal under nibabel' gifti_maps

cifti_maps()
{
    write_images
    sed -i "s/^plugin = nifti/plugin = cifti/; s/^mask.*//; s#^data = .*nii\$#data = $golden/cifti/KIND.nii one/KIND.nii two/KIND.nii#" nifti.ini
    for run in 1 2 3; do awk 'NR == 1 || NR == 2; { print }' x$run.tsv | sed 2d >x; mv x x$run.tsv; done
    sed -i '1!{/^x$/d}' x?.tsv
    mkdir one two
    for kind in dtseries ptseries; do
        cp "$golden/cifti/rest.$kind.nii" one/a.$kind.nii
        cp "$golden/cifti/rest.$kind.nii" two/b.$kind.nii
        sed "s#cifti/KIND#cifti/rest.$kind#; s#one/KIND#one/a.$kind#; s#two/KIND#two/b.$kind#" nifti.ini >$kind.ini
        anaflow run $kind.ini --output $kind
        expect_code 0
    done
    needs_nibabel
    $python - "$golden/cifti" <<'END' >compared || fail "nibabel finds other values: $(cat compared)"
import csv, sys
import nibabel, numpy as np
for kind, map_ in (("dtseries", "dscalar"), ("ptseries", "pscalar")):
    image = nibabel.load(f"{kind}/maps/main_b_x_x_r.{map_}.nii")
    like = nibabel.load(f"{sys.argv[1]}/rest.{kind}.nii")
    scores = [float("nan") if row["score"] == "n/a" else float(row["score"])
              for row in csv.DictReader(open(f"{kind}/scores.tsv"), delimiter="\t")
              if row["measure"] == "r" and row["fold"] == "median"]
    assert image.header.get_axis(1) == like.header.get_axis(1)
    assert list(image.header.get_axis(0).name) == ["score"]
    assert image.shape == (1, len(scores)), image.shape
    assert np.array_equal(image.get_fdata(dtype="f4")[0], np.float32(scores), equal_nan=True)
END
}
claim 'scores of CIFTI are written as dscalar and pscalar, equal under nibabel' cifti_maps

no_maps_of_tables()
{
    write_images
    sed -i 's/^plugin = nifti/plugin = arrays/; s/^data = .*nii$/data = y*.tsv : (time, target) @ 0.666666666 Hz/; /^mask/d' nifti.ini
    for run in 1 2 3; do cp x$run.tsv y$run.tsv; done
    anaflow run nifti.ini --output results
    expect_code 0
    [ ! -e results/maps ] || fail 'a table has no space, and has maps'
}
claim 'recordings without a space have no maps' no_maps_of_tables

in_the_way()
{
    write_images
    mkdir results
    echo mine >results/maps
    anaflow run nifti.ini --output results
    expect_code 0
    expect_in err 'a map was not written: '
    [ -s results/scores.tsv ] || fail 'no scores'
    expect_in results/maps mine
}
claim 'a file that lies where maps were to be costs the maps alone' in_the_way

finish
