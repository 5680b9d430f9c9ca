#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Between ../shared/reference/natsound_ridge and the files that anaflow reads and writes.

    natsound_reference.py write REFERENCE
        puts folds.tsv, names.txt, coch.npy, cnn.npy and brain.npy here
    natsound_reference.py compare RESULTS R.npy ALPHA.npy
        prints how far r (folds x targets) and the chosen penalties are from the reference,
        and fails beyond 1e-6 in r and at any other penalty

The reference counts rows, anaflow names stimuli; folds.tsv is where the two meet.
"""
import csv
import sys
from pathlib import Path

import numpy as np


def write(reference):
    names = np.load(reference / "stim_names_fmri_order.npy")
    train = np.load(reference / "splits_train_10x83.npy")
    test = np.load(reference / "splits_test_10x82.npy")
    inner = np.load(reference / "inner_fold_of_train_row_83.npy")
    with open("folds.tsv", "w") as out:
        print("stimulus", "split", "part", "inner", sep="\t", file=out)
        for split in range(len(train)):
            for row, fold in zip(train[split], inner):
                print(names[row], split, "train", fold, sep="\t", file=out)
            for row in test[split]:
                print(names[row], split, "test", "n/a", sep="\t", file=out)
    Path("names.txt").write_text("\n".join(names) + "\n")
    for name, case in ("coch", "ridge_case_coch_mean"), ("cnn", "ridge_case_cnn_cm_conv13"):
        np.save(f"{name}.npy", np.load(reference / case / "X.npy"))
    np.save("brain.npy", np.load(reference / case / "Y.npy"))


def read_r(scores, shape):
    """Folds and targets are numbered in scores.tsv: folds from 0, unnamed targets from 1."""
    r = np.full(shape, np.nan)
    with open(scores) as table:
        for line in csv.DictReader(table, delimiter="\t"):
            if line["measure"] == "r" and line["fold"] != "median":
                r[int(line["fold"]), int(line["target"]) - 1] = float(line["score"])
    return r


def compare(results, r, alpha):
    difference = np.abs(read_r(results / "scores.tsv", r.shape) - r).max()
    (chosen,) = (results / "arrays").glob("*_alpha.npy")
    other = np.count_nonzero(~np.isclose(np.load(chosen), alpha, rtol=1e-6))
    print(f"r differs by up to {difference:.2g}; {other} of {alpha.size} penalties differ")
    return difference < 1e-6 and other == 0


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]))
    elif not compare(Path(sys.argv[2]), np.load(sys.argv[3]), np.load(sys.argv[4])):
        sys.exit(1)
