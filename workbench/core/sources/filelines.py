"""Any line of a text file by its number, without holding the file or its lines in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from workbench.core.sources.payload import Watch
from workbench.core.sources.records import lines_of

BLOCK = 64
"""Lines between two remembered places; a block is read and decoded at once."""

_CHUNK = 1 << 22
_MOST_BLOCK_BYTES = 1 << 23
_LF, _CR = 10, 13


class FileLines:
    """The lines of a file or of bytes; every 64th place is remembered, 8 bytes each.

    Parameters
    ----------
    source
        A file, or bytes that were unpacked.
    encoding
        How the text is decoded; UTF-16 and UTF-32 need bytes.
    watch
        Asked between pieces whether to go on.
    stamp
        Size and time of change of the file, by which a changed one is told.
    """

    def __init__(self, source: Path | bytes, encoding: str, watch: Watch, stamp: tuple[int, int] | None = None) -> None:
        self.stamp = stamp
        if isinstance(source, bytes) and encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
            source, encoding = source.decode(encoding, errors="replace").encode(), "utf-8"
        self._source = source
        self.encoding = encoding
        self._starts, self._count = _index(source, watch)

    def __len__(self) -> int:
        return self._count

    def block(self, number: int) -> list[str]:
        """Return the lines from ``64 * number`` on (counted from 0), without their ends; a file that is gone has none.

        A block is cut after 8 MB: nobody reads longer lines.
        """
        start = int(self._starts[number])
        end = int(self._starts[number + 1]) if number + 1 < len(self._starts) else start + _MOST_BLOCK_BYTES
        size = min(end - start, _MOST_BLOCK_BYTES)
        try:
            data = _piece(self._source, start, size)
        except OSError:
            return []
        text = data.decode(self.encoding, errors="replace")
        lines = [line.rstrip("\r\n") for line in lines_of(text.removeprefix("\ufeff") if number == 0 else text)]
        return lines[:BLOCK]


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return size and time of change of a file, None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _piece(source: Path | bytes, start: int, size: int) -> bytes:
    if isinstance(source, bytes):
        return source[start : start + size]
    with source.open("rb") as stream:
        stream.seek(start)
        return stream.read(size)


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    """Yield pieces of 4 MB."""
    if isinstance(source, bytes):
        for start in range(0, len(source), _CHUNK):
            yield source[start : start + _CHUNK]
        return
    with source.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _index(source: Path | bytes, watch: Watch) -> tuple[np.ndarray, int]:
    """Find where every 64th line begins, and count the lines; LF, CR and CRLF end one."""
    kept = [np.zeros(1, np.int64)]
    base, seen, ended, after_cr = 0, 1, True, False
    for piece in _chunks(source):
        watch.at(0.9)
        marks = np.frombuffer(piece, np.uint8)
        ends = marks == _LF
        returns = marks == _CR
        if after_cr and marks[0] != _LF:
            # The piece before ended with a CR that stands alone: a line begins right here.
            if seen % BLOCK == 0:
                kept.append(np.array([base], np.int64))
            seen += 1
        if returns.any():
            ends[:-1] |= returns[:-1] & (marks[1:] != _LF)
        after_cr = bool(returns[-1])
        starts = np.flatnonzero(ends) + 1 + base
        numbers = np.arange(seen, seen + len(starts))
        kept.append(starts[numbers % BLOCK == 0])
        seen += len(starts)
        base += len(piece)
        ended = bool(ends[-1] or after_cr)
    if after_cr:
        seen += 1
    places = np.concatenate(kept)
    return places[places < base] if base else places[:0], seen - ended if base else 0
