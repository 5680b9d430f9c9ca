#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small GIFTI files of ours in every encoding, type and order, and what nibabel reads from
them and from real ones: tests/golden/gifti/expected.tsv (file, what, value), where what is
"ROW,VERTEX" or "sum". Files of ../shared/data begin with @. Run with nibabel 5:
make_gifti.py ../shared/data tests/golden/gifti"""
import os
import sys

import nibabel as nib
import numpy as np

shared, out = sys.argv[1], sys.argv[2]
N = 12
rows = ["file\twhat\tvalue"]
rng = np.random.default_rng(1)
codes = nib.nifti1.data_type_codes, nib.nifti1.intent_codes


def array(values, intent, encoding="B64GZ", dtype="NIFTI_TYPE_FLOAT32", endian="little", meta=None):
    return nib.gifti.GiftiDataArray(values, intent=intent, encoding=encoding, datatype=dtype,
                                    endian=endian, meta=meta)


def save(name, arrays, meta=None, labels=None):
    image = nib.gifti.GiftiImage(darrays=arrays, meta=meta, labeltable=labels)
    nib.save(image, f"{out}/{name}")


def expect(name, path):
    maps = []
    for a in nib.load(path).darrays:
        if nib.nifti1.intent_codes.niistring[a.intent] in (
                "NIFTI_INTENT_POINTSET", "NIFTI_INTENT_TRIANGLE", "NIFTI_INTENT_LABEL"):
            continue
        data = np.asarray(a.data, float)
        maps += [data] if data.ndim == 1 else list(data.T)
    maps = np.array(maps)
    for _ in range(5):
        r, v = (int(rng.integers(n)) for n in maps.shape)
        rows.append(f"{name}\t{r},{v}\t{float(maps[r, v])!r}")
    rows.append(f"{name}\tsum\t{float(maps.sum())!r}")


x = rng.normal(size=(5, N)).astype("f4")
ramp = np.arange(N)
left = nib.gifti.GiftiMetaData({"AnatomicalStructurePrimary": "CortexLeft"})
for encoding in ("ASCII", "B64BIN", "B64GZ"):
    for endian in ("little", "big"):
        if encoding == "ASCII" and endian == "big":
            continue
        name = f"{encoding.lower()}_{endian}.func.gii"
        save(name, [array(t, "NIFTI_INTENT_TIME_SERIES", encoding, endian=endian,
                          meta=nib.gifti.GiftiMetaData({"TimeStep": "1.5"})) for t in x], left)
        expect(name, f"{out}/{name}")
for dtype, kind in (("NIFTI_TYPE_UINT8", "u1"), ("NIFTI_TYPE_INT32", "i4")):
    for encoding in ("ASCII", "B64BIN"):
        name = f"{kind}_{encoding.lower()}.shape.gii"
        save(name, [array((ramp * 3 - (0 if kind == "u1" else 9)).astype(kind),
                          "NIFTI_INTENT_SHAPE", encoding, dtype)])
        expect(name, f"{out}/{name}")
name = "two.shape.gii"
save(name, [array(x[i], "NIFTI_INTENT_NONE", meta=nib.gifti.GiftiMetaData({"Name": n}))
            for i, n in ((0, "thick"), (1, "curv"))])
expect(name, f"{out}/{name}")
name = "wide.func.gii"
save(name, [array(np.ascontiguousarray(x.T), "NIFTI_INTENT_TIME_SERIES")], left)
expect(name, f"{out}/{name}")
# the same with its columns one after another
text = open(f"{out}/{name}").read()
image = nib.gifti.GiftiImage(darrays=[array(np.ascontiguousarray(x.T.reshape(-1, order="F").reshape(N, 5)),
                                            "NIFTI_INTENT_TIME_SERIES")], meta=left)
columns = image.to_xml().decode().replace("RowMajorOrder", "ColumnMajorOrder")
open(f"{out}/columns.func.gii", "w").write(columns)
expect("columns.func.gii", f"{out}/columns.func.gii")
table = nib.gifti.GiftiLabelTable()
for key, name in ((0, "???"), (1, "HG"), (4, "STG"), (9, "Medial_wall")):
    label = nib.gifti.GiftiLabel(key)
    label.label = name
    table.labels.append(label)
keys = np.array([0, 1, 1, 4, 4, 4, 9, 9, 0, 1, 4, 0], "i4")
save("atlas.label.gii", [array(keys, "NIFTI_INTENT_LABEL", dtype="NIFTI_TYPE_INT32")], left, table)
save("mask.shape.gii", [array((ramp % 3 == 0).astype("f4"), "NIFTI_INTENT_SHAPE")], left)
points = np.stack([ramp, ramp * 2, -ramp], 1).astype("f4")
save("mesh.surf.gii", [array(points, "NIFTI_INTENT_POINTSET"),
                       array(np.array([[0, 1, 2], [3, 4, 5]], "i4"), "NIFTI_INTENT_TRIANGLE",
                             dtype="NIFTI_TYPE_INT32")], left)
open(f"{out}/roi.label", "w").write("#!ascii label, from subject fsaverage vox2ras=TkReg\n3\n"
                                    "2 1.0 2.0 3.0 0.5\n5 0 0 0 0\n11 0 0 0 0\n")
for name in ("formats-volume/gifti/tests/data/task.func.gii",
             "formats-volume/gifti/tests/data/rh.shape.curv.gii",
             "surf-atlas/nilearn/datasets/data/fsaverage5/sulc_left.gii.gz",
             "surf-atlas/nilearn/datasets/data/fsaverage5/thick_left.gii.gz"):
    if os.path.exists(f"{shared}/{name}"):
        expect(f"@{name}", f"{shared}/{name}")
fsaverage5 = "surf-atlas/nilearn/datasets/data/fsaverage5"
for name in ("area_left", "area_right", "curv_left", "curv_right", "sulc_right", "thick_right"):
    name = f"{fsaverage5}/{name}.gii.gz"
    if os.path.exists(f"{shared}/{name}"):
        expect(f"@{name}", f"{shared}/{name}")
# meshes, under a map of as many vertices: "point VERTEX,AXIS"
for kind in ("pial", "white", "infl", "sphere", "flat"):
    for side in ("left", "right"):
        name = f"{fsaverage5}/{kind}_{side}.gii.gz"
        if not os.path.exists(f"{shared}/{name}"):
            continue
        xyz = nib.load(f"{shared}/{name}").agg_data("pointset")
        for _ in range(4):
            v, d = int(rng.integers(len(xyz))), int(rng.integers(3))
            rows.append(f"@{name}\tpoint {v},{d}\t{float(xyz[v, d])!r}")
# FreeSurfer's annotations, under the same maps: "region VERTEX", "regions" = vertices with one
names = ["unknown", "HG", "STG"]
table = np.array([[25, 5, 25, 0], [25, 100, 40, 0], [125, 100, 160, 0]])
nib.freesurfer.write_annot(f"{out}/atlas.annot", np.array([0, 1, 1, 2, 2, 2, 0, -1, 0, 1, 2, 0]),
                           table, names, fill_ctab=True)
for side in "lr":
    for name in ("aparc", "glasser_360", "schaefer_100"):
        name = f"surf-atlas/enigma/permutation_testing/annot/fsa5_{side}h_{name}.annot"
        if not os.path.exists(f"{shared}/{name}"):
            continue
        label, _, names = nib.freesurfer.read_annot(f"{shared}/{name}")
        named = [names[k].decode() if k >= 0 else "" for k in label]
        has = np.array([n not in ("", "???") and n.lower() != "unknown" and
                        "medialwall" not in n.lower().replace("_", "") for n in named])
        rows.append(f"@{name}\tregions\t{has.sum()}")
        for v in np.flatnonzero(has)[[0, 999, 5000]]:
            rows.append(f"@{name}\tregion {v}\t{named[v]}")
open(f"{out}/expected.tsv", "w").write("\n".join(rows) + "\n")
