#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/pls: scikit-learn's predictions by PLSRegression, scaled and not, and
by least squares on principal components. X and Y follow a rule that the tests know."""
import sys
from pathlib import Path

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "golden/pls")
out.mkdir(parents=True, exist_ok=True)
train, test, features, targets = 30, 10, 12, 4
i, j = np.arange(train + test)[:, None], np.arange(features)[None]
X = np.sin(1 + 7 * i + 3 * j + 0.37 * i * j) * (1 + j)
j = np.arange(targets)[None]
Y = np.cos(2 * i + 5 * j) * (1 + 2 * j) + 0.1 * X[:, :targets]
# Rows are tested in the fold i % 4 == 0 of four, and X is what float32 holds of it.
X = X.astype(np.float32).astype(np.float64)
held = np.arange(train + test) % 4 == 0
for scale in 0, 1:
    pls = PLSRegression(n_components=5, scale=bool(scale), max_iter=20000, tol=1e-15)
    np.save(out / f"scale{scale}.npy", pls.fit(X[~held], Y[~held]).predict(X[held]))
ols = make_pipeline(StandardScaler(), PCA(6, svd_solver="full"), LinearRegression())
np.save(out / "pca6.npy", ols.fit(X[~held], Y[~held]).predict(X[held]))
ols = make_pipeline(StandardScaler(), LinearRegression())
np.save(out / "plain.npy", ols.fit(X[~held], Y[~held]).predict(X[held]))
