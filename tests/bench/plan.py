# SPDX-License-Identifier: BSD-3-Clause
"""make FOLDER: arrays, sounds and recordings of the studies in plan.sh, which ask for seconds
to a minute each."""
import gzip
import os
import struct
import sys
import wave

import numpy as np


def matrices(folder, rng):
    for name, n, p, v in (("tall", 4000, 1500, 3000), ("wide", 1200, 5000, 3000),
                          ("story", 6000, 40, 200), ("items", 500, 400, 2000)):
        x = rng.normal(size=(n, 60)).astype("f4") @ rng.normal(size=(60, p)).astype("f4")
        x += rng.normal(size=(n, p)).astype("f4")
        y = x[:, :20] @ rng.normal(size=(20, v)).astype("f4")
        y += 5 * rng.normal(size=(n, v)).astype("f4")
        np.save(f"{folder}/{name}-x.npy", x)
        np.save(f"{folder}/{name}-y.npy", y)
        with open(f"{folder}/{name}.txt", "w") as out:
            out.writelines(f"item{i:05d}\n" for i in range(n))
    for run in range(1, 5):
        np.save(f"{folder}/runs-x-{run}.npy", rng.normal(size=(6000, 16)).astype("f4"))
        np.save(f"{folder}/runs-y-{run}.npy", rng.normal(size=(6000, 128)).astype("f4"))
    for subject in range(1, 13):
        np.save(f"{folder}/group-{subject:02d}.npy", rng.normal(size=(500, 400)).astype("f4"))


def sounds(folder, rng):
    os.makedirs(f"{folder}/heard", exist_ok=True)
    for i in range(20):
        with wave.open(f"{folder}/sound{i:02d}.wav", "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(44100)
            out.writeframes((rng.normal(size=44100 * 10) * 3000).astype("<i2").tobytes())
        np.save(f"{folder}/heard/sound{i:02d}.npy", rng.normal(size=(500, 300)).astype("f4"))


def image(data, zooms, dtype_code):
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, data.ndim, *data.shape, *[1] * (7 - data.ndim))
    struct.pack_into("<hh", head, 70, dtype_code, 8 * data.itemsize)
    struct.pack_into("<8f", head, 76, 1, *zooms, *[1] * (7 - len(zooms)))
    struct.pack_into("<fff", head, 108, 352, 1, 0)
    head[123] = 10  # mm, s
    struct.pack_into("<hh", head, 252, 0, 1)
    for row, at in enumerate((280, 296, 312)):
        struct.pack_into("<f", head, at + 4 * row, 3)
    head[344:348] = b"n+1\0"
    return bytes(head) + data.tobytes(order="F")


def images(folder, rng):
    shape = (64, 64, 32)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij"))
    mask = (grid ** 2).sum(0) < .7
    with open(f"{folder}/mask.nii", "wb") as out:
        out.write(image(mask.astype("u1"), (3, 3, 3), 2))
    for run in range(1, 5):
        data = np.zeros(shape + (250,), "<i2")
        for t in range(250):
            data[..., t] = 900 + rng.normal(size=shape) * np.where(mask, 12, 4)
        with gzip.open(f"{folder}/bold-{run}.nii.gz", "wb", 6) as out:
            out.write(image(data, (3, 3, 3, 2), 4))
        np.save(f"{folder}/design-{run}.npy", rng.normal(size=(250, 12)).astype("f4"))


def recordings(folder, rng):
    channels, seconds, rate = 128, 600, 512

    def fields(form, values):
        return b"".join(str(v).ljust(form)[:form].encode() for v in values)

    n = channels
    head = fields(8, ["0"]) + fields(80, ["X X X X", "Startdate 01-JAN-2026 X X X"])
    head += fields(8, ["01.01.26", "00.00.00", 256 * (n + 1)]) + fields(44, [""])
    head += fields(8, [seconds, 1]) + fields(4, [n])
    head += fields(16, [f"EEG{c:03d}" for c in range(n)]) + fields(80, [""] * n)
    head += fields(8, ["uV"] * n) + fields(8, [-3276.8] * n) + fields(8, [3276.7] * n)
    head += fields(8, [-32768] * n) + fields(8, [32767] * n)
    head += fields(80, [""] * n) + fields(8, [rate] * n) + fields(32, [""] * n)
    for run in (1, 2, 3):
        with open(f"{folder}/eeg-{run}.edf", "wb") as file:
            file.write(head)
            for _ in range(seconds):
                file.write((rng.normal(size=(n, rate)) * 400).astype("<i2").tobytes())
        np.save(f"{folder}/envelope-{run}.npy",
                rng.normal(size=(seconds * 64, 1)).astype("f4"))


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    for part in (matrices, sounds, images, recordings):
        part(sys.argv[2], generator)
