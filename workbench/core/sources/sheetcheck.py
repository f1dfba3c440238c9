"""Check what a zipped workbook would unpack to before it is parsed: two cells in far corners are a table of billions.

Only sizes are looked at, by the marks of XML: nothing is resolved, and what other files a workbook names is never
followed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import pairwise

MOST_RATIO = 150
HARMLESS_BYTES = 16 << 20
"""Sheets shrink to a tenth, very regular ones to a fiftieth; smaller ones may shrink as they like."""

MOST_TEXT_BYTES = 100 << 20
MOST_MEMBERS = 20_000
_MOST_EMPTY, _EMPTY_TIMES = 500_000, 20
_PIECE = 4 << 20
_LONGEST_TAG = 4_000

_READ = {
    "content.xml", "styles.xml", "meta-inf/manifest.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedstrings.xml",
    "xl/_rels/workbook.xml.rels",
}  # fmt: skip
_REFERENCE = re.compile(rb"<(?:\w+:)?c\b[^>]{0,400}?\br\s*=\s*[\"']\$?([A-Za-z]*)\$?(\d*)")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]{0,400}?\br\s*=\s*[\"'](\d*)")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_COUNTED = re.compile(rb"\b(?:count|uniqueCount)\s*=\s*[\"'](\d+)")
_SHARED = re.compile(rb"<(?:\w+:)?c\b[^>]{0,400}?\bt\s*=\s*[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})\s*<")
_ITEM = re.compile(rb"<(?:\w+:)?si[\s>/]")
_TAG = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>")
_TIMES = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](-?\d+)")


@dataclass(slots=True)
class _Extent:
    """How large the table of one sheet is."""

    rows: int = 0
    columns: int = 0
    cells: int = 0

    def check(self) -> None:
        if self.rows * self.columns > _MOST_EMPTY + _EMPTY_TIMES * self.cells:
            raise ValueError(
                f"a sheet is {self.columns} columns by {self.rows} rows large, and hardly {self.cells} cells are filled"
            )


def check(stream: BufferedIOBase, size: int) -> None:
    """Check the parts of the workbook in `stream`, which has `size` bytes.

    Raises
    ------
    ValueError
        In words of what is wrong.
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError
        If it is no sound archive.
    """
    with zipfile.ZipFile(stream) as archive:
        members = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(members) > MOST_MEMBERS:
            raise ValueError(f"it holds {len(members)} parts")
        if len({entry.filename for entry in members}) < len(members):
            raise ValueError("a part is there twice")
        left = _Room(max(HARMLESS_BYTES, MOST_RATIO * size))
        parts = [entry for entry in members if entry.filename.lower().endswith((".xml", ".rels", ".bin"))]
        left.expect(sum(entry.file_size for entry in parts if _is_read(entry.filename)))
        longest, lengths = _strings(archive, parts, left)
        for entry in parts:
            if entry.filename == "content.xml":
                _check_document(_pieces(archive, entry, left))
            elif _is_sheet(entry.filename):
                _check_sheet(archive, entry, left, longest, lengths)
            elif _is_read(entry.filename) and "sharedstrings" not in entry.filename.lower():
                _check_part(_pieces(archive, entry, left))


class _Room:
    """How many bytes may still be unpacked."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, count: int) -> None:
        self.left -= count
        self.expect(0)

    def expect(self, count: int) -> None:
        if self.left < count:
            raise ValueError(f"it swells more than {MOST_RATIO} times while it is unpacked")


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/") and "sheet" in name.lower() and not name.endswith(".rels")


def _is_read(name: str) -> bool:
    """Tell whether a part may be opened; pictures, macros and what other programs put in are left alone."""
    return _is_sheet(name) or name.lower() in _READ


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: _Room) -> Iterator[bytes]:
    """Yield a part in pieces that end where a tag begins."""
    kept, first = b"", True
    with archive.open(entry) as stream:
        while data := stream.read(_PIECE):
            room.take(len(data))
            if first and (b"<!DOCTYPE" in data[:65_536] or b"<!ENTITY" in data[:65_536]):
                raise ValueError(f"{entry.filename} declares entities, which no workbook does")
            if first and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise ValueError(f"{entry.filename} is not in UTF-8")
            first, data = False, kept + data
            cut = data.rfind(b"<")
            kept = data[cut:] if cut > 0 and len(data) - cut < _LONGEST_TAG else b""
            yield data[: len(data) - len(kept)] if kept else data
    if kept:
        yield kept


def _check_part(pieces: Iterator[bytes]) -> None:
    """Refuse declared counts that a part cannot hold."""
    size, most = 0, 0
    for piece in pieces:
        size += len(piece)
        most = max([most, *(int(found) for found in _COUNTED.findall(piece[:100_000]))])
    if most > max(100_000, size):
        raise ValueError(f"it claims to hold {most} entries")


def _strings(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], room: _Room) -> tuple[int, list[int]]:
    """Return the length of the longest shared text, and the lengths of all where some are long."""
    entry = next((entry for entry in parts if entry.filename.lower() == "xl/sharedstrings.xml"), None)
    if entry is None:
        return 0, []
    lengths: list[int] = []
    open_bytes, size, most = 0, 0, 0
    for piece in _pieces(archive, entry, room):
        most = max([most, *(int(found) for found in _COUNTED.findall(piece[:2_000]))]) if not size else most
        size += len(piece)
        starts = [match.start() for match in _ITEM.finditer(piece)]
        if not starts:
            open_bytes += len(piece)
            continue
        if lengths or open_bytes:
            lengths.append(open_bytes + starts[0])
        lengths += [b - a for a, b in pairwise(starts)]
        open_bytes = len(piece) - starts[-1]
    lengths.append(open_bytes)
    if most > max(1_000, size):
        raise ValueError(f"it claims to hold {most} texts")
    return max(lengths), lengths


def _check_sheet(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: _Room, longest: int, lengths: list[int]
) -> None:
    found, named, texts = _Extent(), 0, 0
    for piece in _pieces(archive, entry, room):
        found.cells += len(_CELL.findall(piece))
        references = _REFERENCE.findall(piece)
        named += len(references)
        for letters, row in set(references) if len(references) < 1_000 else _corners(references):
            found.columns, found.rows = max(found.columns, _column(letters)), max(found.rows, _whole(row))
        found.rows = max([found.rows, *(_whole(row) for row in set(_ROW.findall(piece)))])
        if named < found.cells:  # cells without a place stand behind each other
            found.columns = max(found.columns, *(len(_CELL.findall(row)) for row in piece.split(b"row")))
            found.rows = max(found.rows, piece.count(b"<row"))
        if longest * found.cells > MOST_TEXT_BYTES:
            texts += sum(lengths[int(place)] for place in _SHARED.findall(piece) if int(place) < len(lengths))
    found.check()
    if texts > MOST_TEXT_BYTES and texts > MOST_RATIO * entry.compress_size:
        raise ValueError("the same long text stands in very many cells")


def _corners(references: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Return references that reach as far as all of them."""
    widest = max({letters for letters, _row in references}, key=lambda letters: (len(letters), letters.upper()))
    rows = {row for _letters, row in references}
    yield widest, max(rows, key=lambda row: (len(row), row))


def _column(letters: bytes) -> int:
    if len(letters) > 3:
        raise ValueError("a cell lies outside of any sheet")
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _whole(digits: bytes) -> int:
    if len(digits) > 8:
        raise ValueError("a row lies outside of any sheet")
    return int(digits or b"0")


class _Document:
    """Tables of an OpenDocument file: cells and rows may stand for many; empty ones at an end stand for none."""

    def __init__(self) -> None:
        self.found = _Extent()
        self._row, self._times, self._place, self._width = 0, 0, 0, 0

    def table(self) -> None:
        """Begin another table."""
        self.row(0)
        self.found.check()
        self.found, self._row = _Extent(), 0

    def row(self, times: int) -> None:
        """Begin a row that stands `times` times."""
        self._row += self._times
        if self._width:
            self.found.rows, self.found.columns = self._row, max(self.found.columns, self._width)
        self._times, self._place, self._width = times, 0, 0

    def cell(self, times: int, *, filled: bool) -> None:
        """Take a cell that stands `times` times."""
        self._place += times
        if filled:
            self._width = self._place
            self.found.cells += 1


def _check_document(pieces: Iterator[bytes]) -> None:
    document = _Document()
    for piece in pieces:
        for match in _TAG.finditer(piece):
            kind, attributes = match.groups()
            repeated = _TIMES.search(attributes)
            times = int(repeated.group(1)[:12]) if repeated else 1
            if not 0 <= times < 1 << 31:
                raise ValueError("a cell stands for more cells than any sheet has")
            if kind == b"table":
                document.table()
            elif kind == b"table-row":
                document.row(times)
            else:
                document.cell(times, filled=b"value" in attributes or b"formula" in attributes)
    document.table()
