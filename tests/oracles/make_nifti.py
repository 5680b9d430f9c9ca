#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small NIfTI files of ours in every type, order and form, and what nibabel reads from them
and from its own test images: tests/golden/nifti/expected.tsv (file, what, value), where what
is "x,y,z,t" or "affine i,j" or "sum". Run with nibabel 5:
make_nifti.py ../shared/data tests/golden/nifti"""
import os
import sys

import nibabel as nib
import numpy as np

shared, out = sys.argv[1], sys.argv[2]
affine = np.array([[-2, .1, 0, 40], [0, 2.5, .2, -50], [0, -.1, 3, -20], [0, 0, 0, 1]])
shape = (4, 3, 2, 5)
ramp = np.arange(np.prod(shape)).reshape(shape, order="F")
rows = ["file\twhat\tvalue"]


def expect(name, path):
    image = nib.load(path)
    x = image.get_fdata(dtype=np.float64)
    x4 = x if x.ndim == 4 else x[..., None]
    for a in range(3):
        for b in range(4):
            rows.append(f"{name}\taffine {a},{b}\t{float(image.affine[a, b])!r}")
    rng = np.random.default_rng(0)
    for _ in range(6):
        at = tuple(int(rng.integers(n)) for n in x4.shape)
        rows.append(f"{name}\t{','.join(map(str, at))}\t{float(x4[at])!r}")
    rows.append(f"{name}\tsum\t{float(x4.sum())!r}")


def save(name, kind, dtype, order, slope=None):
    header = (nib.Nifti2Header if kind == 2 else nib.Nifti1Header)(endianness=order)
    header.set_data_dtype(dtype)
    low = 0 if np.dtype(dtype).kind == "u" else -60
    data = (ramp + low).astype(dtype)
    cls = {1: nib.Nifti1Image, 2: nib.Nifti2Image, 0: nib.Nifti1Pair}[kind]
    image = cls(data, affine, header)
    image.header.set_xyzt_units("mm", "msec")
    image.header["pixdim"][4] = 1500
    image.header.set_slope_inter(*(slope or (1, 0)))
    path = f"{out}/{name}"
    if slope:  # keep the stored numbers: write header and data by hand
        image.header.set_data_offset(352)
        with open(path, "wb") as file:
            image.header["magic"] = b"n+1"
            image.header.set_slope_inter(*slope)
            file.write(image.header.structarr.tobytes() + b"\0" * 4)
            file.write(data.astype(np.dtype(dtype).newbyteorder(order)).tobytes(order="F"))
    else:
        nib.save(image, path)
    expect(name, path)


for dtype in ("u1", "i2", "i4", "f4", "f8", "i1", "u2", "u4", "i8", "u8"):
    save(f"{dtype}_le.nii", 1, dtype, "<")
    save(f"{dtype}_be.nii", 1, dtype, ">")


def wide(name, order, bits):
    """128-bit floats, binary128 or Intel's 80 bits and padding, which nibabel reads only on
    a machine that has the first: written by hand, expected are the numbers written."""
    numbers = (ramp - 60) / 7 * 10.**(ramp % 9 - 4)
    header = nib.Nifti1Image(numbers, affine).header.as_byteswapped(order)
    header["datatype"], header["bitpix"], header["magic"] = 1536, 128, b"n+1"
    header["vox_offset"], header["xyzt_units"], header["pixdim"][4] = 352, 18, 1500
    stored = b""
    for x in numbers.ravel(order="F"):
        fraction, power = np.frexp(abs(x))
        whole = int(fraction * 2**53)  # its first bit is 1
        sign, biased = int(x < 0), int(power) + 16382 if x else 0
        low = whole << 11 if bits == 80 else (whole << 60) % 2**112
        number = sign << bits - 1 | biased << bits - 16 | low
        stored += number.to_bytes(16, "little" if order == "<" else "big")
    with open(f"{out}/{name}", "wb") as file:
        file.write(header.structarr.tobytes() + b"\0" * 4 + stored)
    for at in ((0, 0, 0, 0), (1, 2, 0, 3), (3, 1, 1, 2), (2, 0, 1, 4), (0, 0, 0, 2)):
        rows.append(f"{name}\t{','.join(map(str, at))}\t{float(numbers[at])!r}")
    rows.append(f"{name}\tsum\t{float(numbers.sum())!r}")


wide("f16_le.nii", "<", 128)
wide("f16_be.nii", ">", 128)
wide("f10_le.nii", "<", 80)
save("scaled_be.nii", 1, "i2", ">", (.25, 7))
save("scaled_le.nii", 1, "u1", "<", (.1, -3))
save("second_le.nii", 2, "i2", "<")
save("second_be.nii", 2, "f4", ">")
save("packed.nii.gz", 1, "i2", "<")
save("pair.hdr", 0, "i2", ">")
# FreeSurfer's own, in each type, plain and packed
turned = np.array([[-.9, .1, .2, 10], [.3, .2, 1.9, -20], [0, -1.4, .3, 5], [0, 0, 0, 1]])
for dtype in ("u1", "i2", "i4", "f4"):
    image = nib.MGHImage((ramp - (0 if dtype == "u1" else 60)).astype(dtype), turned)
    image.header.set_zooms((*image.header.get_zooms()[:3], 2500))
    nib.save(image, f"{out}/{dtype}.mgh")
    expect(f"{dtype}.mgh", f"{out}/{dtype}.mgh")
nib.save(image, f"{out}/packed.mgz")
expect("packed.mgz", f"{out}/packed.mgz")
# a header with a quaternion alone, and one without any place
image = nib.Nifti1Image((ramp[..., 0]).astype("i2"), None)
image.header["pixdim"][1:4] = 2, 3, 4
nib.save(image, f"{out}/placeless.nii")
expect("placeless.nii", f"{out}/placeless.nii")
image = nib.Nifti1Image((ramp[..., 0]).astype("i2"), None)
c = np.cos(.3), np.sin(.3)
rotation = np.array([[c[0], -c[1], 0], [c[1], c[0], 0], [0, 0, -1]])
image.header.set_qform(np.block([[rotation * (2, 3, 4), np.array([[5], [6], [7]])],
                                 [np.array([[0, 0, 0, 1]])]]), code=1)
image.header["sform_code"] = 0
nib.Nifti1Image(image.dataobj, None, image.header).to_filename(f"{out}/quaternion.nii")
expect("quaternion.nii", f"{out}/quaternion.nii")
# a mask and an atlas on the grid of the others
mask = (ramp[..., 0] % 3 == 0).astype("u1")
nib.save(nib.Nifti1Image(mask, affine), f"{out}/mask.nii.gz")
nib.save(nib.Nifti1Image((ramp[..., 0] // 6 % 4).astype("i2"), affine), f"{out}/atlas.nii")
moved = affine.copy()
moved[0, 3] += 2
nib.save(nib.Nifti1Image(mask, moved), f"{out}/moved.nii")
open(f"{out}/atlas.tsv", "w").write("index\tname\n1\tHG\n2\tSTG\n3\tMTG\n")
open(f"{out}/atlas.lut", "w").write("# no name R G B A\n1 HG 1 2 3 0\n2 STG 4 5 6 0\n3 MTG 7 8 9 0\n")
here = f"{shared}/formats-volume/tests/data"
for name in ("anatomical.nii", "functional.nii", "example4d.nii.gz", "example_nifti2.nii.gz",
             "standard.nii.gz", "test.mgz"):
    if os.path.exists(f"{here}/{name}"):
        expect(f"@{name}", f"{here}/{name}")
for name in ("fmri1.nii.gz", "fmri2.nii.gz"):
    if os.path.exists(f"{shared}/fmri-nitime/{name}"):
        expect(f"@../../../fmri-nitime/{name}", f"{shared}/fmri-nitime/{name}")
# values of vertices, a row each, which lie nowhere
for side in "lr":
    for i in range(1, 7):
        name = f"fmri-natsound165/data/component-weight-significances/group/{side}h.comp{i}.mgz"
        if not os.path.exists(f"{shared}/{name}"):
            continue
        values = np.asarray(nib.load(f"{shared}/{name}").dataobj, float)  # NaN where there is no cortex
        for v in np.random.default_rng(i).choice(np.flatnonzero(np.isfinite(values)), 4):
            rows.append(f"@../../../{name}\t{v},0\t{float(values[v, 0, 0])!r}")
        rows.append(f"@../../../{name}\tsum\t{float(np.nansum(values))!r}")
open(f"{out}/expected.tsv", "w").write("\n".join(rows) + "\n")
