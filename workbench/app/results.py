"""What is made with the model of the shown run: forecasts and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.app.refusals import NO_MODEL
from workbench.core.bundle import Bundle, bundled
from workbench.core.events import Forecasted
from workbench.core.exports import exported
from workbench.core.problems import N_, problem
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session


class Results:
    """Both work off the window's thread; see :meth:`Session.forecast` and :meth:`Session.export`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _bundle(self) -> Bundle | None:
        """Return the best model of the shown run with all that belongs to it, or None (and notice why)."""
        session = self._session
        run, dataset = session.run, session.run_dataset
        if run is None or run.best is None or dataset is None:
            session.noticed.emit(problem(NO_MODEL))
            return None
        return bundled(run, dataset)

    def forecast(self, steps: int | None) -> None:
        """Forecast beyond the last row."""
        session = self._session
        bundle, dataset, run = self._bundle(), session.run_dataset, session.run
        if bundle is None or dataset is None or run is None:
            return

        def work(_progress: object, _cancelled: object) -> Forecasted:
            from workbench.core.forecasting import beyond

            return beyond(bundle, dataset, steps)

        session.works.start(N_("Forecasting"), work, lambda event: self._observed(run, event))

    def _observed(self, run: Run, event: Forecasted) -> None:
        run.apply(event)
        self._session.run_changed.emit(run, frozenset({"Forecasted"}))

    def export(self, path: str | Path, key: str | None) -> None:
        """Write the model as it is after surgery, or the future forecast."""
        session = self._session
        bundle, run, dataset = self._bundle(), session.run, session.run_dataset
        if bundle is None or run is None or dataset is None:
            return
        future, made = run.future, session.surgery.with_surgery(bundle, dataset)
        work = lambda _progress, _cancelled: exported(Path(path), made(), dataset, future, key, run)  # noqa: E731
        session.works.start(N_("Exporting"), work, session.noticed.emit)
