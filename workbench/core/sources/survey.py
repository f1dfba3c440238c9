"""One pass over the bytes of a large text file: fingerprint, line structure, and times of a fixed width."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.fixedtime import NOT_A_TIME, FixedTime, Rows

_CHUNK = 1 << 20
_WORKERS, _BUFFERS = 2, 6
_KEPT = 4 * _CHUNK
"""Freeing an array of this size once keeps the C library from handing back each smaller one (mallopt(3), "dynamic mmap
threshold"): paging the blocks' arrays in again took as long as computing them."""

_NEWLINE, _RETURN = 10, 13


class Survey(threading.Thread):
    """Look at every byte once, beside the reader that turns cells into numbers.

    This thread reads, takes the fingerprint and cuts the bytes into blocks of whole lines; two others look at the
    blocks. The structure is judged exactly: every line must have `width` cells, no line end may stand inside of quotes,
    and no carriage return anywhere but before a line end.

    Parameters
    ----------
    stream
        The file, or its unpacked bytes, at its start. It is closed at the end.
    skip
        Bytes before the first data line.
    clocks
        The columns whose cells are times of a fixed width.
    rows
        A guess of the number of lines.

    Attributes
    ----------
    even
        True once the whole file has been seen and its structure is as above.
    rows, quoted
        Number of data lines; whether a quotation mark was seen.
    empty
        (width,) number of empty cells of each column.
    times
        Microseconds since 1970 for each clock and row, `NOT_A_TIME` where a cell is none; cut to `rows` at the end.
    sha256
        Hex digest of all bytes; an empty text if the stream broke off or the survey was abandoned.
    """

    def __init__(
        self,
        stream: io.BufferedIOBase,
        skip: int,
        delimiter: str,
        quote: str,
        width: int,
        clocks: Mapping[int, FixedTime],
        rows: int,
    ) -> None:
        super().__init__(name="survey", daemon=True)
        self._stream, self._skip = stream, skip
        self._lines = _Lines(ord(delimiter), ord(quote), width, clocks)
        self._abandoned = threading.Event()
        self._waiting: deque[tuple[bytearray, Future[_Seen | None]]] = deque()
        self._free = [bytearray(2 * _CHUNK + 8) for _each in range(_BUFFERS)]
        self.even = self.quoted = False
        self.rows = 0
        self.empty: Rows = np.zeros(width, dtype=np.int64)
        self.times: dict[int, Rows] = {j: np.empty(rows, dtype=np.int64) for j in clocks}
        self.sha256 = ""

    def abandon(self) -> None:
        """End soon; nothing that was found counts."""
        self._abandoned.set()

    def run(self) -> None:
        """Survey the whole stream."""
        np.empty(_KEPT, dtype=np.uint8)
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="survey") as pool:
            try:
                digest, even = self._read(pool)
            except OSError:
                return
        if self._abandoned.is_set():
            return
        self.times = {j: values[: self.rows] for j, values in self.times.items()}
        self.sha256, self.even = digest, even

    def _read(self, pool: ThreadPoolExecutor) -> tuple[str, bool]:
        """Return the fingerprint of all bytes, and whether all lines are even."""
        digest = hashlib.sha256()
        held, skip, even, count = b"", self._skip, True, 1
        with self._stream as stream:
            while count and not self._abandoned.is_set():
                buffer = self._free.pop()
                view = memoryview(buffer)
                filled = len(held)
                view[:filled] = held
                count = stream.readinto(view[filled : filled + _CHUNK])
                digest.update(view[filled : filled + count])
                filled += count
                gone = min(skip, filled)
                if gone:
                    buffer[: filled - gone] = buffer[gone:filled]
                    skip, filled = skip - gone, filled - gone
                if filled and not count:
                    buffer[filled] = _NEWLINE
                    filled += 1
                cut = buffer.rfind(b"\n", 0, filled) + 1
                even = even and (cut > 0 or filled < _CHUNK)
                held = bytes(view[cut:filled]) if even else b""
                if even and cut:
                    self._hand_over(pool, buffer, cut)
                else:
                    self._free.append(buffer)
                if not self._free:
                    even = self._take_back() and even
        while self._waiting:
            even = self._take_back() and even
        return digest.hexdigest(), even

    def _hand_over(self, pool: ThreadPoolExecutor, buffer: bytearray, size: int) -> None:
        """Have whole lines looked at; their times are written where they belong."""
        breaks = np.frombuffer(buffer, np.uint8, size) == _NEWLINE
        first, self.rows = self.rows, self.rows + int(np.count_nonzero(breaks))
        if any(self.rows > len(values) for values in self.times.values()):
            wait([future for _buffer, future in self._waiting])
            self.times = {j: np.resize(values, self.rows + self.rows // 2) for j, values in self.times.items()}
        times = {j: values[first : self.rows] for j, values in self.times.items()}
        self._waiting.append((buffer, pool.submit(self._lines.look, buffer, breaks, times)))

    def _take_back(self) -> bool:
        """Wait for the block that was handed over first; False if its lines are not even."""
        buffer, future = self._waiting.popleft()
        seen = future.result()
        self._free.append(buffer)
        if seen is None:
            return False
        self.quoted |= seen.quoted
        self.empty += seen.empty
        return True


class _Seen(NamedTuple):
    """What a block of lines holds: a quotation mark, and (width,) empty cells of each column."""

    quoted: bool
    empty: Rows


class _Lines:
    """Judge blocks of whole lines; several threads may do so at once."""

    def __init__(self, delimiter: int, quote: int, width: int, clocks: Mapping[int, FixedTime]) -> None:
        self._delimiter, self._quote, self._width, self._clocks = delimiter, quote, width, clocks
        self._firsts = width > 1 and set(clocks) <= {0}

    def look(self, buffer: bytearray, breaks: NDArray[np.bool_], times: Mapping[int, Rows]) -> _Seen | None:
        """Take whole lines and write their times; None if their structure is not even.

        Parameters
        ----------
        buffer
            The lines, and at least eight bytes behind them.
        breaks
            (bytes,) where a line ends.
        times
            For each clock, the place for the times of these lines.
        """
        data = np.frombuffer(buffer, np.uint8, len(breaks))
        marks = data == self._delimiter
        plain = buffer.find(self._quote, 0, len(data)) < 0
        if plain and self._firsts and not (marks[1:] & (marks[:-1] | breaks[:-1])).any():
            return self._plain(buffer, data, breaks, marks, times)
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
        starts = np.empty_like(ends)
        starts[0] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        # Only the last cell of a line may end with a carriage return.
        returns = self._returns(buffer, data, ends[self._width - 1 :: self._width])
        if returns is None:
            return None
        ends[self._width - 1 :: self._width] -= returns
        empty: Rows = (starts == ends).reshape(-1, self._width).sum(axis=0)
        if self._width == 1 and empty[0]:
            return None  # a blank line is no missing cell
        for j, place in times.items():
            first, end = starts[j :: self._width], ends[j :: self._width]
            self._read_times(buffer, self._clocks[j], first, end - first == self._clocks[j].width, place)
        return _Seen(not plain, empty)

    def _plain(
        self,
        buffer: bytearray,
        data: NDArray[np.uint8],
        breaks: NDArray[np.bool_],
        marks: NDArray[np.bool_],
        times: Mapping[int, Rows],
    ) -> _Seen | None:
        """Take lines without quotation marks and, but for the last one, empty cells, by counting bits."""
        ends = np.flatnonzero(breaks)
        bits = np.zeros(-(-len(marks) // 64), dtype=np.uint64)
        packed = np.packbits(marks, bitorder="little")
        bits.view(np.uint8)[: len(packed)] = packed
        passed = np.cumsum(np.bitwise_count(bits), dtype=np.int64)
        word = ends >> 6
        # The delimiters behind a line end in its own word are not before it.
        after = bits[word] >> (ends & 63).view(np.uint64)
        before = passed[word] - np.bitwise_count(after)
        if before[0] != self._width - 1 or (np.diff(before) != self._width - 1).any():
            return None
        returns = self._returns(buffer, data, ends)
        if returns is None:
            return None
        empty: Rows = np.zeros(self._width, dtype=np.int64)
        empty[-1] = np.count_nonzero(data[ends - 1 - returns] == self._delimiter)
        if times:
            starts = np.empty_like(ends)
            starts[0] = 0
            np.add(ends[:-1], 1, out=starts[1:])
            # A mark inside of the cell would be no digit, so its end alone tells its width.
            behind = np.minimum(starts + np.int64(self._clocks[0].width), len(data) - 1)
            self._read_times(buffer, self._clocks[0], starts, data[behind] == self._delimiter, times[0])
        return _Seen(False, empty)

    def _returns(self, buffer: bytearray, data: NDArray[np.uint8], breaks: Rows) -> NDArray[np.bool_] | None:
        """Tell which line ends have a carriage return before them; None if one stands anywhere else."""
        if buffer.find(_RETURN, 0, len(data)) < 0:
            return np.zeros(len(breaks), dtype=bool)
        returns: NDArray[np.bool_] = data[breaks - 1] == _RETURN
        returns[0] &= breaks[0] > 0
        return returns if np.count_nonzero(data == _RETURN) == np.count_nonzero(returns) else None

    def _read_times(
        self, buffer: bytearray, clock: FixedTime, starts: Rows, fits: NDArray[np.bool_], place: Rows
    ) -> None:
        """Read the cells of one column that have the width of a time."""
        words = np.ndarray((len(buffer) - 7,), "<u8", buffer, 0, (1,))
        if fits.all():
            place[:] = clock.read(words, starts)
        else:
            read = clock.read(words, np.where(fits, starts, 0))
            place[:] = np.where(fits, read, NOT_A_TIME)
