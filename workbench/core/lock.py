"""One writer a run: a lock that a crash does not leave behind.

The kernel's own file lock goes with the process that held it. Who holds it is written into the file, for the message
and for file systems whose locks do not reach other machines: there a holder counts as gone if its process is, told by
process number, start time and boot.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from workbench.core.boundary import own_file
from workbench.core.files import cannot_write
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.strict import strict_json

LOCK = "lock"
MOST_BYTES = 10_000

RUN_LOCKED = ProblemKind(
    "run-locked",
    "error",
    N_("Another program writes this run now: process {pid} on {host}. Folder: {path}"),
    N_("Wait until it has ended, or train into another folder. A lock whose process is gone is taken over by itself."),
)
LOCK_TAKEN_OVER = ProblemKind(
    "lock-taken-over",
    "note",
    N_("Process {pid} was writing this run and is gone without having closed it, so its lock was taken over."),
    N_("Nothing needs to be done. Folder: {path}"),
)


class RunLock:
    """The right to write one run folder, from :meth:`acquired` until :meth:`release`.

    Attributes
    ----------
    told
        That a stale lock was taken over, or None.
    """

    def __init__(self, path: Path, handle: int, told: Problem | None) -> None:
        self._path, self._handle = path, handle
        self.told = told

    @staticmethod
    def acquired(folder: Path) -> RunLock:
        """Lock `folder`, which exists.

        Raises
        ------
        WorkbenchError
            ``run-locked`` or ``cannot-write``.
        """
        path = folder / LOCK
        try:
            handle = own_file(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise cannot_write(path, error) from None
        try:
            free, holder = _locked(handle), _holder(handle)
            if not free or (holder and _alive(holder)):
                raise WorkbenchError(
                    RUN_LOCKED, pid=holder.get("pid", "?"), host=holder.get("host", "?"), path=str(folder)
                )
            _write(handle, json.dumps(_myself()).encode())
        except OSError as error:
            os.close(handle)
            raise cannot_write(path, error) from None
        except WorkbenchError:
            os.close(handle)
            raise
        told = problem(LOCK_TAKEN_OVER, pid=holder.get("pid", "?"), path=str(folder)) if holder else None
        return RunLock(path, handle, told)

    def release(self) -> None:
        """Give the run free. The file stays: deleting it would let two others lock two different files."""
        if self._handle < 0:
            return
        try:
            _write(self._handle, b"")
        except OSError:
            pass  # whoever comes next finds that this process is gone
        finally:
            os.close(self._handle)
            self._handle = -1


def held(folder: Path) -> bool:
    """Return whether some process, maybe this one, writes `folder` now. Changes nothing."""
    try:
        handle = own_file(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locked(handle) or _alive(_holder(handle))
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _locked(handle: int) -> bool:
        os.lseek(handle, 1 << 30, os.SEEK_SET)  # not what others read
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(handle: int) -> bool:
        """Take the kernel's lock if it is free; True also where the file system has none."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True


def _write(handle: int, content: bytes) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, content)
    os.fsync(handle)


def _holder(handle: int) -> dict[str, Any]:
    """Return who wrote itself into the file; empty if nobody did."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = strict_json(os.read(handle, MOST_BYTES))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _myself() -> dict[str, Any]:
    pid = os.getpid()
    return {"pid": pid, "host": platform.node(), "boot": _boot(), "started": _start_time(pid)}


def _alive(holder: dict[str, Any]) -> bool:
    """Return whether the process of `holder` may still be there, as far as it can be told."""
    pid = holder.get("pid")
    if not isinstance(pid, int) or isinstance(pid, bool) or not 0 < pid < 2**31 or pid == os.getpid():
        return False
    if holder.get("host") != platform.node():
        return True
    if holder.get("boot") != _boot() or sys.platform == "win32":  # there the kernel's lock alone decides
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's
    return holder.get("started") == _start_time(pid)


def _boot() -> str:
    """Return a name of this start of the machine, "" where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _start_time(pid: int) -> str:
    """Return when a process started, in ticks since the boot; "" where that cannot be asked."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
