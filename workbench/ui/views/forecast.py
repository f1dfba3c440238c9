"""Truth and prediction in original units: from one origin, along the series, and beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QButtonGroup, QSpinBox

from workbench.core.baselines import LABELS, last_value, seasonal_naive
from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Probed
from workbench.core.insight.decimate import curve, decimated
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import count, span
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.ticks import moment
from workbench.ui.views.view import AbstractView, Heading, LegendEntry

Mode = Literal["origin", "along", "future"]
Floats = NDArray[np.floating]

MODES: tuple[tuple[Mode, str, str], ...] = (
    ("origin", N_("From here"), N_("One forecast from the end of the window.")),
    ("along", N_("Along the series"), N_("Every forecast made the same number of steps ahead.")),
    ("future", N_("Future"), N_("The forecast beyond the last row.")),
)
HISTORY_SEASONS = 2


class ForecastView(AbstractView):
    """What the network says, beside what happened and what a naive forecast says."""

    key = "forecast"
    title = N_("Forecast")
    kinds = frozenset({"Started", "Probed", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make the controls, the plot and its curves."""
        self._mode: Mode = "origin"
        self._seen_future: object = None
        self._zoomed = False
        self._saved: list[SavedColumn] = []
        self._build_controls()
        self.plot = plot = Plot(self.theme)
        self.plots.addWidget(plot)
        self._history = plot.add_curve(z=1)
        self._naive = plot.add_curve(z=2)
        self._truth = plot.add_curve(z=3)
        self._prediction = plot.add_curve(z=4)
        self._origin = plot.add_line(z=0)
        self._step = plot.add_line(z=6)
        plot.reset.connect(self.reset_zoom)
        plot.hovered.connect(self._hovered)
        plot.clicked.connect(self._clicked)
        plot.box.sigRangeChangedManually.connect(self._note_zoom)
        plot.range_changed.connect(self._ranged)

    def _build_controls(self) -> None:
        self._modes = QButtonGroup(self)
        for index, (_mode, text, tip) in enumerate(MODES):
            button = switch(_(text), _(tip), self)
            self._modes.addButton(button, index)
            self.controls.addWidget(button)
        self._modes.button(0).setChecked(True)
        self._modes.idClicked.connect(lambda index: self._choose(MODES[index][0]))
        self._ahead = QSpinBox(self)
        self._ahead.setAccessibleName(_("Steps ahead"))
        self._ahead.setToolTip(_("How many steps ahead the shown forecasts were made."))
        self._ahead.setMinimum(1)
        self._ahead.setSuffix(_(" ahead"))
        self._ahead.valueChanged.connect(self.reset_zoom)
        self.controls.addWidget(self._ahead)
        self.controls.addStretch(1)
        self._target = Chooser(_("Target"), self)
        self._target.chosen.connect(lambda index: self.session.point(target=index))
        self.controls.addWidget(self._target)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the chosen kind of forecast of the shown run."""
        session = self.session
        run, dataset = session.run, session.run_dataset
        if dataset is None or run is None:
            self.say(_("Here truth and prediction meet. Press Train to make the first forecast."))
            return
        self._offer(run, dataset)
        if self._mode == "origin":
            self._draw_origin(run, dataset)
        elif self._mode == "along":
            self._draw_along(run, dataset)
        else:
            self._draw_future(run, dataset)

    def follow(self, before: Cursor) -> None:
        """Follow hovering with one line; any other move is another picture."""
        now = self.session.cursor
        if (now.epoch, now.window, now.target, now.run) != (before.epoch, before.window, before.target, before.run):
            self.draw()
        else:
            self._place_step()

    def _offer(self, run: Run, dataset: Dataset) -> None:
        """Show the controls that make sense, and turn to a future forecast when it arrives."""
        if run.future is not self._seen_future:
            self._seen_future = run.future
            self._mode = "future" if run.future is not None else ("origin" if self._mode == "future" else self._mode)
            self._zoomed = False
        self._modes.button(1).setVisible(any(part in run.forecasts for part in ("valid", "test")))
        self._modes.button(2).setVisible(run.future is not None)
        if self._mode == "along" and not self._modes.button(1).isVisibleTo(self):
            self._mode = "origin"
        self._modes.button([mode for mode, *_rest in MODES].index(self._mode)).setChecked(True)
        self._ahead.setMaximum(dataset.spec.horizon)
        self._ahead.setVisible(self._mode == "along")
        self._target.offer(dataset.spec.targets, self._column(dataset))
        self._target.setVisible(dataset.targets > 1)
        self.plot.set_clock(dataset.clock)

    def _column(self, dataset: Dataset) -> int:
        return min(self.session.cursor.target, dataset.targets - 1)

    def _draw_origin(self, run: Run, dataset: Dataset) -> None:
        probe = run.probe(self.session.cursor.epoch)
        if probe is None or probe.forecast.shape[0] != dataset.spec.horizon:
            self.say(_("The first forecast appears after a few batches."))
            return
        self.show_picture()
        column, window = self._column(dataset), dataset.spec.window
        origin = probe.start + window
        ahead = np.arange(origin, origin + dataset.spec.horizon)
        first = max(0, probe.start)
        values = dataset.values[:, column]
        past = np.arange(first, origin)
        behind = ahead[ahead < len(values)]
        joint = np.array([origin - 1])
        last = dataset.carried[joint, column]
        name, naive = self._baseline(dataset, probe.start, column)
        self._put(self._history, past, values[past], "muted", 1.2)
        self._put(self._truth, np.append(joint, behind), np.append(last, values[behind]), "text", 2.0)
        prediction = probe.forecast[:, column].astype(float)
        self._put(self._prediction, np.append(joint, ahead), np.append(last, prediction), "accent", 2.0)
        self._put(self._naive, ahead, naive, "baseline", 1.2, dashed=True)
        self._origin.setVisible(True)
        self._origin.setValue(origin - 1)
        self._saved = [
            (_("time"), dataset.clock.at(ahead)), (_("truth"), values[behind]),
            (_("prediction"), prediction), (_(LABELS[name]), naive),
        ]  # fmt: skip
        self._fit(first, ahead[-1])
        self._place_step()
        self.set_heading(self._origin_words(run, dataset, probe, name))

    def _baseline(self, dataset: Dataset, start: int, column: int) -> tuple[str, Floats]:
        starts = np.array([start])
        if dataset.season > 1:
            return "seasonal", seasonal_naive(dataset, starts)[0, :, column]
        return "last", last_value(dataset, starts)[0, :, column]

    def _origin_words(self, run: Run, dataset: Dataset, probe: Probed, naive: str) -> Heading:
        # The last known row is the moment at which the forecast is made.
        origin = moment(dataset.clock, probe.start + dataset.spec.window - 1)
        ahead = span(dataset.spec.horizon, dataset.clock.step)
        steps = _("{count} steps ahead").format(count=count(dataset.spec.horizon))
        subtitle = ", ".join((origin, _("{span} ahead").format(span=ahead) if ahead else steps))
        facts = "" if probe.live and self.session.cursor.epoch is None else _("epoch {epoch}").format(epoch=probe.epoch)
        return Heading(subtitle, facts, self._legend(run, naive))

    def _legend(self, run: Run, naive: str = "") -> tuple[LegendEntry, ...]:
        cell = _(CELLS[run.project.model.cell].label)
        entries = [LegendEntry("text", _("truth")), LegendEntry("accent", cell)]
        if naive:
            entries.append(LegendEntry("baseline", _(LABELS[naive]), "dash"))
        return tuple(entries)

    def _draw_along(self, run: Run, dataset: Dataset) -> None:
        self.show_picture()
        column, ahead = self._column(dataset), min(self._ahead.value(), dataset.spec.horizon)
        rows, prediction = predictions_along(run, dataset, column, ahead)
        if not len(rows):
            return
        first, last = int(rows[0]), int(rows[-1])
        values = dataset.values[:, column]
        self._put(self._history, np.zeros(0), np.zeros(0), "muted", 1.0)
        self._put(self._naive, np.zeros(0), np.zeros(0), "baseline", 1.0)
        self._along = (curve(values[first : last + 1]), first, rows, prediction)
        self._origin.setVisible(False)
        self._saved = [(_("time"), dataset.clock.at(rows)), (_("truth"), values[rows]), (_("prediction"), prediction)]
        self._fit_along()
        self._place_step()
        share = span(ahead, dataset.clock.step) or _("{count} steps").format(count=count(ahead))
        scored = _("{count} forecasts").format(count=count(len(rows)))
        self.set_heading(Heading(_("{span} ahead").format(span=share), scored, self._legend(run)))

    def _fit_along(self) -> None:
        """Draw what can be seen of the predictions along the series."""
        truth, first, rows, prediction = self._along
        if not self._zoomed:
            self.plot.show_x(rows[0], rows[-1])
        lo, hi = self.plot.visible()
        pixels = self.plot.columns_of_pixels
        x, y = decimated(truth, int(lo) - first - 1, int(hi) - first + 2, pixels)
        self._put(self._truth, x + first, y, "text", 1.0)
        inside = slice(*np.searchsorted(rows, [lo - 2, hi + 2]))
        broken = with_breaks(rows[inside], prediction[inside])
        thin = curve(broken[1])
        x, y = decimated(thin, 0, len(thin), pixels)
        self._put(self._prediction, broken[0][x.astype(np.int64)], y, "accent", 1.0)
        if not self._zoomed:
            self._fit_y()

    def _draw_future(self, run: Run, dataset: Dataset) -> None:
        future = run.future
        if future is None:
            return
        self.show_picture()
        column = self._column(dataset)
        origin = int(future.starts[0]) + dataset.spec.window
        prediction = future.values[0, :, column].astype(float)
        ahead = np.arange(origin, origin + len(prediction))
        first = max(0, origin - max(dataset.spec.window, HISTORY_SEASONS * max(len(prediction), dataset.season)))
        past = np.arange(first, min(origin, dataset.split.rows))
        values = dataset.values[:, column]
        empty = np.zeros(0)
        self._put(self._history, empty, empty, "muted", 1.0)
        self._put(self._truth, past, values[past], "text", 1.4)
        joint = np.array([origin - 1])
        last = dataset.carried[np.minimum(joint, dataset.split.rows - 1), column]
        self._put(self._prediction, np.append(joint, ahead), np.append(last, prediction), "accent", 2.0)
        self._put(self._naive, empty, empty, "baseline", 1.0)
        self._origin.setVisible(True)
        self._origin.setValue(origin - 1)
        times = dataset.clock.at(ahead)
        self._saved = [(_("time"), times), (_("prediction"), prediction)]
        self._fit(first, ahead[-1])
        self._place_step()
        until = _("until {time}").format(time=moment(dataset.clock, int(ahead[-1])))
        steps = _("{count} steps ahead").format(count=count(len(prediction)))
        self.set_heading(Heading(until, steps, self._legend(run)))

    def _put(
        self, item: pg.PlotCurveItem, x: NDArray[np.generic], y: Floats, role: str, width: float, dashed: bool = False
    ) -> None:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        line = pen(self.theme.color(role), width, style)
        draw_curve(item, np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64), line)

    def _fit(self, first: float, last: float) -> None:
        if not self._zoomed:
            self.plot.show_x(first, last)
            self._fit_y()

    def _fit_y(self) -> None:
        drawn = [item.getData()[1] for item in (self._history, self._truth, self._prediction, self._naive)]
        values = np.concatenate([part for part in drawn if part is not None and len(part)] or [np.zeros(1)])
        values = values[np.isfinite(values)]
        if len(values):
            self.plot.show_y(float(values.min()), float(values.max()))

    def _place_step(self) -> None:
        dataset, cursor = self.session.run_dataset, self.session.cursor
        shown = dataset is not None and cursor.window is not None and cursor.step is not None and self._mode == "origin"
        self._step.setVisible(shown)
        if shown:
            self._step.setValue(float((cursor.window or 0) + (cursor.step or 0)))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._origin.setPen(pen(self.theme.color("border"), 1))
        self._step.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show the whole forecast."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def _ranged(self) -> None:
        if self._mode == "along":
            self.mark()

    def _choose(self, mode: Mode) -> None:
        self._mode = mode
        self.reset_zoom()

    def _step_at(self, x: float) -> int | None:
        dataset, window = self.session.run_dataset, self.session.cursor.window
        if dataset is None or window is None or self._mode != "origin":
            return None
        step = round(x) - window
        return step if 0 <= step < dataset.spec.window else None

    def _hovered(self, x: float, _y: float) -> None:
        step = self._step_at(x)
        if step is not None and not self.session.cursor.pinned:
            self.session.point(step=step)

    def _clicked(self, x: float, _y: float) -> None:
        step = self._step_at(x)
        if step is not None:
            self.session.point(step=step, pinned=not self.session.cursor.pinned)

    def columns(self) -> Sequence[SavedColumn]:
        """Return times, truth, prediction and baseline as shown."""
        return self._saved


def predictions_along(run: Run, dataset: Dataset, column: int, ahead: int) -> tuple[NDArray[np.int64], Floats]:
    """Return rows and predictions made `ahead` steps before each row, of the validation and test part, by row."""
    rows, values = [], []
    for part in ("valid", "test"):
        if part in run.forecasts:
            made = run.forecasts[part]
            rows.append(made.starts + dataset.spec.window + ahead - 1)
            values.append(made.values[:, ahead - 1, column].astype(np.float64))
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    joined = np.concatenate(rows)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(values)[order]


def with_breaks(rows: NDArray[np.int64], values: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put a NaN wherever rows are further apart than usual, so that a line does not cross a gap."""
    x, y = rows.astype(np.float64), np.asarray(values, dtype=np.float64)
    if len(rows) < 3:
        return x, y
    distance = np.diff(rows)
    wide = np.flatnonzero(distance > 3 * max(1.0, float(np.median(distance)))) + 1
    return np.insert(x, wide, x[wide - 1]), np.insert(y, wide, np.nan)
