"""The curves of the Series view: one column in the colours of the parts, or several in tracks or over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPen, Qt

from workbench.core.events import Part
from workbench.core.insight.decimate import decimated, merged
from workbench.core.problems import N_
from workbench.ui.theme import Theme, font
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.seriesdata import Sources
from workbench.ui.views.tracks import COLUMN_ROLES, PLAIN, Track, TrackAxis, overlaid, stacked
from workbench.ui.views.view import LegendEntry

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]

PARTS: tuple[tuple[Part, str], ...] = (("train", N_("train")), ("valid", N_("valid")), ("test", N_("test")))

MOST_FILLED = 5_000
"""More filled values than this on the screen are told by the marks of missing rows at the foot alone."""

FEW = 500
"""Up to this many rows on the screen a stronger line is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What was drawn.

    Attributes
    ----------
    lo, hi
        First row that can be seen, and the row behind the last.
    tracks
        Where each shown column is drawn.
    filled_x, filled_y
        Places of the filled values.
    """

    lo: int
    hi: int
    tracks: Mapping[int, Track]
    filled_x: Floats
    filled_y: Floats


class Curves:
    """A plot and the curves in it."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._axis = TrackAxis()
        self.plot = Plot(theme, left=self._axis)
        self.plot.box.setMouseEnabled(x=True, y=False)
        self.missing = self.plot.add_curve(z=2)
        self.held = self.plot.add_curve(z=2)
        self.items: list[pg.PlotCurveItem] = [self.plot.add_curve(z=1) for _part in PARTS]
        self._names: list[pg.TextItem] = []

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.plot.set_theme(theme)

    def draw(self, sources: Sources, columns: tuple[int, ...], mode: str, edges: Sequence[int]) -> Picture:
        """Draw what can be seen of `columns`."""
        lo, hi = self.plot.visible()
        first, behind = max(int(lo) - 1, 0), min(int(hi) + 3, sources.clock.rows)
        if mode == "one":
            tracks = {columns[0]: self._draw_parts(sources, columns[0], edges, first, behind)}
        else:
            tracks = self._draw_columns(sources, columns, mode, first, behind)
        self._axis.set_tracks(() if mode == "one" else tuple(tracks.values()))
        self._name_tracks(sources, tracks if mode == "stacked" else {}, lo)
        self._draw_missing(sources, tracks, mode, first, behind)
        x, y = self._draw_held(sources, tracks, first, behind)
        return Picture(first, behind, tracks, x, y)

    def legend(self, sources: Sources, columns: tuple[int, ...]) -> tuple[LegendEntry, ...]:
        """Return the colours of columns drawn over each other."""
        return tuple(LegendEntry(_role(place), sources.names[column]) for place, column in enumerate(columns))

    def _item(self, place: int) -> pg.PlotCurveItem:
        while len(self.items) <= place:
            self.items.append(self.plot.add_curve(z=1))
        return self.items[place]

    def _clear(self, used: int) -> None:
        for item in self.items[used:]:
            item.setData([], [])

    def _draw_parts(self, sources: Sources, column: int, edges: Sequence[int], lo: int, hi: int) -> Track:
        """Draw one column, each part in its colour, and show its range."""
        prepared, low, high = sources.curve(column), np.inf, -np.inf
        for place, ((part, _label), first, behind) in enumerate(zip(PARTS, edges[:-1], edges[1:], strict=True)):
            inside = max(min(hi, behind) - max(lo, first), 0)
            pixels = max(1, round(self.plot.columns_of_pixels * inside / max(hi - lo, 1)))
            # One row more than the part, so that the curve does not break at a border.
            x, y = decimated(prepared, max(lo, first), min(hi, behind + 1), pixels)
            dataset = sources.dataset
            role = part if dataset is not None and dataset.split.places is None else "text"
            draw_curve(self._item(place), x, y, self._pen(role, hi - lo))
            low, high = _widened(low, high, y)
        self._clear(len(PARTS))
        self.plot.show_y(low, high)
        return PLAIN

    def _draw_columns(
        self, sources: Sources, columns: tuple[int, ...], mode: str, lo: int, hi: int
    ) -> dict[int, Track]:
        """Draw several columns, each by its own scale."""
        points = [decimated(sources.curve(column), lo, hi, self.plot.columns_of_pixels) for column in columns]
        ranges = [_widened(np.inf, -np.inf, y) for _x, y in points]
        tracks = (stacked if mode == "stacked" else overlaid)(ranges)
        for place, ((x, y), track) in enumerate(zip(points, tracks, strict=True)):
            role = _role(place) if mode == "overlaid" else "text"
            draw_curve(self._item(place), x, track.place(y), self._pen(role, hi - lo))
        self._clear(len(columns))
        self.plot.show_y(0.0, float(len(columns)) if mode == "stacked" else 1.0, 0.0 if mode == "stacked" else 0.06)
        return dict(zip(columns, tracks, strict=True))

    def _pen(self, role: str, rows: int) -> QPen:
        return pen(self._theme.color(role), 1.0 if rows > FEW else 1.5)

    def _name_tracks(self, sources: Sources, tracks: Mapping[int, Track], lo: float) -> None:
        """Write each column's name at the upper left end of its track."""
        while len(self._names) < len(tracks):
            item = pg.TextItem(anchor=(0, 0.5))
            item.setFont(font("small"))
            item.setZValue(11)
            self.plot.addItem(item, ignoreBounds=True)
            self._names.append(item)
        for item in self._names[len(tracks) :]:
            item.setVisible(False)
        for item, (column, track) in zip(self._names, tracks.items(), strict=False):
            item.setVisible(True)
            item.setText(sources.names[column], color=self._theme.color("muted"))
            item.fill = pg.mkBrush(self._theme.color("surface", 0.7))
            item.setPos(lo, track.top)

    def _draw_missing(self, sources: Sources, tracks: Mapping[int, Track], mode: str, lo: int, hi: int) -> None:
        """Mark missing rows at the foot of the plot or of each track."""
        pixel = (hi - lo) / self.plot.columns_of_pixels
        (_x, (bottom, _top)) = self.plot.box.viewRange()
        xs, ys = [np.zeros(0)], [np.zeros(0)]
        for column, track in tracks.items():
            prepared = sources.curve(column)
            near = (prepared.gap_stop > lo) & (prepared.gap_start < hi)
            start, stop = merged(prepared.gap_start[near], prepared.gap_stop[near], 2 * pixel)
            stop = np.maximum(stop, start + 2 * pixel)
            x = np.stack([start - 0.5, stop - 0.5], axis=1).ravel()
            xs.append(x)
            ys.append(np.full(len(x), np.floor(track.bottom) if mode == "stacked" else bottom))
        line = pen(self._theme.color("warn"), 6.0)
        line.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.missing.setData(np.concatenate(xs), np.concatenate(ys), connect="pairs", pen=line)

    def _draw_held(self, sources: Sources, tracks: Mapping[int, Track], lo: int, hi: int) -> Points:
        """Draw filled values as a dotted line from the value before to the value behind; return their places."""
        xs, ys = [np.zeros(0)], [np.zeros(0)]
        dots_x, dots_y = [np.zeros(0)], [np.zeros(0)]
        for column, track in tracks.items():
            rows = sources.filled_rows(column, lo, hi)
            if not 0 < len(rows) <= MOST_FILLED:
                continue
            near = np.unique(np.concatenate([rows - 1, rows, rows + 1]))
            near = near[(near >= 0) & (near < sources.clock.rows)]
            breaks = np.flatnonzero(np.diff(near) > 1) + 1
            xs += [np.insert(near.astype(np.float64), breaks, np.nan), np.array([np.nan])]
            ys += [np.insert(track.place(sources.filled_values(column, near)), breaks, np.nan), np.array([np.nan])]
            dots_x.append(rows.astype(np.float64))
            dots_y.append(track.place(sources.filled_values(column, rows)))
        line = pen(self._theme.color("warn"), 1.0, Qt.PenStyle.DotLine)
        draw_curve(self.held, np.concatenate(xs), np.concatenate(ys), line)
        return np.concatenate(dots_x), np.concatenate(dots_y)


def _role(place: int) -> str:
    return COLUMN_ROLES[place % len(COLUMN_ROLES)]


def _widened(low: float, high: float, y: Floats) -> tuple[float, float]:
    if len(y) and np.isfinite(y).any():
        return min(low, float(np.nanmin(y))), max(high, float(np.nanmax(y)))
    return low, high
