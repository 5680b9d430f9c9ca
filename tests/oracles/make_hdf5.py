#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small HDF5 files with the attributes that h5py, pynwb and MATLAB write, and what h5py reads
from them (tests/golden/hdf5/values.tsv: file, dataset, sample, channel, value). Values of
ElectricalSeries are scaled here by NWB's formula. Run with Debian's h5py 3.7:
/usr/bin/python3 make_hdf5.py tests/golden/hdf5"""
import os
import sys
import zlib

import h5py
import numpy as np

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(20261126)
rows = ["file\tdataset\tsample\tchannel\tvalue"]


def say(name, dataset, x, scale=None):
    """A few numbers of a (time, channel) or (time) array, the extremes among them."""
    x = np.asarray(x)
    x = x.reshape(x.shape[0], -1)
    for t in sorted({0, 1, x.shape[0] // 2, x.shape[0] - 1}):
        for c in sorted({0, x.shape[1] // 2, x.shape[1] - 1}):
            value = x[t, c] if scale is None else scale(x, t, c)
            text = str(int(value)) if x.dtype.kind in "iu" and scale is None else repr(float(value))
            rows.append(f"{name}\t{dataset}\t{t}\t{c}\t{text}")


def plain():
    """Every type, both byte orders, stored in each way that is read."""
    with h5py.File(f"{out}/plain.h5", "w", track_order=False) as f:
        x = rng.integers(-32768, 32767, (300, 5), dtype=np.int16)
        d = f.create_dataset("session/lfp", data=x.astype(">i2"), chunks=(64, 2),
                             compression="gzip", shuffle=True, fletcher32=True)
        d.attrs["unit"] = "uV"
        d.attrs["sampling_rate"] = np.float64(250)
        say("plain.h5", "/session/lfp", x)
        f.create_dataset("session/names", data=["A1", "A2", "B\u00e9ta", "C1", "C2"],
                         dtype=h5py.string_dtype())
        f.create_dataset("session/areas", data=np.array([b"STG", b"STG", b"HG", b"", b"PT"]))
        f.create_dataset("session/places", data=np.arange(15.).reshape(5, 3))
        f["session/turned"] = np.ascontiguousarray(x.T)
        say("plain.h5", "/session/turned", x)
        times = np.arange(300) / 250 + 12.5
        f["session/even"] = times
        times[100:] += 2
        times[200:] += .5
        f["session/gaps"] = times
        times[150] += .003
        f["session/uneven"] = times
        for order in "<>":
            for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"):
                if kind[0] == "f":
                    v = rng.normal(size=(7, 3)).astype(kind)
                else:
                    info = np.iinfo(kind)
                    v = rng.integers(info.min, info.max, (7, 3), dtype=kind, endpoint=True)
                    v[0, 0], v[-1, -1] = info.min, info.max
                name = f"types/{kind}{'le' if order == '<' else 'be'}"
                f[name] = v.astype(order + kind)
                if kind in ("i8", "u8"):
                    v = v.astype(np.float64)
                say("plain.h5", "/" + name, v)
        f["types/bool"] = np.arange(21).reshape(7, 3) % 2 == 0
        say("plain.h5", "/types/bool", (np.arange(21).reshape(7, 3) % 2 == 0).astype(np.uint8))
        f.create_dataset("types/compound", data=np.zeros(4, [("a", "f8"), ("b", "i4")]))
        f.create_dataset("types/opaque", data=np.zeros(4, "V3"))
        f.create_dataset("types/vlen", (4,), dtype=h5py.vlen_dtype(np.int32))[0] = [1, 2]
        f.create_dataset("types/refs", data=[f["types"].ref], dtype=h5py.ref_dtype)
        part = f.create_dataset("part", (40, 3), "f4", chunks=(8, 3), fillvalue=-7,
                                compression="gzip")
        part[8:16] = np.arange(24.).reshape(8, 3)
        say("plain.h5", "/part", part[:])
        f["soft"] = h5py.SoftLink("/session/lfp")
        f["hard"] = f["session/lfp"]
        f["compact"] = np.arange(6.)
        space = h5py.h5s.create_simple((6,))
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        d = h5py.h5d.create(f.id, b"inside", h5py.h5t.NATIVE_DOUBLE, space, plist)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(6.) * 1.5)
        say("plain.h5", "/inside", np.arange(6.) * 1.5)


def typed(group, kind, namespace="core"):
    group.attrs["namespace"] = namespace
    group.attrs["neurodata_type"] = kind
    group.attrs["object_id"] = "00000000-0000-4000-8000-000000000000"
    return group


def column(table, name, data, **more):
    d = table.create_dataset(name, data=data, **more)
    typed(d, "VectorData", "hdmf-common")
    d.attrs["description"] = name
    return d


def electrodes(f, n):
    table = typed(f.create_group("general/extracellular_ephys/electrodes"), "DynamicTable",
                  "hdmf-common")
    text = h5py.string_dtype()
    table.attrs["colnames"] = np.array(["x", "y", "z", "location", "group_name", "label", "bad"],
                                       dtype=object)
    table.attrs["description"] = "metadata about extracellular electrodes"
    ids = table.create_dataset("id", data=np.arange(n) + 100)
    typed(ids, "ElementIdentifiers", "hdmf-common")
    column(table, "x", np.arange(n) * 1.5 - 40)
    column(table, "y", np.arange(n) * -2.)
    column(table, "z", np.r_[np.arange(n - 1) + .25, np.nan])
    column(table, "location", ["unknown" if i == 1 else f"area {i // 2}" for i in range(n)],
           dtype=text)
    column(table, "group_name", [f"shank{i // 3}" for i in range(n)], dtype=text)
    column(table, "label", [f"LA{i + 1}" for i in range(n)], dtype=text)
    column(table, "bad", np.array([i == 2 for i in range(n)]))
    return table


def series(f, path, x, table, region):
    s = typed(f.create_group(path), "ElectricalSeries")
    s.attrs["description"] = "no description"
    s.attrs["comments"] = "no comments"
    d = s.create_dataset("data", data=x, chunks=(50, x.shape[1]), compression="gzip")
    d.attrs["unit"] = "volts"
    d.attrs["resolution"] = -1.
    e = typed(s.create_dataset("electrodes", data=np.asarray(region)), "DynamicTableRegion",
              "hdmf-common")
    e.attrs["table"] = table.ref
    e.attrs["description"] = "electrodes"
    return s, d


def nwb():
    with h5py.File(f"{out}/ecog.nwb", "w") as f:
        typed(f, "NWBFile")
        f.attrs["nwb_version"] = "2.5.0"
        x = rng.integers(-30000, 30000, (240, 4), dtype=np.int16)
        table = electrodes(f, 6)
        s, d = series(f, "acquisition/ElectricalSeries", x, table, [5, 1, 2, 0])
        d.attrs["conversion"] = 1.95e-7
        d.attrs["offset"] = -1e-3
        own = np.array([1, .5, 2, 1.25])
        s.create_dataset("channel_conversion", data=own).attrs["axis"] = 1
        t = s.create_dataset("starting_time", data=12.25)
        t.attrs["rate"] = np.float32(512)
        t.attrs["unit"] = "seconds"
        say("ecog.nwb", "", x, lambda x, t, c: np.float64(x[t, c]) * 1.95e-7 * own[c] + -1e-3)
        trials = typed(f.create_group("intervals/trials"), "TimeIntervals")
        column(trials, "start_time", np.array([12.25, 12.5]))
        column(trials, "stop_time", np.array([12.375, 12.625]))
        column(trials, "stimulus", ["dog", "rain"], dtype=h5py.string_dtype())
    with h5py.File(f"{out}/times.nwb", "w", libver="latest") as f:
        typed(f, "NWBFile")
        x = rng.normal(size=(120, 3)).astype(np.float32)
        table = electrodes(f, 3)
        s, d = series(f, "processing/ecephys/LFP/lfp", x, table, [0, 1, 2])
        d.attrs["conversion"] = np.float32(1e-6)
        times = 3 + np.arange(120) / 100
        times[70:] += 5
        s.create_dataset("timestamps", data=times).attrs["interval"] = 1
        say("times.nwb", "", x, lambda x, t, c: np.float64(x[t, c]) * np.float64(np.float32(1e-6)))
        both, d = series(f, "acquisition/raw", x, table, [0, 1, 2])
        both.create_dataset("starting_time", data=0.).attrs["rate"] = 100.


def matlab_class(d, name, **more):
    d.attrs["MATLAB_class"] = np.bytes_(name)
    for key, value in more.items():
        d.attrs[f"MATLAB_{key}"] = value
    return d


class Matlab:
    """A v7.3 file as MATLAB lays it out: 512 bytes before HDF5, dimensions in reverse,
    cells below #refs#."""

    def __init__(self, path):
        self.path, self.n = path, 0
        self.f = h5py.File(path, "w", userblock_size=512)
        self.refs = None

    def put(self, where, name, value):
        if isinstance(value, str):
            units = np.frombuffer(value.encode("utf-16-le"), np.uint16).reshape(-1, 1)
            d = where.create_dataset(name, data=units if len(value) else np.zeros(2, np.uint64))
            matlab_class(d, "char", int_decode=np.int32(2))
            if not value:
                d.attrs["MATLAB_empty"] = np.uint8(1)
        elif isinstance(value, dict):
            d = matlab_class(where.create_group(name), "struct")
            for key, field in value.items():
                self.put(d, key, field)
        elif isinstance(value, Structs):
            d = matlab_class(where.create_group(name), "struct")
            for key in value.items[0]:
                refs = [[self.ref(item[key])] for item in value.items]
                d.create_dataset(key, data=refs, dtype=h5py.ref_dtype)
        elif isinstance(value, list):
            cells = value if value and isinstance(value[0], list) else [value]  # rows
            refs = np.array([[self.ref(row[j]) for row in cells] for j in range(len(cells[0]))],
                            dtype=object)
            d = matlab_class(where.create_dataset(name, data=refs, dtype=h5py.ref_dtype), "cell")
        else:
            x = np.atleast_2d(np.asarray(value))
            if x.size == 0:
                d = where.create_dataset(name, data=np.array(x.shape, np.uint64))
                d.attrs["MATLAB_empty"] = np.uint8(1)
            elif x.size > 200:
                d = where.create_dataset(name, data=x.T, chunks=True, compression="gzip",
                                         compression_opts=3)
            elif x.dtype.kind == "c":
                pair = np.zeros(x.T.shape, [("real", "f8"), ("imag", "f8")])
                pair["real"], pair["imag"] = x.T.real, x.T.imag
                d = where.create_dataset(name, data=pair)
            else:
                d = where.create_dataset(name, data=x.T.astype(np.uint8) if x.dtype == bool else x.T)
            names = {"float64": "double", "float32": "single", "bool": "logical",
                     "complex128": "double"}
            matlab_class(d, names.get(str(x.dtype), str(x.dtype)))
            if x.dtype == bool:
                d.attrs["MATLAB_int_decode"] = np.int32(1)
        return d

    def ref(self, value):
        if self.refs is None:
            self.refs = self.f.create_group("#refs#")
        self.n += 1
        return self.put(self.refs, f"r{self.n}", value).ref

    def close(self):
        self.f.close()
        head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Thu Nov 26 12:00:00 2026 " \
               b"HDF5 schema 1.00 ."
        with open(self.path, "r+b") as f:
            f.write(head.ljust(116) + bytes(8) + b"\x00\x02IM")


class Structs:
    def __init__(self, items):
        self.items = items


def matlab():
    m = Matlab(f"{out}/v73.mat")
    r = 10. * np.arange(4)[:, None] + np.arange(3) + .5
    m.put(m.f, "R", r)
    say("v73.mat", "R", r)
    x = rng.normal(size=(120, 4))
    m.put(m.f, "eeg", {"data": x.astype(np.float32), "fs": 64., "label": ["Fz", "Cz", "Pz", "\u00d61"]})
    say("v73.mat", "eeg.data", x.astype(np.float32))
    m.put(m.f, "names", [["dog"], ["rain"], ["speech"], ["\u00fcber"]])
    m.put(m.f, "trials", [r + 100, r + 200, r[:2]])
    m.put(m.f, "chan", Structs([{"labels": "Fz", "X": 1.5}, {"labels": "Cz", "X": 2.5},
                                {"labels": "Pz", "X": np.zeros((0, 0))}]))
    m.put(m.f, "yes", np.array([[True, False, True]]))
    m.put(m.f, "small", np.arange(-3, 3, dtype=np.int8).reshape(2, 3))
    m.put(m.f, "nothing", np.zeros((0, 3)))
    m.put(m.f, "wave", np.array([[1 + 2j, 3 - 1j]]))
    m.put(m.f, "text", "one line")
    cube = np.arange(24.).reshape(2, 3, 4)
    m.put(m.f, "cube", cube)
    s = m.f.create_group("few")
    matlab_class(s, "double", sparse=np.uint64(3))
    s["data"], s["ir"], s["jc"] = np.ones(2), np.array([0, 2], np.uint64), np.array([0, 1, 2], np.uint64)
    o = m.f.create_dataset("table", data=np.zeros((6, 1), np.uint32))
    matlab_class(o, "table", object_decode=np.int32(3))
    m.close()


def outside():
    """Links and storage that lead out of the file, and links in circles."""
    with h5py.File(f"{out}/other.h5", "w") as f:
        f["x"] = np.arange(20.)
    with h5py.File(f"{out}/outside.h5", "w", libver="latest") as f:
        f["link"] = h5py.ExternalLink("other.h5", "/x")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["circle"] = h5py.SoftLink("/circle")
        f["round"] = h5py.SoftLink("/trip")
        f["trip"] = h5py.SoftLink("/round")
        layout = h5py.VirtualLayout((20,), "f8")
        layout[:] = h5py.VirtualSource("other.h5", "x", (20,))
        f.create_virtual_dataset("virtual", layout)
        f.create_dataset("stored", (20,), "f8", external=[("other.bin", 0, 160)])
        f["group/x"] = np.arange(5.)
        f["group/up"] = f["/"]
    with h5py.File(f"{out}/hostile.h5", "w") as f:
        f.create_dataset("wide", (1 << 29,), "f8", chunks=(1 << 28,))
        f.create_dataset("empty", (1 << 40, 4), "f8", chunks=(1 << 10, 4))
        bomb = f.create_dataset("bomb", (1000,), "u1", chunks=(1000,), compression="gzip")
        bomb.id.write_direct_chunk((0,), zlib.compress(bytes(2 << 20), 9))
        lies = f.create_dataset("lies", (1 << 32, 64), "i2", chunks=(1 << 10, 64),
                                compression="gzip")
        lies[0:4] = 1
        f.create_dataset("lzf", data=np.arange(64.), chunks=(64,), compression="lzf")
        f.create_dataset("offset", data=np.arange(64), chunks=(64,), scaleoffset=0)
        f.create_dataset("short", data=np.arange(64.), chunks=(64,), compression="gzip")
        f["short"].id.write_direct_chunk((0,), zlib.compress(bytes(100)))
        f.create_dataset("broken", data=np.arange(64.), chunks=(64,), compression="gzip")
        f["broken"].id.write_direct_chunk((0,), bytes(range(40)))
        f.create_dataset("sum", data=np.arange(64.), chunks=(64,), fletcher32=True)
        f["sum"].id.write_direct_chunk((0,), bytes(range(256)) * 2 + b"1234")
        f.create_dataset("none", (10, 2), "f8")
        f["x"] = np.arange(5.)
        f["x"].attrs["rate"] = "x" * 60000
        f["x"].attrs["fs"] = np.float64(50)
    with h5py.File(f"{out}/deep.h5", "w", libver="latest") as f:
        g = f
        for i in range(40):
            g = g.create_group("deep")
        g["x"] = np.arange(5.)


def wide():
    """70 columns of chunks of 1 MB, of which one chunk is stored."""
    with h5py.File(f"{out}/wide.h5", "w", track_order=False) as f:
        d = f.create_dataset("x", (100, 70), "i8", chunks=(1 << 17, 1), maxshape=(None, 70),
                             compression="gzip", compression_opts=9)
        d[:, 0] = np.arange(100)


plain()
wide()
nwb()
matlab()
outside()
open(f"{out}/values.tsv", "w").write("\n".join(rows) + "\n")
