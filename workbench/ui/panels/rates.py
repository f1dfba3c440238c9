"""A small curve of the learning rate over the epochs, and what it does in a few words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.core.insight.course import course
from workbench.core.problems import N_
from workbench.core.project import TrainSpec
from workbench.ui.text import DOT, number, plain, translate
from workbench.ui.theme import Theme
from workbench.ui.words import Words

HEIGHT = 36
ROOM = 4
DOT_SIZE = 3.0


class RateCourse(QWidget):
    """How the schedule moves the learning rate, and where a running training is on it."""

    def __init__(self) -> None:
        super().__init__()
        self.curve = _Curve()
        self.words = Words(tone="muted", role="small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.curve)
        layout.addWidget(self.words)

    def show_course(self, train: TrainSpec, position: float | None) -> None:
        """Show the rate of `train`, and a dot after `position` epochs, if a training is there."""
        self.curve.show_course(train, position)
        words = said(train)
        self.words.setText(words)
        self.curve.setAccessibleDescription(words)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self.curve.set_theme(theme)


class _Curve(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._theme: Theme | None = None
        self._train: TrainSpec | None = None
        self._x, self._y = np.zeros(0), np.zeros(0)
        self._position: float | None = None
        self.setAccessibleName(translate(N_("Learning rate over the epochs")))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_course(self, train: TrainSpec, position: float | None) -> None:
        if train != self._train:
            self._train = train
            self._x, self._y = course(train)
        self._position = position
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rate from 0 at the bottom to its highest, and a dot where the training is."""
        if self._theme is None or not len(self._x):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(ROOM, ROOM, -ROOM, -ROOM)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.drawPolyline(QPolygonF([self._at(room, x, y) for x, y in zip(self._x, self._y, strict=True)]))
        if self._position is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("text"))
            here = min(self._position, float(self._x[-1]))
            painter.drawEllipse(self._at(room, here, float(np.interp(here, self._x, self._y))), DOT_SIZE, DOT_SIZE)

    def _at(self, room: QRectF, x: float, y: float) -> QPointF:
        top = float(self._y.max()) or 1.0
        return QPointF(room.left() + room.width() * x / float(self._x[-1]), room.bottom() - room.height() * y / top)


def said(train: TrainSpec) -> str:
    """Say in a few words what the schedule does: ``0.003 · × 0.5 every 10 epochs · 4.7e-5 at the end``."""
    _positions, rates = course(train)
    parts = []
    if train.warm_up:
        parts.append(translate(N_("warm-up over {count} epochs")).format(count=plain(train.warm_up)))
    parts.append(translate(N_("rate {rate}")).format(rate=plain(train.learning_rate)))
    if train.rate_hold and train.schedule in ("step", "exponential", "cosine"):
        parts.append(translate(N_("held for {count} epochs")).format(count=plain(train.rate_hold)))
    match train.schedule:
        case "constant":
            parts.append(translate(N_("the same in every epoch")))
        case "step" | "exponential":
            words = translate(N_("× {factor} every {count} epochs"))
            parts.append(words.format(factor=plain(train.rate_factor), count=plain(train.rate_every)))
        case "cosine":
            parts.append(translate(N_("along a cosine")))
        case "plateau":
            words = translate(N_("× {factor} after {count} epochs without gain"))
            parts.append(words.format(factor=plain(train.rate_factor), count=plain(train.rate_stall)))
    if train.schedule not in ("constant", "plateau"):
        parts.append(translate(N_("{rate} at the end")).format(rate=number(float(rates[-1]), 2)))
    return DOT.join(parts)
