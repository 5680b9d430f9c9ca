#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A tiny WavLM in plain torch, written from Chen et al. 2022 and the published class's
conventions: weights, sound and every layer for tests/unit/test_wav2vec2.c.

    python3 make_wavlm.py FOLDER        (python3-torch, python3-numpy)
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

KERNEL, STRIDE = [10, 3, 3], [5, 2, 2]
C, D, H, INNER, L, BUCKETS, FAR, TAPS, GROUPS = 6, 16, 4, 24, 2, 16, 20, 9, 4


def draw(generator, *shape, scale=0.3):
    return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale


def make_weights(stable, seed):
    g = torch.Generator().manual_seed(seed)
    w = {}

    def norm(name, n):
        w[name + ".weight"] = 1 + draw(g, n)
        w[name + ".bias"] = draw(g, n)

    def dense(name, out, inp):
        w[name + ".weight"] = draw(g, out, inp)
        w[name + ".bias"] = draw(g, out)

    for i, k in enumerate(KERNEL):
        name = f"feature_extractor.conv_layers.{i}"
        w[name + ".conv.weight"] = draw(g, C, C if i else 1, k, scale=0.5)
        if stable:
            w[name + ".conv.bias"] = draw(g, C)
        if stable or i == 0:
            norm(name + ".layer_norm", C)
    norm("feature_projection.layer_norm", C)
    dense("feature_projection.projection", D, C)
    w["encoder.pos_conv_embed.conv.bias"] = draw(g, D)
    w["encoder.pos_conv_embed.conv.weight_g"] = 1 + draw(g, 1, 1, TAPS).abs()
    w["encoder.pos_conv_embed.conv.weight_v"] = draw(g, D, D // GROUPS, TAPS)
    norm("encoder.layer_norm", D)
    w["encoder.layers.0.attention.rel_attn_embed.weight"] = draw(g, BUCKETS, H, scale=1)
    for layer in range(L):
        name = f"encoder.layers.{layer}."
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            dense(name + "attention." + part, D, D)
        dense(name + "attention.gru_rel_pos_linear", 8, D // H)
        w[name + "attention.gru_rel_pos_const"] = 1 + draw(g, 1, H, 1, 1)
        dense(name + "feed_forward.intermediate_dense", INNER, D)
        dense(name + "feed_forward.output_dense", D, INNER)
        norm(name + "layer_norm", D)
        norm(name + "final_layer_norm", D)
    return {k: v.float() for k, v in w.items()}


def bucket(away):
    half = BUCKETS // 2
    exact = half // 2
    side = half if away > 0 else 0
    away = abs(away)
    if away < exact:
        return side + away
    far = exact + int(math.log(away / exact) / math.log(FAR / exact) * (half - exact))
    return side + min(far, half - 1)


def run(w, stable, sound):
    w = {k: v.double() for k, v in w.items()}
    out = {}

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-5)

    def dense(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    x = torch.from_numpy(sound).double()
    x = ((x - x.mean()) / torch.sqrt(x.var(unbiased=False) + 1e-7))[None, None]
    for i, s in enumerate(STRIDE):
        name = f"feature_extractor.conv_layers.{i}"
        x = F.conv1d(x, w[name + ".conv.weight"], w.get(name + ".conv.bias"), stride=s)
        if stable:
            x = norm(x.transpose(1, 2), name + ".layer_norm").transpose(1, 2)
        elif i == 0:
            x = F.group_norm(x, C, w[name + ".layer_norm.weight"],
                             w[name + ".layer_norm.bias"], 1e-5)
        x = F.gelu(x)
        out[f"conv_{i}"] = x[0].T
    x = norm(x[0].T, "feature_projection.layer_norm")
    x = dense(x, "feature_projection.projection")
    out["feature_projection"] = x
    v = w["encoder.pos_conv_embed.conv.weight_v"]
    kernel = v * w["encoder.pos_conv_embed.conv.weight_g"] / v.norm(dim=(0, 1), keepdim=True)
    p = F.conv1d(x.T[None], kernel, w["encoder.pos_conv_embed.conv.bias"], padding=TAPS // 2,
                 groups=GROUPS)
    x = x + F.gelu(p[0].T)
    if not stable:
        x = norm(x, "encoder.layer_norm")
    out["hidden_state_0"] = x
    T = x.shape[0]
    table = w["encoder.layers.0.attention.rel_attn_embed.weight"]
    bias = torch.stack([torch.stack([table[bucket(j - i)] for j in range(T)])
                        for i in range(T)]).permute(2, 0, 1)
    for layer in range(L):
        name = f"encoder.layers.{layer}."
        y = norm(x, name + "layer_norm") if stable else x
        q, k, v = (dense(y, name + f"attention.{n}_proj").view(T, H, -1).transpose(0, 1)
                   for n in "qkv")
        gate = dense(y.view(T, H, -1).transpose(0, 1), name + "attention.gru_rel_pos_linear")
        a, b = torch.sigmoid(gate.view(H, T, 2, 4).sum(-1)).split(1, -1)
        const = w[name + "attention.gru_rel_pos_const"].view(H, 1, 1)
        gate = a * (b * const - 1) + 2
        p = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(D // H) + gate * bias, -1)
        out[f"attention_{layer + 1}"] = p.transpose(0, 1).reshape(T, -1)
        x = x + dense((p @ v).transpose(0, 1).reshape(T, D), name + "attention.out_proj")
        if not stable:
            x = norm(x, name + "layer_norm")
        y = norm(x, name + "final_layer_norm") if stable else x
        y = F.gelu(dense(y, name + "feed_forward.intermediate_dense"))
        x = x + dense(y, name + "feed_forward.output_dense")
        if not stable:
            x = norm(x, name + "final_layer_norm")
        last = stable and layer == L - 1
        out[f"hidden_state_{layer + 1}"] = norm(x, "encoder.layer_norm") if last else x
    return out


def write_safetensors(path, tensors):
    header, blobs, at = {}, [], 0
    for name, t in tensors.items():
        blob = t.contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(t.shape),
                        "data_offsets": [at, at + len(blob)]}
        at += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def main():
    for stable in (False, True):
        folder = os.path.join(sys.argv[1], "stable" if stable else "base")
        os.makedirs(folder, exist_ok=True)
        weights = make_weights(stable, 7 + stable)
        sound = np.random.default_rng(3).standard_normal(600).astype("<f4") * np.float32(0.1)
        write_safetensors(folder + "/model.safetensors",
                          {"wavlm." + k: v for k, v in weights.items()})
        config = dict(model_type="wavlm", conv_dim=[C] * 3, conv_kernel=KERNEL,
                      conv_stride=STRIDE, conv_bias=stable, hidden_size=D,
                      feat_extract_norm="layer" if stable else "group",
                      num_attention_heads=H, num_hidden_layers=L, intermediate_size=INNER,
                      num_conv_pos_embeddings=TAPS, num_conv_pos_embedding_groups=GROUPS,
                      do_stable_layer_norm=stable, num_buckets=BUCKETS,
                      max_bucket_distance=FAR)
        with open(folder + "/config.json", "w", encoding="utf-8") as f:
            json.dump(config, f, indent=1)
        np.save(folder + "/audio.npy", sound)
        for name, x in run(weights, stable, sound).items():
            np.save(f"{folder}/{name}.npy", x.float().numpy())


if __name__ == "__main__":
    main()
