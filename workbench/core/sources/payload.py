"""The bytes of a file: checked, fingerprinted, unpacked, and never more of them than memory can take."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.core.boundary import opened
from workbench.core.problems import Problem, ProblemKind, WorkbenchError
from workbench.core.seen import seen
from workbench.core.sources.problems import (
    BINARY_FILE,
    CANCELLED,
    CANNOT_READ,
    EMPTY_FILE,
    FILE_NOT_FOUND,
    IS_A_FOLDER,
    PERMISSION_DENIED,
)
from workbench.core.sources.unpack import unpacked

HEAD_BYTES = 1 << 14
_CHUNK = 1 << 22
_MOST_UNPACKED = 2 << 30


@dataclass(slots=True)
class Watch:
    """Tell how far reading is, and stop when asked to.

    Attributes
    ----------
    name
        Name of what is read, for the Problem.
    progress
        Called with 0 to 1, on the reading thread.
    cancelled
        Polled; once it returns True, the next `at` raises ``reading-cancelled``.
    """

    name: str
    progress: Callable[[float], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def at(self, fraction: float) -> None:
        """Report `fraction` and raise if the user cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise WorkbenchError(CANCELLED, name=self.name)
        if self.progress is not None:
            self.progress(min(1.0, max(0.0, fraction)))


class Payload:
    """The content of one file; bytes are read, and unpacked, when they are first asked for.

    Attributes
    ----------
    name
        File name without folder.
    size
        Bytes of the file itself.
    notes
        What had to be chosen while unpacking.
    known_sha256
        The digest of the file's own bytes if it has been computed already, else an empty text.
    """

    def __init__(self, path: Path, size: int, watch: Watch, data: bytes | None = None) -> None:
        self.name = seen(path.name)
        self.path = path
        self.size = size
        self.watch = watch
        self.notes: list[Problem] = []
        self._data = data
        self.known_sha256 = hashlib.sha256(data).hexdigest() if data is not None else ""

    @property
    def data(self) -> bytes:
        """All bytes, after unpacking."""
        if self._data is None:
            self._data = _bytes_of(self.path, self.size, self.watch)
        return self._data

    @data.setter
    def data(self, data: bytes) -> None:
        self._data = data

    @property
    def head(self) -> bytes:
        """The first 16 kB, after unpacking."""
        if self._data is not None:
            return self._data[:HEAD_BYTES]
        with self.path.open("rb") as stream:
            return stream.read(HEAD_BYTES)

    @property
    def packed(self) -> bool:
        """True if the data differ from the bytes of the file."""
        return self._data is not None

    @property
    def length(self) -> int:
        """Number of bytes after unpacking."""
        return self.size if self._data is None else len(self._data)

    def part(self, start: int, size: int) -> bytes:
        """Return up to `size` bytes from byte `start` on, after unpacking."""
        if self._data is not None:
            return self._data[start : start + size]
        with self.path.open("rb") as stream:
            stream.seek(start)
            return stream.read(size)

    def stream(self) -> io.BufferedIOBase:
        """Open the bytes, after unpacking, from their start."""
        return self.path.open("rb") if self._data is None else io.BytesIO(self._data)

    def source(self) -> Path | io.BytesIO:
        """What polars should scan: the file itself where it is not packed."""
        return self.path if self._data is None else io.BytesIO(self._data)

    @property
    def sha256(self) -> str:
        """Hex digest of the file's own bytes, before unpacking."""
        if not self.known_sha256:
            digest = hashlib.sha256()
            try:
                with self.path.open("rb") as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
            except OSError:
                # The file went away after it was read: fingerprint what was read.
                digest.update(self._data or b"")
            self.known_sha256 = digest.hexdigest()
        return self.known_sha256


def check(path: Path) -> int:
    """Return the size in bytes of a file that can be read.

    Raises
    ------
    WorkbenchError
        ``file-not-found``, ``is-a-folder``, ``permission-denied``, ``empty-file``, ``cannot-read``.
    """
    name = path.name or str(path)
    try:
        with opened(path) as stream:
            size = os.fstat(stream.fileno()).st_size
    except IsADirectoryError:
        raise WorkbenchError(IS_A_FOLDER, name=name) from None
    except OSError as error:
        raise WorkbenchError(_kind_of(error), name=name, reason=error.strerror or str(error)) from error
    except ValueError as error:
        raise WorkbenchError(FILE_NOT_FOUND, name=name.replace("\0", "?")) from error
    if size == 0:
        raise WorkbenchError(EMPTY_FILE, name=name)
    return size


def _kind_of(error: OSError) -> ProblemKind:
    if isinstance(error, FileNotFoundError):
        return FILE_NOT_FOUND
    return PERMISSION_DENIED if isinstance(error, PermissionError) else CANNOT_READ


def memory_budget() -> int:
    """Return the bytes a file may take: 60 % of the free memory, 8 GB where that is unknown."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as stream:
            for line in stream:
                if line.startswith("MemAvailable"):
                    return int(int(line.split()[1]) * 1024 * 0.6)
    except (OSError, ValueError):
        return 8 << 30
    return 8 << 30


def load(path: Path, watch: Watch) -> Payload:
    """Read and unpack a file.

    Raises
    ------
    WorkbenchError
        As `check` and `unpacked`, and ``empty-file``.
    """
    return unpack(Payload(path, check(path), watch))


def _bytes_of(path: Path, size: int, watch: Watch) -> bytes:
    parts: list[bytes] = []
    done = 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parts.append(chunk)
                done += len(chunk)
                watch.at(0.2 * done / size)
    except OSError as error:
        raise WorkbenchError(_kind_of(error), name=path.name, reason=error.strerror or "") from error
    return b"".join(parts)


def unpack(payload: Payload) -> Payload:
    """Replace compressed bytes by what they hold; anything else stays as it is."""
    data = unpacked(payload, min(_MOST_UNPACKED, memory_budget() // 3))
    if data is None:
        return payload
    if not data:
        raise WorkbenchError(EMPTY_FILE, name=payload.name)
    payload.data = data
    return payload


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"BM6", "a picture"),
    (b"%PDF", "a PDF document"), (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"SQLite format 3", "a database"),
    (b"\x89HDF", "an HDF5 or NetCDF file"), (b"CDF\x01", "a NetCDF file"), (b"CDF\x02", "a NetCDF file"),
    (b"RIFF", "a sound or a film"), (b"ID3", "a sound"), (b"OggS", "a sound"), (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x93NUMPY", "a numpy array"), (b"\x80\x04\x95", "a Python pickle"), (b"{\\rtf", "a text document"),
)  # fmt: skip


def refuse_binary(payload: Payload) -> None:
    """Raise ``binary-file`` for bytes that are known to be no table of text."""
    head = payload.head
    for magic, found in _MAGIC:
        if head.startswith(magic):
            raise WorkbenchError(BINARY_FILE, name=payload.name, found=found)
    start = head[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        raise WorkbenchError(BINARY_FILE, name=payload.name, found="a web page")
    if start.startswith((b"<?xml", b"<svg")):
        raise WorkbenchError(BINARY_FILE, name=payload.name, found="an XML document")
