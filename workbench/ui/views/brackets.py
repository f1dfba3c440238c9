"""The ends of window and horizon as handles: dragging one changes its length, and the windows are counted meanwhile."""

from __future__ import annotations

from typing import Literal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QMouseEvent, QPainterPath, Qt

from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, pen

Side = Literal["window", "horizon"]

SIZE = 18
NEAR, OUT, TALL = 3, 13, 26
"""Pixels inside, outside and above or below a handle's middle in which it is taken hold of."""


class Brackets(QObject):
    """Two handles in a plot, outside of the window's start and of the horizon's end.

    Signals
    -------
    dragged(str, int)
        ``window`` or ``horizon`` would have this many steps.
    dropped(str, int)
        It has been let go there.
    """

    dragged = Signal(str, int)
    dropped = Signal(str, int)

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._ends: tuple[float, float, float] | None = None
        self._held: tuple[Side, int] | None = None
        self._off = 0.0
        self._items = {"window": self._item(-1), "horizon": self._item(1)}
        plot.viewport().setMouseTracking(True)
        plot.viewport().installEventFilter(self)
        plot.range_changed.connect(self._place)

    def _item(self, way: int) -> pg.ScatterPlotItem:
        path = QPainterPath()
        path.addRoundedRect(QRectF(-0.5 if way < 0 else 0.05, -0.7, 0.45, 1.4), 0.12, 0.12)
        item = pg.ScatterPlotItem(size=SIZE, symbol=path, pxMode=True)
        item.setZValue(10)
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for side, role in (("window", "text"), ("horizon", "accent")):
            self._items[side].setBrush(theme.color(role))
            self._items[side].setPen(pen(theme.color("surface"), 1.5))

    def show_at(self, ends: tuple[float, float, float] | None) -> None:
        """Put the handles at the window's start and the horizon's end; None hides them.

        Parameters
        ----------
        ends
            Start of the window, origin, end of the horizon, in rows.
        """
        self._ends = ends
        self._place()

    @property
    def held(self) -> bool:
        """True while a handle is dragged."""
        return self._held is not None

    def _place(self) -> None:
        for item in self._items.values():
            item.setVisible(self._ends is not None)
        if self._ends is not None:
            (_x, (bottom, top)) = self._plot.box.viewRange()
            middle = (bottom + top) / 2
            for side, row in (("window", self._ends[0]), ("horizon", self._ends[2])):
                self._items[side].setData([row], [middle])

    def side_at(self, position: QPointF) -> Side | None:
        """Return which handle is at a place of the plot's viewport."""
        if self._ends is None:
            return None
        (_x, (bottom, top)) = self._plot.box.viewRange()
        sides: tuple[tuple[Side, float, float], ...] = (
            ("window", self._ends[0], -1.0), ("horizon", self._ends[2], 1.0),
        )  # fmt: skip
        for side, row, way in sides:
            scene = self._plot.box.mapViewToScene(QPointF(row, (bottom + top) / 2))
            away = (position.x() - scene.x()) * way
            if -NEAR <= away <= OUT and abs(position.y() - scene.y()) <= TALL:
                return side
        return None

    def _steps(self, side: Side, position: QPointF) -> int:
        assert self._ends is not None
        row, origin = self._plot.box.mapSceneToView(position).x() + self._off, self._ends[1]
        return max(1, round(origin - row if side == "window" else row - origin))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse for a handle before the plot pans."""
        if not isinstance(event, QMouseEvent):
            return False
        position = event.position()
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            side = self.side_at(position)
            if side is not None and self._ends is not None:
                end = self._ends[0] if side == "window" else self._ends[2]
                # The handle stands beside the end it moves: the end must not jump to the mouse.
                self._off = end - self._plot.box.mapSceneToView(position).x()
                self._held = side, self._steps(side, position)
                return True
        elif event.type() == QEvent.Type.MouseMove:
            return self._moved(position)
        elif event.type() == QEvent.Type.MouseButtonRelease and self._held is not None:
            side, _before = self._held
            self._held = None
            self.dropped.emit(side, self._steps(side, position))
            return True
        return False

    def _moved(self, position: QPointF) -> bool:
        if self._held is None:
            near = self.side_at(position) is not None
            self._plot.viewport().setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)
            return False
        side, before = self._held
        steps = self._steps(side, position)
        if steps != before:
            self._held = side, steps
            self.dragged.emit(side, steps)
        return True
