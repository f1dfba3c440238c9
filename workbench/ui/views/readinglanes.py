"""The lanes: boxes of columns. A column is dragged from one to another, or sent by the letter of its lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.core.lanes import LANES, Lane, LaneInfo
from workbench.core.problems import N_
from workbench.ui.dropping import KEEPS_DROPS
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views.readingrows import COLUMN_MIME, KEYS, LANE_ROLES, column_mime
from workbench.ui.words import Words, restyle, tooltip

WIDTH = 152
MOST_ROWS = 4
"""Rows a lane shows before it scrolls; the lane of ignored columns takes the room that is left."""


class LaneBox(QWidget):
    """One lane: its title with its letter, and the columns in it.

    Signals
    -------
    moved(str, str)
        A person wants a column in a lane: this one after a drop, another after a key.
    """

    moved = Signal(str, str)

    def __init__(self, info: LaneInfo) -> None:
        super().__init__()
        self.info = info
        self.title = Words(role="small", tone="muted")
        self.list = _Names(info)
        self.list.moved.connect(self.moved)
        self.title.setBuddy(self.list)
        self.title.setToolTip(tooltip(_(info.help)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.title)
        layout.addWidget(self.list, 1)
        self.show_columns(())

    def show_columns(self, names: Sequence[str]) -> None:
        """Show which columns stand here."""
        words = _(self.info.title)
        counted = f"{words} · {count(len(names))}" if names else words
        self.title.setText(f"{counted}   ({self.info.key})")
        if names != self.list.names() or not names:
            self.list.fill(names)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self.list.setStyleSheet(f"border-left: 3px solid {theme.color(LANE_ROLES[self.info.lane]).name()};")


class _Names(QListWidget):
    """The columns of one lane."""

    moved = Signal(str, str)

    def __init__(self, info: LaneInfo) -> None:
        super().__init__()
        self._info = info
        self.setObjectName("lane")
        self.setAccessibleName(_(N_("Lane {title}")).format(title=_(info.title)))
        self.setAccessibleDescription(_(info.help))
        self.setFont(font("small"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        for widget in (self, self.viewport()):
            widget.setProperty(KEEPS_DROPS, True)
            widget.setAcceptDrops(True)

    def names(self) -> tuple[str, ...]:
        """Return the columns that are shown."""
        return tuple(self.item(row).text() for row in range(self.count()))

    def fill(self, names: Sequence[str]) -> None:
        """Show other columns."""
        self.clear()
        for name in names:
            item = QListWidgetItem(name, self)
            item.setToolTip(tooltip(name))
        row = max(self.sizeHintForRow(0), self.fontMetrics().height() + 4)
        if self._info.lane != "ignore":
            self.setFixedHeight(row * min(max(len(names), 1), MOST_ROWS) + 6)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 40)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().height() * 2)

    def mimeTypes(self) -> list[str]:
        return [COLUMN_MIME]

    def mimeData(self, items: Any) -> QMimeData:
        return column_mime([item.text() for item in items])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A letter moves the chosen column into its lane, Delete among the ignored ones."""
        item = self.currentItem()
        if item is not None and not event.modifiers():
            lane = KEYS.get(event.key())
            lane = "ignore" if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) else lane
            if lane is not None:
                self.moved.emit(item.text(), lane)
                return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Columns are welcome; files are for the window."""
        if event.mimeData().hasFormat(COLUMN_MIME):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._light(True)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """As when the drag entered."""
        if event.mimeData().hasFormat(COLUMN_MIME):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Go out."""
        self._light(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for the columns that were dropped."""
        self._light(False)
        names = bytes(event.mimeData().data(COLUMN_MIME).data()).decode().split("\n")
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        for name in names:
            if name:
                self.moved.emit(name, self._info.lane)

    def _light(self, on: bool) -> None:
        self.setProperty("welcome", on)
        restyle(self)


class Lanes(QWidget):
    """All lanes above each other."""

    moved = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(_(N_("Lanes")))
        self.boxes: dict[Lane, LaneBox] = {info.lane: LaneBox(info) for info in LANES}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for lane, box in self.boxes.items():
            layout.addWidget(box, 1 if lane == "ignore" else 0)
            box.moved.connect(self.moved)

    def show_lanes(self, lanes: Mapping[str, Lane]) -> None:
        """Show in which lane each column stands."""
        for lane, box in self.boxes.items():
            box.show_columns(tuple(name for name, its in lanes.items() if its == lane))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for box in self.boxes.values():
            box.set_theme(theme)
