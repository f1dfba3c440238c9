"""Libraries in machine code that parse what strangers wrote: their panics and their chatter become plain errors."""

from __future__ import annotations

import logging
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

NATIVE_ERRORS = (
    OSError, ValueError, RuntimeError, NotImplementedError, MemoryError, EOFError, IndexError, zipfile.BadZipFile,
    zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What may come up below :func:`native`, besides the library's own errors."""


class _Panics:
    """Turn the panic of a Rust library, which is no Exception, into ValueError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if kind is not None and kind.__name__ == "PanicException":
            raise ValueError(f"its parser gave up: {str(error).splitlines()[0][:80] if str(error) else 'no reason'}")


@contextmanager
def native() -> Iterator[None]:
    """Run a parser: its panics become ValueError, and what it would print about a file is left out."""
    noise = [logging.getLogger(name) for name in ("calamine.xlsx", "calamine.ods", "calamine", "fastexcel")]
    before = [logger.disabled for logger in noise]
    for logger in noise:
        logger.disabled = True
    try:
        with _Panics():
            yield
    finally:
        for logger, disabled in zip(noise, before, strict=True):
            logger.disabled = disabled
