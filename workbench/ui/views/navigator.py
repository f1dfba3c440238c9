"""A narrow strip that shows the whole series and which part of it is seen above; drag it to move, its ends to zoom."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    Qt,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.insight.decimate import Curve, decimated
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme

HEIGHT = 30
GRIP = 6
"""Pixels around an end in which it is taken hold of."""

LEAST_ROWS = 4.0


class Navigator(QWidget):
    """The whole of a curve, small.

    Signals
    -------
    moved(float, float)
        A person wants to see the rows from here to there.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._curve: Curve | None = None
        self._edges: tuple[tuple[str, int, int], ...] = ()
        self._lo, self._hi = 0.0, 1.0
        self._left, self._right = 0, 0
        self._picture: QPixmap | None = None
        self._held: tuple[str, float, float, float] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Overview of the whole series"))
        self.setToolTip(_("Drag to move, drag an end to zoom; arrow keys move, + and − zoom."))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme, self._picture = theme, None
        self.update()

    def set_curve(self, curve: Curve | None, edges: tuple[tuple[str, int, int], ...]) -> None:
        """Show this curve, with (role, first row, row behind) of each part."""
        if curve is not self._curve or edges != self._edges:
            self._curve, self._edges, self._picture = curve, edges, None
            self.update()

    def set_range(self, lo: float, hi: float, left: int, right: int) -> None:
        """Mark rows `lo` to `hi`; the strip runs from `left` to `right` pixels before its right end."""
        if (left, right) != (self._left, self._right):
            self._left, self._right, self._picture = left, right, None
        self._lo, self._hi = lo, hi
        self.update()

    @property
    def _rows(self) -> int:
        return len(self._curve) if self._curve is not None else 0

    def _room(self) -> QRectF:
        return QRectF(self._left, 1, max(self.width() - self._left - self._right, 10), self.height() - 2)

    def _pixel(self, row: float) -> float:
        room = self._room()
        return room.left() + (row + 0.5) / max(self._rows, 1) * room.width()

    def _row(self, pixel: float) -> float:
        room = self._room()
        return (pixel - room.left()) / room.width() * self._rows - 0.5

    # -- painting -----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curve, and a frame around what is seen."""
        if self._curve is None or not self._rows:
            return
        if self._picture is None:
            self._picture = self._painted()
        theme, room, painter = self._theme, self._room(), QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        low, high = max(self._pixel(self._lo), room.left()), min(self._pixel(self._hi), room.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("surface", 0.6))
        painter.drawRect(QRectF(room.left(), room.top(), low - room.left(), room.height()))
        painter.drawRect(QRectF(high, room.top(), room.right() - high, room.height()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "muted"), 1))
        painter.drawRect(QRectF(low, room.top(), max(high - low, 3), room.height() - 1))

    def _painted(self) -> QPixmap:
        assert self._curve is not None
        ratio, theme, room = self.devicePixelRatioF(), self._theme, self._room()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.color("surface"))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for role, first, behind in self._edges:
            painter.fillRect(
                QRectF(self._pixel(first - 0.5), room.top(), self._pixel(behind) - self._pixel(first), room.height()),
                theme.color(role, 0.16),
            )
        x, y = decimated(self._curve, 0, self._rows, int(room.width()))
        good = np.isfinite(y)
        if good.any():
            low, high = float(y[good].min()), float(y[good].max())
            scale = (room.height() - 6) / ((high - low) or 1.0)
            heights = room.bottom() - 3 - (y - low) * scale
            painter.setPen(QPen(theme.color("muted"), 1))
            for part in np.split(np.arange(len(x)), np.flatnonzero(~good)):
                inside = part[good[part]]
                points = [QPointF(self._pixel(x[at]), heights[at]) for at in inside.tolist()]
                painter.drawPolyline(QPolygonF(points))
        painter.end()
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new size."""
        super().resizeEvent(event)
        self._picture = None

    # -- gestures -----------------------------------------------------------------------------------------

    def _part(self, pixel: float) -> str:
        """Return what lies at a pixel: an end, the middle, or nothing."""
        low, high = self._pixel(self._lo), self._pixel(self._hi)
        if abs(pixel - low) <= GRIP and abs(pixel - low) <= abs(pixel - high):
            return "low"
        if abs(pixel - high) <= GRIP:
            return "high"
        return "middle" if low < pixel < high else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold; beside the frame, bring it here first."""
        if event.button() != Qt.MouseButton.LeftButton or not self._rows:
            return
        pixel = event.position().x()
        part = self._part(pixel)
        if not part:
            half, middle = (self._hi - self._lo) / 2, self._row(pixel)
            self._show(middle - half, middle + half)
            part = "middle"
        self._held = (part, self._row(pixel), self._lo, self._hi)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held, or show what could be."""
        pixel = event.position().x()
        if self._held is None:
            part = self._part(pixel)
            shapes = {"middle": Qt.CursorShape.OpenHandCursor, "": Qt.CursorShape.ArrowCursor}
            self.setCursor(shapes.get(part, Qt.CursorShape.SizeHorCursor))
            return
        part, first, lo, hi = self._held
        by = self._row(pixel) - first
        if part == "low":
            self._show(min(lo + by, hi - LEAST_ROWS), hi)
        elif part == "high":
            self._show(lo, max(hi + by, lo + LEAST_ROWS))
        else:
            self._show(lo + by, hi + by)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse."""
        self._zoom(0.8 if event.angleDelta().y() > 0 else 1.25, self._row(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a tenth with the arrow keys, zoom with + and -, all with Home."""
        tenth = 0.1 * (self._hi - self._lo)
        match event.key():
            case Qt.Key.Key_Left:
                self._show(self._lo - tenth, self._hi - tenth)
            case Qt.Key.Key_Right:
                self._show(self._lo + tenth, self._hi + tenth)
            case Qt.Key.Key_Plus | Qt.Key.Key_Minus:
                factor = 0.8 if event.key() == Qt.Key.Key_Plus else 1.25
                self._zoom(factor, (self._lo + self._hi) / 2)
            case Qt.Key.Key_Home:
                self._show(-0.5, self._rows - 0.5)
            case _:
                super().keyPressEvent(event)

    def _zoom(self, factor: float, middle: float) -> None:
        lo, hi = middle + (self._lo - middle) * factor, middle + (self._hi - middle) * factor
        if hi - lo >= LEAST_ROWS:
            self._show(lo, hi)

    def _show(self, lo: float, hi: float) -> None:
        """Ask for these rows, moved into the series."""
        size = min(hi - lo, float(self._rows))
        lo = min(max(lo, -0.5), self._rows - 0.5 - size)
        self._lo, self._hi = lo, lo + size
        self.update()
        self.moved.emit(lo, lo + size)
