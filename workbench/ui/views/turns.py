"""Views that are due draw one after the other, and in between the window paints and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

import shiboken6
from PySide6.QtCore import QObject, QTimer

from workbench.app.session import Session

if TYPE_CHECKING:
    from workbench.ui.views.view import AbstractView

TURN_S = 0.004
"""Views draw for so long before the window paints them and answers: twenty of them in one go, and then their pictures
in another, kept a person waiting for a third of a second after every epoch."""

FRAME_MS = 16
"""From one turn to the next: painting takes as long as drawing, and what a person does must find a gap."""


class Turns(QObject):
    """Lets the views of a session that are due draw in turn; the one under the mouse first."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._due: list[ref[AbstractView]] = []
        self._spent_s = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self._next_frame)

    def ask(self, view: AbstractView) -> None:
        """Let `view` draw as soon as those before it have drawn and are painted."""
        if ref(view) not in self._due:
            self._due.append(ref(view))
        self._go_on()

    def _next_frame(self) -> None:
        self._spent_s = 0.0
        self._go_on()

    def _go_on(self) -> None:
        """Let views draw while there is time in this frame; one that would take too long has the next for itself."""
        views = [view for view in (due() for due in self._due) if view is not None and shiboken6.isValid(view)]
        views.sort(key=lambda view: not view.underMouse())
        self._due = [ref(view) for view in views]
        for view in views:
            if self._spent_s and self._spent_s + view.took_s >= TURN_S:
                break
            if not self._frame.isActive():
                self._frame.start(FRAME_MS)
            self._due.remove(ref(view))
            self._spent_s += view.take_turn()


_TURNS: WeakKeyDictionary[Session, Turns] = WeakKeyDictionary()


def turns_of(session: Session) -> Turns:
    """Return the one :class:`Turns` of `session`, made when first asked for; it dies with the session."""
    if session not in _TURNS:
        _TURNS[session] = Turns(session)
    return _TURNS[session]
