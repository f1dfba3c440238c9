"""Archives of our own formats: a few members by name, each read into memory up to a bound, nothing written to disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from workbench.core.boundary import opened

MOST_DIRECTORY_BYTES = 1 << 20
MOST_RATIO, HARMLESS_BYTES = 300, 16 << 20
_END, _MEMBER = struct.Struct("<4s4H2IH"), struct.Struct("<4s5H3I2H")
"""The record at the end of an archive, and the one before each member: APPNOTE 4.3.16 and 4.3.7."""

ARCHIVE_ERRORS = (
    OSError, ValueError, RuntimeError, NotImplementedError, EOFError, IndexError, KeyError, OverflowError,
    RecursionError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading may raise on bytes that are no archive of ours."""


class Archive:
    """The members of an archive, all of whose names are known before."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str, most: int) -> bytes:
        """Return a member of at most `most` bytes, trusting no declared size.

        Raises
        ------
        Any of :data:`ARCHIVE_ERRORS`.
        """
        entry = self._archive.getinfo(name)
        if entry.file_size > max(HARMLESS_BYTES, MOST_RATIO * entry.compress_size):
            raise ValueError(f"{name} swells more than {MOST_RATIO} times while it is unpacked")
        with self._archive.open(name) as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise ValueError(f"{name} is larger than {most} bytes")
        return data


@contextmanager
def archive(path: Path, most: int, needed: frozenset[str], allowed: frozenset[str] = frozenset()) -> Iterator[Archive]:
    """Open the archive at `path`, of at most `most` bytes, with all of `needed`, some of `allowed`, and no more.

    Raises
    ------
    Any of :data:`ARCHIVE_ERRORS`.
    """
    with opened(path) as stream:
        directory = _directory(stream, most)
        with zipfile.ZipFile(stream) as found:
            entries = found.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names) or not needed <= set(names) <= needed | allowed:
                raise ValueError(f"it should hold {' and '.join(sorted(needed))} and nothing else")
            if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
                raise ValueError("it is compressed in another way than ours are")
            if not _lies_as_written(stream, entries, directory):
                raise ValueError("its parts do not lie in it as we write them, so readers could see different things")
            yield Archive(found)


def _directory(stream: BufferedReader, most: int) -> int:
    """Look at the end of an archive, and return where its list of members begins: thousands take long to read."""
    size = stream.seek(0, os.SEEK_END)
    if size > most:
        raise ValueError(f"it is larger than {most} bytes")
    stream.seek(max(0, size - _END.size))
    tail = stream.read(_END.size)
    if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06"):
        raise zipfile.BadZipFile("it is no archive, or not a whole one")
    _mark, *disks, here, count, length, place, comment = _END.unpack(tail)
    if length > MOST_DIRECTORY_BYTES:
        raise ValueError("its list of members is longer than it may be")
    if any(disks) or here != count or comment or place + length + _END.size != size:
        raise ValueError("its list of members is not where it says")
    stream.seek(0)
    return int(place)


def _lies_as_written(stream: BufferedReader, entries: list[zipfile.ZipInfo], directory: int) -> bool:
    """Tell whether the members lie one behind the other, and say of themselves what the list at the end says.

    If something lies before, between or behind them, or there are two opinions about a member, another reader may
    see other content than we do.
    """
    behind = 0
    for entry in entries:
        stream.seek(behind)
        name = entry.orig_filename.encode()
        told = _MEMBER.unpack(stream.read(_MEMBER.size))
        sizes = (entry.CRC, entry.compress_size, entry.file_size, len(name), 0)
        if told != (b"PK\x03\x04", *told[1:2], 0, entry.compress_type, *told[4:6], *sizes):
            return False
        kind = stat.S_IFMT(entry.external_attr >> 16)
        more = entry.flag_bits or entry.extra or entry.comment or entry.volume
        if stream.read(len(name)) != name or more or kind not in (0, stat.S_IFREG):
            return False
        behind += _MEMBER.size + len(name) + entry.compress_size
    return behind == directory


def archived(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of `members`; the same members give the same bytes, at whatever time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
