"""The application's state: project with undo, data, runs, cursor. The only object that emits signals.

Views read it and call its verbs; nothing is bound both ways. All verbs are called from the window's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from workbench.app.backtests import Backtests
from workbench.app.desk import Desk
from workbench.app.document import Document
from workbench.app.edit import Edit, State
from workbench.app.futures import Futures
from workbench.app.groups import Groups
from workbench.app.judging import Judging
from workbench.app.looks import Looks
from workbench.app.measurements import Measurements
from workbench.app.preparing import Preparing, with_dataset
from workbench.app.ratetest import RateTest
from workbench.app.records import Left, Records
from workbench.app.refusals import BUSY, unready
from workbench.app.results import Results
from workbench.app.reuse import Reuse, read_any
from workbench.app.review import Review
from workbench.app.surgery import Surgery
from workbench.app.trainer import TrainerThread, warmed_up
from workbench.app.trainings import Trainings, TrainingState
from workbench.app.windows import KeptWindows
from workbench.app.works import Works
from workbench.core.bundle import ModelFile, Weights
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Ended, Event, Started, Warned
from workbench.core.opening import Opened, reopened
from workbench.core.problems import N_, Problem, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.reading import Reading
from workbench.core.run import Run
from workbench.core.steering import Steering, Stride
from workbench.core.store import RunFolder
from workbench.core.table import Table

Section = Literal["data", "model", "train"]


class Session(QObject):
    """Project, data, runs and cursor of one window.

    Attributes
    ----------
    devices
        (key, label) of the devices of this machine; complete once `ready` was emitted.
    measurements
        Milliseconds of a training step, cell by cell.
    works
        What runs off the window's thread, and how to give it up.
    preparing
        From table and settings to the dataset.
    review, judging, futures
        What is worth knowing about the data, and about the forecasts of runs, computed when it is asked for; forecasts
        beyond the data under inputs that a person fills in.
    backtests
        Forecasts from many origins in a row, as if time passed.
    datasets
        What each run was trained on, by its number.
    records
        The runs on disk, and going on with one.
    reuse, document
        The model file beside the data; the project file that the settings are saved in.
    trainings, groups, rate_test
        The training that runs; trainings of several seeds; which learning rates make the loss fall.
    surgery, windows
        What is done by hand to the network of the shown run, and windows kept to compare what it does in each.

    Signals
    -------
    ready()
        torch is imported; training can start without delay.
    project_changed(Project)
        The project or its data changed; `table`, `dataset` and `data_problem` are already up to date.
    run_changed(Run, frozenset[str])
        Events of these names were applied to the run, or (empty set) another run is shown.
    cursor_changed(Cursor)
    noticed(Problem)
    work_changed(str, float)
        Title and share (0 to 1, negative if unknown) of the running long work; "" when there is none.
    """

    ready = Signal()
    project_changed = Signal(object)
    run_changed = Signal(object, object)
    cursor_changed = Signal(object)
    noticed = Signal(object)
    work_changed = Signal(str, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.project = Project()
        self.table: Table | None = None
        self.dataset: Dataset | None = None
        self.data_problem: Problem | None = None
        self.runs: list[Run] = []
        self.run: Run | None = None
        self.datasets: dict[int, Dataset | None] = {}
        self.cursor = Cursor()
        self.devices: tuple[tuple[str, str], ...] = (("cpu", "CPU"),)
        self.trainings = Trainings(self.replay, self._ended, self)
        self.groups = Groups(self, self._launch)
        self.works = Works(self)
        self.works.changed.connect(self.work_changed)
        self.works.refused.connect(self.noticed)
        self.preparing = Preparing(self.works, self._derived, self)
        self._late = False
        self._looks = Looks(self)
        self.results = Results(self)
        self.records = Records(self)
        self.rate_test = RateTest(self)
        self.surgery = Surgery(self, lambda *what: self._launch(what[0], what[1], start=what[2]))
        self.windows = KeptWindows(self)
        self.review = Review(self)
        self.judging = Judging(self)
        self.futures = Futures(self)
        self.backtests = Backtests(self)
        self.desk = Desk(self)
        self.reuse = Reuse(self)
        self.document = Document(self)
        self.measurements = Measurements(self, self.works.start)

    # -- data and project ---------------------------------------------------------------------------------

    def open(self, source: str | Path, reading: Reading | None = None, data: Path | None = None) -> None:
        """Read a file, or a generated task such as ``task:adding?length=60``, off the window's thread.

        On success the proposed Project replaces the present one (undoable), or a model file is laid beside the data;
        on failure `noticed` says why and nothing changes. The file is read by content, never by its name alone; what
        `reading` settles, or was settled for files of its layout, is not guessed; `data` are those of a project file.
        """
        if self.training != "idle":
            self.noticed.emit(problem(BUSY))
            return
        self.desk.asked, memory = str(source), dict(self.desk.memory.entries)
        how = {"reading": reading, "memory": memory, "data": data, "known": self.document.known}
        self.works.start(N_("Opening"), lambda *watch: read_any(source, *watch, **how), self._opened, may_end=True)

    def reread(self, data: Mapping[str, object] | None = None, **values: object) -> Problem | None:
        """Read the file again with fields of :class:`Reading` settled, off the window's thread; undoable.

        Parameters
        ----------
        data
            Fields of :class:`DataSpec` that change with it, as one step.

        Returns
        -------
        The Problem if a value is refused (it is noticed as well).
        """
        project = self.project
        try:
            reading = project.data.reading.changed(**values)
            project = project.model_copy(update={"data": project.data.changed(**(data or {}))})
        except WorkbenchError as error:
            self.noticed.emit(error.problem)
            return error.problem
        if self.table is not None and reading != project.data.reading:
            work = lambda *watch: with_dataset(reopened(project, reading, *watch))  # noqa: E731
            self.works.start(N_("Opening"), work, self._read, may_end=True)
        return None

    def _opened(self, found: ModelFile | tuple[Opened, Dataset | None]) -> None:
        if isinstance(found, ModelFile):
            self.reuse.take(found)
            return
        self._read(found)
        self.document.take(found[0])

    def _read(self, found: tuple[Opened, Dataset | None]) -> None:
        self.preparing.keep(*found)
        self._take(found[0])

    def _take(self, result: Opened) -> None:
        self.undo.push(Edit(self._restore, self._snapshot(), (result.project, result.table), N_("Open")))
        for note in result.table.notes:
            if note.severity != "note" or note.kind.action is not None:
                self.noticed.emit(note)

    def edit(self, section: Section | Mapping[str, Mapping[str, object]], **values: object) -> Problem | None:
        """Change fields of one section of the project, or of several as one step; undoable.

        Parameters
        ----------
        section
            Name of the section whose fields `values` are, or the fields of several sections by their names.

        Returns
        -------
        The Problem if a value is refused (it is noticed as well); the project is then unchanged.
        """
        sections: Mapping[str, Mapping[str, object]] = {section: values} if isinstance(section, str) else section
        try:
            project = self.project.edited(**sections)
        except WorkbenchError as error:
            self.noticed.emit(error.problem)
            return error.problem
        if project != self.project:
            self.undo.push(Edit(self._restore, self._snapshot(), (project, self.table), N_("Change settings")))
        return None

    def _snapshot(self) -> State:
        return self.project, self.table

    def _restore(self, state: State) -> None:
        """Make `state` the present one and derive the dataset from it."""
        before, (self.project, self.table) = self._snapshot(), state
        if self.table is not before[1] or self.project.data != before[0].data:
            self._derive(self.table is not before[1])
        if self.trainings.steering is not None:
            self.trainings.steering.train = self.runs[-1].project.train.with_live(self.project.train)
            self.trainings.steering.forcing = self.project.model.teacher_forcing
        self.project_changed.emit(self.project)

    def _derive(self, table_changed: bool) -> None:
        """Prepare the data; of a large table, the dataset before stays until the new one is there."""
        self.preparing.drop()
        self.data_problem = None
        if self.table is None or table_changed:
            self.dataset = None
        if self.table is not None and not self.preparing.derive(self.table, self.project.data):
            self._late = True

    def _derived(self, dataset: Dataset | None, found: Problem | None) -> None:
        self.dataset, self.data_problem = dataset, found
        if found is not None:
            self.noticed.emit(found)
        if dataset is not None and (self.cursor.window is None or self.cursor.window not in dataset.valid.start):
            self.point(window=int(dataset.valid.start[-1]), step=None)
        if self._late:
            self._late = False
            self.project_changed.emit(self.project)

    # -- training -----------------------------------------------------------------------------------------

    @property
    def training(self) -> TrainingState:
        """What the trainer is doing."""
        return self.trainings.state

    def train(self, *, start: Weights | None = None, left: Left | None = None, dataset: Dataset | None = None) -> None:
        """Start a training of the present project, from `start` and on `dataset` if given, or resume a paused one.

        With `left`, go on with a run that was read from disk, or look at it; its data and settings become the present.
        """
        if left is not None:
            if left.opened is not None:
                self._read((left.opened, left.dataset))
            left.run.number = len(self.runs) + 1
            if left.trainer is not None:
                self.trainings.launch(left.trainer)
            self._show_new(left.run, left.dataset)
        elif self.training != "idle":
            self._steer(Steering.resume)
        elif dataset is not None:
            self._launch(Run(len(self.runs) + 1, self.project), dataset, start=start)
        elif (refusal := unready(self)) is not None:
            self.noticed.emit(refusal)
        elif self.dataset is not None:
            self._launch(Run(len(self.runs) + 1, self.project), self.dataset, start=start)

    def _launch(
        self, run: Run, dataset: Dataset, folder: Callable[[], RunFolder] | None = None, start: Weights | None = None
    ) -> None:
        """Train `run`, kept in what `folder` makes or in one of its own, with the live settings on the screen."""
        self.rate_test.give_way()
        live = run.project.train.with_live(self.project.train)
        steering = Steering(live, self.cursor.window, self.cursor.target, audience=True)
        place = self.measurements.place(run.project)
        self.trainings.launch(TrainerThread(run.project, dataset, steering, start, folder=folder, place=place))
        self._show_new(run, dataset)

    def pause(self) -> None:
        """Pause before the next batch."""
        self._steer(Steering.pause)

    def step(self, stride: Stride, count: int = 1) -> None:
        """Train `count` batches or epochs, then pause; starts a training if there is none."""
        if self.training == "idle":
            self.train()
        self._steer(lambda steering: steering.step(stride, count))

    def finish(self) -> None:
        """End the training and deliver the best weights with their scores."""
        self._steer(Steering.finish)

    def stop(self) -> None:
        """End the training at once; the best weights so far are kept."""
        self._steer(Steering.stop)

    def _steer(self, verb: Callable[[Steering], None]) -> None:
        if self.trainings.steering is None:
            return
        verb(self.trainings.steering)
        self.run_changed.emit(self.runs[-1], frozenset())

    def _ended(self, trainer: TrainerThread) -> None:
        run = self.runs[-1]
        self.records.note(run, trainer.folder)
        self.groups.go_on(run)
        self.run_changed.emit(run, frozenset({"Ended"}))
        self.records.look()

    def replay(self, events: list[Event]) -> None:
        """Apply events to the newest run and tell everybody once. Also plays recorded streams, without torch."""
        if not events:
            return
        if isinstance(events[0], Started) and (not self.runs or self.runs[-1].state != "waiting"):
            self._show_new(Run(len(self.runs) + 1, events[0].project), self.dataset)
        run = self.runs[-1]
        for event in events:
            run.apply(event)
        for event in events:
            if isinstance(event, Warned | Ended) and event.problem is not None:
                self.noticed.emit(event.problem)
        self.run_changed.emit(run, frozenset(type(event).__name__ for event in events))

    def _show_new(self, run: Run, dataset: Dataset | None) -> None:
        self.runs.append(run)
        self.datasets[run.number] = dataset
        self.show_run(run)
        self.point(run=run.number, epoch=None)

    # -- looking ------------------------------------------------------------------------------------------

    @property
    def run_dataset(self) -> Dataset | None:
        """The dataset the shown run was trained on, whatever was edited since; without a run, the present one."""
        return self.dataset if self.run is None else self.datasets[self.run.number]

    def show_run(self, run: Run) -> None:
        """Make `run` the one the views show."""
        self.run = run
        self.run_changed.emit(run, frozenset())

    def point(self, **changes: Any) -> None:
        """Move the cursor; fields as in :class:`Cursor`.

        Another window is probed at the next occasion while training, and at once with the best weights after.
        """
        cursor = replace(self.cursor, **changes)
        if cursor == self.cursor:
            return
        moved = (cursor.window, cursor.target) != (self.cursor.window, self.cursor.target)
        self.cursor = cursor
        self.cursor_changed.emit(cursor)
        if not moved or cursor.window is None:
            return
        steering = self.trainings.steering
        if steering is not None:
            steering.probe, steering.target = cursor.window, cursor.target
        else:
            self._looks.at(cursor.window)

    # -- results ------------------------------------------------------------------------------------------

    def forecast(self, steps: int | None = None) -> None:
        """Forecast beyond the last row; arrives as a :class:`Forecasted` of part ``future``."""
        self.results.forecast(steps)

    def export(self, path: str | Path, key: str | None = None) -> None:
        """Write the model or the future forecast to `path`; `key` names an export, by default that of the ending."""
        self.results.export(path, key)

    # -- long work ----------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Import torch and train one tiny batch in the background, so that the first click is not slow."""
        self.works.start("", lambda _progress, _cancelled: warmed_up(), self._warmed)

    def _warmed(self, devices: tuple[tuple[str, str], ...]) -> None:
        self.devices = devices
        self.ready.emit()

    def close(self) -> None:
        """Stop the training and all work, and wait for their threads."""
        self.groups.close()
        self.trainings.leave()
        self.review.close()
        self.judging.close()
        self.desk.close()
        self.preparing.drop()
        self.works.close()
