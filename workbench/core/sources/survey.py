"""One pass over the bytes of a large text file: fingerprint, line structure, and times of a fixed width."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.fixedtime import NOT_A_TIME, FixedTime, Rows

_CHUNK = 1 << 20
_NEWLINE, _RETURN = 10, 13


class Survey(threading.Thread):
    """Look at every byte once, beside the reader that turns cells into numbers.

    The structure is judged exactly: every line must have `width` cells, no line end may stand inside of quotes, and
    no carriage return anywhere but before a line end.

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
        self._stream, self._skip, self._width, self._clocks = stream, skip, width, clocks
        self._delimiter, self._quote = ord(delimiter), ord(quote)
        self._firsts = width > 1 and set(clocks) <= {0}
        self._abandoned = threading.Event()
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
        digest = hashlib.sha256()
        buffer = bytearray(2 * _CHUNK + 8)
        view = memoryview(buffer)
        held, skip, even = 0, self._skip, True
        try:
            with self._stream as stream:
                while count := stream.readinto(view[held : held + _CHUNK]):
                    if self._abandoned.is_set():
                        return
                    digest.update(view[held : held + count])
                    filled = held + count
                    if skip:
                        gone = min(skip, filled)
                        buffer[: filled - gone] = buffer[gone:filled]
                        skip, filled = skip - gone, filled - gone
                    cut = buffer.rfind(b"\n", 0, filled) + 1
                    even = even and (cut > 0 or filled < _CHUNK) and (not cut or self._block(buffer, cut))
                    held = filled - cut if even else 0
                    buffer[:held] = buffer[cut : cut + held]
        except OSError:
            return
        if even and held:
            buffer[held : held + 1] = b"\n"
            even = self._block(buffer, held + 1)
        self.times = {j: values[: self.rows] for j, values in self.times.items()}
        self.sha256, self.even = digest.hexdigest(), even

    def _block(self, buffer: bytearray, size: int) -> bool:
        """Take whole lines; False if their structure is not even."""
        data = np.frombuffer(buffer, np.uint8, size)
        breaks = data == _NEWLINE
        marks = data == self._delimiter
        plain = buffer.find(self._quote, 0, size) < 0
        if plain and self._firsts and not (marks[1:] & (marks[:-1] | breaks[:-1])).any():
            return self._plain_block(buffer, data, breaks, marks)
        marks |= breaks
        if not plain:
            self.quoted = True
            inside = np.logical_xor.accumulate(data == self._quote)
            if inside[-1] or (inside & breaks).any():
                return False
            marks &= ~inside
        ends = np.flatnonzero(marks)
        lines = int(np.count_nonzero(breaks))
        if len(ends) != lines * self._width or not breaks[ends[self._width - 1 :: self._width]].all():
            return False
        starts = np.empty_like(ends)
        starts[0] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        # Only the last cell of a line may end with a carriage return.
        returns = self._returns(buffer, data, ends[self._width - 1 :: self._width])
        if returns is None:
            return False
        ends[self._width - 1 :: self._width] -= returns
        self._count_empty(starts, ends)
        if self._width == 1 and self.empty[0]:
            return False  # a blank line is no missing cell
        for j in self._clocks:
            self._read_times(buffer, j, starts[j :: self._width], ends[j :: self._width])
        self.rows += lines
        return True

    def _plain_block(
        self, buffer: bytearray, data: NDArray[np.uint8], breaks: NDArray[np.bool_], marks: NDArray[np.bool_]
    ) -> bool:
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
            return False
        returns = self._returns(buffer, data, ends)
        if returns is None:
            return False
        last = data[ends - 1 - returns] == self._delimiter
        self.empty[-1] += int(np.count_nonzero(last))
        starts = np.empty_like(ends)
        starts[0] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        if self._clocks:
            self._read_times(buffer, 0, starts, starts + np.int64(self._clocks[0].width), data)
        self.rows += len(ends)
        return True

    def _returns(self, buffer: bytearray, data: NDArray[np.uint8], breaks: Rows) -> NDArray[np.bool_] | None:
        """Tell which line ends have a carriage return before them; None if one stands anywhere else."""
        if buffer.find(_RETURN, 0, len(data)) < 0:
            return np.zeros(len(breaks), dtype=bool)
        returns: NDArray[np.bool_] = data[breaks - 1] == _RETURN
        returns[0] &= breaks[0] > 0
        return returns if np.count_nonzero(data == _RETURN) == np.count_nonzero(returns) else None

    def _count_empty(self, starts: Rows, ends: Rows) -> None:
        empty: NDArray[np.bool_] = starts == ends
        if empty.any():
            self.empty += empty.reshape(-1, self._width).sum(axis=0)

    def _read_times(
        self, buffer: bytearray, j: int, starts: Rows, ends: Rows, data: NDArray[np.uint8] | None = None
    ) -> None:
        """Read one column of times; with `data`, a cell ends where a delimiter stands at `ends`."""
        words = np.ndarray((len(buffer) - 7,), "<u8", buffer, 0, (1,))
        clock, behind = self._clocks[j], self.rows + len(starts)
        if behind > len(self.times[j]):
            self.times[j] = np.resize(self.times[j], behind + behind // 2)
        fits = ends - starts == clock.width
        if data is not None:
            # A mark inside of the cell would be no digit, so its end alone tells its width.
            fits = data[np.minimum(ends, len(data) - 1)] == self._delimiter
        if fits.all():
            self.times[j][self.rows : behind] = clock.read(words, starts)
        else:
            read = clock.read(words, np.where(fits, starts, 0))
            self.times[j][self.rows : behind] = np.where(fits, read, NOT_A_TIME)
