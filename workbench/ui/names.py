"""Choosing several names: a button that says which are chosen, and a list to check them in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from workbench.core.problems import N_
from workbench.ui.editors import Commit, draw_arrow
from workbench.ui.text import count, translate
from workbench.ui.theme import Theme

LONGEST_LIST = 12
"""Rows shown before the list scrolls."""


class Names(QToolButton):
    """Several of the table's columns, or of other names, in the order in which they are offered.

    Parameters
    ----------
    offered
        Returns what can be chosen now, as (name, words shown).
    empty
        What no name at all means, if it is not “none”.
    """

    def __init__(self, offered: Callable[[], tuple[tuple[str, str], ...]], commit: Commit, empty: str = "") -> None:
        super().__init__()
        self._empty = empty
        self.setObjectName("names")
        self._offered = offered
        self._commit = commit
        self._chosen: tuple[str, ...] = ()
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(self._build_menu())

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        self._list = QListWidget()
        self._list.itemClicked.connect(_toggle)
        self._list.installEventFilter(self)
        frame = QWidget()
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        action = QWidgetAction(menu)
        action.setDefaultWidget(frame)
        menu.addAction(action)
        menu.aboutToShow.connect(self._fill)
        menu.aboutToHide.connect(self._take)
        return menu

    def _fill(self) -> None:
        self._list.setAccessibleName(self.accessibleName())
        self._list.clear()
        for name, words in self._offered():
            item = QListWidgetItem(words, self._list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(_state(name in self._chosen))
        row = max(self._list.sizeHintForRow(0), 20)
        self._list.setFixedSize(
            max(self.width() - 12, self._list.sizeHintForColumn(0) + 40, 180),
            row * max(1, min(self._list.count(), LONGEST_LIST)) + 6,
        )
        self._list.setCurrentRow(0)
        self._list.setFocus()

    def _take(self) -> None:
        items = (self._list.item(row) for row in range(self._list.count()))
        checked = (item for item in items if item.checkState() == Qt.CheckState.Checked)
        self._chosen = tuple(item.data(Qt.ItemDataRole.UserRole) for item in checked)
        self._commit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Space checks the current row, Enter closes the list."""
        if event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Space and self._list.currentItem():  # type: ignore[attr-defined]
                _toggle(self._list.currentItem())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
                self.menu().close()
                return True
        return super().eventFilter(watched, event)

    def read(self) -> object:
        """Return the names chosen."""
        return self._chosen

    def write(self, value: object) -> None:
        """Show the names chosen."""
        assert isinstance(value, tuple)
        self._chosen = value
        self.update()

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """A list of columns carries no suffix."""

    def set_theme(self, theme: Theme) -> None:
        """Draw the arrow in the colours of `theme`."""
        self._theme = theme
        self.update()

    def summary(self) -> str:
        """Say in a few words what is chosen."""
        if not self._chosen:
            return translate(self._empty or N_("none"))
        known = dict(self._offered())
        words = [known.get(name, name) for name in self._chosen]
        if len(words) == 1:
            return words[0]
        return translate(N_("{count}: {names}")).format(count=count(len(words)), names=", ".join(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box and, elided, what is chosen."""
        super().paintEvent(event)
        painter = QPainter(self)
        if self._theme is None:
            return
        painter.setPen(self._theme.color("text" if self.isEnabled() and self._chosen else "muted"))
        room = self.rect().adjusted(8, 0, -24, 0)
        words = self.fontMetrics().elidedText(self.summary(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        draw_arrow(painter, self, self._theme)


def _state(checked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked


def _toggle(item: QListWidgetItem) -> None:
    item.setCheckState(_state(item.checkState() == Qt.CheckState.Unchecked))
