"""The slider over the recorded epochs, with a dot below each whose weights were kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QSlider, QStyle, QWidget

from workbench.ui.theme import Theme

DOT_RADIUS = 1.5
CLOSEST = 5.0
"""Dots nearer than so many pixels to each other would be a line."""


class EpochSlider(QSlider):
    """A place is a recorded epoch; not every epoch is recorded, and not of every one that is are weights kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._kept: tuple[int, ...] = ()
        self._theme: Theme | None = None

    def mark(self, kept: Sequence[int]) -> None:
        """Put dots below these places."""
        if self._kept != tuple(kept):
            self._kept = tuple(kept)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider, then the dots."""
        super().paintEvent(event)
        if self._theme is None or not self._kept:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("muted"))
        last = -CLOSEST
        for place in self._kept:
            x = self._x(place)
            if x - last >= CLOSEST:
                painter.drawEllipse(QPointF(x, self.height() - DOT_RADIUS - 0.5), DOT_RADIUS, DOT_RADIUS)
                last = x

    def _x(self, place: int) -> float:
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
        room = self.width() - handle
        return handle / 2 + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), place, room)
