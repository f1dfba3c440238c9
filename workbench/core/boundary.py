"""Opening a file that may be anything: only ordinary files of this computer, and never more of one than asked for."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from io import BufferedReader
from pathlib import Path

_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]+:[\\/]{1,2}|\\\\|//[^/])", re.IGNORECASE)
_PLAIN, _OWN = os.O_RDONLY, 0
if sys.platform == "win32":
    _PLAIN |= os.O_BINARY
else:
    _PLAIN |= os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    _OWN |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def elsewhere(name: str) -> bool:
    """Tell whether a name means something that is no file of this computer: a URL, or a share of another machine.

    Even to look whether a share is there tells its owner who asked.
    """
    return _ELSEWHERE.match(name) is not None and not (len(name) > 1 and name[1] == ":")


def bare(name: str) -> bool:
    """Tell whether a name is that of a file alone, and leads to no folder, share or other computer."""
    leads = elsewhere(name) or "/" in name or "\0" in name or name in (".", "..") or name.startswith("..\\")
    return not leads and name[1:3] != ":\\"


def opened(path: Path) -> BufferedReader:
    """Open an ordinary file for reading; whatever else there is by that name is not waited for.

    Raises
    ------
    OSError
        If there is none, it may not be read, or it is a folder, a pipe, a device, or not on this computer.
    ValueError
        If no file can have such a name.
    """
    if elsewhere(str(path)):
        raise OSError(errno.EREMOTE if sys.platform != "win32" else errno.EINVAL, "it is not a file of this computer")
    handle = os.open(path, _PLAIN)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def own_file(path: Path, how: int) -> int:
    """Return a handle of a file that this program writes, opened with the flags `how`, and never of one it links to.

    A folder that came from a stranger may hold links to files that must not be written.

    Raises
    ------
    OSError
        If it cannot be opened so.
    """
    handle = os.open(path, how | _OWN, 0o644)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return handle


def links_in(folder: Path) -> list[str]:
    """Return the names in `folder` that are links, or neither files nor folders."""
    with os.scandir(folder) as entries:
        return sorted(e.name for e in entries if e.is_symlink() or not (e.is_file() or e.is_dir()))


def read_capped(path: Path, most: int) -> bytes:
    """Return the bytes of an ordinary file of at most `most` bytes.

    Raises
    ------
    OSError, ValueError
        As :func:`opened`, or ValueError if it is larger.
    """
    with opened(path) as stream:
        if os.fstat(stream.fileno()).st_size > most:
            raise ValueError(f"it is larger than {most} bytes")
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most} bytes")
    return data
