"""Times of a fixed width, read from the bytes of a file eight at a time, without a string for each cell.

Several digits are checked and added up in one machine word, as described by Lemire and Muła for numbers ("Quickly
parsing eight digits", 2018); here the word also holds the marks between the fields of a date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.timefields import days_from_civil

Rows = NDArray[np.int64]
Words = NDArray[np.uint64]

NOT_A_TIME = np.iinfo(np.int64).min
"""What numpy stores for NaT."""

_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_DAY_US = 86_400_000_000
_ALL = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True)
class _Window:
    """Eight bytes of the cell.

    Attributes
    ----------
    offset
        First byte in the cell.
    expected, literal, digits
        Bytes that must be there (``0`` for a digit); a mask of the marks; a mask of the high halves of the digits.
    pairs
        For each two digits that are first complete here: name (``C`` for the century) and byte in the window.
    date
        A mask of the digits of the date; of all bytes if there are no others.
    """

    offset: int
    expected: np.uint64
    literal: np.uint64
    digits: np.uint64
    pairs: tuple[tuple[str, int], ...]
    date: np.uint64

    def fields(self, word: Words) -> tuple[dict[str, NDArray[np.uint8]], NDArray[np.bool_]]:
        """Return the numbers two digits make, and which words have digits and marks where they must be."""
        word = word ^ self.expected
        wrong = word & (self.literal | self.digits)
        wrong |= (word + (self.digits >> np.uint64(4) & np.uint64(0x0606060606060606))) & self.digits
        # Byte k becomes ten times its digit plus the next one.
        word = word * np.uint64(10) + (word >> np.uint64(8))
        return {name: word.view(np.uint8)[byte::8] for name, byte in self.pairs}, wrong == 0


@dataclass(frozen=True, slots=True)
class FixedTime:
    """How to read one form of time, such as ``%Y-%m-%d %H:%M``, all of whose cells have `width` bytes."""

    width: int
    windows: tuple[_Window, ...]

    def read(self, words: Words, start: Rows) -> Rows:
        """Return microseconds since 1970 of the cells that begin at byte `start`, `NOT_A_TIME` where one is no time.

        Parameters
        ----------
        words
            The eight bytes from each byte of the file on.
        """
        parts = [words[start + window.offset] for window in self.windows]
        # Rows of one day usually follow each other, so each day is looked up once.
        changed = np.zeros(len(start), dtype=bool)
        changed[:1] = True
        for window, part in zip(self.windows, parts, strict=True):
            if window.date:
                changed[1:] |= ((part[1:] ^ part[:-1]) & window.date) != 0
        first = np.flatnonzero(changed)
        days: dict[str, NDArray[np.uint8]] = {}
        hours: dict[str, NDArray[np.uint8]] = {}
        valid = np.ones(len(start), dtype=bool)
        known = np.ones(len(first), dtype=bool)
        for window, part in zip(self.windows, parts, strict=True):
            if window.date == _ALL:
                fields, fits = window.fields(part[first])
                known &= fits
                days |= fields
            else:
                fields, fits = window.fields(part)
                valid &= fits
                days |= {name: fields[name][first] for name in fields if name in "CYmd"}
                hours |= {name: fields[name] for name in fields if name in "HMS"}
        day = _days(days, known)
        result: Rows = np.repeat(day * _DAY_US, np.diff(np.append(first, len(start))))
        if not known.all():
            valid &= np.repeat(known, np.diff(np.append(first, len(start))))
        for name, most, unit in (("H", 23, 3_600_000_000), ("M", 59, 60_000_000), ("S", 59, 1_000_000)):
            if name in hours:
                valid &= hours[name] <= most
                result += hours[name].astype(np.int64) * unit
        if not valid.all():
            result[~valid] = NOT_A_TIME
        return result


def _days(fields: dict[str, NDArray[np.uint8]], known: NDArray[np.bool_]) -> Rows:
    """Return days since 1970; `known` becomes False where there is no such day."""
    century, year, month, day = (fields[name].astype(np.int64) for name in "CYmd")
    days, fine = days_from_civil(100 * century + year, month, day)
    known &= fine
    return days


def fixed_time(form: str) -> FixedTime | None:
    """Return how to read `form`, or None if its fields have no fixed width or there is no full date in it."""
    places: list[tuple[str, int]] = []
    expected = bytearray()
    for part in re.findall(r"%.|[^%]", form):
        if part[0] != "%":
            if not part.isascii() or part.isdigit():
                return None
            expected += part.encode()
            continue
        if part[1] not in _WIDTHS or any(name == part[1] for name, _place in places):
            return None
        if part[1] == "Y":
            places.append(("C", len(expected)))
        places.append((part[1], len(expected) + 2 * (part[1] == "Y")))
        expected += b"0" * _WIDTHS[part[1]]
    names = {name for name, _place in places}
    clock = [name for name in "HMS" if name in names]
    if not {"C", "Y", "m", "d"} <= names or "".join(clock) not in ("", "H", "HM", "HMS") or len(expected) < 8:
        return None
    return FixedTime(len(expected), tuple(_windows(bytes(expected), places)))


def _windows(expected: bytes, places: list[tuple[str, int]]) -> list[_Window]:
    windows: list[_Window] = []
    covered, taken = 0, set[str]()
    while covered < len(expected):
        offset = min(covered, len(expected) - 8)
        behind = offset + 8
        part = expected[offset:behind]
        inside = [(name, at - offset) for name, at in places if offset <= at and at + 2 <= behind]
        pairs = tuple((name, byte) for name, byte in inside if name not in taken)
        taken |= {name for name, _byte in pairs}
        literal = bytes(0 if byte == 48 else 255 for byte in part)
        digits = bytes(0xF0 if byte == 48 else 0 for byte in part)
        dates = _covered(inside, "CYmd")
        date = _word(dates) if any(_covered(inside, "HMS")) else _ALL
        windows.append(_Window(offset, _word(part), _word(literal), _word(digits), pairs, date))
        # Two digits of one field must lie in one window.
        covered = next((at for name, at in places if at == behind - 1), behind)
    return windows


def _covered(inside: list[tuple[str, int]], names: str) -> bytes:
    """Return eight bytes, those of the digits of some fields being 255."""
    marks = bytearray(8)
    for name, byte in inside:
        if name in names:
            marks[byte : byte + 2] = b"\xff\xff"
    return bytes(marks)


def _word(data: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(data, "little"))
