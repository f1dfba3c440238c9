"""The lines of a file as the rows of a table: what each cell shows, what it is, and how it is painted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.core.lanes import LANES, Lane
from workbench.core.problems import N_
from workbench.core.sources.preview import Preview
from workbench.core.sources.previewrows import CellKind, Line
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.words import tooltip

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
MARGIN = 4
PADDING = 18

MOST_KEPT = 5_000
"""Cells kept as they are shown: a screen or two."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.BackgroundRole,
        Qt.ItemDataRole.FontRole, Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    }
)  # fmt: skip

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """The lines of a preview; each is fetched when it is painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.preview: Preview | None = None
        self._lanes: Mapping[str, Lane] = {}
        self._width = 0
        self._cells: dict[tuple[int, int], tuple[str, CellKind]] = {}
        self.set_theme(theme)
        body, slanted, strong = font("small"), font("small"), font("small")
        slanted.setItalic(True)
        strong.setWeight(QFont.Weight.DemiBold)
        self.fonts = {"missing": slanted, "skipped": slanted, "bad": strong, "header": strong, "": body}

    def show(self, preview: Preview | None) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.preview = preview
        self._width = 0
        self._cells.clear()
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
        self.pens = {kind: QPen(theme.color(role)) for kind, role in ROLES.items()}
        self.ground, self.chosen = QBrush(theme.color("raised")), QBrush(theme.color("accent_soft"))

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
        if role not in ANSWERED or self.preview is None:
            return None
        column = index.column()
        shown, kind = self.cell(index.row(), column)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return shown
            case Qt.ItemDataRole.ForegroundRole:
                return self.pens[kind].brush()
            case Qt.ItemDataRole.BackgroundRole:
                return self.ground if kind == "header" else None
            case Qt.ItemDataRole.FontRole:
                return self.fonts.get(kind, self.fonts[""])
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if self.right(column, kind) else LEFT
        text = shown.removeprefix("⚠ ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{text} · {_(KINDS[kind])}" if text else _(KINDS[kind]))
        return f"{text} ({_(KINDS[kind])})"

    def cell(self, row: int, column: int) -> tuple[str, CellKind]:
        """Return what is shown of a cell, and what it is; both are worked out once."""
        known = self._cells.get((row, column))
        if known is not None:
            return known
        assert self.preview is not None
        line = self.preview.rows.line(row)
        cell = line.cells[column] if column < len(line.cells) else ""
        kind = self.preview.kind(line, column)
        if len(self._cells) > MOST_KEPT:
            self._cells.clear()
        found = self._cells[row, column] = self._shown(line, column, cell, kind), kind
        return found

    def right(self, column: int, kind: CellKind) -> bool:
        """Return whether a cell stands at the right."""
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


class CellPainter(QStyledItemDelegate):
    """Paint the cells by hand: a styled item takes three times as long, and a wide screen holds hundreds."""

    def __init__(self, rows: RowsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._metrics = {kind: QFontMetrics(chosen) for kind, chosen in rows.fonts.items()}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw ground and words of one cell."""
        rows, rect = self._rows, option.rect
        column = index.column()
        shown, kind = rows.cell(index.row(), column)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or kind == "header":
            painter.fillRect(rect, rows.chosen if selected else rows.ground)
        if not shown:
            return
        look = kind if kind in self._metrics else ""
        metrics = self._metrics[look]
        if metrics.horizontalAdvance(shown) > rect.width() - 2 * MARGIN:
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, rect.width() - 2 * MARGIN)
        painter.setFont(rows.fonts[look])
        painter.setPen(rows.pens[kind])
        painter.drawText(rect.adjusted(MARGIN, 0, -MARGIN, 0), RIGHT if rows.right(column, kind) else LEFT, shown)


def column_mime(names: list[str]) -> QMimeData:
    """Return what is dragged for these columns."""
    mime = QMimeData()
    mime.setData(COLUMN_MIME, "\n".join(dict.fromkeys(name for name in names if name)).encode())
    return mime
