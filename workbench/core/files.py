"""Write files so that a crash leaves either the old one or the new one, never half of one."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import secrets
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.seen import harmless

CANNOT_WRITE = ProblemKind(
    "cannot-write",
    "error",
    N_("{name} could not be written: {reason}."),
    N_("Choose another folder, or make room and try again. Nothing that existed was changed."),
)

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
if sys.platform == "win32":
    _NEW |= os.O_BINARY

PIECE_CHARACTERS = 1_000_000
"""Text is written in pieces of about this size."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` by way of a temporary file in the same folder.

    Raises
    ------
    WorkbenchError
        ``cannot-write``; an existing file is then as it was.
    """
    _replaced(path, (content,))


def write_generation(path: Path, previous: Path, content: bytes) -> None:
    """Write as :func:`write_atomically`, and keep what `path` held before as `previous`.

    At every moment one of the two is whole; where the file system knows links, `path` itself always is.
    """
    _replaced(path, (content,), previous)


OVER_DATA = ProblemKind(
    "over-data",
    "error",
    N_("{name} is the file with the data, and would be lost."),
    N_("Choose another name."),
)


def cannot_write(path: Path, error: OSError, written: int | None = None) -> WorkbenchError:
    """Return what to raise where `path` could not be written; `written` bytes of it were."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno == errno.ENOSPC and written is not None:
        reason = f"the disk is full after {written} bytes"
    return WorkbenchError(CANNOT_WRITE, name=str(path), reason=reason)


def shell_word(name: str) -> str:
    """Return the name of a file as one word of a command line: in quotes where it needs them."""
    if re.fullmatch(r"[\w.+-]+", name):
        return name
    return f'"{name}"' if os.name == "nt" else shlex.quote(name)


def check_not_over(path: Path, data: str | Path) -> None:
    """Refuse to write over the file that was read, by whatever way to it.

    Raises
    ------
    WorkbenchError
        ``over-data``.
    """
    try:
        same = os.path.samefile(path, data)
    except (OSError, ValueError):
        return
    if same:
        raise WorkbenchError(OVER_DATA, name=Path(path).name)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]], *, exact: bool = False) -> None:
    """Write a table as RFC 4180 CSV in UTF-8, piece by piece; atomic and with errors as `write_atomically`.

    What a spreadsheet would take for a formula is made harmless, unless the cells must be `exact`.
    """
    _replaced(path, _csv_pieces(header, rows, exact=exact))


def _plain(row: Iterable[object]) -> Iterator[object]:
    return (harmless(cell) if isinstance(cell, str) else cell for cell in row)


def _csv_pieces(header: Iterable[str], rows: Iterable[Iterable[object]], *, exact: bool) -> Iterator[bytes]:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header if exact else _plain(header))
    for row in rows:
        writer.writerow(row if exact else _plain(row))
        if stream.tell() > PIECE_CHARACTERS:
            yield stream.getvalue().encode("utf-8", "surrogateescape")
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue().encode("utf-8", "surrogateescape")


def _replaced(path: Path, pieces: Iterable[bytes], previous: Path | None = None) -> None:
    temporary: Path | None = None
    written = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        # Who may read it is for the system to say: to ask for the umask is to set it, for all threads.
        handle = os.open(beside, _NEW, 0o666)
        temporary = beside
        with os.fdopen(handle, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
                written += len(piece)
            stream.flush()
            os.fsync(stream.fileno())
        if previous is not None and path.exists():
            _keep(path, previous)
        os.replace(temporary, path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error, written) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def _keep(path: Path, previous: Path) -> None:
    """Give the file at `path` the second name `previous`, or only that name where there are no links."""
    beside = path.with_name(f".{previous.name}.{os.getpid()}")
    with suppress(OSError):
        os.unlink(beside)
    try:
        os.link(path, beside)
    except OSError:
        os.replace(path, previous)
        return
    os.replace(beside, previous)


def sync_folder(folder: Path) -> None:
    """Make names that were changed in `folder` last through a power cut."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
