"""Look at windows with the best weights of the shown run, after a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.app.trainer import probed
from workbench.core.events import Probed
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session


class Looks:
    """One look at a time, off the window's thread; of the wishes that come meanwhile only the newest counts."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looking = False
        self._next: int | None = None

    def at(self, start: int) -> None:
        """Look at the window that starts at row `start`; arrives as a :class:`Probed` of the shown run."""
        session = self._session
        run, dataset, target = session.run, session.run_dataset, session.cursor.target
        if run is None or run.best is None or dataset is None or not dataset.readable(start):
            return
        if self._looking:
            self._next = start
            return
        self._looking, best, project = True, run.best, run.project
        work = lambda _progress, _cancelled: probed(project, best, dataset, start, target)  # noqa: E731
        session.works.start("", work, lambda event: self._done(run, event))

    def _done(self, run: Run, event: Probed) -> None:
        self._looking = False
        run.apply(event)
        self._session.run_changed.emit(run, frozenset({"Probed"}))
        if self._next is not None:
            start, self._next = self._next, None
            self.at(start)
