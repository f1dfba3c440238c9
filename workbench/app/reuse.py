"""A model file beside the data: which columns it reads, and what can be done with it. All work is off the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from workbench.app.preparing import with_dataset
from workbench.app.records import Left
from workbench.app.refusals import BUSY
from workbench.app.task import Task
from workbench.app.trainer import TrainerThread
from workbench.core.bundle import ModelFile
from workbench.core.dataset import Dataset
from workbench.core.modelcard import is_model_file
from workbench.core.opening import Opened, opened
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.reuse import Match, matches
from workbench.core.run import Run
from workbench.core.steering import Steering

if TYPE_CHECKING:
    from workbench.app.session import Session
    from workbench.core.adoption import Contest, Laid
    from workbench.core.growth import Continued

QUICK_WINDOWS = 5_000
"""So many windows are scored along with a forecast: an LSTM with 64 units takes about a second for them."""

NOTHING_LAID = ProblemKind(
    "nothing-laid",
    "warning",
    N_("The model {name} has no data yet that it can read."),
    N_("Open a file with its columns, or say under Model file which columns are meant."),
    action="open",
)


def read_any(source: str | Path, *watch: Any, **how: Any) -> ModelFile | tuple[Opened, Dataset | None]:
    """Read a model file, or data with what :func:`workbench.core.opening.opened` takes; their content tells."""
    if how.get("reading") is None and not str(source).startswith("task:") and is_model_file(Path(source)):
        from workbench.core.adoption import model_file

        return model_file(Path(source))
    return with_dataset(opened(source, *watch, **how))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What was found when a model was laid over the open file; `laid` is None where it cannot read it."""

    matches: tuple[Match, ...]
    laid: Laid | None
    problem: Problem | None


class Reuse(QObject):
    """The model file that lies beside the data.

    Attributes
    ----------
    model
        None if no model file is open.
    look
        How it fits the open data; None without data, or while that is being found out.
    contest
        How it did against a run, if that was asked for.

    Signals
    -------
    changed()
        One of them is another.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.model: ModelFile | None = None
        self.look: Look | None = None
        self.contest: Contest | None = None
        self._chosen: Mapping[str, str] = {}
        self._table = session.table
        self._task: Task | None = None
        self._shown: tuple[Laid, Run] | None = None
        session.project_changed.connect(self._project_changed)

    @property
    def busy(self) -> bool:
        """True while it is found out how the model fits the data."""
        return self._task is not None

    def take(self, model: ModelFile) -> None:
        """Lay a model file beside the data, in place of another one."""
        self.model, self._chosen = model, {}
        self._lay()

    def put_away(self) -> None:
        """Close the model file; runs that it became stay."""
        self.model = None
        self._lay()

    def choose(self, column: str, file: str) -> None:
        """Read the model's `column` from the column `file` of the open data."""
        self._chosen = {**self._chosen, column: file}
        self._lay()

    def _project_changed(self, _project: object) -> None:
        if self._session.table is not self._table:
            self._table, self._chosen = self._session.table, {}
            if self.model is not None:
                self._lay()

    def _lay(self) -> None:
        """Find out anew how the model fits."""
        if self._task is not None:
            self._task.cancel()
        self.look = self.contest = self._task = None
        model, table, data, chosen = self.model, self._session.table, self._session.project.data, self._chosen
        if model is not None and table is not None:

            def work(_progress: object, _cancelled: object) -> Look:
                from workbench.core.adoption import laid

                found = matches(table, model.bundle, chosen)
                try:
                    return Look(found, laid(model, table, data, chosen), None)
                except WorkbenchError as error:
                    return Look(found, None, error.problem)

            self._task = task = self._session.works.start("", work, lambda look: self._looked(task, look))
        self.changed.emit()

    def _looked(self, task: Task, look: Look) -> None:
        if task is self._task:
            self._task, self.look = None, look
            self.changed.emit()

    # -- what is done with it -----------------------------------------------------------------------------

    def _ready(self) -> Laid | None:
        """Return the model over the open data, or notice why nothing can be done with it."""
        session, look = self._session, self.look
        if session.training != "idle":
            session.noticed.emit(problem(BUSY))
        elif look is not None and look.laid is not None:
            return look.laid
        elif self.model is not None:
            found = look.problem if look is not None and look.problem is not None else None
            session.noticed.emit(found or problem(NOTHING_LAID, name=self.model.name))
        return None

    def forecast(self) -> None:
        """Forecast the rows behind the last one, and show them; a short file is scored along."""
        laid = self._ready()
        if laid is None:
            return
        run = self._run_of(laid)
        if run is None:
            self._adopt(laid, "forecast", score=laid.windows <= QUICK_WINDOWS, future=True)
            return
        self._session.show_run(run)
        if run.future is None:
            self._session.forecast()
        self._session.judging.wanted.emit("forecast")

    def evaluate(self) -> None:
        """Score the model beside the baselines on all windows of the open data, and show the scores."""
        laid = self._ready()
        if laid is None:
            return
        run = self._run_of(laid)
        if run is None or run.ended is None or (not run.ended.scores and laid.windows):
            self._adopt(laid, "scores", score=True, future=False)
            return
        self._session.show_run(run)
        self._session.judging.wanted.emit("scores")

    def _run_of(self, laid: Laid) -> Run | None:
        """Return the run that the model became, if it lies as it lay then."""
        return self._shown[1] if self._shown is not None and self._shown[0] is laid else None

    def _adopt(self, laid: Laid, view: str, *, score: bool, future: bool) -> None:
        def work(progress: Callable[[float], None], cancelled: Callable[[], bool]) -> Run:
            from workbench.core.adoption import adopted

            return adopted(laid, score=score, future=future, told=progress, cancelled=cancelled)

        title = N_("Forecasting") if future else N_("Evaluating")
        self._session.works.start(title, work, lambda run: self._show(laid, run, view), may_end=True)

    def _show(self, laid: Laid, run: Run, view: str) -> None:
        session, dataset = self._session, laid.dataset
        if session.training != "idle":  # one was started meanwhile
            session.noticed.emit(problem(BUSY))
            return
        self._shown = laid, run
        session.train(left=Left(None, dataset, run))
        starts = next((dataset.part(part).start for part in ("test", "valid") if len(dataset.part(part))), None)
        if starts is not None:
            session.point(window=int(starts[-1]), step=None)
        session.judging.wanted.emit(view)

    def go_on(self) -> None:
        """Train the model on with the open data, as a run of its own whose record names the model."""
        laid, session = self._ready(), self._session
        if laid is None:
            return
        bundle, spec, fingerprint = laid.model.bundle, laid.project.data, laid.model.fingerprint
        try:
            model = bundle.project.model.model_dump()
            project = session.project.edited(data=spec.model_dump(), model=model)
            project = project.model_copy(update={"surgery": bundle.project.surgery})
        except WorkbenchError as error:
            session.noticed.emit(error.problem)
            return

        def begin(found: Continued) -> None:
            if session.training != "idle":
                session.noticed.emit(problem(BUSY))
                return
            session.rate_test.give_way()
            steering = Steering(project.train, session.cursor.window, session.cursor.target, audience=True)
            trainer = TrainerThread(
                project, found.dataset, steering, bundle.weights,
                place=session.measurements.place(project), origin=fingerprint,
            )  # fmt: skip
            session.train(left=Left(Opened(laid.table, project), found.dataset, Run(0, project), trainer))
            if found.told is not None:
                session.noticed.emit(found.told)

        def work(_progress: object, _cancelled: object) -> Continued:
            from workbench.core.growth import continued

            return continued(laid.table, spec, bundle)

        session.works.start(N_("Preparing"), work, begin)

    def rival(self) -> Run | None:
        """Return the run with which the model can be compared: the shown one, or else the newest that was scored."""
        own = self.model.fingerprint if self.model is not None else ""
        for run in (self._session.run, *reversed(self._session.runs)):
            scored = run is not None and run.ended is not None and run.ended.scores
            if run is not None and scored and (run.model is None or run.model.fingerprint != own):
                return run
        return None

    def compare(self) -> None:
        """Compare the model with a run on the windows both can forecast."""
        laid, run = self._ready(), self.rival()
        dataset = self._session.datasets.get(run.number) if run is not None else None
        if laid is None or run is None or dataset is None:
            return

        def work(_progress: object, _cancelled: object) -> Contest:
            from workbench.core.adoption import contest

            return contest(laid, run, dataset)

        self._session.works.start(N_("Comparing"), work, lambda found: self._compared(laid, found))

    def _compared(self, laid: Laid, found: Contest) -> None:
        if self.look is not None and self.look.laid is laid:
            self.contest = found
            self.changed.emit()
