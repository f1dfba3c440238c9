"""The picture of a cell: its parts where :mod:`workbench.core.insight.diagram` puts them, with their values."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from workbench.core.cells import CELLS
from workbench.core.insight.diagram import Diagram, Part, diagram_of, routes_of
from workbench.core.insight.stepping import figure
from workbench.core.project import ModelSpec
from workbench.ui.theme import Theme, font

INPUT_ROW = 0.55
"""How far below the lowest line the input comes in."""
HELD_PEN = 2.4
CLICK_PIXELS = 4
BOLDER = 1.15
"""Bold letters take so much more room."""

ROOMY = 13.0
"""A gate of this many pixels from middle to edge has room for its function beside its letter."""


class CellPicture(QWidget):
    """A vector picture; whatever paints it, also into an SVG, gets lines and words.

    Signals
    -------
    chosen(str, QPointF)
        A gate or state was clicked, at this place on the screen.
    held(str, float, bool)
        A gate was dragged up or down to this share of its range; True with the first movement of a drag.
    """

    chosen = Signal(str, QPointF)
    held = Signal(str, float, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model: ModelSpec | None = None
        self._values: Mapping[int, float] = {}
        self._x = ""
        self._held: frozenset[str] = frozenset()
        self._pressed: tuple[Part, QPointF] | None = None
        self._dragging = False
        self.setMinimumSize(80, 60)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(520, 280)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_step(self, model: ModelSpec, values: Mapping[int, float], x: str, held: frozenset[str]) -> None:
        """Show the cell of `model` with the value of each part, the input, and which gates are held by hand."""
        self._model, self._values, self._x, self._held = model, values, x, held
        words = ", ".join(
            f"{part.key} {figure(values[part.number])}" for part in diagram_of(model).parts if part.key and values
        )
        self.setAccessibleDescription(words)
        self.update()

    # -- painting -----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw wires, then parts over them."""
        if self._model is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        diagram = diagram_of(self._model)
        self._paint_ground(painter, diagram)
        self._paint_lines(painter, diagram)
        for wire, corners in routes_of(self._model):
            source = next(part for part in diagram.parts if part.number == wire.source)
            pen = QPen(self._theme.color(self._role(source)), 1.6)
            pen.setStyle(Qt.PenStyle.DashLine if wire.peephole else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF([self._at(*corner) for corner in corners]))
        for part in diagram.parts:
            self._paint_part(painter, part)

    def _unit(self) -> tuple[float, float]:
        assert self._model is not None
        diagram = diagram_of(self._model)
        return self.width() / (diagram.columns + 1.1), self.height() / (diagram.rows + INPUT_ROW + 1.0)

    def _at(self, column: float, row: float) -> QPointF:
        across, down = self._unit()
        return QPointF((column + 0.55) * across, (row + 0.5) * down)

    def _radius(self) -> float:
        across, down = self._unit()
        return max(min(across * 0.26, down * 0.3, 19.0), 5.0)

    def _role(self, part: Part) -> str:
        """Return the colour of what comes out of a part."""
        assert self._model is not None
        roles = {signal.key: signal.role for signal in CELLS[self._model.cell].signals}
        if part.key in roles:
            return roles[part.key]
        on_belt = part.kind == "operation" and part.row == 0.0
        return roles[CELLS[self._model.cell].states[0].key] if on_belt else "muted"

    def _paint_ground(self, painter: QPainter, diagram: Diagram) -> None:
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.setBrush(self._theme.color("raised"))
        first, last = self._at(0.45, -0.42), self._at(diagram.columns - 0.45, diagram.rows + 0.3)
        painter.drawRoundedRect(QRectF(first, last), 10, 10)

    def _paint_lines(self, painter: QPainter, diagram: Diagram) -> None:
        """Draw the lines that gates read: old hidden state and input."""
        bottom = diagram.rows
        readers = [part for part in diagram.parts if part.reads]
        lines = {"x": ("text", bottom + 0.14, 0.1), "h": ("hidden", bottom, -0.1)}
        for key, (role, row, side) in lines.items():
            columns = [part.column + side for part in readers if key in part.reads]
            if not columns:
                continue
            painter.setPen(QPen(self._theme.color(role), 1.6))
            start = 0.0 if key == "h" else 0.62
            painter.drawLine(self._at(start, row), self._at(max(columns), row))
            for column, part in zip(columns, [part for part in readers if key in part.reads], strict=True):
                painter.drawLine(self._at(column, row), self._at(column, part.row))
                painter.setBrush(self._theme.color(role))
                painter.drawEllipse(self._at(column, row), 2.0, 2.0)
        before = diagram.part("h", "before")
        if before.row != bottom and any("h" in part.reads for part in readers):
            painter.setPen(QPen(self._theme.color("hidden"), 1.6))
            painter.drawPolyline(QPolygonF([self._at(0.0, before.row), self._at(0.0, bottom)]))
        painter.setPen(QPen(self._theme.color("text"), 1.6))
        painter.drawLine(self._at(0.62, bottom + 0.14), self._at(0.62, bottom + INPUT_ROW))
        self._write(painter, self._at(0.62, bottom + INPUT_ROW + 0.12), self._x, "text")

    def _paint_part(self, painter: QPainter, part: Part) -> None:
        middle, radius = self._at(part.column, part.row), self._radius()
        value, color = self._values.get(part.number), self._theme.color(self._role(part))
        held = part.key in self._held and part.kind in ("gate", "operation")
        painter.setPen(QPen(color, HELD_PEN if held else 1.4))
        painter.setBrush(self._theme.color("surface"))
        if part.kind in ("before", "after"):
            word = f"{part.key}ₜ₋₁" if part.kind == "before" else f"{part.key}ₜ"
            self._write(painter, middle - QPointF(0, 7), word, self._role(part), bold=True, ground=True)
        elif part.kind == "gate":
            box = QRectF(middle.x() - 1.7 * radius, middle.y() - radius, 3.4 * radius, 2 * radius)
            painter.drawRoundedRect(box, 5, 5)
            self._fill(painter, box, value)
            name = f"{part.key} = {part.symbol}" if part.key else part.symbol
            wide = painter.fontMetrics().horizontalAdvance(name) * BOLDER > box.width()
            tight = radius < ROOMY or wide
            self._write(painter, middle, part.key or part.symbol if tight else name, "text", bold=not tight)
            if held:
                self._write(painter, QPointF(middle.x(), box.top() - 8), "✂", "warn", bold=True)
        else:
            small = 0.72 * radius
            width = 1.5 * small if len(part.symbol) > 2 else small
            painter.drawEllipse(middle, width, small)
            if radius > 8 or len(part.symbol) < 3:
                self._write(painter, middle, part.symbol, "text")
        if value is not None:
            below = radius + 8 if part.kind == "gate" else 0.72 * radius + 8 if part.kind == "operation" else 7
            self._write(painter, middle + QPointF(0, below), figure(value), "text", ground=True)

    def _fill(self, painter: QPainter, box: QRectF, value: float | None) -> None:
        """Fill a gate as far as it is open; a candidate by its size."""
        if value is None:
            return
        ground = QRectF(box)
        ground.setTop(box.bottom() - box.height() * min(abs(value), 1.0))
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setOpacity(0.35)
        painter.setBrush(self._theme.color("muted"))
        painter.setClipRect(box)
        painter.drawRoundedRect(ground, 4, 4)
        painter.restore()

    def _write(
        self, painter: QPainter, middle: QPointF, words: str, role: str, *, bold: bool = False, ground: bool = False
    ) -> None:
        """Write `words` around `middle`, on a ground of their own where wires would run through them."""
        chosen = font("title" if bold else "small")
        metrics = QFontMetricsF(chosen)
        room = QRectF(0, 0, metrics.horizontalAdvance(words) + 4, metrics.height())
        room.moveCenter(middle)
        if ground:
            card = self._theme.color("raised", 0.85)
            painter.fillRect(room, card)
        painter.setFont(chosen)
        painter.setPen(self._theme.color(role))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    # -- gestures -----------------------------------------------------------------------------------------

    def _under(self, place: QPointF) -> Part | None:
        """Return the gate or named operation at a place."""
        if self._model is None:
            return None
        reach = 1.4 * self._radius()
        for part in diagram_of(self._model).parts:
            offset = self._at(part.column, part.row) - place
            if part.key and abs(offset.x()) < reach and abs(offset.y()) < reach:
                return part
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what can be clicked; drag a gate open or closed."""
        if self._pressed is not None and self._pressed[0].kind == "gate":
            gate, start = self._pressed
            moved = start.y() - event.position().y()
            if self._dragging or abs(moved) > CLICK_PIXELS:
                middle, radius = self._at(gate.column, gate.row), self._radius()
                share = (middle.y() + radius - event.position().y()) / (2 * radius)
                self.held.emit(gate.key, min(max(share, 0.0), 1.0), not self._dragging)
                self._dragging = True
            return
        part = self._under(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if part is not None else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        part = self._under(event.position())
        if part is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = (part, event.position()), False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a gate or a state, if it was not dragged."""
        if self._pressed is not None and not self._dragging:
            self.chosen.emit(self._pressed[0].key, event.globalPosition())
        self._pressed, self._dragging = None, False
