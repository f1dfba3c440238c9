"""One heatmap, units upwards over steps to the right: an image, two axes, a cross-hair, a zoom.

It is painted by hand: a frame of a 96 x 64 map takes 0.4 ms here, of a pyqtgraph ImageItem with axes 2 to 4 ms, and
six of them are drawn while a training runs beside the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    Qt,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.core.insight.heat import coloured, pooled
from workbench.ui.theme import LookupName, Theme, font
from workbench.ui.views.heatcaption import GAP, Caption, caption_height, paint_caption
from workbench.ui.views.heatframe import Frame
from workbench.ui.views.ticks import grouped, nice
from workbench.ui.words import tooltip

CLICK_PIXELS = 4
"""The mouse may tremble this far and it is still a click."""


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a map shows.

    Attributes
    ----------
    values
        (T, H) of the signal.
    order
        (H,) unit at each rank, from the bottom.
    low, high
        Values at the two ends of the colours.
    rank_text
        Words beside a rank on the upright axis.
    """

    values: NDArray[np.floating]
    order: NDArray[np.intp]
    low: float
    high: float
    lookup: LookupName
    rank_text: Callable[[int], str]


class HeatMap(QWidget):
    """A heatmap of one signal.

    Signals
    -------
    pointed(int, int), clicked(int, int)
        Step and rank under the mouse.
    framed(Frame)
        A person zoomed or panned; the view shows all its maps alike.
    """

    pointed = Signal(int, int)
    clicked = Signal(int, int)
    framed = Signal(object)
    reset = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumSize(60, 44)
        # It fills its ground itself: otherwise every move of the mouse repaints the card beneath as well.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._heat: Heat | None = None
        self._caption = Caption()
        self._row: Sequence[HeatMap] = (self,)
        self._frame: Frame | None = None
        self._mark: tuple[int, int | None] | None = None
        self._pinned = False
        self._ground: QPixmap | None = None
        self._pixels: NDArray[np.unsignedinteger] | None = None
        self._pressed: tuple[QPointF, Frame] | None = None
        self._dragged = False
        self._help = ("", "")

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(220, 180)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self._ground = None
        self.update()

    def set_heat(self, heat: Heat, caption: Caption) -> None:
        """Show other values."""
        self._heat, self._ground = heat, None
        self.set_caption(caption)
        self.update()

    def set_caption(self, caption: Caption) -> None:
        """Write other words above the map."""
        if caption != self._caption:
            self._caption = caption
            self.setAccessibleName(" ".join(part for part in (caption.name, caption.detail, caption.facts) if part))
            self.update()

    def stand_with(self, row: Sequence[HeatMap]) -> None:
        """Keep as much room for words as the maps beside this one, so that equal rows lie at equal heights."""
        self._row = row

    def set_help(self, caption: str, ranks: str) -> None:
        """Set the sentences for the words above and for the numbers beside the map."""
        self._help = (caption, ranks)

    def set_frame(self, frame: Frame | None) -> None:
        """Show a part of the map; None shows all of it."""
        if frame != self._frame:
            self._frame, self._ground = frame, None
            self.update()

    def set_mark(self, step: int | None, rank: int | None, pinned: bool) -> None:
        """Put the cross-hair."""
        mark = None if step is None else (step, rank)
        if (mark, pinned) != (self._mark, self._pinned):
            self._mark, self._pinned = mark, pinned
            self.update()

    # -- geometry -----------------------------------------------------------------------------------------

    def _seen(self) -> Frame:
        """The visible part; all of the map if none was chosen."""
        if self._frame is not None:
            return self._frame
        steps, units = self._heat.values.shape if self._heat is not None else (1, 1)
        return Frame(0.0, float(steps), 0.0, float(units))

    def _rects(self) -> tuple[QRect, QRect]:
        """Return the rectangles of caption and image."""
        small = QFontMetrics(font("small"))
        caption = QRect(0, 0, self.width(), caption_height([(one._caption, one.size()) for one in self._row]))
        left = max((small.horizontalAdvance(text) for _rank, text in self._rank_ticks()), default=0) + GAP
        below = small.height() + 2
        if self.width() < 110:
            left = 0
        if self.height() - caption.height() - below < 36:
            below = 0
        image = QRect(left, caption.height(), max(self.width() - left - 1, 1),
                      max(self.height() - caption.height() - below, 1))  # fmt: skip
        return caption, image

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        """Return step and rank at a position, or None beside the image."""
        image = self._rects()[1]
        if self._heat is None or not image.contains(position.toPoint()):
            return None
        seen = self._seen()
        step = seen.left + (position.x() - image.left()) / image.width() * (seen.right - seen.left)
        rank = seen.top - (position.y() - image.top()) / image.height() * (seen.top - seen.bottom)
        steps, units = self._heat.values.shape
        return min(max(int(step), 0), steps - 1), min(max(int(rank), 0), units - 1)

    # -- painting -----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint caption, image, axes and cross-hair."""
        painter = QPainter(self)
        caption, image = self._rects()
        if self._ground is None:
            self._ground = self._painted(image)
        painter.drawPixmap(0, 0, self._ground)
        paint_caption(painter, caption, self._caption, self._theme)
        if self._heat is not None:
            painter.setClipRect(image)
            self._paint_mark(painter, image)

    def _painted(self, image: QRect) -> QPixmap:
        """Return all but caption and cross-hair: the part that stays while the mouse moves."""
        ratio = self.devicePixelRatioF()
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(self._theme.color("surface"))
        if self._heat is not None:
            painter = QPainter(ground)
            painter.save()
            painter.setClipRect(image)
            painter.drawImage(self._target(image), self._rendered(image))
            painter.restore()
            self._paint_axes(painter, image)
            painter.end()
        return ground

    def _cells(self) -> tuple[int, int, int, int]:
        """First and behind-last step and rank that can be seen."""
        assert self._heat is not None
        seen = self._seen()
        steps, units = self._heat.values.shape
        return (max(int(seen.left), 0), min(int(np.ceil(seen.right)), steps),
                max(int(seen.bottom), 0), min(int(np.ceil(seen.top)), units))  # fmt: skip

    def _rendered(self, image: QRect) -> QImage:
        """Return the visible cells as an image of at most the pixels of the screen."""
        heat = self._heat
        assert heat is not None
        first, last, low, high = self._cells()
        part = heat.values[first:last, heat.order[low:high]].T[::-1]
        ratio = self.devicePixelRatioF()
        part = pooled(part, round(image.height() * ratio), round(image.width() * ratio))
        table = self._theme.lookup(heat.lookup).astype(np.uint32)
        packed = (0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]).astype(np.uint32)
        # Qt reads this memory for as long as the image lives.
        self._pixels = np.ascontiguousarray(coloured(part, heat.low, heat.high, packed))
        rows, columns = self._pixels.shape
        return QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)

    def _target(self, image: QRect) -> QRectF:
        """Where the visible cells lie on the screen."""
        seen = self._seen()
        first, last, low, high = self._cells()
        across = image.width() / (seen.right - seen.left)
        upwards = image.height() / (seen.top - seen.bottom)
        return QRectF(
            image.left() + (first - seen.left) * across, image.top() + (seen.top - high) * upwards,
            (last - first) * across, (high - low) * upwards,
        )  # fmt: skip

    def _rank_ticks(self) -> list[tuple[int, str]]:
        """Ranks to name on the upright axis."""
        heat = self._heat
        if heat is None:
            return []
        seen = self._seen()
        spacing = max(1, round(nice((seen.top - seen.bottom) / max(2.0, self.height() / 40))))
        first = int(np.ceil(seen.bottom / spacing)) * spacing
        ranks = range(first, min(int(np.ceil(seen.top)), heat.values.shape[1]), spacing)
        return [(rank, heat.rank_text(rank)) for rank in ranks]

    def _paint_axes(self, painter: QPainter, image: QRect) -> None:
        small = font("small")
        metrics = QFontMetrics(small)
        painter.setFont(small)
        painter.setPen(self._theme.color("muted"))
        seen = self._seen()
        if image.left() > 0:
            for rank, text in self._rank_ticks():
                y = image.top() + (seen.top - rank - 0.5) / (seen.top - seen.bottom) * image.height()
                room = QRectF(0, y - metrics.height() / 2, image.left() - GAP + 1, metrics.height())
                if image.top() - 4 <= room.center().y() <= image.bottom() + 2:
                    painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        if image.bottom() + metrics.height() > self.height():
            return
        spacing = max(1, round(nice((seen.right - seen.left) / max(2.0, image.width() / 52))))
        for step in range(int(np.ceil(seen.left / spacing)) * spacing, int(np.ceil(seen.right)), spacing):
            x = image.left() + (step + 0.5 - seen.left) / (seen.right - seen.left) * image.width()
            text = grouped(step)
            half = metrics.horizontalAdvance(text) / 2
            if x + half <= self.width() and (step or x - half >= 0):
                room = QRectF(x - half - 1, image.bottom() + 2, 2 * half + 2, metrics.height())
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_mark(self, painter: QPainter, image: QRect) -> None:
        if self._mark is None:
            return
        seen, (step, rank) = self._seen(), self._mark
        across = image.width() / (seen.right - seen.left)
        upwards = image.height() / (seen.top - seen.bottom)
        x = image.left() + (step + 0.5 - seen.left) * across
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(self._theme.color("text"), 1.0)
        pen.setDashPattern([1.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, image.top()), QPointF(x, image.bottom()))
        if rank is None:
            return
        y = image.top() + (seen.top - rank - 0.5) * upwards
        painter.drawLine(QPointF(image.left(), y), QPointF(image.right(), y))
        if self._pinned:
            painter.setPen(QPen(self._theme.color("text"), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            across, upwards = max(across, 6.0), max(upwards, 6.0)
            painter.drawRect(QRectF(x - across / 2, y - upwards / 2, across, upwards))

    # -- gestures -----------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render for the new size."""
        super().resizeEvent(event)
        self._ground = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = (event.position(), self._seen()), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while pressed, point while not."""
        position = event.position()
        if self._pressed is None:
            found = self._at(position)
            if found is not None:
                self.pointed.emit(*found)
            return
        start, frame = self._pressed
        moved = position - start
        if self._dragged or abs(moved.x()) + abs(moved.y()) > CLICK_PIXELS:
            self._dragged = True
            image = self._rects()[1]
            right = -moved.x() / image.width() * (frame.right - frame.left)
            up = moved.y() / image.height() * (frame.top - frame.bottom)
            self._show(frame.moved(right, up))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click or a drag."""
        if self._pressed is not None and not self._dragged:
            found = self._at(event.position())
            if found is not None:
                self.clicked.emit(*found)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        self.reset.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse; with Ctrl along the steps, with Shift along the units only."""
        image = self._rects()[1]
        if self._heat is None or not event.angleDelta().y():
            return
        factor = 0.8 ** (event.angleDelta().y() / 120)
        keys, position = event.modifiers(), event.position()
        right = min(max((position.x() - image.left()) / image.width(), 0.0), 1.0)
        up = min(max((image.bottom() - position.y()) / image.height(), 0.0), 1.0)
        across = 1.0 if keys & Qt.KeyboardModifier.ShiftModifier else factor
        upwards = 1.0 if keys & Qt.KeyboardModifier.ControlModifier else factor
        self._show(self._seen().zoomed(right, up, across, upwards))
        event.accept()

    def _show(self, frame: Frame) -> None:
        """Show `frame` as far as it lies on the map."""
        assert self._heat is not None
        self.framed.emit(frame.within(*self._heat.values.shape))

    def event(self, event: QEvent) -> bool:
        """Explain caption and upright axis where the mouse rests; over the map itself words would be in the way."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            caption, image = self._rects()
            help_text = self._help[0] if caption.contains(event.pos()) else ""
            if image.top() <= event.y() <= image.bottom() and event.x() < image.left():
                help_text = self._help[1]
            QToolTip.showText(event.globalPos(), tooltip(help_text), self)
            return True
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget a half-made click."""
        super().leaveEvent(event)
        self._pressed = None
