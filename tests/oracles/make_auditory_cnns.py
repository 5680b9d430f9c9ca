#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Twins of two auditory networks in numpy, scipy, Pillow and torch, written from their
papers and the published programs' conventions: narrow random networks of the full depth,
a sound, and every layer (some moments of it) for tests/unit/test_kell2018.c and
tests/unit/test_cochresnet50.c.

    python3 make_auditory_cnns.py FOLDER    (python3-torch, -numpy, -scipy, -pil)
"""
import json
import os
import sys

import numpy as np
import scipy.signal
import torch
import torch.nn.functional as F
from PIL import Image


def write_safetensors(path, tensors):
    header, blobs, at = {}, [], 0
    for name, t in tensors.items():
        blob = np.ascontiguousarray(t, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(np.shape(t)),
                        "data_offsets": [at, at + len(blob)]}
        at += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def erb(f):
    return 9.265 * np.log(1 + f / (24.7 * 9.265))


def erb_filters(length, rate, n, low, high, s):
    """channels x (length // 2 + 1)"""
    freqs = np.linspace(0, rate / 2, length // 2 + 1)
    count = s * (n + 1) - 1
    centres, step = np.linspace(erb(low), erb(high), count + 2, retstep=True)
    centres = centres[1:-1]
    away = (erb(freqs)[None] - centres[:, None]) / (s * step)
    cosines = np.where(np.abs(away) < 1, np.cos(away * np.pi / 2), 0)
    hz = 24.7 * 9.265 * (np.exp(centres / 9.265) - 1)
    lows = [np.where(freqs < hz[i], np.sqrt(1 - cosines[i] ** 2), 0) for i in range(s)]
    highs = [np.where(freqs > hz[-1 - i], np.sqrt(1 - cosines[-1 - i] ** 2), 0)
             for i in range(s)][::-1]
    return np.concatenate([lows, cosines, highs]) / np.sqrt(s)


def envelopes(x, length, rate, n, low, high, s, positive):
    spectrum = np.fft.fft(np.pad(x, (0, length - len(x))))
    filters = erb_filters(length, rate, n, low, high, s)
    bands = np.zeros((len(filters), length), complex)
    bands[:, :length // 2 + 1] = filters * spectrum[:length // 2 + 1]
    bands[:, 1:length // 2] *= positive
    return np.abs(np.fft.ifft(bands))[:, :len(x)]


def sound(rate, seed):
    t = np.arange(2 * rate) / rate
    g = np.random.default_rng(seed)
    x = np.sin(2 * np.pi * (200 * t + 700 * t ** 2)) * (1 + np.sin(2 * np.pi * 3 * t))
    return (0.05 * x + 0.01 * g.standard_normal(len(t))).astype("<f4")


def save(folder, name, x):
    """Pictures arrive as channels x frequency x time and are kept as every 16th moment x
    (frequency x channels)."""
    x = np.asarray(x, float)
    if x.ndim == 3:
        x = x.transpose(2, 1, 0).reshape(x.shape[2], -1)
        x = x[::16] if len(x) > 40 else x
    np.save(f"{folder}/{name}.npy", np.atleast_2d(x).astype("<f4"))


def same(x, k, s, value=0.0):
    pads = []
    for n in (x.shape[-1], x.shape[-2]):
        lack = max((-(-n // s) - 1) * s + k - n, 0)
        pads += [lack // 2, lack - lack // 2]
    return F.pad(x, pads, value=value)


def kell(folder):
    os.makedirs(folder, exist_ok=True)
    x = sound(16000, 1)
    np.save(folder + "/audio.npy", x)
    e = envelopes(x.astype(float), 64000, 16000, 50, 20, 8000, 4, 2)
    e = scipy.signal.resample_poly(e, 200, 16000, axis=1)
    e = np.maximum(e, 0) ** 0.3
    e = 255 * (1 - (e.max() - e) / np.ptp(e))
    image = np.array(Image.fromarray(e.astype(np.float32)).resize((256, 256), Image.LANCZOS))
    save(folder, "cochleagram", image[None])
    g = np.random.default_rng(2)
    units = dict(conv1=4, conv2=5, conv3=6, conv4_W=4, conv5_W=3, fc6_W=7, fctop_W=5,
                 conv4_G=3, conv5_G=4, fc6_G=6, fctop_G=2)
    w = {}

    def layer(name, *shape):
        w[name + ".W"] = (g.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))).astype("f")
        w[name + ".b"] = (0.3 * g.standard_normal(shape[-1])).astype("f")

    def conv(h, name, k, s):
        layer(name, k, k, h.shape[1], units[name])
        kernel = torch.from_numpy(w[name + ".W"]).double().permute(3, 2, 0, 1)
        h = F.relu(F.conv2d(same(h, k, s), kernel, torch.from_numpy(w[name + ".b"]).double(),
                            stride=s))
        save(folder, name, h[0])
        return h

    def norm(h, name):
        square = F.pad(h ** 2, (0, 0, 0, 0, 2, 2))
        total = sum(square[:, i:i + h.shape[1]] for i in range(5))
        h = h / (1 + 1e-3 * total) ** 0.75
        save(folder, name, h[0])
        return h

    def largest(h, name):
        h = F.max_pool2d(same(h, 3, 2, -np.inf), 3, 2)
        save(folder, name, h[0])
        return h

    h = torch.from_numpy(image.astype(float))[None, None]
    h = largest(norm(conv(h, "conv1", 9, 3), "rnorm1"), "pool1")
    h = largest(norm(conv(h, "conv2", 5, 2), "rnorm2"), "pool2")
    shared = conv(h, "conv3", 3, 1)
    for b in "WG":
        h = conv(conv(shared, "conv4_" + b, 3, 1), "conv5_" + b, 3, 1)
        inside = F.avg_pool2d(same(torch.ones_like(h), 3, 2), 3, 2)
        h = F.avg_pool2d(same(h, 3, 2), 3, 2) / inside
        save(folder, "pool5_" + b, h[0])
        flat = h[0].permute(1, 2, 0).reshape(-1)  # TensorFlow's order
        layer("fc6_" + b, len(flat), units["fc6_" + b])
        flat = F.relu(flat @ torch.from_numpy(w[f"fc6_{b}.W"]).double() +
                      torch.from_numpy(w[f"fc6_{b}.b"]).double())
        save(folder, "fc6_" + b, flat)
        layer("fctop_" + b, len(flat), units["fctop_" + b])
        flat = flat @ torch.from_numpy(w[f"fctop_{b}.W"]).double() + \
            torch.from_numpy(w[f"fctop_{b}.b"]).double()
        save(folder, "fctop_" + b, flat)
    write_safetensors(folder + "/model.safetensors", w)
    with open(folder + "/config.json", "w", encoding="utf-8") as f:
        json.dump(dict(model_type="kell2018", **{"units_" + k: v for k, v in units.items()}), f,
                  indent=1)


def cochresnet(folder):
    os.makedirs(folder, exist_ok=True)
    x = sound(20000, 3)
    np.save(folder + "/audio.npy", x)
    e = envelopes(x.astype(float), 40000, 20000, 50, 50, 10000, 4, 1)
    times = np.arange(-1001 / 2, 500)
    kernel = np.sinc(times / 100) / 100 * scipy.signal.windows.kaiser(1001, 5)
    e = np.stack([e[:, i * 100:i * 100 + 1001] @ kernel for i in range(390)], 1)
    image = (np.maximum(e, 0) + 1e-8) ** 0.3
    save(folder, "cochleagram", image[None])
    g = np.random.default_rng(4)
    widths, blocks, classes, stem = [3, 4, 5, 3], [2, 1, 2, 1], 5, 4
    w = {}

    def conv(h, name, out, k, s):
        shape = (out, h.shape[1], k, k)
        w[name + ".weight"] = (g.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype("f")
        return F.conv2d(h, torch.from_numpy(w[name + ".weight"]).double(), stride=s, padding=k // 2)

    def norm(h, name):
        n = h.shape[1]
        for part, x in (("weight", 1 + 0.2 * g.standard_normal(n)),
                        ("bias", 0.2 * g.standard_normal(n)),
                        ("running_mean", 0.2 * g.standard_normal(n)),
                        ("running_var", 0.5 + g.random(n))):
            w[f"{name}.{part}"] = x.astype("f")
        p = [torch.from_numpy(w[f"{name}.{part}"]).double()
             for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(h, *p, eps=1e-5)

    h = torch.from_numpy(image)[None, None]
    h = F.relu(norm(conv(h, "conv1", stem, 7, 2), "bn1"))
    save(folder, "conv1", h[0])
    h = F.max_pool2d(h, 3, 2, 1)
    save(folder, "maxpool", h[0])
    for stage in range(4):
        for block in range(blocks[stage]):
            name, s = f"layer{stage + 1}.{block}", 2 if stage and block == 0 else 1
            y = F.relu(norm(conv(h, name + ".conv1", widths[stage], 1, 1), name + ".bn1"))
            y = F.relu(norm(conv(y, name + ".conv2", widths[stage], 3, s), name + ".bn2"))
            y = norm(conv(y, name + ".conv3", 4 * widths[stage], 1, 1), name + ".bn3")
            if block == 0:
                h = norm(conv(h, name + ".downsample.0", 4 * widths[stage], 1, s),
                         name + ".downsample.1")
            h = F.relu(y + h)
        save(folder, f"layer{stage + 1}", h[0])
    flat = h.mean((2, 3))[0]
    save(folder, "avgpool", flat)
    w["fc.weight"] = g.standard_normal((classes, len(flat))).astype("f")
    w["fc.bias"] = g.standard_normal(classes).astype("f")
    save(folder, "final", torch.from_numpy(w["fc.weight"]).double() @ flat +
         torch.from_numpy(w["fc.bias"]).double())
    write_safetensors(folder + "/model.safetensors", {"model." + k: v for k, v in w.items()})
    with open(folder + "/config.json", "w", encoding="utf-8") as f:
        json.dump(dict(model_type="cochresnet50", stem=stem, widths=widths, blocks=blocks,
                       classes=classes), f, indent=1)


if __name__ == "__main__":
    kell(sys.argv[1] + "/kell2018")
    cochresnet(sys.argv[1] + "/cochresnet50")
