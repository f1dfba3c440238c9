"""A log to which whole lines are appended: a disk that fills up leaves no half of one, and nothing is written twice."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from workbench.core.boundary import own_file
from workbench.core.files import cannot_write
from workbench.core.problems import WorkbenchError

MOST_WAITING_BYTES = 32_000_000
"""Lines that a full disk keeps waiting; beyond, the oldest are given up."""


class Journal:
    """The event log of a run, written by one thread.

    Parameters
    ----------
    keep
        Length at which it goes on: what stands behind is cut off.

    Attributes
    ----------
    length
        Bytes that are in the file.
    problem
        Why the last writing failed, or None.
    """

    def __init__(self, path: Path, keep: int | None) -> None:
        self._path, self._keep = path, keep
        self._handle = -1
        self._waiting = bytearray()
        self.length = 0
        self.problem: WorkbenchError | None = None

    def open(self) -> None:
        """Open the file and cut it off where it goes on."""
        try:
            self._handle = own_file(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            size = os.fstat(self._handle).st_size
            self.length = size if self._keep is None else min(size, self._keep)
            if size > self.length:
                os.ftruncate(self._handle, self.length)
            self.problem = None
        except OSError as error:
            self.problem = cannot_write(self._path, error)

    def add(self, line: str) -> None:
        """Take a line, without its end."""
        self._waiting += line.encode() + b"\n"
        if len(self._waiting) > MOST_WAITING_BYTES:
            cut = self._waiting.index(b"\n", len(self._waiting) - MOST_WAITING_BYTES)
            del self._waiting[: cut + 1]

    def flush(self) -> None:
        """Hand all lines to the system; what it does not take waits for the next time."""
        if self._handle < 0:
            self.open()
        if self._handle < 0 or not self._waiting:
            return
        written = 0
        try:
            while written < len(self._waiting):
                written += os.write(self._handle, self._waiting[written:])
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._handle, self.length)
            self.problem = cannot_write(self._path, error, written)
            return
        self.length += written
        self._waiting.clear()
        self.problem = None

    def sync(self) -> None:
        """Hand over all lines, and make them last through a power cut."""
        self.flush()
        if self._handle >= 0 and self.problem is None:
            try:
                os.fsync(self._handle)
            except OSError as error:
                self.problem = cannot_write(self._path, error)

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
