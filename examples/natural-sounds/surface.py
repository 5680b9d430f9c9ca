#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lay the six components on the surface fsaverage5: surface.py ANAFLOW_DATA [FOLDER].

The voxel weights W of components.mat come without positions. What is published on the
surface is how significant each component's weight is at each vertex of fsaverage, over
listeners (signed -log10 p). So each vertex is given to the component whose weight is most
significant there, if p < .001: an atlas of six parcels a hemisphere, in which the response to a
sound is that of the parcel's component. fsaverage5's vertices are the first 10,242 of
fsaverage's. Writes ?h.components.func.gii (a map a sound) and ?h.components.label.gii into
FOLDER, by default results/surface beside this file. Needs NumPy, SciPy and nibabel."""
import os
import sys

import nibabel as nib
import numpy as np
from scipy.io import loadmat

VERTICES = 10242
LEAST = 3  # -log10 p

here = os.path.dirname(os.path.abspath(__file__))
data = sys.argv[1]
folder = sys.argv[2] if len(sys.argv) > 2 else f"{here}/results/surface"
os.makedirs(folder, exist_ok=True)
natsound = f"{data}/fmri-natsound165/data"
mat = loadmat(f"{natsound}/components.mat", squeeze_me=True)
names = [str(name) for name in mat["component_names"]]
side_name = {"lh": "CortexLeft", "rh": "CortexRight"}


def save(path, arrays, side, labels=None):
    meta = nib.gifti.GiftiMetaData({"AnatomicalStructurePrimary": side_name[side]})
    nib.save(nib.gifti.GiftiImage(darrays=arrays, meta=meta, labeltable=labels), path)


for side in ("lh", "rh"):
    maps = [f"{natsound}/component-weight-significances/group/{side}.comp{i + 1}.mgz"
            for i in range(len(names))]
    p = np.array([np.asarray(nib.load(m).dataobj, "f4").ravel()[:VERTICES] for m in maps])
    p[~np.isfinite(p)] = 0  # no listener has data there
    key = np.where(p.max(0) > LEAST, p.argmax(0) + 1, 0).astype("i4")
    table = nib.gifti.GiftiLabelTable()
    for k, name in enumerate(["???"] + names):
        label = nib.gifti.GiftiLabel(k)
        label.label = name
        table.labels.append(label)
    save(f"{folder}/{side}.components.label.gii",
         [nib.gifti.GiftiDataArray(key, intent="NIFTI_INTENT_LABEL", datatype="NIFTI_TYPE_INT32")],
         side, table)
    arrays = []
    for sound, response in zip(mat["stim_names"], mat["R"]):
        values = np.concatenate([[0], response]).astype("f4")[key]
        arrays.append(nib.gifti.GiftiDataArray(
            values, intent="NIFTI_INTENT_NONE", datatype="NIFTI_TYPE_FLOAT32",
            meta=nib.gifti.GiftiMetaData({"Name": str(sound)})))
    save(f"{folder}/{side}.components.func.gii", arrays, side)
    counts = ", ".join(f"{name} {np.sum(key == k + 1)}" for k, name in enumerate(names))
    print(f"{side}: {np.sum(key > 0)} vertices ({counts})")
