"""The runs on disk as a person sees them: what each is, how large, and renaming or deleting it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.core.events import Ended
from workbench.core.files import cannot_write
from workbench.core.lock import RunLock
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.replaying import event_of
from workbench.core.store import RunFolder, RunStatus, last_line, runs_folder, stored_runs

LONGEST_NAME = 100

NO_NAME = ProblemKind(
    "no-name",
    "warning",
    N_("A run cannot be called “{name}”: {reason}."),
    N_("Use letters, digits, blanks, points and dashes, and a name that no other run has."),
)
NOT_ON_SHELF = ProblemKind(
    "not-on-shelf",
    "error",
    N_("{path} is left as it is: it is no run in the folder of runs, or it holds links to other places."),
    N_("Delete it by hand if you want it gone."),
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run on disk.

    Attributes
    ----------
    name
        Its folder, with that of its group before it.
    title, cell
        Of its project, empty if that cannot be read.
    mae
        On the test or validation windows, None where it was not scored.
    began_s
        Unix time, 0 if unknown.
    size
        Bytes of all its files.
    """

    folder: RunFolder
    name: str
    title: str
    cell: str
    status: RunStatus
    mae: float | None
    began_s: float
    size: int
    kept: bool


def shelved(
    among: Path | None = None,
    most: int | None = None,
    *,
    sizes: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[StoredRun]:
    """Yield the runs in the folder of runs, newest first, at most `most` of them; reads only the end of each log."""
    among = among or runs_folder()
    for place, folder in enumerate(stored_runs(among)):
        if cancelled() or (most is not None and place >= most):
            return
        yield _stored(folder, among, sizes)


def _stored(folder: RunFolder, among: Path, sizes: bool) -> StoredRun:
    title = cell = ""
    began_s = 0.0
    try:
        project = folder.project()
        title, cell, began_s = project.title, project.model.cell, folder.facts().began_s
    except WorkbenchError:
        pass  # it is listed all the same, so that it can be deleted
    name, size = folder.path.relative_to(among).as_posix(), _size(folder.path) if sizes else 0
    return StoredRun(folder, name, title, cell, folder.status, _mae(folder), began_s, size, folder.kept)


def _mae(folder: RunFolder) -> float | None:
    try:
        last = event_of(last_line(folder.events))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    found = {score.part: score.mae for score in last.scores if score.name == "model"} if isinstance(last, Ended) else {}
    return found.get("test", found.get("valid"))


def _size(folder: Path) -> int:
    total = 0
    for where, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_size
            except OSError:
                continue
    return total


def delete_runs(folders: Iterable[RunFolder], among: Path | None = None) -> int:
    """Delete runs with all their files, and return how many there were; the folder of an emptied group goes with them.

    Raises
    ------
    WorkbenchError
        ``not-on-shelf``, ``run-locked`` for one that is being written, or ``cannot-write``; those before it are gone.
    """
    among, count = among or runs_folder(), 0
    for folder in folders:
        _check(folder, among)
        RunLock.acquired(folder.path).release()
        _remove(folder.path)
        count += 1
        group = folder.path.parent
        if group != among and not any(entry.is_dir() for entry in group.iterdir()):
            _remove(group)
    return count


def _check(folder: RunFolder, among: Path) -> None:
    """Refuse what does not lie where runs lie, by whatever way it got into the list."""
    try:
        folder.check_plain()
        inside = folder.path.resolve().relative_to(among.resolve()).parts
    except (WorkbenchError, ValueError, OSError):
        inside = ()
    if not 1 <= len(inside) <= 2 or folder.path.is_symlink():
        raise WorkbenchError(NOT_ON_SHELF, path=str(folder.path))


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise cannot_write(path, error) from None


def rename_run(folder: RunFolder, name: str, among: Path | None = None) -> RunFolder:
    """Call a run otherwise, and return where it is now.

    Raises
    ------
    WorkbenchError
        ``no-name``, ``not-on-shelf``, ``run-locked`` or ``cannot-write``.
    """
    _check(folder, among or runs_folder())
    name = name.strip()
    target = folder.path.parent / name
    reason = ""
    if not re.fullmatch(r"[\w][\w .()+-]*", name) or name.endswith((".", " ")) or len(name) > LONGEST_NAME:
        reason = N_("that is no name for a folder everywhere")
    elif target.exists():
        reason = N_("there is one of that name")
    if reason:
        raise WorkbenchError(NO_NAME, name=name[:LONGEST_NAME], reason=reason)
    RunLock.acquired(folder.path).release()
    try:
        folder.path.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from None
    return RunFolder(target)
