"""Measured in the background while nothing trains: where the project trains best, and the times of all cells."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.cells import CELLS
from workbench.core.insight.budget import parameters
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project

if TYPE_CHECKING:
    from workbench.app.session import Session
    from workbench.core.devices import Place

PAUSE_MS = 900
"""Settings have to rest this long before the cells are measured with them."""

MOST_PARAMETERS = 4_000_000
MOST_ACTIVATIONS = 60_000_000
"""Larger networks are not measured: nobody has asked for the time and memory that a step of theirs takes."""

PLACE_S = 600.0
"""Where a training runs best is asked again after this time: other programs come and go."""

Start = Callable[[str, Callable[..., Any], Callable[[Any], object]], object]


class Measurements(QObject):
    """Milliseconds of a training step for every cell at the project's sizes, the chosen one first.

    Nothing is measured before torch is there, while a training runs, or without data.

    Signals
    -------
    changed()
        Another cell was measured.
    """

    changed = Signal()

    def __init__(self, session: Session, start: Start) -> None:
        super().__init__(session)
        self._session, self._start = session, start
        self._found: dict[str, float] = {}
        self._places: dict[str, tuple[float, Place | None]] = {}
        self._ready = self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._next)
        session.ready.connect(self._wake)
        session.project_changed.connect(self._wait)
        session.run_changed.connect(self._wait)

    def ms(self, cell: str) -> float | None:
        """Return the milliseconds of a step with `cell` in place of the project's, or None if not measured yet."""
        found = self._found.get(_key(self.project_with(cell)), math.nan)
        return found if math.isfinite(found) else None

    def place(self, project: Project) -> Place | None:
        """Return where `project` trains, if that was found out in the last minutes."""
        at, found = self._places.get(_whole(project), (-math.inf, None))
        return found if time.monotonic() - at < PLACE_S else None

    def project_with(self, cell: str) -> Project:
        """Return the project with `cell`: its own options for the cell it has, defaults for any other."""
        return with_cell_of(self._session.project, cell)

    def _wake(self) -> None:
        self._ready = True
        self._wait()

    def _wait(self, *_changed: object) -> None:
        if self._ready and self._session.training == "idle":
            self._timer.start()
        else:
            self._timer.stop()

    def _next(self) -> None:
        if self._busy or self._session.dataset is None or self._session.training != "idle":
            return
        project = self._session.project
        if measurable(project) and self._stale(project):
            self._try(project)
            return
        for cell in (project.model.cell, *CELLS.keys()):
            wanted = with_cell_of(project, cell)
            if _key(wanted) not in self._found and measurable(wanted):
                self._measure(wanted)
                return

    def _stale(self, project: Project) -> bool:
        at, _found = self._places.get(_whole(project), (-math.inf, None))
        return time.monotonic() - at >= PLACE_S

    def _try(self, project: Project) -> None:
        dataset = self._session.dataset
        assert dataset is not None
        batches = -(-len(dataset.train) // project.train.batch)

        def work(_progress: object, cancelled: Callable[[], bool]) -> Place | None:
            from workbench.core.placing import tried

            try:
                return tried(project, batches, lambda: cancelled() or self._session.training != "idle")
            except WorkbenchError:
                return None  # who presses Train is told

        def done(found: Place | None) -> None:
            self._busy = False
            if self._session.training == "idle":
                self._places = {_whole(project): (time.monotonic(), found)}
                self._next()

        self._busy = True
        self._start("", work, done)

    def _measure(self, project: Project) -> None:
        self._busy = True

        def work(_progress: object, cancelled: Callable[[], bool]) -> float | None:
            from workbench.core.measuring import step_ms

            try:
                return step_ms(project, lambda: cancelled() or self._session.training != "idle")
            except WorkbenchError:
                return math.nan  # such as a device that is not there: who presses Train is told

        self._start("", work, lambda ms: self._measured(project, ms))

    def _measured(self, project: Project, ms: float | None) -> None:
        self._busy = False
        if ms is not None:
            self._found[_key(project)] = ms
            self.changed.emit()
        if self._session.training == "idle":
            self._next() if ms is not None else self._timer.start()


def with_cell_of(project: Project, cell: str) -> Project:
    """Return `project` with `cell`: its own options for the cell it has, defaults for any other."""
    if cell == project.model.cell:
        return project
    return project.model_copy(update={"model": project.model.changed(cell=cell, options={})})


def measurable(project: Project) -> bool:
    """Say whether a few steps of the project's network take little time and memory."""
    model, data = project.model, project.data
    steps = project.train.batch * -(-data.window // model.segment) * max(1, len(data.targets))
    activations = 8 * steps * model.width * model.layers
    return activations <= MOST_ACTIVATIONS and parameters(model, data) <= MOST_PARAMETERS


def _key(project: Project) -> str:
    data = project.data
    sizes = len(data.features), len(data.columns), len(data.targets), data.window, data.horizon
    return f"{project.model.model_dump_json()}|{sizes}|{project.train.batch}|{project.train.device}"


def _whole(project: Project) -> str:
    """Return all that decides where a project trains."""
    return project.model_dump_json(include={"data", "model", "train"})
