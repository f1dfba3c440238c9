"""Windows that are kept beside the one at the cursor, and what the shown network does in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Improved, Probed
from workbench.core.operations import Operations
from workbench.core.project import Project
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session

MOST = 4
"""More courses above each other cannot be told apart."""


class KeptWindows(QObject):
    """Up to :data:`MOST` windows by the rows at which they start.

    Attributes
    ----------
    starts
        In the order in which they were kept.
    looks
        What the network of the cursor's epoch, after surgery, does in them, that of the best epoch where its weights
        were not kept; by start, as far as it was computed.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.starts: tuple[int, ...] = ()
        self.looks: dict[int, Probed] = {}
        self._of: tuple[object, ...] = ()
        self._epoch: int | None = None
        self._busy = self._again = False
        session.run_changed.connect(self._run_changed)
        session.project_changed.connect(self._project_changed)
        session.surgery.changed.connect(self._look)
        session.cursor_changed.connect(self._cursor_changed)

    def keep(self) -> None:
        """Keep the window at the cursor; the oldest gives way if there are too many."""
        window = self._session.cursor.window
        if window is not None and window not in self.starts:
            self._put((*self.starts, window)[-MOST:])

    def move(self, start: int, to: int) -> None:
        """Put a kept window elsewhere."""
        if start in self.starts and to not in self.starts:
            self._put(tuple(to if entry == start else entry for entry in self.starts))

    def let_go(self, start: int) -> None:
        """Keep a window no longer."""
        self._put(tuple(entry for entry in self.starts if entry != start))

    def _put(self, starts: tuple[int, ...]) -> None:
        if starts != self.starts:
            self.starts = starts
            self.changed.emit()
            self._look()

    def _project_changed(self, _project: Project) -> None:
        """Let go of windows that other data do not have."""
        dataset = self._session.dataset
        self._put(tuple(start for start in self.starts if dataset is not None and dataset.readable(start)))

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & {"Improved", "Ended"}:
            self._look()

    def _cursor_changed(self, cursor: Cursor) -> None:
        if cursor.epoch != self._epoch:
            self._epoch = cursor.epoch
            self._look()

    def _look(self) -> None:
        """Look at the windows that were not looked at yet with this network, off the window's thread."""
        session, run, dataset = self._session, self._session.run, self._session.run_dataset
        if run is None or run.best is None or dataset is None or not self.starts:
            return
        operations, target = session.surgery.operations, session.cursor.target
        made = session.surgery.network or run.best
        of = (run.number, made.epoch, operations, target)
        if of != self._of:
            self._of, self.looks = of, {}
        wanted = [start for start in self.starts if start not in self.looks and dataset.readable(start)]
        if not wanted:
            return
        if self._busy:
            self._again = True
            return
        self._busy, project = True, run.project
        work = lambda _progress, _cancelled: _looked(project, made, dataset, wanted, operations, target)  # noqa: E731
        session.works.start("", work, lambda found: self._found(of, found))

    def _found(self, of: tuple[object, ...], found: dict[int, Probed]) -> None:
        self._busy = False
        if of == self._of:
            self.looks = {start: look for start, look in (self.looks | found).items() if start in self.starts}
            self.changed.emit()
        if self._again or of != self._of:
            self._again = False
            self._look()


def _looked(
    project: Project, made: Improved, dataset: Dataset, starts: list[int], operations: Operations, target: int
) -> dict[int, Probed]:
    from workbench.core.operating import glanced, operated_network

    network, _weights = operated_network(project, made.weights, operations)
    return {start: glanced(network, dataset, start, operations, epoch=made.epoch, target=target) for start in starts}
