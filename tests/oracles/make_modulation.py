#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/modulation: frames, and their modulation energy by the paper's formulas.

Chi, Ru & Shamma 2005, J. Acoust. Soc. Am. 118:887. Rate filter h(u) = u^2 exp(-3.5 u)
sin(2 pi u), u = rate * time, without its mean (taken out as u^2 exp(-3.5 u)), greatest
response 1, plus i times its Hilbert transform. Scale filter (w/S)^2 exp(1 - (w/S)^2) for
w > 0 up to half the resolution, integrated here rather than transformed. Energy =
modulus of the two-dimensional convolution, written out as a sum.
"""
import sys
from pathlib import Path

import numpy as np
from scipy.signal import hilbert

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "golden/modulation")
out.mkdir(parents=True, exist_ok=True)
T, frame_rate, resolution = 30, 50.0, 6
rates, scales = [2.0, 8.0], [0.5, 2.0]
centre = np.array([200, 330, 500, 800, 1150, 1700, 2400, 3200.0])
frames = np.random.default_rng(1).random((T, len(centre))).astype("<f4")

F = int(np.floor(resolution * np.log2(centre[-1] / centre[0]) + 1e-9))
octave = np.log2(centre[0]) + (np.arange(F) + 0.5) / resolution
x = np.array([np.interp(octave, np.log2(centre), row) for row in frames.astype(float)])


def rate_filter(rate, n=1 << 16):
    u = np.arange(n) * rate / frame_rate
    bump = u**2 * np.exp(-3.5 * u)
    h = bump * np.sin(2 * np.pi * u)
    h -= bump * h.sum() / bump.sum()
    return hilbert(h) / np.abs(np.fft.fft(h)).max()


def scale_filter(scale, m, n=200000):
    w = (np.arange(n) + 0.5) / n * resolution / 2
    response = (w / scale) ** 2 * np.exp(1 - (w / scale) ** 2)
    return (response * np.exp(2j * np.pi * w * m / resolution)).sum() / n / 2


full = np.empty((T, len(rates), 2, len(scales), F))
for r, rate in enumerate(rates):
    h = rate_filter(rate)
    slow = np.array([sum(x[v] * h[t - v] for v in range(T)) for t in range(T)])
    for s, scale in enumerate(scales):
        down = {m: scale_filter(scale, m) for m in range(-F + 1, F)}
        for f in range(F):
            full[:, r, 0, s, f] = abs(sum(slow[:, g] * down[f - g] for g in range(F)))
            full[:, r, 1, s, f] = abs(sum(slow[:, g] * down[g - f] for g in range(F)))

np.save(out / "centre.npy", centre)
np.save(out / "frames.npy", frames)
np.save(out / "full.npy", full.astype("<f4"))
