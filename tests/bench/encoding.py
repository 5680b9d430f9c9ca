# SPDX-License-Identifier: BSD-3-Clause
# usage: encoding.py make FOLDER                      arrays of all rows
#        encoding.py peer FOLDER ROW BACKEND          himalaya on them (PYTHONPATH)
#        encoding.py rate                             this machine's sgemm, 2 threads
#        encoding.py same FOLDER ROW                  share of equal penalties
"""The peers' side of `./dev bench encoding`: arrays as in the published comparisons, and
himalaya's answer on them. Prints: seconds, seconds of the processor, peak MiB."""
import resource
import sys
import time

import numpy as np


def ridge_arrays(folder, name, n, p, t):
    r = np.random.default_rng(0)
    x = r.standard_normal((n, p), dtype=np.float32)
    x *= np.linspace(1.5, 0.2, p, dtype=np.float32)
    w = r.standard_normal((p, t), dtype=np.float32) / np.float32(np.sqrt(p))
    noise = r.uniform(0.5, 8, t).astype(np.float32)
    y = x @ w + r.standard_normal((n, t), dtype=np.float32) * noise
    np.save(f"{folder}/{name}_X.npy", x - x.mean(0))
    np.save(f"{folder}/{name}_Y.npy", y - y.mean(0))


def banded_arrays(folder, n=1000, p=300, bands=3, t=2000, draws=20):
    r = np.random.default_rng(0)
    x = r.standard_normal((bands, n, p), dtype=np.float32)
    scale = r.uniform(0, 1, (bands, 1, t)).astype(np.float32)
    w = r.standard_normal((bands, p, t), dtype=np.float32) / np.float32(np.sqrt(p)) * scale
    y = sum(x[b] @ w[b] for b in range(bands)) + r.standard_normal((n, t), dtype=np.float32)
    gamma = r.dirichlet(np.ones(bands), draws).astype(np.float32)
    x -= x.mean(1, keepdims=True)
    for b in range(bands):
        np.save(f"{folder}/banded_X{b}.npy", x[b])
    np.save(f"{folder}/banded_Y.npy", y - y.mean(0))
    np.save(f"{folder}/banded_gamma.npy", gamma)
    with open(f"{folder}/banded_gamma.txt", "w") as out:
        out.write(" ".join(f"{g:.9g}" for g in gamma.ravel()))


def peer(folder, row, name):
    from himalaya.backend import set_backend
    from sklearn.model_selection import KFold

    backend = set_backend(name)
    import himalaya.kernel_ridge as kernel
    import himalaya.ridge as ridge

    alphas = backend.asarray(np.logspace(-1, 8, 10).astype(np.float32))
    y = backend.asarray(np.load(f"{folder}/{row}_Y.npy"))
    if row == "banded":
        x = np.stack([np.load(f"{folder}/banded_X{b}.npy") for b in range(3)])
        gamma = backend.asarray(np.load(f"{folder}/banded_gamma.npy"))
        model = kernel.MultipleKernelRidgeCV(
            kernels="precomputed", solver="random_search",
            solver_params=dict(n_iter=gamma, alphas=alphas, progress_bar=False),
            cv=KFold(5), random_state=0,
        )
    else:
        x = np.load(f"{folder}/{row}_X.npy")
        kind = ridge.RidgeCV if x.shape[1] < x.shape[0] else kernel.KernelRidgeCV
        model = kind(alphas=alphas, cv=KFold(5))
    x = backend.asarray(x)
    wall, own = time.perf_counter(), time.process_time()
    model.fit(backend.stack([b @ b.T for b in x]) if row == "banded" else x, y)
    wall, own = time.perf_counter() - wall, time.process_time() - own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{wall:.3f} {own:.3f} {peak:.1f}")
    if row != "banded":
        np.save(f"{folder}/{row}_peer.npy", backend.to_numpy(model.best_alphas_))


def rate(n=2048):
    a = np.ones((n, n), np.float32)
    best = 0
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        best = max(best, 2 * n**3 / (time.perf_counter() - start))
    print(f"{best / 1e9:.0f}")


def main():
    what = sys.argv[1]
    if what == "make":
        ridge_arrays(sys.argv[2], "primal", 3000, 1000, 20000)
        ridge_arrays(sys.argv[2], "dual", 3000, 4000, 20000)
        banded_arrays(sys.argv[2])
        ridge_arrays(sys.argv[2], "subjects", 3000, 1000, 400)
    elif what == "peer":
        peer(sys.argv[2], sys.argv[3], sys.argv[4])
    elif what == "rate":
        rate()
    elif what == "same":
        own = np.fromfile(f"{sys.argv[2]}/{sys.argv[3]}.alpha.f64")
        theirs = np.load(f"{sys.argv[2]}/{sys.argv[3]}_peer.npy")
        print(f"{100 * np.isclose(own, theirs, rtol=1e-5).mean():.2f}")


main()
