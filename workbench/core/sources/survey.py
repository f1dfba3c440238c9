"""The line structure of a block of a large text file, and its times of a fixed width, from the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.fixedtime import NOT_A_TIME, FixedTime, Rows

_NEWLINE, _RETURN = 10, 13
_CLOCK_BYTES = 8
"""A time is read eight bytes at once, so that it is at least as wide."""


class Seen(NamedTuple):
    """What a block of even lines holds.

    Attributes
    ----------
    rows, quoted
        Number of lines; whether a quotation mark was seen.
    empty
        (width,) number of empty cells of each column.
    times
        Microseconds since 1970 for each clock and line, `NOT_A_TIME` where a cell is none.
    """

    rows: int
    quoted: bool
    empty: Rows
    times: dict[int, Rows]


class Survey:
    """Look at each byte of whole lines; several threads may do so at once.

    The structure is judged exactly: every line must have `width` cells, no line end may stand inside of quotes, and
    no carriage return anywhere but before a line end.

    Parameters
    ----------
    clocks
        The columns whose cells are times of a fixed width.
    """

    def __init__(self, delimiter: str, quote: str, width: int, clocks: Mapping[int, FixedTime]) -> None:
        self._delimiter, self._quote, self._width, self._clocks = ord(delimiter), ord(quote), width, clocks
        self._firsts = set(clocks) <= {0}

    def look(self, block: bytes, full: bool = False) -> Seen | None:
        """Look at lines of which the last one has its end; None if their structure is not even.

        Parameters
        ----------
        full
            True if a cell was read in the last column of each line, and none of the other cells is empty but for times.
        """
        data = np.frombuffer(block, np.uint8)
        breaks = data == _NEWLINE
        marks = data == self._delimiter
        plain = block.find(self._quote) < 0
        if plain and full and self._firsts:
            return self._full(block, data, breaks, marks)
        if plain and self._firsts and self._width > 1 and not _touching(marks, breaks):
            return self._plain(block, data, breaks, marks)
        marks |= breaks
        if not plain:
            inside = np.logical_xor.accumulate(data == self._quote)
            if inside[-1] or (inside & breaks).any():
                return None
            marks &= ~inside
        ends = np.flatnonzero(marks)
        lines = int(np.count_nonzero(breaks))
        if len(ends) != lines * self._width or not breaks[ends[self._width - 1 :: self._width]].all():
            return None
        starts = _starts(ends)
        # Only the last cell of a line may end with a carriage return.
        returns = _returns(block, data, ends[self._width - 1 :: self._width])
        if returns is None:
            return None
        ends[self._width - 1 :: self._width] -= returns
        empty: Rows = (starts == ends).reshape(-1, self._width).sum(axis=0)
        if self._width == 1 and empty[0]:
            return None  # a blank line is no missing cell
        times = {}
        for j, clock in self._clocks.items():
            first, end = starts[j :: self._width], ends[j :: self._width]
            times[j] = _times(block, clock, first, end - first == clock.width)
        return Seen(lines, not plain, empty, times)

    def _plain(
        self, block: bytes, data: NDArray[np.uint8], breaks: NDArray[np.bool_], marks: NDArray[np.bool_]
    ) -> Seen | None:
        """Take lines without quotation marks and, but for the last one, empty cells, by counting bits."""
        ends = np.flatnonzero(breaks)
        bits = _packed(marks)
        passed = np.cumsum(np.bitwise_count(bits), dtype=np.int64)
        word = ends >> 6
        # The delimiters behind a line end in its own word are not before it.
        after = bits[word] >> (ends & 63).view(np.uint64)
        before = passed[word] - np.bitwise_count(after)
        if before[0] != self._width - 1 or (np.diff(before) != self._width - 1).any():
            return None
        returns = _returns(block, data, ends)
        if returns is None:
            return None
        empty: Rows = np.zeros(self._width, dtype=np.int64)
        empty[-1] = np.count_nonzero(data[ends - 1 - returns] == self._delimiter)
        return Seen(len(ends), False, empty, self._first_times(block, data, ends))

    def _full(
        self, block: bytes, data: NDArray[np.uint8], breaks: NDArray[np.bool_], marks: NDArray[np.bool_]
    ) -> Seen | None:
        """Take lines none of which has too few cells: if one has too many, there are too many in all."""
        lines = int(np.count_nonzero(breaks))
        if np.count_nonzero(marks) != lines * (self._width - 1):
            return None
        if block.find(_RETURN) < 0 and not self._clocks:
            return Seen(lines, False, np.zeros(self._width, dtype=np.int64), {})
        ends = np.flatnonzero(breaks)
        if _returns(block, data, ends) is None:
            return None
        times = self._first_times(block, data, ends)
        return Seen(lines, False, np.zeros(self._width, dtype=np.int64), times)

    def _first_times(self, block: bytes, data: NDArray[np.uint8], ends: Rows) -> dict[int, Rows]:
        """Read the times at the start of each line."""
        times = {}
        for j, clock in self._clocks.items():
            starts = _starts(ends)
            # A mark inside of the cell would be no digit, so its end alone tells its width.
            behind = np.minimum(starts + np.int64(clock.width), len(data) - 1)
            times[j] = _times(block, clock, starts, data[behind] == self._delimiter)
        return times


def _touching(marks: NDArray[np.bool_], breaks: NDArray[np.bool_]) -> bool:
    """Tell whether a delimiter stands right behind another one or behind a line end."""
    if marks[0]:
        return True
    seconds = _packed(marks)
    firsts = seconds | _packed(breaks)
    one, last = np.uint64(1), np.uint64(63)
    return bool((seconds & firsts << one).any() or (seconds[1:] & one & firsts[:-1] >> last).any())


def _packed(marks: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return the marks as bits, the first one the lowest."""
    bits = np.zeros(-(-len(marks) // 64), dtype="<u8")
    packed = np.packbits(marks, bitorder="little")
    bits.view(np.uint8)[: len(packed)] = packed
    return bits


def _starts(ends: Rows) -> Rows:
    starts = np.empty_like(ends)
    starts[0] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    return starts


def _returns(block: bytes, data: NDArray[np.uint8], breaks: Rows) -> NDArray[np.bool_] | None:
    """Tell which line ends have a carriage return before them; None if one stands anywhere else."""
    if block.find(_RETURN) < 0:
        return np.zeros(len(breaks), dtype=bool)
    returns: NDArray[np.bool_] = data[breaks - 1] == _RETURN
    returns[0] &= breaks[0] > 0
    return returns if np.count_nonzero(data == _RETURN) == np.count_nonzero(returns) else None


def _times(block: bytes, clock: FixedTime, starts: Rows, fits: NDArray[np.bool_]) -> Rows:
    """Read the cells of one column that have the width of a time."""
    if not fits.any():
        return np.full(len(starts), NOT_A_TIME)
    words = np.ndarray((len(block) - _CLOCK_BYTES + 1,), "<u8", block, 0, (1,))
    if fits.all():
        return clock.read(words, starts)
    read = clock.read(words, np.where(fits, starts, starts[fits][0]))
    return np.where(fits, read, NOT_A_TIME)
