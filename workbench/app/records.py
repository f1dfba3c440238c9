"""The runs on disk: which can be gone on with, and going on with one in the window. All reading is off its thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.app.refusals import BUSY
from workbench.app.trainer import TrainerThread
from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset
from workbench.core.keeping import Keeper
from workbench.core.opening import Opened
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.resuming import Resumption, resumption
from workbench.core.revisiting import Revisit, revisited
from workbench.core.run import Run
from workbench.core.shelf import StoredRun, delete_runs, rename_run, shelved
from workbench.core.steering import Steering
from workbench.core.store import LeftRun, RunFolder, left_runs

if TYPE_CHECKING:
    from workbench.app.session import Session

RUN_LEFT = ProblemKind(
    "run-left",
    "note",
    N_("The training of {title} ({cell}) was interrupted on {when} and can go on where it was."),
    N_("Resume goes on with it. It also stays in the menu Run."),
    action="resume-run",
)

PACKED = ProblemKind(
    "packed",
    "note",
    N_("{name} holds the project with its data, seeds, versions and scores."),
    N_("{command} trains it again, and compares every bit."),
    action="show-file",
)
NOT_KEPT_HERE = ProblemKind(
    "not-kept-here",
    "warning",
    N_("Run {number} was not trained and kept by this window, so there is nothing to reproduce."),
    N_("Train it here, then make the pack."),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A run that was read from disk, and the right to write it."""

    found: Resumption
    run: Run
    keeper: Keeper


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """A run that was left, with its data, and the trainer that goes on with it; without one it is only looked at.

    Without `opened`, the present data and settings stay as they are.
    """

    opened: Opened | None
    dataset: Dataset
    run: Run
    trainer: TrainerThread | None = None


class Records(QObject):
    """What a session knows of the runs on disk.

    Attributes
    ----------
    left
        Runs that can be gone on with, newest first; as they were when it was last looked.

    Signals
    -------
    changed()
        It was looked again, and something is different.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.left: tuple[LeftRun, ...] = ()
        self._paths: dict[int, Path] = {}

    def note(self, run: Run, folder: RunFolder | None) -> None:
        """Remember where `run` of this session is kept."""
        if folder is not None:
            self._paths[run.number] = folder.path

    def left_of(self, run: Run) -> LeftRun | None:
        """Return what `run` of this session left on disk, if it can be gone on with."""
        path = self._paths.get(run.number)
        return next((entry for entry in self.left if entry.folder.path == path), None)

    def strangers(self) -> tuple[LeftRun, ...]:
        """Return what can be gone on with of earlier sessions, newest first."""
        own = set(self._paths.values())
        return tuple(entry for entry in self.left if entry.folder.path not in own)

    def look(self, *, offer: bool = False) -> None:
        """See which runs can be gone on with; `offer` the newest that was interrupted since the last offer."""
        self._session.works.start("", lambda _progress, _cancelled: _seen(offer), self._seen)

    def _seen(self, found: tuple[tuple[LeftRun, ...], LeftRun | None]) -> None:
        before, (self.left, offered) = self.left, found
        if self.left != before:
            self.changed.emit()
        if offered is not None and self._session.training == "idle":
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(offered.at_s))
            values = {
                "title": offered.title,
                "cell": CELLS[offered.cell].label,
                "when": when,
                "path": str(offered.folder.path),
            }
            self._session.noticed.emit(problem(RUN_LEFT, **values))

    def resume(self, path: Path) -> None:
        """Go on with the run in the folder `path`: its data, settings and pictures come back with it."""
        if self._session.training != "idle":
            self._session.noticed.emit(problem(BUSY))
            return
        self._session.works.start(N_("Resuming"), lambda _progress, _cancelled: _ready(RunFolder(path)), self._go_on)

    def revisit(self, path: Path) -> None:
        """Look at the run in the folder `path`: its curves, its looks at every epoch, its best weights."""
        if self._session.training != "idle":
            self._session.noticed.emit(problem(BUSY))
            return
        self._session.works.start(N_("Opening"), lambda _progress, _cancelled: _revisited(RunFolder(path)), self._show)

    # -- the folder of runs -------------------------------------------------------------------------------

    def list(self, then: Callable[[tuple[StoredRun, ...]], object], most: int | None = None) -> None:
        """Tell `then` which runs there are, newest first; with `most` only so many, without their sizes."""
        whole = most is None
        work = lambda _progress, cancelled: tuple(shelved(most=most, sizes=whole, cancelled=cancelled))  # noqa: E731
        self._session.works.start("", work, then)

    def delete(self, runs: Sequence[StoredRun], then: Callable[[], object]) -> None:
        """Delete runs from disk for good; what this window shows of them stays."""
        folders = [entry.folder for entry in runs]
        work = lambda _progress, _cancelled: delete_runs(folders)  # noqa: E731
        self._session.works.start(N_("Deleting"), work, lambda _count: self._changed(then), self._refused(then))

    def rename(self, run: StoredRun, name: str, then: Callable[[], object]) -> None:
        """Call a run on disk otherwise."""

        def renamed(folder: RunFolder) -> None:
            self._paths = {
                number: folder.path if path == run.folder.path else path for number, path in self._paths.items()
            }
            self._changed(then)

        work = lambda _progress, _cancelled: rename_run(run.folder, name)  # noqa: E731
        self._session.works.start("", work, renamed, self._refused(then))

    def pack(self, run: Run, path: Path) -> None:
        """Write a run of this session with its data and scores to `path`, for others to reproduce."""
        folder = self._paths.get(run.number)
        if folder is None:
            self._session.noticed.emit(problem(NOT_KEPT_HERE, number=run.number))
            return

        def work(_progress: object, _cancelled: object) -> Problem:
            from workbench.core.packing import pack

            outcome = pack(RunFolder(folder), path)
            return problem(PACKED, name=path.name, path=str(path), command=outcome.command)

        self._session.works.start(N_("Exporting"), work, self._session.noticed.emit)

    def _changed(self, then: Callable[[], object]) -> None:
        self.look()
        then()

    def _refused(self, then: Callable[[], object]) -> Callable[[Problem], None]:
        def tell(found: Problem) -> None:
            self._session.noticed.emit(found)
            self._changed(then)

        return tell

    def _show(self, found: tuple[Revisit, Run]) -> None:
        if self._session.training != "idle":  # one was started meanwhile
            self._session.noticed.emit(problem(BUSY))
            return
        revisit, run = found
        self._session.train(left=Left(Opened(revisit.table, revisit.project), revisit.dataset, run))
        if run.live_probe is not None:
            self._session.point(window=run.live_probe.start)

    def _go_on(self, ready: _Ready) -> None:
        session, found, keeper = self._session, ready.found, ready.keeper
        if session.training != "idle":  # one was started meanwhile
            keeper.close()
            session.noticed.emit(problem(BUSY))
            return
        live = found.checkpoint.facts.train
        steering = Steering(live, session.cursor.window, session.cursor.target, audience=True)
        trainer = TrainerThread(found.project, found.dataset, steering, keeper=keeper, checkpoint=found.checkpoint)
        shown = found.project.model_copy(update={"train": live})
        session.train(left=Left(Opened(found.table, shown), found.dataset, ready.run, trainer))
        for said in found.told:
            session.noticed.emit(said)


def _seen(offer: bool) -> tuple[tuple[LeftRun, ...], LeftRun | None]:
    found = left_runs()
    fresh = next((entry for entry in found if entry.status == "interrupted" and not entry.offered), None)
    if not offer or fresh is None:
        return found, None
    fresh.folder.set_offered()
    return found, fresh


def _revisited(folder: RunFolder) -> tuple[Revisit, Run]:
    found = revisited(folder)
    run = Run(0, found.project)
    for event in found.events:
        run.apply(event)
    return found, run


def _ready(folder: RunFolder) -> _Ready:
    found = resumption(folder)
    run = Run(0, found.project)
    for event in found.events:
        run.apply(event)
    return _Ready(found, run, Keeper.gone_on(folder, found.dataset, found.checkpoint.facts.log_bytes))
