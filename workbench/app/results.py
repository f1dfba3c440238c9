"""What is made with the model of the shown run: forecasts and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.app.refusals import NO_MODEL
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.exports import EXPORTS, Package, exported
from workbench.core.files import check_not_over
from workbench.core.problems import N_, Problem, WorkbenchError, problem
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session


class Results:
    """Both work off the window's thread; see :meth:`Session.forecast` and :meth:`Session.export`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._packed: tuple[object, Bundle] | None = None

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

    def refusal(self, key: str) -> Problem | None:
        """Return why the model of the shown run cannot be exported as `key`, before a file is chosen."""
        run, dataset = self._session.run, self._session.run_dataset
        if run is None or run.best is None or dataset is None:
            return problem(NO_MODEL)
        asked = (run.best, run.ended, dataset)
        if self._packed is None or self._packed[0] != asked:
            # Its checksum reads every row, and a person looks at one format after the other.
            self._packed = (asked, bundled(run, dataset))
        try:
            EXPORTS[key].check(Package(self._packed[1], dataset, run.future, run))
        except WorkbenchError as error:
            return error.problem
        return None

    def export(self, path: str | Path, key: str | None) -> None:
        """Write the model as it is after surgery, or the future forecast."""
        session = self._session
        bundle, run, dataset = self._bundle(), session.run, session.run_dataset
        if bundle is None or run is None or dataset is None:
            return
        made, source = session.surgery.with_surgery(bundle, dataset), run.project.data.source

        def work(_progress: object, _cancelled: object) -> Problem:
            check_not_over(Path(path), source)
            changed = made()
            return exported(Path(path), changed, dataset, _future(run, changed, dataset, key), key, run)

        session.works.start(N_("Exporting"), work, session.noticed.emit)


def _future(run: Run, bundle: Bundle, dataset: Dataset, key: str | None) -> Forecasted | None:
    """Return the forecast of the future that an export needs, made now if nobody asked for it before."""
    if run.future is not None or key is None or not EXPORTS[key].foretells or dataset.spec.framing == "label":
        return run.future
    from workbench.core.forecasting import beyond

    try:
        return beyond(bundle, dataset)
    except WorkbenchError:
        if EXPORTS[key].group == "report":  # it can be read without
            return None
        raise
