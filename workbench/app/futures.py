"""Forecasts beyond the data: the plain one, and scenarios of inputs that a person fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from workbench.app.refusals import NO_MODEL
from workbench.core.bundle import bundled
from workbench.core.events import Forecasted
from workbench.core.problems import N_, problem
from workbench.core.run import Run
from workbench.core.scenarios import Scenario, what_if

if TYPE_CHECKING:
    from workbench.app.session import Session

Given = Mapping[str, NDArray[np.float64]]


class Futures(QObject):
    """Scenarios of the session's runs.

    Signals
    -------
    changed()
        A scenario came or went.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._all: dict[int, list[Scenario]] = {}
        self.given: dict[int, Given] = {}

    def of(self, run: Run | None) -> tuple[Scenario, ...]:
        """Return the scenarios of a run, the oldest first."""
        return tuple(self._all.get(run.number, ())) if run is not None else ()

    def forecast(self, steps: int, given: Given, name: str = "") -> None:
        """Forecast beyond the data with inputs `given`; with a `name` as a scenario beside the plain forecast."""
        session = self._session
        run, dataset, table = session.run, session.run_dataset, session.table
        if run is None or run.best is None or dataset is None or table is None:
            session.noticed.emit(problem(NO_MODEL))
            return
        bundle = bundled(run, dataset)
        work = lambda _progress, _cancelled: what_if(bundle, table, dataset, given, steps)  # noqa: E731
        session.works.start(N_("Forecasting"), work, lambda event: self._arrived(run, event, given, name))

    def _arrived(self, run: Run, event: Forecasted, given: Given, name: str) -> None:
        if name:
            others = [entry for entry in self._all.get(run.number, []) if entry.name != name]
            self._all[run.number] = [*others, Scenario(name, given, event)]
        else:
            self.given[run.number] = given
            run.apply(event)
        self.changed.emit()
        self._session.run_changed.emit(run, frozenset({"Forecasted"}))

    def clear(self, run: Run) -> None:
        """Forget the scenarios of a run."""
        self._all.pop(run.number, None)
        self.changed.emit()
        self._session.run_changed.emit(run, frozenset({"Forecasted"}))
