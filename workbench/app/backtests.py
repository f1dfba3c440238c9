"""Backtests of the shown run, or of the baselines, off the window's thread; refits train in processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.app.refusals import unready
from workbench.app.task import Task
from workbench.core.backtest import GIVEN_UP, Backtest, assembled, planned, unfitted
from workbench.core.bands import Band, joined
from workbench.core.baselines import baselines
from workbench.core.bundle import Bundle, bundled
from workbench.core.comparing import Comparison
from workbench.core.dataset import Dataset
from workbench.core.evaluation import point_forecast
from workbench.core.files import write_atomically
from workbench.core.intervals import Forecast, Starts
from workbench.core.plan import Plan
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.scoring import chunks
from workbench.core.table import Table

if TYPE_CHECKING:
    from workbench.app.session import Session

TITLE = N_("Backtest")

OTHER_FILE = ProblemKind(
    "backtest-other-file",
    "warning",
    N_("Run {number} was trained on {name}, which is not the table that is open: nothing can be fitted anew."),
    N_("Open that file again, or set “Refit every” to 0."),
)
OF_ANSWERS = ProblemKind(
    "backtest-of-answers",
    "note",
    N_("One answer a sequence has no origins to forecast from, so there is no backtest."),
    N_("Look at the Result card for its scores."),
)
REPORT_SAVED = ProblemKind("report-saved", "note", N_("Saved {name}."), N_("It is in {folder}."))


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A backtest, and what it is about.

    Attributes
    ----------
    run
        The run whose network was asked, or whose settings were fitted anew; None of baselines alone, and of a network
        that was first trained here.
    project
        What was fitted anew, or the settings of the run; None of baselines alone.
    """

    found: Backtest
    comparisons: tuple[Comparison, ...]
    run: Run | None
    project: Project | None


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """All that a backtest needs, so that nothing is read from the session while it runs."""

    dataset: Dataset
    table: Table | None
    run: Run | None
    project: Project | None
    bundle: Bundle | None


class Backtests(QObject):
    """At most one at a time; the last one is kept.

    Attributes
    ----------
    plan
        When forecasts are made, and when what makes them is fitted anew.
    kept
        The last backtest, or None.

    Signals
    -------
    changed()
        The plan is another, or a backtest began, ended or was given up.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._task: Task | None = None
        self.plan = Plan()
        self.kept: Kept | None = None
        session.works.changed.connect(self._work_changed)

    @property
    def busy(self) -> bool:
        """True while a backtest runs."""
        return self._task is not None and not self._task.cancelled

    def edit(self, **values: object) -> Problem | None:
        """Change fields of the plan; returns the Problem if a value is refused."""
        try:
            self.plan = self.plan.changed(**values)
        except WorkbenchError as error:
            return error.problem
        self.changed.emit()
        return None

    def start(self) -> None:
        """Backtest the shown run, by the plan; without one the baselines, and the present network if it is refitted."""
        session = self._session
        subject = unready(session) or self._subject()
        if isinstance(subject, Problem):
            session.noticed.emit(subject)
            return
        plan = self.plan
        work = lambda *watch: _backtested(subject, plan, *watch)  # noqa: E731
        self._task = session.works.start(TITLE, work, self._found, self._refused, may_end=True)
        self.changed.emit()

    def give_up(self) -> None:
        """End the backtest that runs; its processes stop at their next batch."""
        if self._task is not None:
            self._session.works.end(self._task)

    def save(self, path: Path) -> None:
        """Write the last backtest as one HTML file with figures and all settings."""
        kept = self.kept
        if kept is None:
            return

        def work(_progress: object, _cancelled: object) -> Problem:
            from workbench.core.htmlreport import report_page, told_settings

            settings = told_settings(kept.found.dataset if kept.project is None else kept.project)
            write_atomically(path, report_page(kept.found, kept.comparisons, settings).encode())
            return problem(REPORT_SAVED, name=path.name, folder=str(path.parent))

        self._session.works.start("", work, self._session.noticed.emit)

    def _subject(self) -> _Subject | Problem:
        session, run = self._session, self._session.run
        dataset = session.run_dataset
        project = session.project if run is None else run.project
        assert dataset is not None
        if dataset.spec.framing == "label" or project.model.output == "classes":
            return problem(OF_ANSWERS)
        if run is None or run.best is None:
            assert session.dataset is not None
            return _Subject(session.dataset, session.table, None, session.project if self.plan.refit else None, None)
        data, now = run.project.data, session.project.data
        if self.plan.refit and (data.sha256, data.reading) != (now.sha256, now.reading):
            return problem(OTHER_FILE, number=run.number, name=dataset.name)
        return _Subject(dataset, session.table, run, run.project, bundled(run, dataset))

    def _found(self, kept: Kept) -> None:
        self.kept, self._task = kept, None
        self.changed.emit()

    def _refused(self, found: Problem) -> None:
        self._task = None
        self.changed.emit()
        self._session.noticed.emit(found)

    def _work_changed(self) -> None:
        """Notice that the backtest was given up."""
        if self._task is not None and self._task.cancelled:
            self._task = None
            self.changed.emit()


def _backtested(subject: _Subject, plan: Plan, told: Callable[[float], None], cancelled: Callable[[], bool]) -> Kept:
    """Make the backtest; runs in a thread of its own.

    Raises
    ------
    WorkbenchError
        ``no-origins``, ``refit-failed`` or ``backtest-given-up``.
    """
    dataset, project, table = subject.dataset, subject.project, subject.table
    if not plan.refit or project is None or table is None:
        found = unfitted(dataset, plan, _forecasts(subject, told, cancelled))
    else:
        from workbench.core.refitting import refitted

        blocks = planned(dataset, plan)
        done = refitted(
            table, project, blocks, warm=plan.warm, progress=lambda n, of: told(n / of), cancelled=cancelled
        )
        found = assembled(dataset, plan, blocks, done)
    return Kept(found, found.comparisons(), subject.run, project)


def _forecasts(subject: _Subject, told: Callable[[float], None], cancelled: Callable[[], bool]) -> dict[str, Forecast]:
    """Return what forecasts without being fitted anew: the network of the run, if there is one, and the baselines."""
    dataset = subject.dataset
    forecasts = {name: point_forecast(dataset, method) for name, method in baselines(dataset).items()}
    if subject.bundle is None:
        return forecasts
    from workbench.core.forecasting import forecast_of

    made = forecast_of(subject.bundle, dataset)

    def network(start: Starts) -> Band:
        found: list[Band] = []
        for piece in chunks(start, dataset):
            if cancelled():
                raise WorkbenchError(GIVEN_UP)
            found.append(made(piece))
            told(sum(len(band[0]) for band in found) / len(start))
        return joined(found)

    return {"model": network, **forecasts}
