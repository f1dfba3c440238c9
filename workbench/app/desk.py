"""Where a person checks how a file is read: the look at it, what is settled, the lanes, and what is remembered.

It belongs to the Session and changes the project only through it. `changed` is for the one view that shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.app.remembered import Memory
from workbench.app.task import Task
from workbench.core.lanes import Lane, moved
from workbench.core.problems import Problem, WorkbenchError
from workbench.core.reading import Reading, Remembered, settled

if TYPE_CHECKING:
    from workbench.app.session import Session
    from workbench.core.sources.preview import Preview

PAUSE_MS = 150
"""A row of quick changes is looked at once, when it pauses."""

SMALL_BYTES = 4_000_000
"""A file up to this size is read as a whole at once after a change; it takes less than a second or two."""

UNREADABLE = frozenset({"text-only", "too-few-rows", "no-numbers", "cannot-decode", "no-such-column", "no-times",
                        "other-time-form", "no-such-sheet"})  # fmt: skip
"""Refusals that another way of reading may mend."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a file gave."""

    preview: Preview
    layout: str


class Desk(QObject):
    """The file on the desk and how it is to be read.

    Attributes
    ----------
    asked
        The file whose opening was asked for last.
    source
        The file that is looked at; empty for a generated task or nothing.
    reading
        What is settled so far; `pending` while the whole file has not been read like this.
    preview
        The last look that gave a table, or the very first one; None before there is one.
    problem
        Why the last look gave no table, or None.
    layout
        Fingerprint of the file's layout, or "".
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.memory = Memory()
        self.asked = self.source = self.layout = ""
        self.reading = Reading()
        self.preview: Preview | None = None
        self.problem: Problem | None = None
        self._known: Reading | None = None
        self._tried: Reading | None = None
        self._touched = self._stale = False
        self._table: object = None
        self._task: Task | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._start)
        session.project_changed.connect(self._follow)
        session.noticed.connect(self._hear)

    # -- what lies on the desk ----------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """True while the whole file has not been read as it is settled here."""
        return bool(self.source) and (not self.opened or self.reading != self._session.project.data.reading)

    @property
    def busy(self) -> bool:
        """True while a look is under way."""
        return self._task is not None or self._pause.isActive()

    @property
    def opened(self) -> bool:
        """True if the file on the desk is the project's."""
        return self._session.table is not None and self._session.project.data.source == self.source

    def _follow(self, _project: object) -> None:
        """Take what the project holds now: another file, or the same one as undone, redone or read again."""
        data, table = self._session.project.data, self._session.table
        if table is self._table and data.reading == self._known and data.source == self.source:
            self._remember()
            return
        if data.source != self.source:
            self._touched = False
            self.preview, self.problem, self.layout = None, None, ""
        self._table = table
        self._set(data.source, data.reading)
        self._remember()

    def _hear(self, found: Problem) -> None:
        """Lay a file on the desk that could not be opened, if another way of reading may mend that."""
        if found.key not in UNREADABLE or not self.asked:
            return
        if self.asked not in (self.source, self._session.project.data.source):
            self.preview, self.layout, self._touched = None, "", False
            self._set(self.asked, Reading())
        elif not self.pending:
            return
        self.problem = found
        self.changed.emit()

    def _set(self, source: str, reading: Reading) -> None:
        self.source = "" if source.startswith("task:") else source
        self.reading, self._known, self._tried, self._stale = reading, reading, None, True
        self.problem = None
        self.changed.emit()

    # -- looking ------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at the file now if it changed since the last look; for a view that is seen."""
        if self._stale and not self._pause.isActive():
            self._start()

    def _start(self) -> None:
        self._stale = False
        self._cancel()
        if not self.source:
            self._show_table()
            return
        if self.preview is None and self.opened:
            self._show_table()  # until the file was looked at, and in its place if it is gone
        source, hints, layout = self.source, self.reading.hints, self.layout
        lines = self.preview.lines if self.preview is not None else None

        def work(_progress: object, cancelled: Callable[[], bool]) -> Look:
            from workbench.core.sources.preview import layout_of, preview

            return Look(preview(source, hints, lines=lines, cancelled=cancelled), layout or layout_of(source))

        task = Task("", work, self)
        task.done.connect(lambda found: self._looked(task, found))
        task.refused.connect(lambda found: self._refused(task, found))
        task.finished.connect(task.deleteLater)
        self._task = task
        task.start()
        self.changed.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _show_table(self) -> None:
        from workbench.core.sources.preview import of_table

        table = self._session.table
        self.preview = of_table(table) if table is not None else None
        self.changed.emit()

    def _looked(self, task: Task, found: Look) -> None:
        if task is not self._task:
            return
        self._task, self.layout = None, found.layout
        if found.preview.table is not None or self.preview is None or self.preview.table is None:
            self.preview = found.preview
        self.problem = found.preview.problem
        if self.problem is None and self.pending and self.reading != self._tried and self._small():
            self.apply()
        self.changed.emit()

    def _refused(self, task: Task, found: Problem) -> None:
        if task is self._task:
            self._task, self.problem = None, found
            self.changed.emit()

    def _small(self) -> bool:
        try:
            return self._session.training == "idle" and Path(self.source).stat().st_size <= SMALL_BYTES
        except OSError:
            return False

    # -- settling -----------------------------------------------------------------------------------------

    def settle(self, **values: object) -> Problem | None:
        """Change how the file is read: looked at at once, read as a whole at once if it is small.

        Returns
        -------
        The Problem if a value is refused.
        """
        try:
            reading = self.reading.changed(**values)
        except WorkbenchError as error:
            return error.problem
        if reading != self.reading:
            self.reading, self._touched = reading, True
            self._cancel()
            self._pause.start()
            self.changed.emit()
        return None

    def apply(self) -> None:
        """Read the whole file as it is settled here; undoable."""
        if not self.pending:
            return
        self._touched, self._tried = True, self.reading
        if self.opened:
            self._session.reread(**self.reading.model_dump())
        else:
            self._session.open(self.source, self.reading)

    def discard(self) -> None:
        """Go back to how the project's file was read."""
        self._pause.stop()
        self._cancel()
        data = self._session.project.data
        self._set(data.source, data.reading)

    def undo(self) -> None:
        """Take the last change back: what is settled here and not yet carried out comes before what was done."""
        if self.pending and self.opened:
            self.discard()
        else:
            self._session.undo.undo()

    def accept(self) -> None:
        """Settle what was guessed, so that files of this layout are read like this without asking."""
        table = self._session.table
        if table is None or not self.opened:
            return
        self._touched = True
        reading = settled(self.reading, table)
        if reading != self.reading:
            self._session.edit("data", reading=reading)
        self._remember()
        self.changed.emit()

    def move(self, column: str, lane: Lane) -> Problem | None:
        """Put a column of the project's table into another lane; undoable.

        Returns
        -------
        The Problem if it cannot stand there (it is noticed as well).
        """
        table = self._session.table
        if table is None or column not in table or (not self.opened and self.source):
            return None
        try:
            move = moved(self._session.project.data, table, column, lane)
        except WorkbenchError as error:
            self._session.noticed.emit(error.problem)
            return error.problem
        self._touched = True
        if move.reading:
            return self._session.reread(move.data, **move.reading)
        return self._session.edit("data", **move.data) if move.data else None

    # -- remembering --------------------------------------------------------------------------------------

    def _remember(self) -> None:
        """Keep what the person settled for the layout of the project's file, and follow undo."""
        if not (self._touched and self.layout and self.opened):
            return
        data = self._session.project.data
        lanes = {name: data.model_dump()[name] for name in ("targets", "inputs", "known_future", "series")}
        entry = Remembered(file=Path(data.source).name[:500], reading=data.reading, **lanes)
        found = self.memory.keep(self.layout, entry)
        if found is not None:
            self._session.noticed.emit(found)

    def forget(self) -> None:
        """Remember nothing of this layout, and guess the file anew."""
        source = self._session.project.data.source
        if self.layout:
            self._forget(self.layout, source)
            return

        def work(_progress: object, _cancelled: object) -> str:
            from workbench.core.sources.preview import layout_of

            return layout_of(source)

        task = Task("", work, self)
        task.done.connect(lambda layout: self._forget(layout, source))
        task.refused.connect(self._session.noticed)
        task.finished.connect(task.deleteLater)
        self._task = task
        task.start()

    def _forget(self, layout: str, source: str) -> None:
        self._touched, self._task = False, None
        found = self.memory.forget(layout)
        if found is not None:
            self._session.noticed.emit(found)
        self._session.open(source, Reading())

    def close(self) -> None:
        """End all looks and wait for them."""
        self._pause.stop()
        task = self._task
        self._cancel()
        if task is not None:
            task.wait()
