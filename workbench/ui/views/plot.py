"""One themed plot for every view of curves: faint horizontal grid, no box, dates below, a zoom that can be undone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPen, QResizeEvent, Qt
from PySide6.QtWidgets import QWidget

from workbench.core.clock import Clock
from workbench.ui.text import number
from workbench.ui.theme import Theme, font
from workbench.ui.views.ticks import log_ticks, nice, number_texts, row_ticks

LONG = 2_000
"""Points from which a curve is drawn with thin, segmented lines: wide pens are 4 to 5 times slower."""

POINTED = 0.06
"""Share of the width and height of a plot within which a point is meant."""

AIR_PX = 12
"""Pixels behind the last tick of an axis."""

LABEL_WIDTH = 84
"""Pixels a date needs beside its neighbour."""

TICK_HEIGHT, TICK_WIDTH = 28, 56
"""Pixels from one number to the next, on an upright and on a lying axis."""

GRID_ALPHA = 28


class NumberAxis(pg.AxisItem):
    """An axis of plain numbers with thin spaces.

    Parameters
    ----------
    whole
        Put ticks at whole numbers only, e.g. epochs.
    """

    def __init__(self, orientation: str = "left", *, whole: bool = False) -> None:
        super().__init__(orientation, maxTickLength=0 if orientation == "left" else -4)
        self.enableAutoSIPrefix(False)
        self._whole = whole

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return one level of ticks: minor ones are noise without labels."""
        lo, hi = sorted((minVal, maxVal))
        if not hi > lo:
            return []
        room = TICK_HEIGHT if self.orientation == "left" else TICK_WIDTH
        most = max(2, int(size / room))
        if self.logMode:
            return [(1.0, log_ticks(lo, hi, most))]
        # A label at the very edge is cut off: those that tell the scale lie a little inside.
        edge = min(0.25, 8 / max(size, 1)) * (hi - lo)
        spacing = nice((hi - lo) / most)
        if len(_multiples(lo + edge, hi - edge, spacing)) < 2 and size > 1.5 * room:
            spacing = nice(0.4 * spacing)
        spacing = max(1.0, spacing) if self._whole else spacing
        return [(spacing, [index * spacing for index in _multiples(lo, hi, spacing)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the values."""
        if self.logMode:
            return [number(10.0**value, 3) for value in values]
        return number_texts(values, spacing)


def _multiples(lo: float, hi: float, spacing: float) -> range:
    return range(math.ceil(lo / spacing - 1e-9), math.floor(hi / spacing + 1e-9) + 1)


class RowAxis(pg.AxisItem):
    """An axis whose numbers are rows and whose words are times."""

    def __init__(self) -> None:
        super().__init__("bottom", maxTickLength=-4)
        self._clock = Clock(0)
        self._texts: dict[float, str] = {}

    def set_clock(self, clock: Clock) -> None:
        """Use the times of `clock`."""
        if clock is not self._clock:
            self._clock = clock
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Put ticks at round times."""
        ticks = row_ticks(self._clock, minVal, maxVal, max(2, int(size / LABEL_WIDTH)))
        self._texts = dict(zip(ticks.rows.tolist(), ticks.texts, strict=True))
        return [(1.0, ticks.rows.tolist())]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the times."""
        return [self._texts.get(value, "") for value in values]


class _Band(pg.LinearRegionItem):
    """A band with hard edges: smoothing a large transparent area costs 1 ms a frame and shows nothing."""

    def paint(self, painter: QPainter, *options: object) -> None:
        """Paint without smoothing."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        super().paint(painter, *options)


class Plot(pg.PlotWidget):
    """A plot of curves.

    The wheel zooms, dragging pans, a double click shows everything again; over an axis the wheel zooms that axis
    alone. pyqtgraph's own menu is off: the view has one. Other axes
    than those of rows and numbers are given as `below` and `left`.

    Signals
    -------
    range_changed()
        Another part is seen: pan, zoom or a new size.
    resized()
        The plot has another size.
    hovered(float, float)
        The mouse is over this x and y.
    clicked(float, float)
    reset()
        Double click.
    """

    range_changed = Signal()
    resized = Signal()
    hovered = Signal(float, float)
    clicked = Signal(float, float)
    left = Signal()
    reset = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, rows: bool = True, whole: bool = True,
        below: pg.AxisItem | None = None, left: NumberAxis | None = None,
    ) -> None:  # fmt: skip
        self.row_axis = RowAxis() if rows and below is None else None
        self.number_axis = left or NumberAxis()
        below = below or self.row_axis or NumberAxis("bottom", whole=whole)
        super().__init__(parent, axisItems={"left": self.number_axis, "bottom": below}, enableMenu=False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setAntialiasing(True)
        # The view's own menu is asked for: it sits behind the plot.
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.getPlotItem()
        item.hideButtons()
        item.layout.setContentsMargins(0, 4, 4, 0)
        self.box = item.getViewBox()
        self.box.setDefaultPadding(0.0)
        self.box.sigRangeChanged.connect(lambda *_: self.range_changed.emit())
        self.scene().sigMouseClicked.connect(self._click)
        self.scene().sigMouseMoved.connect(self._move)
        for axis in (self.number_axis, below):
            axis.setStyle(tickTextOffset=5, autoReduceTextSpace=False, hideOverlappingLabels=True)
        self.number_axis.setGrid(255)
        self.number_axis.setStyle(tickTextWidth=28, tickAlpha=GRID_ALPHA)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and font."""
        # An opaque ground spares Qt painting the card beneath at every frame.
        self.setBackground(theme.color("surface"))
        small = QFont(font("small"))
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setTickFont(small)
            axis.setTextPen(theme.color("muted"))
            axis.setPen(pg.mkPen(theme.color("border"), width=1))
            # Grid lines take this pen with the alpha of setGrid.
            axis.setTickPen(pg.mkPen(theme.color("muted"), width=1))

    def set_clock(self, clock: Clock) -> None:
        """Name rows by the times of `clock`."""
        if self.row_axis is not None:
            self.row_axis.set_clock(clock)

    @property
    def columns_of_pixels(self) -> int:
        """Width of the drawing in pixels."""
        return max(int(self.box.width()), 1)

    def visible(self) -> tuple[float, float]:
        """First and last x that can be seen."""
        (lo, hi), _y = self.box.viewRange()
        return lo, hi

    def show_x(self, lo: float, hi: float) -> None:
        """Show `lo` to `hi`, edge to edge."""
        if hi > lo:
            self.box.setXRange(lo, hi, padding=0.0)

    def show_y(self, lo: float, hi: float, padding: float = 0.06) -> None:
        """Show `lo` to `hi` with some air; equal ends get a range around them."""
        if not (math.isfinite(lo) and math.isfinite(hi)):
            return
        if hi - lo < 1e-12 * max(abs(lo), abs(hi), 1e-300):
            room = abs(hi) * 0.05 or 1.0
            lo, hi = lo - room, hi + room
        (_x, now) = self.box.viewRange()
        air = (hi - lo) * padding
        wanted = (lo - air, hi + air)
        # A change below a quarter of a pixel would redraw both axes for nothing.
        if max(abs(wanted[0] - now[0]), abs(wanted[1] - now[1])) > 1e-3 * (wanted[1] - wanted[0]):
            self.box.setYRange(*wanted, padding=0.0)

    def add_curve(self, *, z: float = 0.0) -> pg.PlotCurveItem:
        """Add an empty curve; NaN breaks it."""
        item = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
        item.setZValue(z)
        self.addItem(item, ignoreBounds=True)
        return item

    def add_line(self, *, movable: bool = False, horizontal: bool = False, z: float = 5.0) -> pg.InfiniteLine:
        """Add a straight line, hidden until it is placed."""
        line = pg.InfiniteLine(angle=0 if horizontal else 90, movable=movable)
        line.setZValue(z)
        line.setVisible(False)
        self.addItem(line, ignoreBounds=True)
        return line

    def add_band(self, *, movable: bool = False, z: float = -20.0) -> pg.LinearRegionItem:
        """Add an upright band from one x to another, without visible edges."""
        band = _Band(movable=movable, swapMode="block")
        for line in band.lines:
            line.setMovable(False)
            line.setPen(pg.mkPen(None))
            line.setHoverPen(pg.mkPen(None))
        band.setZValue(z)
        self.addItem(band, ignoreBounds=True)
        return band

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Tell that the number of pixels changed."""
        super().resizeEvent(event)
        if event is not None:
            self.resized.emit()
            self.range_changed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset.emit()

    def leaveEvent(self, event: object) -> None:
        """Tell that the mouse is elsewhere."""
        super().leaveEvent(event)
        self.left.emit()

    def _move(self, position: object) -> None:
        if self.box.sceneBoundingRect().contains(position):
            point = self.box.mapSceneToView(position)
            self.hovered.emit(point.x(), point.y())

    def _click(self, event: object) -> None:
        if event.button() != Qt.MouseButton.LeftButton or event.double():  # type: ignore[attr-defined]
            return
        position = event.scenePos()  # type: ignore[attr-defined]
        if self.box.sceneBoundingRect().contains(position):
            point = self.box.mapSceneToView(position)
            self.clicked.emit(point.x(), point.y())


def roomy(plot: Plot, last: float) -> float:
    """Return where an axis from 0 ends so that the number at `last` is written: half of it stands behind the tick."""
    return last * (1.0 + AIR_PX / max(plot.columns_of_pixels, 10 * AIR_PX))


def nearest(plot: Plot, x: NDArray[np.floating], y: NDArray[np.floating], at: tuple[float, float]) -> int | None:
    """Return which of the points (N,) lies where a person points `at`, None if none is near on the screen."""
    (left, right), (bottom, top) = plot.box.viewRange()
    away = np.hypot((x - at[0]) / (right - left), (y - at[1]) / (top - bottom))
    best = int(np.argmin(away))
    return best if away[best] < POINTED else None


def pen(color: QColor, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen that is `width` pixels wide at any zoom."""
    made = QPen(color, width, style)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def draw_curve(item: pg.PlotCurveItem, x: NDArray[np.floating], y: NDArray[np.floating], line: QPen) -> None:
    """Show points; long curves get thin, segmented lines. What shows nothing and shall show nothing is left alone."""
    if not len(x) and (item.xData is None or not len(item.xData)):
        return
    long = len(x) > LONG
    if long and line.widthF() > 1.0:
        line = QPen(line)
        line.setWidthF(1.0)
    item.setSegmentedLineMode("on" if long else "off")
    item.setData(x, y, pen=line)
