"""Compressed files: unpacked piece by piece, and never more than may be held in memory, whatever they claim."""

from __future__ import annotations

import bz2
import importlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from workbench.core.problems import WorkbenchError, problem
from workbench.core.sources.problems import (
    ARCHIVE_LOCKED,
    CANNOT_READ,
    MEMBER_CHOSEN,
    NO_TABLE_IN_ARCHIVE,
    UNPACKS_TOO_LARGE,
)

if TYPE_CHECKING:
    from workbench.core.sources.payload import Payload

MOST_RATIO = 300
"""Tables shrink to a fifth, very regular ones to a fiftieth; what unpacks to more than this is made to do harm."""

HARMLESS_BYTES = 64 << 20
_PIECE, _BITE = 1 << 20, 1 << 16
_DICTIONARY_BYTES = 256 << 20
_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".tab", ".json", ".ndjson", ".jsonl", ".parquet", ".data", ".asc")

_ERRORS = (
    zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
    IndexError
)  # fmt: skip

Pieces = Iterator[bytes]


def unpacked(payload: Payload, limit: int) -> bytes | None:
    """Return what a compressed file holds, None if it is not compressed.

    Parameters
    ----------
    limit
        Most bytes that may come out.

    Raises
    ------
    WorkbenchError
        ``unpacks-too-large``, ``cannot-read``, ``archive-locked``, ``no-table-in-archive``, ``reading-cancelled``.
    """
    head = payload.head[:8]
    unpack = next((unpack for magic, unpack in _UNPACKERS if head.startswith(magic)), None)
    if unpack is None or (unpack is _zip and is_workbook(payload.stream())):
        return None
    found = io.BytesIO()
    # Text shrinks to about a fifth, so the share done can only be guessed.
    guess = min(limit, 6 * payload.size)
    try:
        stream = _Counted(io.FileIO(payload.path))
        for piece in unpack(payload, stream):
            most = min(limit, max(HARMLESS_BYTES, MOST_RATIO * stream.count))
            if found.tell() + len(piece) > most:
                raise WorkbenchError(
                    UNPACKS_TOO_LARGE,
                    name=payload.name,
                    packed_kb=payload.size >> 10,
                    limit_mb=limit >> 20,
                    ratio=MOST_RATIO,
                )
            found.write(piece)
            payload.watch.at(0.1 * min(1.0, found.tell() / guess))
    except _ERRORS as error:
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=str(error).split("\n")[0][:120]) from error
    return found.getvalue()


class _Counted(io.BufferedReader):
    """A file that knows how many bytes were read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        data = super().read(size)
        self.count += len(data)
        return data


def _gzip(_payload: Payload, stream: _Counted) -> Pieces:
    """Unpack all members; bytes behind the last one are left out, as gzip itself does."""
    machine = zlib.decompressobj(wbits=31)
    with stream:
        data = stream.read(_BITE)
        while data:
            yield machine.decompress(data, _PIECE)
            data = machine.unconsumed_tail
            if machine.eof:
                data = machine.unused_data + stream.read(2)
                if not data.startswith(b"\x1f\x8b"):
                    return
                machine = zlib.decompressobj(wbits=31)
            data = data or stream.read(_BITE)
    while not machine.eof:
        piece = machine.flush(_PIECE)
        if not piece:
            raise EOFError("the compressed data end too early")
        yield piece


def _pieces(opened: Any) -> Pieces:
    with opened:
        while piece := opened.read(_PIECE):
            yield piece


def _bzip2(_payload: Payload, stream: _Counted) -> Pieces:
    with stream:
        yield from _pieces(bz2.BZ2File(stream))


def _xz(_payload: Payload, stream: _Counted) -> Pieces:
    """Unpack all streams with a bounded dictionary, which `lzma.LZMAFile` cannot bound."""
    machine = lzma.LZMADecompressor(memlimit=_DICTIONARY_BYTES)
    with stream:
        data = stream.read(_BITE)
        while True:
            yield machine.decompress(data, _PIECE)
            data = b""
            if machine.eof:
                data = (machine.unused_data + stream.read(_BITE)).lstrip(b"\0")
                if not data.startswith(b"\xfd7zXZ\x00"):
                    return
                machine = lzma.LZMADecompressor(memlimit=_DICTIONARY_BYTES)
            elif machine.needs_input:
                data = stream.read(_BITE)
                if not data:
                    raise EOFError("the compressed data end too early")


def _zstd(_payload: Payload, stream: _Counted) -> Pieces:
    library = zstd_library()
    if library is None:
        raise OSError("this installation lacks the package backports.zstd")
    options = {library.DecompressionParameter.window_log_max: 27}
    try:
        with stream:
            yield from _pieces(library.ZstdFile(stream, options=options))
    except library.ZstdError as error:
        raise OSError(str(error)) from error


def zstd_library() -> ModuleType | None:
    """Return the standard library's zstd (from Python 3.14 on) or its backport, None where there is neither."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _zip(payload: Payload, stream: _Counted) -> Pieces:
    with stream, zipfile.ZipFile(stream) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename and m.file_size]
        tables = [m for m in members if m.filename.lower().endswith(_TABLE_ENDINGS)] or members
        if not tables:
            raise WorkbenchError(NO_TABLE_IN_ARCHIVE, name=payload.name)
        chosen = max(tables, key=lambda m: m.file_size)
        if chosen.flag_bits & 1:
            raise WorkbenchError(ARCHIVE_LOCKED, name=payload.name)
        if len(members) > 1:
            payload.notes.append(problem(MEMBER_CHOSEN, count=len(members), member=chosen.filename))
        with archive.open(chosen) as member:
            yield from _pieces(member)


_UNPACKERS: tuple[tuple[bytes, Callable[[Payload, _Counted], Pieces]], ...] = (
    (b"\x1f\x8b", _gzip),
    (b"BZh", _bzip2),
    (b"\xfd7zXZ\x00", _xz),
    (b"\x28\xb5\x2f\xfd", _zstd),
    (b"PK\x03\x04", _zip),
)


def is_workbook(stream: io.BufferedIOBase) -> bool:
    """Tell whether zip data are an Excel or OpenDocument workbook."""
    try:
        with stream, zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError):
        return False
    return bool({"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & names)
