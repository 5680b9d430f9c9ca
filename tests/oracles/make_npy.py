#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/npy: one small file for each thing that NumPy can put into .npy.

Numbers: element i, counted in C order over 2 x 3 x 4, is i - 3 (signed and float),
i + 250 (unsigned, 200 for one byte) or i % 3 == 0 (bool). The test knows this rule.
"""
import sys
from pathlib import Path

import numpy as np

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "golden/npy")
out.mkdir(parents=True, exist_ok=True)
n = np.arange(24).reshape(2, 3, 4)


def save(name, array, version=(1, 0)):
    with open(out / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
    values = n - 3 if kind[0] in "fi" else n + (200 if kind == "u1" else 250)
    for order, name in (("<", "little"), (">", "big")):
        if kind[1] != "1" or order == "<":
            save(f"{kind}_{name}", values.astype(order + kind))
save("b1", n % 3 == 0)
save("f4_fortran", np.asfortranarray((n - 3).astype("<f4")))
save("f8_fortran_big", np.asfortranarray((n - 3).astype(">f8")))
save("f8_version2", (n - 3).astype("<f8"), (2, 0))
save("f8_version3", (n - 3).astype("<f8"), (3, 0))
save("scalar", np.array(-3.0))
save("empty", np.zeros((0, 3), "<f4"))
save("nan", np.where(n == 7, np.nan, n - 3).astype("<f4"))

names = ["stim1.wav", "", "gr\u00fcn", "\u6f22\u5b57", "\U0001f600 x"]
save("names_little", np.array(names, "<U"))
save("names_big", np.array(names, ">U"))
save("names_bytes", np.array([s.encode() for s in names], "S"))

save("refused_object", np.array(["a", 1], object))
save("refused_structured", np.zeros(3, [("a", "<f4"), ("b", "<i2")]))
save("refused_complex", np.zeros(3, "<c8"))
save("refused_date", np.zeros(3, "<M8[s]"))
save("refused_bytes", np.zeros(3, "V2"))
np.savez(out / "refused_zip.npz", a=np.zeros(3))
