#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/ridge: scikit-learn's predictions where features outnumber rows and
alpha falls to 1e-50. X and y follow a rule that the test knows."""
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "golden/ridge")
out.mkdir(parents=True, exist_ok=True)
train, test, features = 12, 5, 30
i, j = np.arange(train + test)[:, None], np.arange(features)[None]
X = np.sin(1 + 7 * i + 3 * j + 0.37 * i * j)
y = np.cos(2 * i[:, 0]) + 0.1 * i[:, 0]
alphas = np.array([1e-50, 1e-30, 1e-10, 1e-5, 1.0, 1e5])
predictions = [
    Ridge(alpha=a, solver="svd").fit(X[:train], y[:train]).predict(X[train:]) for a in alphas
]
np.save(out / "alphas.npy", alphas)
np.save(out / "predictions.npy", np.array(predictions))
