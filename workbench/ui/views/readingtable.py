"""The lines of a file in a table: line numbers, types of cells, lanes in the header. Only what is seen is held.

A type is never told by colour alone: numbers stand at the right, times carry a clock, missing cells are slanted, cells
that should be a number carry a warning mark, and the header names the type of the column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from workbench.core.lanes import LANES, Lane
from workbench.core.problems import N_
from workbench.core.sources.preview import Preview
from workbench.core.sources.previewrows import CellKind, Line
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.words import menu_text, tooltip

COLUMN_MIME = "application/x-sequence-workbench-column"
KEYS: Mapping[int, Lane] = {ord(info.key): info.lane for info in LANES}
TITLES: Mapping[Lane, str] = {info.lane: info.title for info in LANES}

ROLES: Mapping[CellKind, str] = {
    "time": "train", "number": "text", "text": "candidate", "missing": "muted", "bad": "bad", "header": "text",
    "skipped": "disabled",
}  # fmt: skip
KINDS: Mapping[CellKind, str] = {
    "time": N_("time"), "number": N_("number"), "text": N_("text"), "missing": N_("empty"), "bad": N_("not readable"),
    "header": N_("header"), "skipped": N_("skipped"),
}  # fmt: skip
GLYPHS: Mapping[CellKind, str] = {"time": "◷", "number": "#", "text": "A", "missing": "∅"}
LANE_ROLES: Mapping[Lane, str] = {
    "time": "train", "series": "candidate", "target": "accent", "input": "good", "known": "warn", "ignore": "border",
}  # fmt: skip

NARROWEST, WIDEST = 64, 210
MEASURED_LINES = 40
PADDING = 18

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """The lines of a preview; each is fetched when it is painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.preview: Preview | None = None
        self._theme = theme
        self._lanes: Mapping[str, Lane] = {}
        self._width = 0
        body, slanted, strong = font("small"), font("small"), font("small")
        slanted.setItalic(True)
        strong.setWeight(QFont.Weight.DemiBold)
        self.fonts = {"missing": slanted, "skipped": slanted, "bad": strong, "header": strong, "": body}

    def show(self, preview: Preview | None) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.preview = preview
        self._width = 0
        if preview is not None:
            seen = [preview.rows.line(k) for k in range(min(len(preview.rows), MEASURED_LINES))]
            ragged = [len(line.cells) for line in seen if line.part == "ragged"]
            self._width = min(max([len(preview.names), *ragged, 1]), len(preview.names) + 3)
        self.endResetModel()

    def show_lanes(self, lanes: Mapping[str, Lane]) -> None:
        """Show in which lane each column stands."""
        if lanes != self._lanes:
            self._lanes = dict(lanes)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(self._width - 1, 0))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme

    def name(self, column: int) -> str:
        """Return the name of a column, "" beyond the last."""
        names = self.preview.names if self.preview else ()
        return names[column] if 0 <= column < len(names) else ""

    def lane(self, column: int) -> Lane | None:
        """Return the lane of a column, or None if it has none."""
        return self._lanes.get(self.name(column))

    def kind(self, column: int) -> CellKind:
        """Return what the cells of a column are."""
        kinds = self.preview.kinds if self.preview else ()
        return kinds[column] if column < len(kinds) else "skipped"

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() or self.preview is None else len(self.preview.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.preview is None or not index.isValid():
            return None
        line = self.preview.rows.line(index.row())
        cell = line.cells[index.column()] if index.column() < len(line.cells) else ""
        kind = self.preview.kind(line, index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._shown(line, index.column(), cell, kind)
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.color(ROLES[kind])
            case Qt.ItemDataRole.BackgroundRole:
                return self._theme.color("raised") if kind == "header" else None
            case Qt.ItemDataRole.FontRole:
                return self.fonts.get(kind, self.fonts[""])
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if self._right(index.column(), kind) else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{cell[:200]} · {_(KINDS[kind])}" if cell else _(KINDS[kind]))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{cell} ({_(KINDS[kind])})"
        return None

    def _right(self, column: int, kind: CellKind) -> bool:
        return kind in ("number", "missing", "bad", "header") and self.kind(column) == "number"

    def _shown(self, line: Line, column: int, cell: str, kind: CellKind) -> str:
        text = " ".join(cell.split("\n")).strip()
        if kind == "missing":
            return text or ("∅" if line.part in ("data", "ragged") else "")
        if kind == "bad":
            return f"⚠ {text}"
        return text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            if orientation == Qt.Orientation.Horizontal:
                return self.name(section)
            line = self.preview.rows.line(section) if self.preview else None
            return f"⚠ {count(section + 1)}" if line is not None and line.part == "ragged" else count(section + 1)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole) and self.name(section):
            if orientation == Qt.Orientation.Vertical:
                return None
            lane = self.lane(section)
            words = [self.name(section), _(KINDS[self.kind(section)]), _(TITLES[lane]) if lane else ""]
            text = " · ".join(word for word in words if word)
            return tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None

    def mimeTypes(self) -> list[str]:
        return [COLUMN_MIME]

    def mimeData(self, indexes: Any) -> QMimeData:
        return column_mime([self.name(index.column()) for index in indexes])

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled


def column_mime(names: list[str]) -> QMimeData:
    """Return what is dragged for these columns."""
    mime = QMimeData()
    mime.setData(COLUMN_MIME, "\n".join(dict.fromkeys(name for name in names if name)).encode())
    return mime


class LaneHeader(QHeaderView):
    """The header of the columns: name, type, lane; dragged into a lane, or clicked for the list of lanes."""

    def __init__(self, table: RowsTable, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table, self._theme = table, theme
        self._pressed: QPoint | None = None
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(36)
        self.setAccessibleName(_(N_("Columns")))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(100, QFontMetrics(font("small")).height() * 2 + 12)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        """Draw a bar in the colour of the lane, the name, and type and lane under it."""
        model = self._table.rows
        lane, kind = model.lane(logical), model.kind(logical)
        painter.save()
        painter.fillRect(rect, self._theme.color("surface"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), self._theme.color("border"))
        if lane is not None:
            bar = QRect(rect.left() + 2, rect.top(), rect.width() - 4, 3)
            painter.fillRect(bar, self._theme.color(LANE_ROLES[lane]))
        room = rect.adjusted(6, 4, -4, -3)
        half = room.height() // 2
        words = f"{GLYPHS.get(kind, '')} {_(KINDS[kind])}" + (f" → {_(TITLES[lane])}" if lane else "")
        name_font = QFont(font("small"))
        name_font.setWeight(QFont.Weight.DemiBold)
        for text, top, chosen, role in (
            (model.name(logical), room.top(), name_font, "text"),
            (words if model.name(logical) else _(N_("too many cells")), room.top() + half, font("small"), "muted"),
        ):
            painter.setFont(chosen)
            painter.setPen(self._theme.color(role))
            shown = QFontMetrics(chosen).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(QRect(room.left(), top, room.width(), half), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin; near an edge the width is changed instead."""
        inside = self.cursor().shape() != Qt.CursorShape.SplitHCursor
        self._pressed = event.position().toPoint() if inside and event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the column once the mouse has gone far enough."""
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        distance = (event.position().toPoint() - self._pressed).manhattanLength()
        if distance >= QApplication.startDragDistance():
            column, self._pressed = self.logicalIndexAt(self._pressed), None
            self._table.drag_column(column)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag opens the list of lanes."""
        pressed, self._pressed = self._pressed, None
        super().mouseReleaseEvent(event)
        if pressed is not None:
            column = self.logicalIndexAt(pressed)
            below = QPoint(self.sectionViewportPosition(column), self.height())
            self._table.choose_lane(column, self.mapToGlobal(below))


class RowsTable(QTableView):
    """The table.

    Signals
    -------
    moved(str, str)
        A person wants a column in a lane.
    begins(int, int)
        A person says the table begins at this line, with that many header rows.
    """

    moved = Signal(str, str)
    begins = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowsModel(theme)
        self.rows.setParent(self)
        self.setObjectName("rows")
        self.setModel(self.rows)
        self._header = LaneHeader(self, theme)
        self.setHorizontalHeader(self._header)
        self.setAccessibleName(_(N_("Rows of the file")))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        vertical = self.verticalHeader()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(QFontMetrics(font("small")).height() + 5)
        vertical.setFont(font("small"))
        vertical.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        vertical.setHighlightSections(False)
        vertical.setAccessibleName(_(N_("Lines of the file")))

    def show_preview(self, preview: Preview | None) -> None:
        """Show other lines, and keep the place if they are of the same shape."""
        before, at = self.rows.preview, self.currentIndex()
        same = before is not None and preview is not None and list(before.names) == list(preview.names)
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self.rows.show(preview)
        if preview is None:
            return
        digits = len(count(len(preview.rows))) + 2
        self.verticalHeader().setFixedWidth(QFontMetrics(font("small")).horizontalAdvance("0") * digits + 14)
        if same:
            self.setCurrentIndex(self.rows.index(at.row(), at.column()))
            self.horizontalScrollBar().setValue(across)
            self.verticalScrollBar().setValue(down)
        else:
            self._share_width(preview)
        self.clearSpans()
        if self.rows.columnCount() > 1:
            for place in range(min(len(preview.rows), MEASURED_LINES)):
                line = preview.rows.line(place)
                if line.part == "skipped" and not "".join(line.cells[1:]).strip():
                    self.setSpan(place, 0, 1, self.rows.columnCount())

    def _share_width(self, preview: Preview) -> None:
        """Give each column the width of its first lines."""
        metrics = QFontMetrics(font("small"))
        lines = [preview.rows.line(k) for k in range(min(len(preview.rows), MEASURED_LINES))]
        for column in range(self.rows.columnCount()):
            texts = [line.cells[column] for line in lines if column < len(line.cells) and line.part != "skipped"]
            head = [self.rows.name(column), f"# {_(KINDS[self.rows.kind(column)])}"]
            width = max(metrics.horizontalAdvance(text[:40]) for text in [*texts, *head])
            self.setColumnWidth(column, min(max(width + PADDING, NARROWEST), WIDEST))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self.rows.set_theme(theme)
        self._header.set_theme(theme)
        self.viewport().update()

    def point(self, line: int, column: str) -> None:
        """Scroll to a line and select its cell in `column`, or the first."""
        preview = self.rows.preview
        if preview is None:
            return
        place = list(preview.names).index(column) if column in preview.names else 0
        index = self.rows.index(preview.rows.place(line), place)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def drag_column(self, column: int) -> None:
        """Begin to drag a column, with the cell of the first line that is seen in hand."""
        row = max(self.rowAt(0), 0)
        self.setCurrentIndex(self.rows.index(row, column))
        self.startDrag(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """T, S, Y, X, F and I move the column of the current cell into a lane; Enter opens the list."""
        column = self.currentIndex().column()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if plain and event.key() in KEYS and self.rows.lane(column) is not None:
            self.moved.emit(self.rows.name(column), KEYS[event.key()])
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and column >= 0:
            self.choose_lane(column, self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft()))
            return
        super().keyPressEvent(event)

    def choose_lane(self, column: int, place: QPoint) -> None:
        """Open the list of lanes for a column."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_lanes(menu, column)
        if menu.actions():
            menu.popup(place)
        else:
            menu.deleteLater()

    def _add_lanes(self, menu: QMenu, column: int) -> None:
        lane, name = self.rows.lane(column), self.rows.name(column)
        if lane is None:
            return
        menu.addAction(menu_text(name)).setEnabled(False)
        for info in LANES:
            action = menu.addAction(f"{_(info.title)}\t{info.key}")
            action.setToolTip(_(info.help))
            action.setCheckable(True)
            action.setChecked(info.lane == lane)
            action.triggered.connect(lambda _checked=False, to=info.lane: self.moved.emit(name, to))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the lanes of a cell's column, and to let the table begin at its line."""
        index = self.indexAt(event.pos())
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = index.row() + 1
        for words, rows in (
            (N_("The table begins at line {line}, with its header"), 1),
            (N_("The table begins at line {line}, without a header"), 0),
        ):
            action = menu.addAction(_(words).format(line=count(number)))
            action.triggered.connect(lambda _checked=False, rows=rows: self.begins.emit(number, rows))
        menu.addSeparator()
        self._add_lanes(menu, index.column())
        menu.popup(event.globalPos())
