"""The folder of a run: what lies where, which runs there are, and whether one can be gone on with."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from workbench.core.boundary import links_in, opened, read_capped
from workbench.core.events import Ended
from workbench.core.fields import Spec, from_file
from workbench.core.files import cannot_write, write_atomically
from workbench.core.fitfacts import FitFacts
from workbench.core.formats import newer
from workbench.core.lock import held
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project, project_from_json
from workbench.core.replaying import Replayed, event_of, replayed
from workbench.core.scaler import Fit
from workbench.core.strict import MOST_VALUES, strict_json

FACTS, PROJECT, EVENTS, PROBES, MODEL = "run.json", "project.json", "events.jsonl", "probes", "model.wbm"
CHECKPOINT, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"
OFFERED = "offered"
MOST_LOOKED_AT = 500
MOST_FACTS_BYTES = 1_000_000

RunStatus = Literal["running", "interrupted", "finished", "early", "stopped", "diverged", "failed"]

NO_RUN = ProblemKind(
    "no-run",
    "error",
    N_("{path} is no run that can be gone on with: {reason}."),
    N_("`python -m workbench runs` lists the runs there are."),
)
UNFINISHED_RUN = ProblemKind(
    "unfinished-run",
    "error",
    N_("{path} holds a run that was interrupted and can be gone on with."),
    N_("Go on with it: python -m workbench resume {path}. Or train into another folder, or delete this one."),
)


KIND: Literal["sequence-workbench-run"] = "sequence-workbench-run"
FORMAT: Literal[1] = 1


class RunFacts(Spec):
    """What a run folder says about where its run came from.

    Attributes
    ----------
    source
        The file, as an absolute path, or ``task:NAME?key=value``.
    bytes
        Size of that file when it was read, 0 if it is none.
    fit
        What was fitted to the data, or kept from a model that the run began with.
    """

    kind: Literal["sequence-workbench-run"] = KIND
    format: Literal[1] = FORMAT
    source: str = Field(max_length=10_000)
    bytes: int = Field(ge=0)
    began_s: float = Field(ge=0, le=32e9)
    versions: dict[str, str] = Field(default_factory=dict, max_length=50)
    fit: FitFacts | None = None


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run; it need not exist.

    Its events are appended; everything else is replaced whole, so that a crash leaves the old one or the new one.
    """

    path: Path

    @property
    def checkpoints(self) -> tuple[Path, Path]:
        """The newest checkpoint, and the one before."""
        return self.path / CHECKPOINT, self.path / PREVIOUS

    @property
    def events(self) -> Path:
        """The log of events, one JSON object a line."""
        return self.path / EVENTS

    @property
    def probes(self) -> Path:
        """The folder of what was seen inside the network, a file an epoch."""
        return self.path / PROBES

    def begin(self, project: Project, versions: dict[str, str], fit: Fit | None = None) -> None:
        """Write what the run is, before its first event.

        Raises
        ------
        WorkbenchError
            ``cannot-write``.
        """
        self.check_plain()
        source = whole_source(project)
        size = Path(source).stat().st_size if source and Path(source).is_file() else 0
        fitted = None if fit is None else FitFacts.of(fit)
        facts = RunFacts(source=source, bytes=size, began_s=max(time.time(), 0.0), versions=versions, fit=fitted)
        for old in (self.events, *self.checkpoints, *self.probes.glob("*.safetensors"), self.path / MODEL):
            try:
                old.unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(old, error) from None
        write_atomically(self.path / PROJECT, project.to_json().encode())
        write_atomically(self.path / FACTS, facts.model_dump_json(indent=1).encode())

    def check_plain(self) -> None:
        """Refuse a folder with links in it: what is written would be written elsewhere.

        Raises
        ------
        WorkbenchError
            ``no-run``.
        """
        try:
            found = links_in(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refusal(error.strerror or str(error)) from None
        if found:
            raise self._refusal(f"{found[0]} is a link to another place, or no file")

    def facts(self) -> RunFacts:
        """Read where the run came from.

        Raises
        ------
        WorkbenchError
            ``no-run``.
        """
        try:
            document = strict_json(self._read(FACTS), MOST_VALUES)
            refusal = newer(f"{self.path.name}/{FACTS}", document, KIND, FORMAT)
            if refusal is not None:
                raise refusal
            facts: RunFacts = from_file(RunFacts, document)
        except (ValidationError, ValueError, RecursionError) as error:
            raise self._refusal(f"{FACTS} is broken ({str(error).splitlines()[0]})") from None
        return facts

    def project(self) -> Project:
        """Read the project.

        Raises
        ------
        WorkbenchError
            ``no-run``, or as :func:`workbench.core.project.project_from_json`.
        """
        data = self._read(PROJECT)
        try:
            return project_from_json(data)
        except WorkbenchError as error:
            if error.problem.key != "broken-project":
                raise
            raise self._refusal(f"{PROJECT} is broken ({error.problem.values['reason']})") from None

    def _read(self, name: str) -> bytes:
        try:
            return read_capped(self.path / name, MOST_FACTS_BYTES)
        except OSError as error:
            raise self._refusal(f"{name}: {error.strerror or error}") from None
        except ValueError as error:
            raise self._refusal(f"{name}: {error}") from None

    def _refusal(self, reason: str) -> WorkbenchError:
        return WorkbenchError(NO_RUN, path=str(self.path), reason=reason)

    def replayed(self, most_bytes: int | None = None) -> Replayed:
        """Read the events that were written."""
        return replayed(self.events, most_bytes)

    @property
    def status(self) -> RunStatus:
        """Whether the run is being written, was interrupted, or how it ended. Reads only the end of the log."""
        if held(self.path):
            return "running"
        try:
            last = event_of(last_line(self.events))
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return "interrupted"
        return last.outcome if isinstance(last, Ended) else "interrupted"

    def set_offered(self) -> None:
        """Remember that a person was asked whether this run should go on; they are asked once."""
        with suppress(OSError):
            (self.path / OFFERED).touch()

    @property
    def kept(self) -> bool:
        """Whether there is a checkpoint."""
        return any(path.is_file() for path in self.checkpoints)


def whole_source(project: Project) -> str:
    """Return where the data of `project` come from: an absolute path or a task, "" for neither."""
    source = project.data.source
    return source if not source or source.startswith("task:") else str(Path(source).absolute())


def last_line(path: Path) -> bytes:
    """Return the last line of a file, without reading what is before it; empty if it has none or half of one."""
    piece = 1 << 16
    found = b""
    try:
        with opened(path) as stream:
            end = stream.seek(0, os.SEEK_END)
            while end > 0 and b"\n" not in found.rstrip(b"\n"):
                end, start = max(0, end - piece), end
                stream.seek(end)
                found = stream.read(start - end) + found
                piece *= 2
    except OSError:
        return b""
    return found.rstrip(b"\n").rpartition(b"\n")[2] if found.endswith(b"\n") else b""


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run that can be gone on with.

    Attributes
    ----------
    at_s
        When its checkpoint was taken, Unix time.
    offered
        Whether a person was asked about it.
    """

    folder: RunFolder
    title: str
    cell: str
    status: RunStatus
    at_s: float
    offered: bool


def left_runs(among: Path | None = None) -> tuple[LeftRun, ...]:
    """Return the newest runs that did not come to their own end; what cannot be read is left out."""
    found: list[LeftRun] = []
    for folder in islice(stored_runs(among), MOST_LOOKED_AT):
        status = folder.status
        if status not in ("interrupted", "stopped", "failed") or not folder.kept:
            continue
        try:
            project = folder.project()
            at_s = max(path.stat().st_mtime for path in folder.checkpoints if path.exists())
        except (WorkbenchError, OSError, ValueError):
            continue
        offered = (folder.path / OFFERED).exists()
        found.append(LeftRun(folder, project.title, project.model.cell, status, at_s, offered))
    return tuple(sorted(found, key=lambda entry: entry.at_s, reverse=True))


def runs_folder() -> Path:
    """Return where runs are kept unless a person says otherwise; the folder need not exist."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "sequence-workbench" / "runs"


def fresh_folder(project: Project, among: Path | None = None) -> RunFolder:
    """Make a new folder for a run of `project`, named after the time, the data and the cell.

    Raises
    ------
    WorkbenchError
        ``cannot-write``.
    """
    among = among or runs_folder()
    title = re.sub(r"[^\w-]+", "-", project.title or "run").strip("-")[:40] or "run"
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{title}-{project.model.cell}"
    for count in range(1, 10_000):
        path = among / (stem if count == 1 else f"{stem}-{count}")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(path, error) from None
        return RunFolder(path)
    raise cannot_write(among, OSError("no free name"))


def checked_free(folder: RunFolder) -> None:
    """Refuse a folder in which a new run would overwrite one that can be gone on with.

    Raises
    ------
    WorkbenchError
        ``unfinished-run``.
    """
    if folder.kept and folder.status in ("running", "interrupted"):
        raise WorkbenchError(UNFINISHED_RUN, path=str(folder.path))


def stored_runs(among: Path | None = None) -> Iterator[RunFolder]:
    """Yield the runs below the folder of runs, newest first; those of a group stand one below the other."""
    among = among or runs_folder()
    found = [path.parent for pattern in (f"*/{FACTS}", f"*/*/{FACTS}") for path in among.glob(pattern)]
    yield from (RunFolder(path) for path in sorted(found, key=lambda path: path.relative_to(among).parts, reverse=True))


def named(text: str) -> Path:
    """Return the folder a person means: a path, or the name of one in the folder of runs."""
    path = Path(text)
    return path if path.is_dir() or not (runs_folder() / text).is_dir() else runs_folder() / text
