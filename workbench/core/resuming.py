"""Find out whether a run can be gone on with, and from what: its checkpoint, its events, and the same data as then."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from workbench.core.boundary import opened
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Event
from workbench.core.fitfacts import FitFacts
from workbench.core.keeping import fingerprint
from workbench.core.probefile import probes_in
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.saved import Checkpoint, newest
from workbench.core.sources import read
from workbench.core.store import EVENTS, NO_RUN, RunFolder
from workbench.core.table import Table

PIECE = 1 << 20

DATA_GROWN = ProblemKind(
    "data-grown",
    "error",
    N_("{name} has grown by {bytes} bytes since this run began, so it would not go on as if nothing had happened."),
    N_("Put the file back as it was to go on, or train anew with the new rows."),
)
DATA_CHANGED = ProblemKind(
    "data-changed",
    "error",
    N_("{name} is not the file that this run was trained on: its content has changed since."),
    N_("Put the file back as it was, or train anew. A model that was exported can go on: workbench train FILE --from."),
)
DATA_READ_OTHERWISE = ProblemKind(
    "data-read-otherwise",
    "error",
    N_("{name} is the same file, but its numbers are prepared in another way than when this run began."),
    N_("Go on with the version of the program that began it ({versions}), or train anew."),
)
RESUMED = ProblemKind(
    "resumed",
    "note",
    N_("Going on with epoch {epoch} where the last checkpoint was taken."),
    N_("On a CPU with the same threads the result has the same bits as without the interruption."),
)
OTHER_VERSIONS = ProblemKind(
    "other-versions",
    "warning",
    N_("This run began with other versions: {versions}. It goes on, but maybe not with the same bits."),
    N_("Use the same versions where that matters."),
)


@dataclass(frozen=True, slots=True, eq=False)
class Resumption:
    """All that going on with a run needs.

    Attributes
    ----------
    events
        What happened up to the checkpoint, as far as the log holds it whole, with the best weights and the probes.
    told
        What should be said about it.
    """

    folder: RunFolder
    checkpoint: Checkpoint
    table: Table
    dataset: Dataset
    events: tuple[Event, ...]
    told: tuple[Problem, ...]

    @property
    def project(self) -> Project:
        """The project that was trained."""
        return self.checkpoint.project


def resumption(folder: RunFolder) -> Resumption:
    """Read a run and its data, and check that it can go on.

    Raises
    ------
    WorkbenchError
        ``no-run``, ``broken-checkpoint``, ``data-grown``, ``data-changed`` or ``data-read-otherwise``, or whatever
        reading the file refuses.
    """
    folder.check_plain()
    facts = folder.facts()
    if not folder.kept:
        raise WorkbenchError(NO_RUN, path=str(folder.path), reason="it ended before its first checkpoint")
    checkpoint, told = newest(folder)
    table, dataset = prepared(checkpoint.project, facts.source, facts.bytes, facts.fit)
    if fingerprint(dataset) != checkpoint.facts.prepared:
        versions = ", ".join(f"{name} {number}" for name, number in facts.versions.items())
        raise WorkbenchError(DATA_READ_OTHERWISE, name=table.name, versions=versions)
    notes = [told] if told is not None else []
    return Resumption(folder, checkpoint, table, dataset, _events(folder, checkpoint), (*notes, *_said(checkpoint)))


def prepared(project: Project, source: str, size: int = 0, fit: FitFacts | None = None) -> tuple[Table, Dataset]:
    """Read the data of `project` again from `source`, a file that had `size` bytes then, as `fit` has it.

    Raises
    ------
    WorkbenchError
        ``data-grown`` or ``data-changed``, or whatever reading or preparing refuses.
    """
    table = read(source, hints=project.data.reading.hints)
    if table.sha256 != project.data.sha256:
        raise _other_file(Path(source), size, project.data.sha256)
    return table, prepare(table, project.data, None if fit is None else fit.fit)


def _events(folder: RunFolder, checkpoint: Checkpoint) -> tuple[Event, ...]:
    """Return what was told, with what the log only summarises put back where it is known."""
    best = (checkpoint.best,) if checkpoint.best is not None else ()
    told = folder.replayed(checkpoint.facts.log_bytes).events
    events = (*told, *best, *probes_in(folder.probes, checkpoint.epoch))
    run = Run(1, checkpoint.project)
    for event in events:
        try:
            run.apply(event)
        except ValueError as error:
            raise WorkbenchError(
                NO_RUN, path=str(folder.path), reason=f"{EVENTS} tells another story ({error})"
            ) from None
    return events


def _said(checkpoint: Checkpoint) -> list[Problem]:
    from workbench.core.bundle import versions

    now, then = versions(), checkpoint.facts.versions
    other = ", ".join(f"{name} {then[name]}" for name in now if name in then and then[name] != now[name])
    resumed = problem(RESUMED, epoch=max(1, checkpoint.epoch))
    return [*([problem(OTHER_VERSIONS, versions=other)] if other else []), resumed]


def _other_file(path: Path, size: int, sha256: str) -> WorkbenchError:
    """Tell a file to which rows were appended from one that was changed."""
    grown = _begins_with(path, size, sha256)
    if grown:
        return WorkbenchError(DATA_GROWN, name=path.name, bytes=grown)
    return WorkbenchError(DATA_CHANGED, name=path.name)


def _begins_with(path: Path, size: int, sha256: str) -> int:
    """Return by how many bytes the file at `path` is longer than the one of `size` it begins with, else 0."""
    digest, left = hashlib.sha256(), size
    try:
        with opened(path) as stream:
            while left and (piece := stream.read(min(left, PIECE))):
                digest.update(piece)
                left -= len(piece)
        longer = path.stat().st_size - size
    except OSError:
        return 0
    return longer if size and not left and longer > 0 and digest.hexdigest() == sha256 else 0
