"""Questions about the network of the shown run that take torch and a moment: answered off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from workbench.core.dataset import Dataset
from workbench.core.events import Improved
from workbench.core.insight.attribution import Attribution
from workbench.core.problems import Problem
from workbench.core.project import Project
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session

MOST_KEPT = 12

Work = Callable[[Project, Improved, Dataset, Callable[[], bool]], Any]


class Studies(QObject):
    """Answers about the shown run, begun when they are first asked for; `changed` tells when one has arrived."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._found: dict[Hashable, Any] = {}
        self._running: Hashable | None = None

    @property
    def busy(self) -> bool:
        """True while an answer is on its way."""
        return self._running is not None

    def attribution(self, start: int, step: int, target: int, *, integrate: bool) -> Attribution | None:
        """Return what the forecast of `step` hangs on, None while it is computed or where there is no model yet.

        Asked of the network of the cursor's epoch where its weights were kept, else of the best.
        """

        def work(project: Project, best: Improved, dataset: Dataset, _cancelled: Callable[[], bool]) -> Attribution:
            from workbench.core.attribution import attributed

            return attributed(project, best, dataset, start, step, target, integrate=integrate)

        asked = ("attribution", start, step, target, integrate)
        found: Attribution | None = self._ask(asked, start, work, self._session.surgery.network)
        return found

    def states(self, layer: int, key: str, target: int) -> tuple[int, NDArray[np.float16]] | None:
        """Return the first row and a signal (R, H) along the series, None while it is computed."""

        def work(project: Project, best: Improved, dataset: Dataset, cancelled: Callable[[], bool]) -> Any:
            from workbench.core.stateseries import states_along

            return states_along(project, best, dataset, layer, key, target, cancelled)

        found: tuple[int, NDArray[np.float16]] | None = self._ask(("states", layer, key, target), None, work)
        return found

    def _ask(self, asked: tuple[Hashable, ...], start: int | None, work: Work, made: Improved | None = None) -> Any:
        """Return the answer to `asked` for a network, by default the best, or begin to look for it; one at a time."""
        session = self._session
        run, dataset = session.run, session.run_dataset
        if run is None or run.best is None or dataset is None or (start is not None and not dataset.readable(start)):
            return None
        best, project = made or run.best, run.project
        key = (run.number, best.epoch, *asked)
        if key in self._found:
            return self._found[key]
        if self._running is None:
            self._running = key
            session.works.start(
                "",
                lambda _progress, cancelled: work(project, best, dataset, cancelled),
                lambda result: self._arrived(key, run, result),
                lambda problem: self._refused(key, problem),
            )
        return None

    def _arrived(self, key: Hashable, _run: Run, result: Any) -> None:
        self._running = None
        while len(self._found) >= MOST_KEPT:
            del self._found[next(iter(self._found))]
        self._found[key] = result
        self.changed.emit()

    def _refused(self, key: Hashable, found: Problem) -> None:
        self._running = None
        self._found[key] = None  # it would be refused again
        self._session.noticed.emit(found)
        self.changed.emit()


_STUDIES: WeakKeyDictionary[Session, Studies] = WeakKeyDictionary()


def studies_of(session: Session) -> Studies:
    """Return the one :class:`Studies` of `session`, made when first asked for; it dies with the session."""
    if session not in _STUDIES:
        _STUDIES[session] = Studies(session)
    return _STUDIES[session]
