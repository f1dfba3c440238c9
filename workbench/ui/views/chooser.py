"""A small flat button that shows what is chosen and opens the list of choices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup, Qt
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from workbench.ui.theme import font
from workbench.ui.words import menu_text

LONGEST = 28
"""Characters shown of a column's name; the list and the tool tip show all of it."""


class Chooser(QToolButton):
    """One of a few texts, which may come from a file.

    Signals
    -------
    chosen(int)
        A person chose this position.
    """

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFont(font("small"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self._texts: tuple[str, ...] = ()
        self._current = -1

    @property
    def current(self) -> int:
        """Position of what is chosen."""
        return self._current

    def offer(self, texts: Sequence[str], current: int, tips: Sequence[str] = ()) -> None:
        """Show the choices `texts` and which of them is chosen."""
        texts = tuple(texts)
        if texts != self._texts:
            self._texts = texts
            self._fill(tips)
        self._current = current
        actions = self.menu().actions()
        if 0 <= current < len(actions):
            actions[current].setChecked(True)
            text = texts[current]
            short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
            self.setText(f"{menu_text(short)} ▾")

    def _fill(self, tips: Sequence[str]) -> None:
        menu = self.menu()
        menu.clear()
        menu.setToolTipsVisible(bool(tips))
        group = QActionGroup(menu)
        for index, text in enumerate(self._texts):
            action = menu.addAction(menu_text(text))
            action.setCheckable(True)
            group.addAction(action)
            if index < len(tips):
                action.setToolTip(tips[index])
            action.triggered.connect(lambda _checked=False, position=index: self.chosen.emit(position))


def switch(text: str, name: str, parent: QWidget) -> QToolButton:
    """Return a small flat button that stays down."""
    button = QToolButton(parent)
    button.setObjectName("plain")
    button.setText(text)
    button.setFont(font("small"))
    button.setCheckable(True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button
