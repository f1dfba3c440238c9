"""The file as a curve: parts, gaps, and the window and horizon that are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import Qt

from workbench.core.clock import Clock
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.insight.decimate import Curve, curve, decimated, merged
from workbench.core.problems import N_
from workbench.core.table import Table
from workbench.ui.text import DOT, count, every
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.naming import column_words
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry

PARTS: tuple[tuple[Part, str], ...] = (("train", N_("train")), ("valid", N_("valid")), ("test", N_("test")))

BAND_ALPHA = 0.11

FEW = 500
"""Up to this many rows on the screen a stronger line is drawn."""


class SeriesView(AbstractView):
    """Every column over all rows, with split borders and the window to drag."""

    key = "series"
    title = N_("Series")

    def build(self) -> None:
        """Make the plot, its bands, curves and handles."""
        self.plot = plot = Plot(self.theme)
        plot.box.setMouseEnabled(x=True, y=False)
        self.plots.addWidget(plot)
        self._bands = [plot.add_band() for _part in PARTS]
        self._window = plot.add_band(movable=True, z=8)
        self._horizon = plot.add_band(z=7)
        self._curves = [plot.add_curve(z=1) for _part in PARTS]
        self._held = plot.add_curve(z=2)
        self._missing = plot.add_curve(z=2)
        self._borders = [plot.add_line(movable=True, z=6) for _border in (0, 1)]
        self._step = plot.add_line(z=9)
        self._chooser = Chooser(_("Column"), self)
        self.controls.addStretch(1)
        self.controls.addWidget(self._chooser)
        self._sources = _Sources()
        self._moving = False
        self._connect()

    def _connect(self) -> None:
        self.plot.range_changed.connect(self.mark)
        self.plot.reset.connect(self.reset_zoom)
        self.plot.clicked.connect(self._clicked)
        self._window.sigRegionChanged.connect(self._window_dragged)
        self._window.sigRegionChangeFinished.connect(self._window_dropped)
        self._borders[0].sigPositionChangeFinished.connect(lambda: self._split_dropped(0))
        self._borders[1].sigPositionChangeFinished.connect(lambda: self._split_dropped(1))
        self._chooser.chosen.connect(self._chosen)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what can be seen of the chosen column."""
        if self._sources.changed(self.session.dataset, self.session.table):
            self._take()
        if not self._sources.names:
            self.say(_("Here your series appears. Drop a file on the window, or press Open or Samples."))
            return
        self.show_picture()
        self._draw_curves()
        self._place()

    def follow(self, before: Cursor) -> None:
        """Move the handles; another target is another curve."""
        if self.session.cursor.target != before.target:
            self.mark()
        self._place()

    def _take(self) -> None:
        """Show another series; from end to end, unless only its settings are different."""
        before, target = self._sources.shown, self.session.cursor.target
        same = self._sources
        self._sources = _Sources(self.session.dataset, self.session.table)
        names = self._sources.names
        self._sources.shown = min(before if before < len(names) else target, max(len(names) - 1, 0))
        self._chooser.setVisible(len(names) > 1)
        self.plot.set_clock(self._sources.clock)
        if (same.names, same.clock.rows) != (names, self._sources.clock.rows):
            self.reset_zoom()

    def _draw_curves(self) -> None:
        sources = self._sources
        self._chooser.offer(sources.names, sources.shown)
        lo, hi = self.plot.visible()
        lo, hi = max(int(lo) - 1, 0), min(int(hi) + 3, sources.clock.rows)
        prepared = sources.curve()
        edges = self._edges()
        low, high = np.inf, -np.inf
        for item, (part, _label), first, behind in zip(self._curves, PARTS, edges[:-1], edges[1:], strict=True):
            # One row more than the part, so that the curve does not break at a border.
            x, y = decimated(prepared, max(lo, first), min(hi, behind + 1), self._share(first, behind, lo, hi))
            role = part if self.session.dataset is not None else "text"
            draw_curve(item, x, y, pen(self.theme.color(role), 1.0 if hi - lo > FEW else 1.5))
            if len(y) and np.isfinite(y).any():
                low, high = min(low, float(np.nanmin(y))), max(high, float(np.nanmax(y)))
        self.plot.show_y(low, high)
        self._draw_missing(lo, hi)
        self.set_heading(self._words())

    def _share(self, first: int, behind: int, lo: int, hi: int) -> int:
        """Pixels that fall to the rows of one part."""
        inside = max(min(hi, behind) - max(lo, first), 0)
        return max(1, round(self.plot.columns_of_pixels * inside / max(hi - lo, 1)))

    def _edges(self) -> tuple[int, ...]:
        dataset = self.session.dataset
        if dataset is None:
            return (0, self._sources.clock.rows, self._sources.clock.rows, self._sources.clock.rows)
        return (0, dataset.split.train, dataset.split.valid, dataset.split.rows)

    def _draw_missing(self, lo: int, hi: int) -> None:
        """Mark missing rows at the foot of the plot, and draw filled values as a curve of their own."""
        prepared = self._sources.curve()
        near = (prepared.gap_stop > lo) & (prepared.gap_start < hi)
        pixel = (hi - lo) / self.plot.columns_of_pixels
        start, stop = merged(prepared.gap_start[near], prepared.gap_stop[near], 2 * pixel)
        (_x, (bottom, _top)) = self.plot.box.viewRange()
        stop = np.maximum(stop, start + 2 * pixel)
        x = np.stack([start - 0.5, stop - 0.5], axis=1).ravel()
        line = pen(self.theme.color("warn"), 6.0)
        line.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._missing.setData(x, np.full(len(x), bottom), connect="pairs", pen=line)
        held = self._sources.held()
        if held is None or not len(start):
            self._held.setData([], [])
            return
        x, y = decimated(held, lo, hi, self.plot.columns_of_pixels)
        draw_curve(self._held, x, y, pen(self.theme.color("warn"), 1.0, Qt.PenStyle.DotLine))

    def _words(self) -> Heading:
        sources, dataset = self._sources, self.session.dataset
        words = [column_words(self.session, sources.names[sources.shown]), every(sources.clock.step)]
        subtitle = DOT.join(word for word in words if word)
        if dataset is None:
            return Heading(subtitle)
        windows = sum(len(dataset.part(part)) for part, _label in PARTS)
        legend = tuple(LegendEntry(part, _(label), "square") for part, label in PARTS)
        missing = int((sources.curve().gap_stop - sources.curve().gap_start).sum())
        facts = _("{count} windows").format(count=count(windows))
        if missing:
            facts = _("{count} missing").format(count=count(missing)) + DOT + facts
        return Heading(subtitle, facts, legend)

    def _place(self) -> None:
        """Put bands and handles where project and cursor say."""
        dataset, cursor = self.session.dataset, self.session.cursor
        edges = self._edges()
        for band, first, behind in zip(self._bands, edges[:-1], edges[1:], strict=True):
            band.setVisible(dataset is not None)
            band.setRegion((first - 0.5, behind - 0.5))
        for line, row in zip(self._borders, edges[1:3], strict=True):
            line.setVisible(dataset is not None)
            if not line.moving:
                line.setValue(row - 0.5)
        shown = dataset is not None and cursor.window is not None
        self._window.setVisible(shown)
        self._horizon.setVisible(shown)
        self._step.setVisible(shown and cursor.step is not None)
        if dataset is None or cursor.window is None or self._moving:
            return
        self._moving = True
        start, spec = cursor.window, dataset.spec
        self._window.setRegion((start - 0.5, start + spec.window - 0.5))
        self._horizon.setRegion((start + spec.origin - 0.5, start + spec.origin + spec.horizon - 0.5))
        self._place_step(start + (cursor.step or 0))
        self._moving = False

    def _place_step(self, row: int) -> None:
        """Move the line at the cursor's step, unless it would stand on the same pixel: that saves a repaint."""
        lo, hi = self.plot.visible()
        if abs(row - float(self._step.value())) * self.plot.columns_of_pixels >= hi - lo:
            self._step.setValue(row)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        theme = self.theme
        self.plot.set_theme(theme)
        for band, (part, _label) in zip(self._bands, PARTS, strict=True):
            band.setBrush(theme.color(part, BAND_ALPHA))
        self._window.setBrush(theme.color("text", 0.16))
        self._window.setHoverBrush(theme.color("text", 0.26))
        self._horizon.setBrush(theme.color("accent", 0.30))
        for line in self._window.lines:
            line.setPen(pen(theme.color("text"), 1))
        self._horizon.lines[1].setPen(pen(theme.color("accent"), 1))
        for line in self._borders:
            line.setPen(pen(theme.color("border"), 1))
            line.setHoverPen(pen(theme.color("text"), 2))
        self._step.setPen(pen(theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show all rows."""
        rows = max(self._sources.clock.rows, 2)
        self.plot.box.setLimits(xMin=-0.5, xMax=rows - 0.5, minXRange=4)
        self.plot.show_x(-0.5, rows - 0.5)
        self.mark()

    def _window_dragged(self) -> None:
        dataset = self.session.dataset
        if dataset is None or self._moving:
            return
        first = self._window.getRegion()[0] + dataset.spec.origin
        self._horizon.setRegion((first, first + dataset.spec.horizon))

    def _window_dropped(self) -> None:
        if not self._moving:
            self._point(self._window.getRegion()[0] + 0.5)

    def _clicked(self, x: float, _y: float) -> None:
        """Put the end of the window where a person clicks: the forecast starts there."""
        dataset = self.session.dataset
        if dataset is not None:
            self._point(x - dataset.spec.origin)

    def _point(self, row: float) -> None:
        """Look at the usable window nearest to `row`."""
        dataset = self.session.dataset
        if dataset is not None:
            self.session.point(window=nearest_window(dataset, row), step=None)
            self._place()

    def _split_dropped(self, border: int) -> None:
        dataset = self.session.dataset
        if dataset is None:
            return
        rows = dataset.split.rows
        train, valid = dataset.split.train, dataset.split.valid
        row = float(self._borders[border].value()) + 0.5
        if border == 0:
            train = int(np.clip(round(row), 0.05 * rows, min(0.95 * rows, valid - 0.02 * rows)))
        else:
            valid = int(np.clip(round(row), train + 0.02 * rows, 0.98 * rows))
        self.session.edit("data", train_share=round(train / rows, 6), valid_share=round((valid - train) / rows, 6))
        self.mark()

    def _chosen(self, index: int) -> None:
        self._sources.shown = index
        dataset = self.session.dataset
        if dataset is not None and index < dataset.targets:
            self.session.point(target=index)
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return time and values of all rows."""
        sources = self._sources
        times = sources.clock.at(np.arange(sources.clock.rows))
        return [(_("time"), times), *zip(sources.names, sources.values, strict=True)]


def nearest_window(dataset: Dataset, row: float) -> int:
    """Return the start of the usable window of any part that is nearest to `row`."""
    starts = np.concatenate([dataset.train.start, dataset.valid.start, dataset.test.start])
    starts = np.sort(starts)
    right = int(np.clip(np.searchsorted(starts, row), 1, len(starts) - 1)) if len(starts) > 1 else 0
    left = max(right - 1, 0)
    return int(starts[left] if abs(starts[left] - row) <= abs(starts[right] - row) else starts[right])


def file_clock(table: Table) -> Clock:
    """Return the times of the rows as they stand in the file, or row numbers where times are missing or go back."""
    axis = table.time
    if axis is None or np.isnat(axis.values).any() or (np.diff(axis.values) <= np.timedelta64(0)).any():
        return Clock(table.rows)
    return Clock(table.rows, axis.values, axis.step)


class _Sources:
    """Columns to draw, prepared when they are first looked at: of the dataset, or of the table without one."""

    def __init__(self, dataset: Dataset | None = None, table: Table | None = None) -> None:
        self._dataset, self._table = dataset, table
        self._curves: dict[int, Curve] = {}
        self._held: dict[int, Curve] = {}
        self.shown = 0
        self.names: tuple[str, ...] = ()
        self.values: list[NDArray[np.float64]] = []
        self.clock = Clock(0)
        if dataset is not None:
            self.names, self.clock = dataset.columns, dataset.clock
            self.values = list(dataset.values.T)
        elif table is not None:
            self.names = table.numeric
            self.clock = file_clock(table)
            self.values = [np.asarray(table[name].values, dtype=np.float64) for name in self.names]

    def changed(self, dataset: Dataset | None, table: Table | None) -> bool:
        """True if these are not the sources of `dataset` and `table`."""
        return dataset is not self._dataset or table is not self._table

    def curve(self) -> Curve:
        """Return the shown column, ready to draw."""
        if self.shown not in self._curves:
            self._curves[self.shown] = curve(self.values[self.shown])
        return self._curves[self.shown]

    def held(self) -> Curve | None:
        """Return the values put into gaps, joined to their neighbours; None where no gap was filled."""
        dataset = self._dataset
        if dataset is None or dataset.filled is dataset.values:
            return None
        if self.shown not in self._held:
            column = self.shown
            missing = ~dataset.observed[:, column]
            wanted = missing | np.append(missing[1:], False) | np.insert(missing[:-1], 0, False)
            self._held[column] = curve(np.where(wanted, dataset.filled[:, column], np.nan))
        return self._held[self.shown]
