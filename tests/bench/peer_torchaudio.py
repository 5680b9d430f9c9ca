#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time torchaudio's wav2vec 2.0 base: FOLDER NAME ROUNDS REPEATS; prints seconds, of the
clock and of the processors, and MiB."""
import resource
import sys
import time

import numpy as np
import torch
import torchaudio

folder, name, rounds, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_grad_enabled(False)
model = torchaudio.models.wav2vec2_base().eval()
model.load_state_dict(torch.load(folder + "/torchaudio.pt"))
x = torch.from_numpy(np.load(f"{folder}/{name}.npy"))
model.extract_features(x)
times, spent = [], []
for _ in range(rounds):
    start, before = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        y = model.extract_features(x)[0]
    times.append(time.perf_counter() - start)
    spent.append(time.process_time() - before)
print(f"{sorted(times)[rounds // 2]:.4f} {sorted(spent)[rounds // 2]:.4f} "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
