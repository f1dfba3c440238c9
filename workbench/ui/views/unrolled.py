"""The window unrolled: the same cell once for each step, coloured by its states, with the series it reads below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from workbench.core.insight.heat import coloured
from workbench.ui.theme import Theme, font

Floats = NDArray[np.floating]

WIDE = 25.0
"""Pixels from one cell to the next where there is room for arrows."""
LEFT = 20
"""Pixels for the letters of the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a strip shows: for each state of a unit (key, values (T,), end of its colours), and the series (T,)."""

    states: tuple[tuple[str, Floats, float], ...]
    series: Floats


class Unrolled(QWidget):
    """As many steps around the cursor as fit, or the whole window.

    Signals
    -------
    pointed(int), clicked(int)
        The mouse is over, or was pressed on, a step.
    """

    pointed = Signal(int)
    clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: Rows | None = None
        self._step = 0
        self.setMouseTracking(True)
        self.setMinimumHeight(24)

    def sizeHint(self) -> QSize:
        return QSize(400, 74)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_rows(self, rows: Rows, step: int) -> None:
        """Show these rows with the cursor at `step`."""
        self._rows, self._step = rows, step
        self.update()

    def seen(self) -> tuple[int, int]:
        """Return the first step that is shown, and the one behind the last."""
        if self._rows is None:
            return 0, 0
        count = len(self._rows.series)
        fits = max(int((self.width() - LEFT) / WIDE), 1)
        if fits >= count:
            return 0, count
        first = min(max(self._step - fits // 2, 0), count - fits)
        return first, first + fits

    def _pitch(self) -> float:
        first, last = self.seen()
        return (self.width() - LEFT) / max(last - first, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw rows of cells with arrows, then the series."""
        if self._rows is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        height = self.height() / (len(self._rows.states) + 1)
        for place, (key, values, end) in enumerate(self._rows.states):
            self._paint_state(painter, key, values, end, QRectF(0, place * height, self.width(), height))
        self._paint_series(painter, QRectF(LEFT, self.height() - height, self.width() - LEFT, height))
        first, pitch = self.seen()[0], self._pitch()
        painter.setPen(QPen(self._theme.color("text"), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(LEFT + (self._step - first) * pitch, 0.5, pitch, self.height() - 1), 4, 4)

    def _paint_state(self, painter: QPainter, key: str, values: Floats, end: float, room: QRectF) -> None:
        first, last = self.seen()
        pitch, lookup = self._pitch(), self._theme.lookup("signed")
        self._letter(painter, key, room)
        colors = coloured(values[first:last], -end, end, lookup)
        box = min(pitch * 0.6, room.height() * 0.8)
        middle = room.center().y()
        for place, color in enumerate(colors):
            x = LEFT + (place + 0.5) * pitch
            painter.setPen(QPen(self._theme.color("border"), 1))
            if first + place + 1 < len(values):
                painter.setPen(QPen(self._theme.color("muted"), 1))
                painter.drawLine(QPointF(x + box / 2, middle), QPointF(x + pitch - box / 2, middle))
            painter.setBrush(QColor(*(int(part) for part in color)))
            painter.drawRoundedRect(QRectF(x - box / 2, middle - box / 2, box, box), 3, 3)

    def _paint_series(self, painter: QPainter, room: QRectF) -> None:
        assert self._rows is not None
        first, last = self.seen()
        self._letter(painter, "x", QRectF(0, room.top(), LEFT, room.height()))
        values = np.asarray(self._rows.series, dtype=np.float64)
        finite = values[np.isfinite(values)]
        if not len(finite):
            return
        low, span = float(finite.min()), float(np.ptp(finite)) or 1.0
        pitch = self._pitch()
        points = [
            QPointF(LEFT + (place + 0.5) * pitch, room.bottom() - 3 - (value - low) / span * (room.height() - 6))
            for place, value in enumerate(values[first:last])
            if np.isfinite(value)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("text"), 1.4))
        painter.drawPolyline(QPolygonF(points))

    def _letter(self, painter: QPainter, key: str, room: QRectF) -> None:
        painter.setFont(font("small"))
        painter.setPen(self._theme.color("muted"))
        height = QFontMetricsF(font("small")).height()
        painter.drawText(QRectF(2, room.center().y() - height / 2, LEFT - 4, height), Qt.AlignmentFlag.AlignLeft, key)

    def _at(self, x: float) -> int | None:
        first, last = self.seen()
        step = first + int((x - LEFT) // self._pitch()) if last > first else -1
        return step if first <= step < last and x >= LEFT else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a step."""
        step = self._at(event.position().x())
        if step is not None:
            self.pointed.emit(step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a step."""
        step = self._at(event.position().x())
        if step is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(step)


def rows_of(states: Sequence[tuple[str, Floats]], series: Floats) -> Rows:
    """Return rows whose colours end at the largest value of each state."""
    ends = tuple((key, values, float(np.abs(values).max()) or 1.0) for key, values in states)
    return Rows(ends, series)
