"""Surgery on the network of the shown run: undoable operations, and what it says with them, beside the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from workbench.app.refusals import BUSY, NO_MODEL
from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.events import Improved, Probed
from workbench.core.operations import Operation, Operations, replaced
from workbench.core.problems import N_, Problem, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.surgery import Weights, operated, operated_project

if TYPE_CHECKING:
    from workbench.app.session import Session
    from workbench.core.cursor import Cursor
    from workbench.core.operating import Ablation, Trial

TITLE = N_("Ranking units")
Launch = Callable[[Run, Dataset, Weights], None]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The look at a network that every view shows now.

    Attributes
    ----------
    project
        Its model is the one after surgery.
    weights
        Those that may have made the probe, None if there are none yet; see ``Evaluation.exact``.
    ghost
        The same window without surgery, while there is one.
    """

    run: Run
    project: Project
    probe: Probed
    weights: Weights | None
    ghost: Probed | None = None
    operations: Operations = ()


class _Operate(QUndoCommand):
    """Put one list of operations in force; drags of one thing are one step."""

    def __init__(self, surgery: Surgery, number: int, before: Operations, after: Operations, drag: str) -> None:
        super().__init__(N_("Surgery"))
        self._surgery, self._number, self._before, self._after, self._drag = surgery, number, before, after, drag

    def id(self) -> int:
        """Commands of this number may be joined."""
        return 6001

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join what is one drag."""
        if not isinstance(other, _Operate) or not self._drag or other._drag != self._drag:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        """Go back."""
        self._surgery.restore(self._number, self._before)

    def redo(self) -> None:
        """Do it; the undo stack calls this when the command is pushed."""
        self._surgery.restore(self._number, self._after)


class Surgery(QObject):
    """What is done to the best network of each run, in a thread of its own; of several wishes only the newest counts.

    Parameters
    ----------
    launch
        Starts the training of a new run on a dataset from weights.

    Attributes
    ----------
    trial, ghost
        What the network says with the operations and without them; None while there are none, or not yet.
    ranking, ranked_layer
        Units of a layer by what is lost without them, once asked for.

    Signals
    -------
    changed()
        Operations, their outcome or the ranking changed.
    """

    changed = Signal()

    def __init__(self, session: Session, launch: Launch) -> None:
        super().__init__(session)
        self._session, self._launch = session, launch
        self._operations: dict[int, Operations] = {}
        self.trial: Trial | None = None
        self.ghost: Trial | None = None
        self.ranking: tuple[Ablation, ...] = ()
        self.ranked_layer = 0
        self._of: tuple[object, ...] = ()
        self._busy = self._again = False
        self._seen: tuple[object, ...] = ()
        session.cursor_changed.connect(self._cursor_changed)
        session.run_changed.connect(self._run_changed)

    @property
    def operations(self) -> Operations:
        """What is done to the shown run's network."""
        return self._operations.get(self._session.run.number, ()) if self._session.run is not None else ()

    @property
    def network(self) -> Improved | None:
        """The network that is operated on: that of the cursor's epoch, if its weights were kept, or the best."""
        run = self._session.run
        return None if run is None else run.network(self._session.cursor.epoch)

    @property
    def shown(self) -> Shown | None:
        """What views show: the look at the cursor's epoch, or that after surgery."""
        run, cursor = self._session.run, self._session.cursor
        if run is None:
            return None
        tried = self.trial is not None and self._of[:2] == (run.number, cursor.epoch)
        if tried and self.operations and self.trial is not None and self.ghost is not None:
            trial = self.trial
            return Shown(run, trial.project, trial.probe, trial.weights, self.ghost.probe, self.operations)
        probe = run.probe(cursor.epoch)
        if probe is None or not probe.traces:
            return None
        made = run.kept.at(probe.epoch) or run.best
        return Shown(run, run.project, probe, made.weights if made is not None else None)

    def do(self, operation: Operation, *, drag: str = "") -> Problem | None:
        """Carry `operation` out; undoable. What it acts on is acted on once: the newest value counts.

        Parameters
        ----------
        drag
            Name of a drag: all operations of one are undone at once.

        Returns
        -------
        The Problem if the network has no such gate, unit or weight (it is noticed as well).
        """
        return self._put(replaced(self.operations, operation), drag)

    def take_back(self, operation: Operation) -> None:
        """Leave one operation out again; undoable."""
        self._put(tuple(entry for entry in self.operations if entry != operation))

    def clear(self) -> None:
        """Take everything back; undoable."""
        self._put(())

    def _put(self, after: Operations, drag: str = "") -> Problem | None:
        run = self._session.run
        if after == self.operations:
            return None
        if run is None or run.best is None:
            self._session.noticed.emit(problem(NO_MODEL))
            return problem(NO_MODEL)
        try:
            operated(run.project.model, (self.network or run.best).weights, after)
        except WorkbenchError as error:
            self._session.noticed.emit(error.problem)
            return error.problem
        else:
            if self.network is None:
                self._session.point(epoch=None)  # the weights of this epoch are not there: the best are operated on
            self._session.undo.push(_Operate(self, run.number, self.operations, after, drag))
        return None

    def restore(self, number: int, operations: Operations) -> None:
        """Put a list of operations in force; used by undo."""
        self._operations[number] = operations
        self.ranking = ()
        self.look()

    # -- what the network says ----------------------------------------------------------------------------

    def look(self) -> None:
        """Let the network read the window at the cursor again, with and without the operations."""
        session, run = self._session, self._session.run
        if run is None or not self.operations:
            self.trial = self.ghost = None
            self._tell(run)
            return
        if self._busy:
            self._again = True
            return
        dataset, made, cursor = session.run_dataset, self.network, session.cursor
        window = cursor.window if cursor.window is not None else -1
        if dataset is None or made is None or not dataset.readable(window):
            return
        asked = (run.number, cursor.epoch, made.epoch, window, cursor.target)
        ghost = self.ghost if self._of == asked else None
        self._busy, operations = True, self.operations
        work = lambda _progress, _cancelled: _tried(run.project, made, dataset, cursor, operations, ghost)  # noqa: E731
        session.works.start("", work, lambda found: self._found(run, asked, found), self._refused)

    def _found(self, run: Run, asked: tuple[object, ...], found: tuple[Trial, Trial]) -> None:
        self._busy = False
        if self.operations:
            (self.trial, self.ghost), self._of = found, asked
        self._tell(run)
        self._once_more()

    def _refused(self, found: Problem) -> None:
        self._busy = False
        self._session.noticed.emit(found)
        self._once_more()

    def _once_more(self) -> None:
        if self._again:
            self._again = False
            self.look()

    def _tell(self, run: Run | None) -> None:
        self.changed.emit()
        if run is not None and run is self._session.run:
            self._session.run_changed.emit(run, frozenset({"Probed"}))

    def _cursor_changed(self, cursor: Cursor) -> None:
        self._follow(cursor)

    def _run_changed(self, run: Run, kinds: frozenset[str]) -> None:
        if run is self._session.run and (not kinds or kinds & {"Improved", "Ended"}):
            self._follow(self._session.cursor)

    def _follow(self, cursor: Cursor) -> None:
        run, made = self._session.run, self.network if self.operations else None
        best = made.epoch if made is not None else None
        seen = (run.number if run is not None else None, best, cursor.epoch, cursor.window, cursor.target)
        if seen != self._seen:
            other, self._seen = seen[:1] != self._seen[:1], seen
            if other:
                self.ranking = ()
            if self.operations:
                self.look()
            elif other:
                self.trial = self.ghost = None
                self.changed.emit()

    # -- what can be done with it -------------------------------------------------------------------------

    def rank(self, layer: int) -> None:
        """Silence each unit of a layer in turn; the result arrives with `changed`."""
        session, run, dataset = self._session, self._session.run, self._session.run_dataset
        made = self.network or (run.best if run is not None else None)
        if run is None or made is None or dataset is None:
            session.noticed.emit(problem(NO_MODEL))
            return
        project, best, operations = run.project, made, self.operations

        def work(*watch: object) -> tuple[Ablation, ...]:
            from workbench.core.operating import ranked

            told, cancelled = watch
            return ranked(project, best.weights, dataset, layer, operations, told=told, cancelled=cancelled)  # type: ignore[arg-type]

        session.works.start(TITLE, work, lambda found: self._ranked(run, layer, found), may_end=True)

    def _ranked(self, run: Run, layer: int, found: tuple[Ablation, ...]) -> None:
        if run is self._session.run:
            self.ranking, self.ranked_layer = found, layer
            self.changed.emit()

    def with_surgery(self, bundle: Bundle, dataset: Dataset) -> Callable[[], Bundle]:
        """Return what makes the model of the shown run as it is now, with its own scores, in another thread."""
        operations, network = self.operations, self.network

        def made() -> Bundle:
            from workbench.core.operating import operated_bundle

            if network is None:
                return operated_bundle(bundle, dataset, operations)
            facts = bundle.facts.model_copy(update={"best_epoch": network.epoch})
            whole = replace(bundle, facts=facts, weights=network.weights)
            found = operated_bundle(whole, dataset, operations)
            return bundle if found is whole else found  # points that were moved are no part of a model

        return made if operations else lambda: bundle

    def train_on(self) -> Problem | None:
        """Train the changed network on as a new run, which says what was done to it."""
        session, run, dataset = self._session, self._session.run, self._session.run_dataset
        if session.training != "idle":
            session.noticed.emit(problem(BUSY))
            return problem(BUSY)
        made = self.network or (run.best if run is not None else None)
        if run is None or made is None or dataset is None:
            session.noticed.emit(problem(NO_MODEL))
            return problem(NO_MODEL)
        project, weights = operated_project(run.project, made.weights, self.operations)
        train = session.project.train
        run = Run(len(session.runs) + 1, project.model_copy(update={"train": train}))
        self._launch(run, dataset, weights)
        return None


def _tried(
    project: Project, made: Improved, dataset: Dataset, cursor: Cursor, operations: Operations, ghost: Trial | None
) -> tuple[Trial, Trial]:
    from workbench.core.operating import tried

    assert cursor.window is not None

    def trial(done: Operations) -> Trial:
        assert cursor.window is not None
        return tried(project, made.weights, dataset, cursor.window, done, epoch=made.epoch, target=cursor.target)

    return trial(operations), ghost or trial(())
