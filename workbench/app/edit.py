"""One undoable change: the state before it, and the state after it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from workbench.core.project import Project
from workbench.core.table import Table

State = tuple[Project, Table | None]


class Edit(QUndoCommand):
    """Put one of two states in force."""

    def __init__(self, restore: Callable[[State], None], before: State, after: State, text: str) -> None:
        super().__init__(text)
        self._restore, self._before, self._after = restore, before, after

    def undo(self) -> None:
        """Put the state before the change in force."""
        self._restore(self._before)

    def redo(self) -> None:
        """Put the state after the change in force; the undo stack calls this when the edit is pushed."""
        self._restore(self._after)
