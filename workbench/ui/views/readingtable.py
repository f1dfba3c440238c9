"""The lines of a file in a table: line numbers, types of cells, lanes in the header. Only what is seen is held.

A type is never told by colour alone: numbers stand at the right, times carry a clock, missing cells are slanted, cells
that should be a number carry a warning mark, and the header names the type of the column.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from workbench.core.lanes import LANES
from workbench.core.problems import N_
from workbench.core.sources.preview import Preview
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views.readingrows import (
    GLYPHS,
    KEYS,
    KINDS,
    LANE_ROLES,
    MEASURED_LINES,
    NARROWEST,
    PADDING,
    TITLES,
    WIDEST,
    CellPainter,
    RowsModel,
)
from workbench.ui.words import menu_text


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
        words = f"{GLYPHS.get(kind, '')} {_(KINDS[kind])}".strip()
        longer = f"{words} → {_(TITLES[lane])}" if lane else words
        if QFontMetrics(font("small")).horizontalAdvance(longer) <= room.width():
            words = longer
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
        self.setItemDelegate(CellPainter(self.rows, self))
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
        last = f"⚠ {count(len(preview.rows))}"
        self.verticalHeader().setFixedWidth(QFontMetrics(font("small")).horizontalAdvance(last) + 12)
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
        plain, strong = QFontMetrics(self.rows.fonts[""]), QFontMetrics(self.rows.fonts["header"])
        lines = [preview.rows.line(k) for k in range(min(len(preview.rows), MEASURED_LINES))]
        for column in range(self.rows.columnCount()):
            cells = [
                line.cells[column] for line in lines if column < len(line.cells) and line.part in ("data", "ragged")
            ]
            widths = [plain.horizontalAdvance(text[:40]) for text in [*cells, f"# {_(KINDS[self.rows.kind(column)])}"]]
            width = max(*widths, strong.horizontalAdvance(self.rows.name(column)))
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
