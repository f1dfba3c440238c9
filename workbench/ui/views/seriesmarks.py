"""Marks in the Series view: faults, filled values, and what another choice would read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QBrush, Qt

from workbench.core.alternatives import Alternative
from workbench.core.faults import FaultKind
from workbench.ui.faultmarks import MARKS, shape
from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, pen
from workbench.ui.views.seriesdata import Placed, Sources
from workbench.ui.views.tracks import Track

SIZE = 8
NO_BRUSH = QBrush(Qt.BrushStyle.NoBrush)
APART = 6
"""Pixels between two marks of a kind; of nearer ones the first is drawn."""

FOOT, LEVEL = 0.035, 0.045
"""Height of the lowest marks, and from one kind to the next, as shares of the plot's height."""

MOST_DOTS = 400
"""Filled values are drawn as hollow dots while no more can be seen; then the dotted line alone."""

BARRED: frozenset[FaultKind] = frozenset({"missing-step"})
"""Kinds that the bars of missing rows at the foot already show."""


class Marks:
    """Scatter items of one plot."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._items: dict[FaultKind, pg.ScatterPlotItem] = {}
        self.filled = self._item(3)
        self.ghost = self._item(6)
        self.ghost_line = plot.add_curve(z=6)

    def _item(self, z: float) -> pg.ScatterPlotItem:
        item = pg.ScatterPlotItem(size=SIZE, pxMode=True)
        item.setZValue(z)
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def draw_faults(
        self,
        theme: Theme,
        found: tuple[Placed, ...],
        sources: Sources,
        tracks: Mapping[int, Track],
        lo: float,
        hi: float,
    ) -> None:
        """Draw the faults from row `lo` to `hi`: at their value, or one level a kind at the foot of the plot."""
        seen = {entry.kind for entry in found}
        for kind, item in self._items.items():
            if kind not in seen:
                item.setData([], [])
        (_x, (bottom, top)) = self._plot.box.viewRange()
        pixel, level = (hi - lo) / self._plot.columns_of_pixels, 0
        for entry in found:
            mark = MARKS[entry.kind]
            if entry.kind in BARRED and sources.dataset is not None and sources.clock.step is not None:
                continue
            x, column = _apart(entry, lo, hi, APART * pixel)
            if mark.at_value:
                y = _heights(x, column, sources, tracks)
            else:
                y = np.full(len(x), bottom + (top - bottom) * (FOOT + LEVEL * level))
                level += 1
            if entry.kind not in self._items:
                self._items[entry.kind] = self._item(5)
                self._items[entry.kind].setSymbol(shape(entry.kind))
            color = theme.color(mark.role)
            brush = color if mark.filled else NO_BRUSH
            self._items[entry.kind].setData(x, y, pen=pen(color, 1.5) if not mark.filled else None, brush=brush)

    def draw_filled(self, theme: Theme, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Draw filled values as hollow dots."""
        few = len(x) <= MOST_DOTS
        self.filled.setData(
            x if few else [], y if few else [], pen=pen(theme.color("warn"), 1.2), brush=theme.color("surface"), size=6
        )

    def draw_alternative(
        self, theme: Theme, choice: Alternative | None, sources: Sources, tracks: Mapping[int, Track]
    ) -> None:
        """Draw what another choice would read."""
        x, y = [np.zeros(0)], [np.zeros(0)]
        for column, track in tracks.items():
            points = choice.points.get(sources.names[column]) if choice is not None else None
            if points is not None:
                x += [points[0], np.array([np.nan])]
                y += [track.place(points[1]), np.array([np.nan])]
        rows, heights = np.concatenate(x), np.concatenate(y)
        line = choice is not None and choice.policy == "resample"
        color = theme.color("accent")
        self.ghost_line.setData(rows if line else [], heights if line else [], pen=pen(color, 2.0), connect="finite")
        good = np.isfinite(rows) & (not line)
        self.ghost.setData(rows[good], heights[good], pen=pen(color, 1.8), brush=NO_BRUSH, size=9)

    def kinds_at(self, found: tuple[Placed, ...], row: int) -> tuple[FaultKind, ...]:
        """Return the kinds of faults a row has."""
        return tuple(entry.kind for entry in found if entry.within(row, row).start < entry.within(row, row).stop)

    def nearest(self, found: tuple[Placed, ...], x: float, reach: float) -> int | None:
        """Return the row of the fault nearest to `x`, if one is within `reach` rows."""
        best: int | None = None
        for entry in found:
            at = int(np.searchsorted(entry.rows, x))
            for row in entry.rows[max(at - 1, 0) : at + 1].tolist():
                if abs(row - x) <= (reach if best is None else abs(best - x)):
                    best = row
        return best


def _apart(entry: Placed, lo: float, hi: float, distance: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return rows and columns of the faults that can be seen, none nearer to the one before than `distance`."""
    here = entry.within(lo, hi)
    rows, column = entry.rows[here], entry.column[here]
    if len(rows) > 1 and distance > 1:
        bucket = (rows // distance).astype(np.int64)
        first = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
        rows, column = rows[first], column[first]
    return rows.astype(np.float64), column


def _heights(
    x: NDArray[np.float64], column: NDArray[np.int64], sources: Sources, tracks: Mapping[int, Track]
) -> NDArray[np.float64]:
    found = np.full(len(x), np.nan)
    for place, track in tracks.items():
        mine = column == place
        found[mine] = track.place(sources.values[place][x[mine].astype(np.int64)])
    return found
