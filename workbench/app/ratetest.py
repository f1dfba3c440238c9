"""The learning-rate range test of the present project, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from workbench.app.refusals import unready
from workbench.app.task import Task
from workbench.core.dataset import Dataset
from workbench.core.problems import N_, Problem
from workbench.core.project import Project

if TYPE_CHECKING:
    from workbench.app.session import Session

TITLE = N_("Trying learning rates")


STEPS = 100
"""Batches of a test: enough for a curve, few enough to wait for."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RateCurve:
    """What a range test found.

    Attributes
    ----------
    rates, losses, smoothed
        (B,) of the batches that were trained, as far as their losses are numbers.
    suggestion
        A rate to train with, of two digits; None if the loss never fell.
    broke
        Whether the loss grew at the end, as it should; otherwise even larger rates might do.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    suggestion: float | None
    broke: bool


class RateTest(QObject):
    """Which learning rates make the loss fall? Nothing of it is kept but the curve.

    Attributes
    ----------
    curve
        What the last test found, or None.

    Signals
    -------
    changed()
        A test began, ended or was given up.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._task: Task | None = None
        self._project: Project | None = None
        self.curve: RateCurve | None = None
        session.works.changed.connect(self._work_changed)

    @property
    def busy(self) -> bool:
        """True while a test runs."""
        return self._task is not None and not self._task.cancelled

    @property
    def outdated(self) -> bool:
        """True if the curve is that of another network, other data or another way to train than the present ones."""
        return self.curve is not None and _asked(self._session.project) != self._project

    def start(self) -> None:
        """Begin a test of the present project; a test that runs is given up for it."""
        session = self._session
        refusal, project, dataset = unready(session), session.project, session.dataset
        if refusal is not None or dataset is None:
            session.noticed.emit(refusal)
            return
        work = lambda *watch: _tested(project, dataset, *watch)  # noqa: E731
        found = lambda curve: self._found(project, curve)  # noqa: E731
        self._task = session.works.start(TITLE, work, found, self._refused, may_end=True)
        self.changed.emit()

    def give_way(self) -> None:
        """End a test that runs before a training begins: both draw from the same random numbers."""
        self._session.works.await_end(TITLE)

    def take(self, rate: float) -> None:
        """Set the learning rate of the project; undoable."""
        self._session.edit("train", learning_rate=rate)

    def _found(self, project: Project, curve: RateCurve | None) -> None:
        if curve is not None and len(curve.rates):
            self.curve, self._project = curve, _asked(project)
        self._task = None
        self.changed.emit()

    def _refused(self, found: Problem) -> None:
        self._task = None
        self.changed.emit()
        self._session.noticed.emit(found)

    def _work_changed(self) -> None:
        """Notice that the test was given up."""
        if self._task is not None and self._task.cancelled:
            self._task = None
            self.changed.emit()


def _asked(project: Project) -> Project:
    """Return what the curve depends on: not on the rate that is set, nor on how long is trained."""
    train = project.train.changed(learning_rate=1.0, epochs=1, patience=1, schedule="constant", warm_up=0.0)
    return project.model_copy(update={"train": train, "title": ""})


def _tested(
    project: Project, dataset: Dataset, told: Callable[[float], object], cancelled: Callable[[], bool]
) -> RateCurve | None:
    """Make a test, or as much of one as there is time for; a test that was given up has no curve."""
    from workbench.core.rangetest import range_test

    test = range_test(project, dataset, steps=STEPS)
    try:
        while not cancelled():
            point = next(test)
            told(point.step / point.steps)
    except StopIteration as end:
        found = end.value
        whole = np.isfinite(found.losses) & np.isfinite(found.smoothed)
        rate = None if found.suggestion is None else float(f"{found.suggestion:.1e}")
        return RateCurve(
            found.rates[whole], found.losses[whole], found.smoothed[whole], rate, found.outcome == "diverged"
        )
    test.close()
    return None
