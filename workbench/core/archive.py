"""Archives of our own formats: a few members by name, each read into memory up to a bound, nothing written to disk."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from workbench.core.boundary import opened

MOST_DIRECTORY_BYTES = 1 << 20
MOST_RATIO, HARMLESS_BYTES = 300, 16 << 20
_TAIL = 22 + 65_535
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"

ARCHIVE_ERRORS = (
    OSError, ValueError, RuntimeError, NotImplementedError, EOFError, IndexError, KeyError, OverflowError,
    RecursionError, zipfile.BadZipFile, zlib.error,
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
        _check_directory(stream, most)
        with zipfile.ZipFile(stream) as found:
            entries = found.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names) or not needed <= set(names) <= needed | allowed:
                raise ValueError(f"it should hold {' and '.join(sorted(needed))} and nothing else")
            if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
                raise ValueError("it is compressed in another way than ours are")
            yield Archive(found)


def _check_directory(stream: BufferedReader, most: int) -> None:
    """Look at the end of an archive: one of thousands of members takes long to open."""
    size = stream.seek(0, os.SEEK_END)
    if size > most:
        raise ValueError(f"it is larger than {most} bytes")
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 22:
        raise zipfile.BadZipFile("it is no archive")
    if int.from_bytes(tail[place + 12 : place + 16], "little") > MOST_DIRECTORY_BYTES or _END_64 in tail:
        raise ValueError("its list of members is longer than it may be")
    stream.seek(0)


def archived(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of `members`; the same members give the same bytes, at whatever time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
