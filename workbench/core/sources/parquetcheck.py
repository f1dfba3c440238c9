"""Check what a Parquet file says of itself before it is decoded: absurd sizes end a process that believes them.

The footer and the headers of pages are structs in Thrift's compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md, read as far as it is needed).
"""

from __future__ import annotations

from io import BufferedIOBase
from typing import Any

_MARK = b"PAR1"
_DEEPEST = 24
_HEADER_BYTES = 1 << 16
_MOST_PAGES = 20_000
_MOST_TIMES = 1 << 20
"""No page of a format in use grows more than this when it is unpacked."""


class _Reader:
    """Structs as dicts of field number to value."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while shift < 70:
            part = self.byte()
            value |= (part & 127) << shift
            if part < 128:
                return value
            shift += 7
        raise ValueError("a number without end")

    def signed(self) -> int:
        value = self.number()
        return value >> 1 ^ -(value & 1)

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        fields: dict[int, Any] = {}
        field = 0
        while head := self.byte():
            field = field + (head >> 4) if head >> 4 else self.signed()
            fields[field] = head & 15 == 1 if head & 15 in (1, 2) else self.value(head & 15, depth)
        return fields

    def value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):
            return self.byte()
        if kind in (4, 5, 6):
            return self.signed()
        if kind in (7, 8):
            size = 8 if kind == 7 else self.number()
            self.at += size
            if self.at > len(self.data):
                raise ValueError("a text is longer than the file")
            return self.data[self.at - size : self.at]
        if kind in (9, 10):
            head = self.byte()
            count = head >> 4 if head >> 4 < 15 else self.number()
            if count > len(self.data) - self.at:
                raise ValueError("a list is longer than the file")
            return [self.value(head & 15, depth + 1) for _ in range(count)]
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError("a field of unknown kind")


def check(stream: BufferedIOBase, size: int) -> None:
    """Check marks, footer, row counts, and the sizes of all pages against the `size` of a Parquet file in bytes.

    Raises
    ------
    ValueError
        In words of what is wrong.
    """
    stream.seek(max(0, size - 8))
    tail = stream.read(8)
    length = int.from_bytes(tail[:4], "little")
    if size < 12 or tail[4:] != _MARK or length > size - 12:
        raise ValueError("its end is missing or damaged")
    stream.seek(size - 8 - length)
    try:
        footer = _Reader(stream.read(length)).struct()
        groups = footer.get(4, [])
        if footer.get(3, -1) != sum(group.get(3, -1) for group in groups):
            raise ValueError("its parts have another number of rows than the whole")
        chunks = [chunk.get(3) for group in groups for chunk in group.get(1, [])]
        pages = 0
        for chunk in chunks:
            if chunk is not None and chunk.get(5) != 0 and pages < _MOST_PAGES:
                pages += _check_pages(stream, size - 8 - length, chunk)
    except (IndexError, AttributeError, TypeError) as error:
        raise ValueError("what it says of itself is damaged") from error


def _check_pages(stream: BufferedIOBase, end: int, chunk: dict[int, Any]) -> int:
    """Walk over the pages of one column of a row group; return their number."""
    at = min(chunk.get(9, -1), chunk.get(11) or end)
    stop = at + chunk.get(7, -1)
    if not 4 <= at <= stop <= end or not chunk.get(5, -1) >= 0 or not 0 <= chunk.get(6, -1) < 1 << 40:
        raise ValueError("a column lies outside of the file")
    pages = 0
    # Old writers forgot the header of the dictionary in the size of the column, so pages only have to end in the file.
    while at < stop and pages < _MOST_PAGES:
        stream.seek(at)
        reader = _Reader(stream.read(min(_HEADER_BYTES, end - at)))
        header = reader.struct()
        packed, whole = header.get(3, -1), header.get(2, -1)
        at += reader.at + packed
        if not packed >= 0 or not 0 <= whole <= _MOST_TIMES * max(1, packed) or at > end or whole > chunk[6]:
            raise ValueError("the sizes of a page are damaged")
        about = header.get(5) or header.get(8) or header.get(7) or {1: 0}
        most = max(chunk[5], whole) if 7 in header else chunk[5]
        if not 0 <= about.get(1, -1) <= most or any(not 0 <= about.get(k, 0) <= packed for k in (5, 6) if 8 in header):
            raise ValueError("the number of values of a page is damaged")
        pages += 1
    return pages
