"""Other times at which the chosen units behave as they do in a chosen range of the window, and a way to go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import QToolButton

from workbench.app.studies import studies_of
from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Probed
from workbench.core.insight.match import Match, distances, matches, telling_units
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.curvepool import CurvePool, Drawn, run_role
from workbench.ui.views.naming import unit_words
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.ticks import moment
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import ElidedWords, tooltip

MOST_UNITS = 6
FOUND_COLOUR = "accent"


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is looked for: the course (L, U) of some units, and where it was taken from."""

    run: int
    layer: int
    key: str
    units: tuple[int, ...]
    row: int
    first: int
    values: NDArray[np.floating]


class MatchView(AbstractView):
    """Choose units and a range above; find the like of it in the whole series below."""

    key = "match"
    title = N_("Match")
    kinds = frozenset({"Started", "Probed", "Improved", "Ended"})

    def build(self) -> None:
        """Make the plot of the units with its range, and that of the whole series with what was found."""
        self._studies = studies_of(self.session)
        self._studies.changed.connect(self.mark)
        self.window_plot = Plot(self.theme)
        self.series_plot = Plot(self.theme)
        self.plots.addWidget(self.window_plot, 3)
        self.plots.addWidget(self.series_plot, 2)
        self._pool = CurvePool(self.window_plot)
        self.range = self.window_plot.add_band(movable=True, z=-5)
        for line in self.range.lines:
            line.setMovable(True)
        self.range.setMovable(True)
        self.range.sigRegionChangeFinished.connect(lambda *_region: self._range_chosen())
        self._distance = self.series_plot.add_curve(z=1)
        self._dots = pg.ScatterPlotItem(size=9, pxMode=True)
        self._dots.setZValue(3)
        self.series_plot.addItem(self._dots, ignoreBounds=True)
        self._here = self.series_plot.add_line(z=2)
        self.words = ElidedWords(tone="muted", role="small", parent=self)
        self.plots.addWidget(self.words)
        self._build_tools()
        self._units: list[int] | None = None
        self._steps: tuple[int, int] | None = None
        self._query: Query | None = None
        self._found: tuple[Match, ...] = ()
        self._all: tuple[int, NDArray[np.float64]] = (0, np.zeros(0))
        self._states: tuple[int, NDArray[np.float16]] | None = None
        self._key = "h"
        self._shown: Probed | None = None
        self._moving = False
        self.series_plot.clicked.connect(self._clicked)
        for plot in (self.window_plot, self.series_plot):
            plot.reset.connect(self.mark)

    def _build_tools(self) -> None:
        self._state = Chooser(_("Signal"), self)
        self._state.chosen.connect(self._choose_state)
        self.add = self._press(_("add unit"), _("Add the unit under the cursor, which a click in Gates or States pins"))
        self.add.clicked.connect(self._add_unit)
        self.auto = self._press(_("telling units"), _("Choose the units that behave most unlike elsewhere"))
        self.auto.clicked.connect(self._choose_telling)
        self.before = self._press("◀", _("Go to the match before"))
        self.before.clicked.connect(lambda: self._go_on(-1))
        self.next = self._press("▶", _("Go to the next match: the nearest first"))
        self.next.clicked.connect(lambda: self._go_on(1))
        self.controls.addStretch(1)
        for tool in (self._state, self.auto, self.add, self.before, self.next):
            self.controls.addWidget(tool)
        self._at = -1

    def _press(self, text: str, tip: str) -> QToolButton:
        button = switch(text, tip, self)
        button.setCheckable(False)
        return button

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the units of the look at the cursor's epoch, and what was found."""
        run, dataset = self.session.run, self.session.run_dataset
        if run is None:
            self.say(_("Here you find other times at which the same units behave alike. Press Train to start."))
            return
        probe = run.probe(self.session.cursor.epoch)
        if probe is None or not probe.traces or dataset is None:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self.show_picture()
        self._shown = probe
        cell = CELLS[run.project.model.cell]
        keys = [signal.key for signal in cell.signals]
        self._key = self._key if self._key in keys else "h"
        self._state.offer([_("signal {key}").format(key=key) for key in keys], keys.index(self._key))
        layer = min(self.session.cursor.layer, len(probe.traces) - 1)
        values = probe.traces[layer].values[self._key]
        first, last = self._placed_range(len(values))
        if self._units is None or any(unit >= values.shape[1] for unit in self._units):
            self._units = telling_units(values, first, last)
        self._draw_window(probe, values, dataset)
        self._ask(run, probe, values, layer)
        self._draw_found(dataset, run)

    def _placed_range(self, steps: int) -> tuple[int, int]:
        """Return the chosen steps (last exclusive), by default the last quarter of the window."""
        if self._steps is None or self._steps[1] > steps:
            self._steps = (max(steps - max(steps // 4, 2), 0), steps)
        return self._steps

    def _draw_window(self, probe: Probed, values: NDArray[np.floating], dataset: Dataset) -> None:
        assert self._units is not None
        assert self._steps is not None
        self.window_plot.set_clock(dataset.clock)
        rows = probe.start + np.arange(len(values), dtype=np.float64)
        drawn = [
            Drawn(rows, np.asarray(values[:, unit], dtype=np.float64), pen(self.theme.color(run_role(at)), 1.5))
            for at, unit in enumerate(self._units)
        ]
        self._pool.draw(drawn)
        self._moving = True
        self.range.setRegion((probe.start + self._steps[0] - 0.5, probe.start + self._steps[1] - 0.5))
        self._moving = False
        self.window_plot.show_x(float(rows[0]), float(rows[-1]))
        if drawn:
            low, high = min(float(one.y.min()) for one in drawn), max(float(one.y.max()) for one in drawn)
            self.window_plot.show_y(low, high)

    def _ask(self, run: Run, probe: Probed, values: NDArray[np.floating], layer: int) -> None:
        """Look for the like of the range; a jump to another window leaves the question as it was."""
        assert self._units is not None
        first, last = self._placed_range(len(values))
        query, place = self._query, (run.number, layer, self._key)
        here = query is not None and query.row == probe.start + first
        if query is None or here or (query.run, query.layer, query.key) != place:
            asked = np.array(values[first:last, self._units], dtype=np.float64)
            if query is None or not np.array_equal(asked, query.values) or (query.run, query.layer, query.key) != place:
                self._query = Query(*place, tuple(self._units), probe.start + first, first, asked)
                self._at, self._states = -1, None
        target = min(self.session.cursor.target, len(run.project.data.targets) - 1)
        known = self._studies.states(layer, self._key, target)
        if known is not None and known is not self._states and self._query is not None:
            start, states = self._states = known
            found = distances(states.astype(np.float32), self._query.values, list(self._query.units))
            self._all = start, found
            self._found = matches(found, len(self._query.values), besides=self._query.row - start)

    def _draw_found(self, dataset: Dataset, run: Run) -> None:
        start, distance = self._all
        self.series_plot.set_clock(dataset.clock)
        rows = start + np.arange(len(distance), dtype=np.float64)
        y = np.where(np.isfinite(distance), distance, np.nan)
        if len(rows):
            stride = max(1, len(rows) // 4000)
            cut = len(rows) // stride * stride
            low = np.nanmin(np.where(np.isnan(y[:cut]), np.inf, y[:cut]).reshape(-1, stride), axis=1)
            draw_curve(self._distance, rows[:cut:stride], np.where(np.isinf(low), np.nan, low),
                       pen(self.theme.color("muted"), 1.0))  # fmt: skip
            self.series_plot.show_x(float(rows[0]), float(rows[-1]))
            seen = y[np.isfinite(y)]
            self.series_plot.show_y(0.0, float(seen.max()) if len(seen) else 1.0)
        else:
            self._distance.setData([], [])
        color = self.theme.color(FOUND_COLOUR)
        self._dots.setData(
            [float(start + match.row) for match in self._found],
            [match.distance for match in self._found],
            brush=color, pen=pen(self.theme.color("surface"), 1),
        )  # fmt: skip
        for button in (self.before, self.next):
            button.setEnabled(bool(self._found))
        self._say_found(dataset, run)
        self._place()

    def _say_found(self, dataset: Dataset, run: Run) -> None:
        query = self._query
        assert query is not None
        start = self._all[0]
        if self._found:
            nearest = [
                f"{moment(dataset.clock, start + match.row)} ({number(match.distance, 2)})" for match in self._found[:5]
            ]
            told = _("Nearest, with the distance in standard deviations: {times}").format(times=DOT.join(nearest))
        elif run.best is None:
            told = _("The series is searched with the best weights, which the first epoch brings.")
        else:
            searched = self._states is not None and not self._studies.busy
            told = _("Nothing else behaves like this.") if searched else _("Searching the series…")
        self.words.setText(told)
        self.words.setToolTip(tooltip(told))
        model = run.project.model
        legend = tuple(
            LegendEntry(run_role(at), unit_words(unit, model)) for at, unit in enumerate(self._units or [])
        )  # fmt: skip
        words = _("{steps} steps of {key} from {time}")
        subtitle = words.format(steps=count(len(query.values)), key=query.key, time=moment(dataset.clock, query.row))
        facts = _("{count} found").format(count=len(self._found)) if self._found else ""
        self.set_heading(Heading(subtitle, facts, legend))

    def follow(self, before: Cursor) -> None:
        """Follow to another epoch, layer or run; another window is shown once it was looked at."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run, now.target) != (before.epoch, before.layer, before.run, before.target):
            self.draw()
        else:
            self._place()

    def _place(self) -> None:
        window = self.session.cursor.window
        self._here.setVisible(window is not None and self._steps is not None)
        if window is not None and self._steps is not None:
            self._here.setValue(float(window + self._steps[0]))
        self.add.setEnabled(self.session.cursor.unit is not None)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for plot in (self.window_plot, self.series_plot):
            plot.set_theme(self.theme)
        self.range.setBrush(self.theme.color("accent", 0.15))
        for line in self.range.lines:
            line.setPen(pen(self.theme.color("accent"), 1))
            line.setHoverPen(pen(self.theme.color("accent"), 2))
        self._here.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _range_chosen(self) -> None:
        """Take the range that was dragged, and ask anew."""
        if self._moving or self._shown is None:
            return
        low, high = self.range.getRegion()
        steps = len(next(iter(self._shown.traces[0].values.values())))
        first = min(max(round(low - self._shown.start + 0.5), 0), steps - 2)
        last = min(max(round(high - self._shown.start + 0.5), first + 2), steps)
        if (first, last) != self._steps:
            self._steps = (first, last)
            self._ask_anew()

    def _ask_anew(self) -> None:
        self._query = None
        self.mark()

    def _choose_state(self, index: int) -> None:
        run = self.session.run
        if run is not None:
            self._key, self._units = CELLS[run.project.model.cell].signals[index].key, None
            self._ask_anew()

    def _choose_telling(self) -> None:
        self._units = None
        self._ask_anew()

    def _add_unit(self) -> None:
        """Put the cursor's unit to the chosen ones, or take it away from them."""
        unit, units = self.session.cursor.unit, self._units or []
        if unit is None:
            return
        self._units = [one for one in units if one != unit] if unit in units else [*units, unit][-MOST_UNITS:]
        self._units = self._units or [unit]
        self._ask_anew()

    def _go_on(self, by: int) -> None:
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._go_to(self._found[self._at])

    def _go_to(self, match: Match) -> None:
        """Show the window in which the match lies where the range does."""
        dataset, query = self.session.run_dataset, self._query
        if dataset is None or query is None:
            return
        row = self._all[0] + match.row
        starts = sorted(range(dataset.spec.window), key=lambda step: abs(step - query.first))
        for step in starts:  # at the ends of the series, or beside a gap, it lies elsewhere in the window
            if row - step >= 0 and dataset.readable(row - step):
                self._steps = (step, min(step + len(query.values), dataset.spec.window))
                self.session.point(window=row - step, step=step, epoch=None)
                return

    def _clicked(self, x: float, _y: float) -> None:
        """Go to the match nearest to a click."""
        if self._found:
            nearest = min(self._found, key=lambda match: abs(self._all[0] + match.row - x))
            self._at = self._found.index(nearest)
            self._go_to(nearest)

    def actions_of_view(self) -> Sequence[QAction]:
        """Offer the matches by their times."""
        dataset, actions = self.session.run_dataset, []
        if dataset is not None and not self.message:
            for match in self._found:
                action = QAction(moment(dataset.clock, self._all[0] + match.row).replace("&", "&&"), self)
                action.triggered.connect(lambda _checked=False, match=match: self._go_to(match))
                actions.append(action)
        return actions

    def reset_zoom(self) -> None:
        """Show everything."""
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the courses of the chosen units, and where they come again."""
        if self.message or self._shown is None or self._units is None:
            return ()
        layer = min(self.session.cursor.layer, len(self._shown.traces) - 1)
        values = self._shown.traces[layer].values[self._key]
        saved: list[SavedColumn] = [("step", np.arange(len(values)))]
        saved += [(f"{self._key}_{unit}", values[:, unit]) for unit in self._units]
        saved += [
            ("match row", np.array([self._all[0] + match.row for match in self._found], dtype=np.int64)),
            ("match distance", np.array([match.distance for match in self._found])),
        ]
        return saved
