"""Write files so that a crash leaves either the old one or the new one, never half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from workbench.core.problems import N_, ProblemKind, WorkbenchError

CANNOT_WRITE = ProblemKind(
    "cannot-write",
    "error",
    N_("{name} could not be written: {reason}."),
    N_("Choose another folder, or make room and try again. Nothing that existed was changed."),
)


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` by way of a temporary file in the same folder.

    Raises
    ------
    WorkbenchError
        ``cannot-write``; an existing file is then as it was.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.ENOSPC:
            reason = f"the disk is full ({len(content)} bytes are needed)"
        raise WorkbenchError(CANNOT_WRITE, name=str(path), reason=reason) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
