"""What surgery does to a picture of a forecast: the original as a ghost, and points of the input window to drag."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QColor, Qt

from workbench.app.session import Session
from workbench.core.dataset import Dataset
from workbench.core.operations import MovePoint
from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, draw_curve, pen

SIZE = 7
REACH = 8
"""Pixels around a point in which it is caught."""


class InputPoints(pg.ScatterPlotItem):
    """Points of a window that are dragged up and down.

    Signals
    -------
    moved(int, float, bool)
        The step was dragged to this value; True with the first movement of a drag.
    """

    moved = Signal(int, float, bool)

    def __init__(self) -> None:
        super().__init__(size=SIZE, pen=None)
        self._dragged: int | None = None

    def mouseDragEvent(self, event: object) -> None:
        """Drag the nearest point; elsewhere the plot pans."""
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            event.ignore()  # type: ignore[attr-defined]
            return
        first = event.isStart()  # type: ignore[attr-defined]
        if first:
            self._dragged = self._nearest(event.buttonDownPos())  # type: ignore[attr-defined]
        if self._dragged is None:
            event.ignore()  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        self.moved.emit(self._dragged, float(event.pos().y()), bool(first))  # type: ignore[attr-defined]
        if event.isFinish():  # type: ignore[attr-defined]
            self._dragged = None

    def _nearest(self, place: QPointF) -> int | None:
        x, y = self.getData()
        across, down = self.pixelVectors()
        if x is None or not len(x) or across is None or down is None:
            return None
        wide, high = max(abs(across.x()), 1e-30), max(abs(down.y()), 1e-30)
        distance = np.hypot((x - place.x()) / wide, (y - place.y()) / high)
        best = int(np.argmin(distance))
        return best if distance[best] <= REACH else None


class Bending:
    """The additions to one plot."""

    def __init__(self, plot: Plot, session: Session) -> None:
        self._session = session
        self._ghost = plot.add_curve(z=3.5)
        self._read = plot.add_curve(z=1.5)
        self.points = InputPoints()
        self.points.setZValue(7)
        plot.addItem(self.points, ignoreBounds=True)
        self.points.moved.connect(self._moved)
        self._window: tuple[int, int] | None = None
        self._drags = 0
        self.movable = False

    @property
    def bent(self) -> bool:
        """True while the shown forecast is that of a changed network or window."""
        shown = self._session.surgery.shown
        return shown is not None and shown.ghost is not None

    def hide(self) -> None:
        """Show nothing."""
        self._window = None
        self.points.setData([], [])
        for curve in (self._ghost, self._read):
            draw_curve(curve, np.zeros(0), np.zeros(0), pen(QColor()))

    def draw(self, dataset: Dataset, start: int, column: int, theme: Theme) -> None:
        """Show the ghost's forecast, and what is read instead of the series."""
        spec, shown = dataset.spec, self._session.surgery.shown
        origin = start + spec.origin
        ghost = shown.ghost if shown is not None else None
        x, y = np.zeros(0), np.zeros(0)
        if ghost is not None and ghost.start == start:
            x = np.arange(origin - 1, origin + len(ghost.forecast), dtype=np.float64)
            y = np.append(dataset.carried[[origin - 1], column], ghost.forecast[:, column])
        draw_curve(self._ghost, x, y, pen(theme.color("accent", 0.55), 1.4, Qt.PenStyle.DashLine))
        rows = np.arange(start, start + spec.window, dtype=np.float64)
        values = self._values(dataset, start, column)
        moved = bool((values != dataset.filled[start : start + spec.window, column]).any())
        line = values if moved else values[:0]
        draw_curve(self._read, rows[: len(line)], line, pen(theme.color("warn"), 1.4))
        self._window = (start, column) if self.movable and spec.framing == "forecast" else None
        kept = slice(None) if self._window is not None else slice(0)
        self.points.setData(rows[kept], values[kept], brush=theme.color("warn"))

    def _values(self, dataset: Dataset, start: int, column: int) -> NDArray[np.float64]:
        values: NDArray[np.float64] = dataset.filled[start : start + dataset.spec.window, column].copy()
        for entry in self._session.surgery.operations:
            if isinstance(entry, MovePoint) and (entry.window, entry.column) == (start, column):
                values[entry.step] = entry.value
        return values

    def _moved(self, step: int, value: float, first: bool) -> None:
        if self._window is None:
            return
        self._drags += first
        start, column = self._window
        move = MovePoint(window=start, step=step, column=column, value=value)
        self._session.surgery.do(move, drag=f"point {self._drags}")
