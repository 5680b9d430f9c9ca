#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small CIFTI-2 files of ours and what nibabel reads from them:
tests/golden/cifti/expected.tsv (file, what, value), where what is "ROW,PLACE", "sum", "x",
"y" or "z PLACE" (mm), "name PLACE". Run with nibabel 5: make_cifti.py tests/golden/cifti"""
import sys

import nibabel as nib
import numpy as np
from nibabel import cifti2

out = sys.argv[1]
rng = np.random.default_rng(2)
rows = ["file\twhat\tvalue"]
affine = np.array([[-2, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1.]])
left = cifti2.BrainModelAxis.from_surface([0, 2, 3, 7, 11], 20, "CortexLeft")
right = cifti2.BrainModelAxis.from_surface([1, 2, 5], 20, "CortexRight")
mask = np.zeros((5, 6, 7), bool)
mask[1, 2, 3] = mask[2, 2, 3] = mask[4, 5, 6] = True
deep = cifti2.BrainModelAxis.from_mask(mask, affine=affine, name="thalamus_left")
places = left + right + deep
N, T = len(places), 6
parcels = cifti2.ParcelsAxis.from_brain_models([("HG", left[:3]), ("STG", left[3:]), ("right", right),
                                                ("deep", deep)])
series = cifti2.SeriesAxis(0, 1.5, T)
maps = cifti2.ScalarAxis(["one", "two"])


def save(name, data, axes, dtype="f4", big=False):
    image = cifti2.Cifti2Image(data.astype(dtype), header=axes)
    image.nifti_header.set_data_dtype(dtype)
    image.update_headers()
    path = f"{out}/{name}"
    nib.save(image, path)
    again = np.asarray(nib.load(path).dataobj, float)
    for _ in range(6):
        r, n = (int(rng.integers(k)) for k in again.shape)
        rows.append(f"{name}\t{r},{n}\t{float(again[r, n])!r}")
    rows.append(f"{name}\tsum\t{float(again.sum())!r}")


x = rng.normal(size=(T, N))
save("rest.dtseries.nii", x, (series, places))
save("whole.dtseries.nii", np.round(x * 100), (series, places), "i2")
save("double.dtseries.nii", x, (series, places), "f8")
save("two.dscalar.nii", x[:2], (maps, places))
save("rest.ptseries.nii", x[:, :4], (series, parcels))
save("two.pscalar.nii", x[:2, :4], (maps, parcels))
label = cifti2.LabelAxis(["areas"], {0: ("???", (0, 0, 0, 0)), 1: ("HG", (1, 0, 0, 1)),
                                     5: ("STG", (0, 1, 0, 1))})
save("areas.dlabel.nii", np.array([[0, 1, 1, 5, 5, 0, 5, 1, 0, 0, 5]]), (label, places), "i4")
for n, k in ((8, (1, 2, 3)), (10, (4, 5, 6))):
    for d, axis in enumerate("xyz"):
        rows.append(f"rest.dtseries.nii\t{axis} {n}\t{float((affine @ (*k, 1))[d])!r}")
open(f"{out}/expected.tsv", "w").write("\n".join(rows) + "\n")
