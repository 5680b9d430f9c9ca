#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The numbers of tests/unit/test_components.c: principal components by numpy's SVD of the
centred matrix, each with its largest weight positive.

    python3 make_components.py     (python3-numpy)
"""
import numpy as np

N, F, KEEP = 600, 7, 3


def samples():
    t, f = np.arange(N)[:, None], np.arange(F)[None, :]
    x = 100 * f + (f + 1) * np.sin(0.37 * t * (1 + f % 3)) + np.cos(0.11 * t + f)
    return x.astype("<f4").astype(float)


def main():
    x = samples()
    mean = x.mean(0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    for i in range(KEEP):
        axis = vt[i] * np.sign(vt[i][np.argmax(np.abs(vt[i]))])
        print("{" + ", ".join(f"{w:.9f}" for w in axis) + "},")
        print("/* rows 0 and 599: */", ", ".join(f"{v:.7f}" for v in ((x - mean) @ axis)[[0, -1]]))
    print("share", f"{(s[:KEEP] ** 2).sum() / (s ** 2).sum():.9f}")


if __name__ == "__main__":
    main()
