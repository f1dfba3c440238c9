"""A visit to the file: the arrangement that shows it, and the way back to how everything stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.app.desk import UNREADABLE
from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.ui.arrangements import PERSPECTIVES

if TYPE_CHECKING:
    from workbench.ui.window import Window

UNSURE = UNREADABLE | {
    "delimiter-unsure", "decimal-unsure", "header-unsure", "time-unsure", "ragged-rows", "other-delimiter",
    "stray-quotes", "bytes-replaced", "encoding-unsure", "time-unread",
}  # fmt: skip
"""Problems at which the file is shown without being asked for: the reader cannot know, a person sees it at once."""


class Visit(QObject):
    """Show the file when it should be looked at; go back when the training starts.

    The series stays in sight over the file, so nothing asks a question before the first picture is on the screen.
    """

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._before: tuple[str, str] | None = None
        self._seen: object = None
        self._problem: Problem | None = None
        session.noticed.connect(self._hear)
        session.run_changed.connect(self._run_changed)

    def show(self, found: Problem | None = None) -> None:
        """Show the file, at the row and column `found` speaks of."""
        area, actions = self._window.area, self._window.actions_
        if not area.docks["reading"].isVisible() or area.docks["reading"].visibleRegion().isEmpty():
            chosen = [key for key in PERSPECTIVES if actions[f"perspective-{key}"].isChecked()]
            self._before = (area.saved(), chosen[0] if chosen else "train")
            actions["perspective-file"].setChecked(True)
            area.arrange("file")
        self._problem = found
        self.mounted()

    def mounted(self) -> None:
        """Point at what was asked for, now that the views are there."""
        from workbench.ui.views.reading import ReadingView

        view = self._window.area.docks["reading"].view
        if isinstance(view, ReadingView) and self._problem is not None:
            view.point(self._problem)
            self._problem = None

    def back(self) -> None:
        """Put everything where it stood before the visit, if the visit still lasts."""
        if self._before is None:
            return
        (layout, perspective), self._before = self._before, None
        actions = self._window.actions_
        if actions["perspective-file"].isChecked():
            actions[f"perspective-{perspective}"].setChecked(True)
            if not self._window.area.restore(layout):
                self._window.area.arrange(perspective)

    def _hear(self, found: Problem) -> None:
        """Show the file once for each table about whose reading there is doubt, unless its layout was settled."""
        if found.key not in UNSURE:
            return
        table = self._session.table
        lying = self._session.desk.asked if found.key in UNREADABLE else table
        settled = table is not None and any(note.key == "layout-remembered" for note in table.notes)
        if lying is self._seen or (settled and found.key not in UNREADABLE):
            return
        self._seen = lying
        self.show(found)

    def _run_changed(self, _run: object, _kinds: object) -> None:
        if self._session.training == "running":
            self.back()
