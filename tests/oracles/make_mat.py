#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small MAT files for tests/unit/test_mat.c, and what scipy reads from the real ones.

    tests/oracles/make_mat.py tests/golden/mat [../shared/data]

Fixtures: v4 and v5 in both byte orders, v7 (compressed v5). Values are formulas that the
test repeats: R[i, j] = 10 i + j + .5. real.tsv: one line a number or string, as
file, variable, cell (from 1, 0 = none), i, j (from 0), value.
"""
import os
import struct
import sys

import numpy as np
import scipy.io as sio

SOUNDS = ["dog", "rain", "Geräusch 3", "violin"]


def cellstr(strings, column=True):
    cells = np.empty((len(strings), 1) if column else (1, len(strings)), dtype=object)
    for i, text in enumerate(strings):
        cells.flat[i] = text
    return cells


def grid(rows, columns, offset=0.5):
    return 10.0 * np.arange(rows)[:, None] + np.arange(columns)[None, :] + offset


def contents():
    trials = np.empty((1, 3), dtype=object)
    for cell in range(3):
        trials[0, cell] = grid(5 + cell, 2, 100 * cell)
    structs = np.zeros((1, 3), dtype=[("x", object), ("label", object)])
    for i in range(3):
        structs[0, i] = (grid(4, 2, 1000 * i), "chan%d" % (i + 1))
    mixed = np.empty((1, 2), dtype=object)
    mixed[0, 0], mixed[0, 1] = "text", grid(2, 2)
    held = {
        "R": grid(4, 3),
        "cube": np.arange(24.0).reshape(2, 3, 4),
        "names": cellstr(SOUNDS),
        "row_names": cellstr(SOUNDS[:3], False),
        "matrix": np.array(["ab ", "cde", "f  "]),
        "word": "hello",
        "t": np.arange(4)[None, :] / 100.0,
        "trials": trials,
        "C": {"ids": np.array([[7, 8, 9, 10]], dtype=np.uint16),
              "labels": cellstr(["a", "b", "a", "b"]),
              "deep": {"er": grid(2, 2)}},
        "S": structs,
        "mixed": mixed,
        "z": grid(2, 2) + 1j,
        "sparse": __import__("scipy.sparse").sparse.csc_matrix(np.eye(3)),
        "yes": np.array([[True, False, True]]),
        "empty": np.zeros((0, 3)),
        "order": np.array([[3, 1]], dtype=np.uint8),
    }
    for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
                 "float32", "float64"):
        held["n_" + kind] = np.array([[0, 1, 100], [3, 4, 5]], dtype=kind)
    return held


def element(kind, data, order):
    data += b"\0" * (-len(data) % 8)
    return struct.pack(order + "II", kind, len(data)) + data


def v5_by_hand(path, order):
    """One double matrix, as MathWorks' description lays it out, in a byte order."""
    x = grid(4, 3)
    flags = element(6, struct.pack(order + "II", 6, 0), order)
    dims = element(5, struct.pack(order + "ii", *x.shape), order)
    name = struct.pack(order + "II", 1, 1) + b"R".ljust(8, b"\0")
    real = element(9, x.astype(order + "f8").tobytes("F"), order)
    head = b"MATLAB 5.0 MAT-file, by hand".ljust(124) + struct.pack(order + "HH", 0x100, 0x4D49)
    with open(path, "wb") as f:
        f.write(head + element(14, flags + dims + name + real, order))


def v4_by_hand(path, order):
    x = grid(4, 3)
    mopt = 1000 if order == ">" else 0
    with open(path, "wb") as f:
        f.write(struct.pack(order + "IIIII", mopt, 4, 3, 0, 2) + b"R\0")
        f.write(x.astype(order + "f8").tobytes("F"))


def write_fixtures(folder):
    held = contents()
    old = {k: held[k] for k in ("R", "matrix", "word", "t", "z", "sparse")}
    old["n_int16"] = held["n_int16"].astype(np.int16)
    sio.savemat(os.path.join(folder, "v4.mat"), old, format="4")
    sio.savemat(os.path.join(folder, "v5.mat"), held, do_compression=False)
    sio.savemat(os.path.join(folder, "v7.mat"), held, do_compression=True)
    sio.savemat(os.path.join(folder, "order.mat"), {"order": held["order"]})
    for order, name in (("<", "le"), (">", "be")):
        v5_by_hand(os.path.join(folder, "v5_%s.mat" % name), order)
        v4_by_hand(os.path.join(folder, "v4_%s.mat" % name), order)


def write_real(folder, data):
    lines = []

    def number(path, held, variable, i, j, cell=0):
        x = held[variable]
        x = x.flat[cell - 1] if cell else x
        lines.append((path, variable, cell, i, j, repr(float(x[i, j]))))

    def text(path, held, variable, i):
        lines.append((path, variable, 0, i, -1, str(held[variable].flat[i][0])))

    path = "fmri-natsound165/data/components.mat"
    held = sio.loadmat(os.path.join(data, path))
    held["R * W"] = held["R"] @ held["W"]
    for i, j in ((0, 0), (1, 0), (0, 1), (164, 5), (80, 3)):
        number(path, held, "R", i, j)
    for i, j in ((0, 0), (164, 11064), (80, 5000), (3, 256), (3, 255)):
        number(path, held, "R * W", i, j)
    for i in (0, 1, 82, 164):
        text(path, held, "stim_names", i)
    for i in range(6):
        text(path, held, "component_names", i)
    for name in ("elec1", "elec2", "elec15", "average"):
        path = "ecog-natsound165/individual-electrodes/speech-%s-response.mat" % name
        held = sio.loadmat(os.path.join(data, path))
        for i, j in ((0, 0), (164, 299), (7, 100), (100, 7)):
            number(path, held, "R", i, j)
        for i in (0, 1, 82, 164):
            text(path, held, "stim_names", i)
    for trial in (1, 2, 3):
        path = "eeg-cocktail/Subject1_sample/1_%d.mat" % trial
        held = sio.loadmat(os.path.join(data, path))
        for i, j in ((0, 0), (7679, 127), (1000, 64), (64, 100)):
            number(path, held, "eeg", i, j)
    for which in ("F", "M"):
        path = "eeg-cocktail/%s_env.mat" % which
        held = sio.loadmat(os.path.join(data, path))
        for cell in (1, 2, 3, 40):
            for i in (0, 7679):
                number(path, held, "stim1", i, 0, cell)
    with open(os.path.join(folder, "real.tsv"), "w") as f:
        f.write("file\tvariable\tcell\ti\tj\tvalue\n")
        for line in lines:
            f.write("\t".join(map(str, line)) + "\n")


if __name__ == "__main__":
    write_fixtures(sys.argv[1])
    if len(sys.argv) > 2:
        write_real(sys.argv[1], sys.argv[2])
