"""What runs code in readers that unpickle: every protocol, and the formats that carry a pickle inside."""

from __future__ import annotations

import gzip
import io
import pickle
import pickletools
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

UNDER = (
    "csv", "tsv", "txt", "json", "jsonl", "xlsx", "xls", "ods", "parquet", "arrow", "feather", "gz", "bz2", "xz", "zip", "npy", "npz", "pt", "pth", "pt2", "pkl",
    "joblib", "bin", "ckpt", "safetensors", "onnx", "h5", "sqlite", "lesson", "xml", "html", "",
)  # fmt: skip
"""Endings that a pickle hides behind."""


class Touching:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("open('touched-by-pickle', 'w').close()",)


def _numpy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([Touching()], dtype=object), allow_pickle=True)
    return stream.getvalue()


def _numpy_zip() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.array([Touching()], dtype=object))
    return stream.getvalue()


def _torch_zip() -> bytes:
    """Return what torch.save writes since 1.6: a zip with a pickle and its storages."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"w": Touching()}, protocol=2))
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", b"\0" * 16)
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def _torch_old() -> bytes:
    """Return what torch.save wrote before 1.6: three pickles one behind the other."""
    parts = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}, {"w": Touching()})
    return b"".join(pickle.dumps(part, protocol=2) for part in parts)


def _code() -> bytes:
    import marshal

    return b"\xa7\r\r\n" + b"\0" * 12 + marshal.dumps(compile("open('touched-by-pickle', 'w')", "x", "exec"))


PICKLES: dict[str, Callable[[], bytes]] = {
    **{
        str(protocol): lambda protocol=protocol: pickle.dumps({"then": Touching(), "w": [1.0]}, protocol=protocol)
        for protocol in range(6)
    },
    "optimised": lambda: pickletools.optimize(pickle.dumps(Touching())),
    "npy": _numpy, "npz": _numpy_zip, "torch": _torch_zip, "torch-old": _torch_old,
    "joblib": lambda: zlib.compress(pickle.dumps(Touching())), "gzip": lambda: gzip.compress(pickle.dumps(Touching())),
    "pyc": _code,
}  # fmt: skip
