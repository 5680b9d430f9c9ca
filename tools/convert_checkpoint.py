#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turn a checkpoint's pickle into safetensors, which anaflow reads.

    python3 convert_checkpoint.py FOLDER            pytorch_model.bin (or its shards), *.pt,
                                                    *.pth, *.ckpt -> FOLDER/model.safetensors
    python3 convert_checkpoint.py FILE.pt OUTPUT    one file -> OUTPUT/model.safetensors

A pickle can run any program when it is opened: convert only what you trust. torch's
weights_only loading is used where this torch has it. Needs torch alone: the format of
safetensors is a JSON header and the bytes, and is written here.
"""
import argparse
import json
import os
import sys

try:
    import torch
except ImportError:
    sys.exit("convert_checkpoint: torch is missing; install it (Debian: python3-torch)")

DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
          torch.float64: "F64", torch.int64: "I64", torch.int32: "I32",
          torch.uint8: "U8", torch.bool: "BOOL"}


def load(path):
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except TypeError:  # torch before 1.13
            return torch.load(path, map_location="cpu")
    except Exception as error:  # noqa: BLE001  what pickles raise is anything
        sys.exit(f"convert_checkpoint: {path}: {error}")


def take_tensors(value, prefix=""):
    """name -> tensor of a state dict, also where it lies under state_dict or model."""
    if prefix == "" and isinstance(value, dict):
        for key in ("state_dict", "model_state_dict", "model"):
            if isinstance(value.get(key), dict):
                value = value[key]
                break
    return {name.removeprefix("module."): tensor.detach().contiguous()
            for name, tensor in value.items() if isinstance(tensor, torch.Tensor)}


def find_pickles(folder):
    index = os.path.join(folder, "pytorch_model.bin.index.json")
    if os.path.exists(index):
        with open(index, encoding="utf-8") as f:
            names = sorted(set(json.load(f)["weight_map"].values()))
        if any(os.path.basename(n) != n for n in names):
            sys.exit(f"convert_checkpoint: {index}: names files outside its folder")
        return [os.path.join(folder, n) for n in names]
    plain = os.path.join(folder, "pytorch_model.bin")
    if os.path.exists(plain):
        return [plain]
    found = sorted(n for n in os.listdir(folder)
                   if n.endswith((".pt", ".pth", ".ckpt", ".bin", ".tar")))
    if len(found) != 1:
        sys.exit(f"convert_checkpoint: {folder}: one pickle was expected, found {found}; "
                 "name the file")
    return [os.path.join(folder, found[0])]


def as_bytes(tensor):
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def write(path, tensors):
    """Largest elements first, so that every tensor is aligned."""
    order = sorted(tensors, key=lambda n: (-tensors[n].element_size(), n))
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in order:
        t = tensors[name]
        if t.dtype not in DTYPES:
            sys.exit(f"convert_checkpoint: tensor {name} holds {t.dtype}, which is not known")
        size = t.numel() * t.element_size()
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape),
                        "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as f:
        f.write(len(text).to_bytes(8, "little"))
        f.write(text)
        for name in order:
            f.write(as_bytes(tensors[name]))
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description="pickle -> safetensors")
    parser.add_argument("source", help="a folder, or one file")
    parser.add_argument("output", nargs="?", help="folder to write to (default: the source's)")
    options = parser.parse_args()
    if os.path.isdir(options.source):
        pickles, output = find_pickles(options.source), options.output or options.source
    elif os.path.exists(options.source):
        pickles, output = [options.source], options.output or os.path.dirname(options.source)
    else:
        sys.exit(f"convert_checkpoint: {options.source}: there is no such file or folder")
    tensors = {}
    for path in pickles:
        tensors.update(take_tensors(load(path)))
    if not tensors:
        sys.exit(f"convert_checkpoint: {pickles[0]}: holds no tensors")
    os.makedirs(output or ".", exist_ok=True)
    target = os.path.join(output or ".", "model.safetensors")
    write(target, tensors)
    print(f"{target}: {len(tensors)} tensors, "
          f"{sum(t.numel() for t in tensors.values()) / 1e6:.1f} million numbers")


if __name__ == "__main__":
    main()
