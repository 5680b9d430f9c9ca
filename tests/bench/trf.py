# SPDX-License-Identifier: BSD-3-Clause
# usage: trf.py make FOLDER       arrays of the row trf
#        trf.py mtrfpy FOLDER     mTRFpy on them (PYTHONPATH)
#        trf.py same FOLDER       share of penalties equal to mTRF-Toolbox's
"""Arrays and mTRFpy's side of `./dev bench encoding trf`: 120 s at 128 Hz, 128 channels, 16
bands. Prints: seconds, seconds of the processor, peak MiB."""
import resource
import sys
import time

import numpy as np


def trf_arrays(folder, seconds=120, rate=128, bands=16, channels=128):
    """16 smooth envelopes, and channels that answer them some 120 ms later, in noise."""
    r = np.random.default_rng(0)
    n = seconds * rate
    s = r.standard_normal((n, bands))
    for i in range(1, n):
        s[i] += 0.9 * s[i - 1]
    s = np.abs(s)
    s = ((s - s.mean(0)) / s.std(0)).astype(np.float32).astype(np.float64)
    lags = np.arange(-13, 52)
    w = r.standard_normal((len(lags), bands, channels))
    w *= np.exp(-(((lags - 15) / 12.0) ** 2))[:, None, None]
    y = np.zeros((n, channels))
    for lag, weights in zip(lags, w):
        z = np.roll(s, lag, 0)
        z[:lag if lag > 0 else 0] = 0
        if lag < 0:
            z[lag:] = 0
        y += z @ weights
    y += 3 * y.std() * r.standard_normal(y.shape)
    y = (y - y.mean(0)) / y.std(0)
    np.save(f"{folder}/trf_S.npy", s)
    np.save(f"{folder}/trf_Y.npy", y)
    np.savetxt(f"{folder}/trf_S.txt", s, "%.9g")
    np.savetxt(f"{folder}/trf_Y.txt", y, "%.17g")


def mtrfpy(folder):
    from mtrf.model import TRF

    s, y = np.load(f"{folder}/trf_S.npy"), np.load(f"{folder}/trf_Y.npy")
    s, y = [a.copy() for a in np.array_split(s, 10)], [a.copy() for a in np.array_split(y, 10)]
    wall, own = time.perf_counter(), time.process_time()
    TRF(direction=1).train(s, y, 128, -0.1, 0.4, list(np.logspace(-2, 7, 10)), k=-1,
                           verbose=False)
    wall, own = time.perf_counter() - wall, time.process_time() - own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{wall:.3f} {own:.3f} {peak:.1f}")


def same(folder):
    ours = np.fromfile(f"{folder}/trf.alpha.f64") / 128
    theirs = np.loadtxt(f"{folder}/trf_toolbox.txt")[:, 1]
    print(f"{100 * np.mean(np.isclose(ours, theirs, rtol=1e-6)):.1f}")


{"make": trf_arrays, "mtrfpy": mtrfpy, "same": same}[sys.argv[1]](sys.argv[2])
