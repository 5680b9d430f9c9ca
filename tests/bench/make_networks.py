#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Weights and inputs for ./dev bench networks: a wav2vec 2.0 base with random weights, as
torchaudio builds it, written for anaflow (safetensors, Hugging Face's names) and for ONNX
Runtime (one graph a length, all twelve layers as outputs).

    python3 make_networks.py FOLDER     (python3-torch, python3-torchaudio, python3-numpy)
"""
import json
import os
import sys

import numpy as np
import torch
import torchaudio

LENGTHS = {"10s": (1, 10), "30s": (1, 30), "2s": (1, 2), "2s-batch": (10, 2)}


def rename(name):
    name = name.replace("encoder.feature_projection.", "feature_projection.")
    return name.replace("encoder.transformer.", "encoder.")


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(t.shape),
                        "data_offsets": [at, at + 4 * t.numel()]}
        at += 4 * t.numel()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for t in tensors.values():
            f.write(t.contiguous().numpy().tobytes())


class Layers(torch.nn.Module):
    """All twelve layers as a tuple."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return tuple(self.model.extract_features(x)[0])


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    model = torchaudio.models.wav2vec2_base().eval()
    write_safetensors(folder + "/model.safetensors",
                      {rename(k): v for k, v in model.state_dict().items()})
    with open(folder + "/config.json", "w", encoding="utf-8") as f:
        json.dump(dict(model_type="wav2vec2", conv_dim=[512] * 7,
                       conv_kernel=[10, 3, 3, 3, 3, 2, 2],
                       conv_stride=[5, 2, 2, 2, 2, 2, 2]), f)
    with open(folder + "/preprocessor_config.json", "w", encoding="utf-8") as f:
        json.dump(dict(do_normalize=False, sampling_rate=16000), f)
    torch.save(model.state_dict(), folder + "/torchaudio.pt")
    for name, (batch, seconds) in LENGTHS.items():
        x = np.random.default_rng(0).standard_normal((batch, seconds * 16000)) * 0.1
        x = x.astype("<f4")
        np.save(f"{folder}/{name}.npy", x)
        torch.onnx.export(Layers(model), torch.from_numpy(x), f"{folder}/{name}.onnx",
                          opset_version=14, input_names=["x"],
                          output_names=[f"h{i}" for i in range(1, 13)])
        print("made", name, flush=True)


if __name__ == "__main__":
    main()
