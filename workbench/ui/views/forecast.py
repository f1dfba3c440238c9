"""Truth and prediction in original units: from one origin, along the series, and beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QButtonGroup

from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.insight.decimate import Curve, curve, decimated
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, span
from workbench.ui.text import translate as _
from workbench.ui.views import bands
from workbench.ui.views.answers import AnswersPlot
from workbench.ui.views.bending import Bending
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.counter import steps_ahead
from workbench.ui.views.foretelling import (
    NOTHING,
    Foretold,
    Line,
    beyond,
    from_origin,
    one_answer,
    predictions_along,
    with_breaks,
)
from workbench.ui.views.keptlooks import KeptForecasts
from workbench.ui.views.naming import steps_words
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.scenariolines import ScenarioLines
from workbench.ui.views.view import AbstractView, Heading, LegendEntry

Mode = Literal["origin", "along", "future"]
Floats = NDArray[np.floating]

BAND_ALPHA = 0.22

MODES: tuple[tuple[Mode, str, str, str], ...] = (
    ("origin", N_("From here"), N_("This sequence"), N_("One forecast from the end of the window.")),
    ("along", N_("Along the series"), N_("All answers"), N_("Every forecast made the same number of steps ahead.")),
    ("future", N_("Future"), N_("Future"), N_("The forecast beyond the last row.")),
)


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
        self._share: bands.Choice = bands.SHARES[0]
        self._saved: Sequence[SavedColumn] = ()
        self._build_controls()
        self.plot = plot = Plot(self.theme)
        self.answers = AnswersPlot(self.theme)
        self.plots.addWidget(plot)
        self.plots.addWidget(self.answers)
        self._band = plot.add_curve(z=0)
        self._band.setFillLevel("enclosed")
        self._history = plot.add_curve(z=1)
        self._naive = plot.add_curve(z=2)
        self._truth = plot.add_curve(z=3)
        self._prediction = plot.add_curve(z=4)
        self._dots = pg.ScatterPlotItem(size=9, pen=None)
        self._dots.setZValue(5)
        plot.addItem(self._dots, ignoreBounds=True)
        self._origin = plot.add_line(z=0)
        self._scenarios = ScenarioLines(plot)
        self._kept = KeptForecasts(plot, self.session)
        self.session.windows.changed.connect(self.mark)
        self._fed = plot.add_line(z=1)
        self._step = plot.add_line(z=6)
        self._bending = Bending(plot, self.session)
        plot.reset.connect(self.reset_zoom)
        plot.hovered.connect(self._hovered)
        plot.clicked.connect(self._clicked)
        for zoomed in (plot, self.answers):
            zoomed.box.sigRangeChangedManually.connect(self._note_zoom)
        self.answers.reset.connect(self.reset_zoom)
        plot.range_changed.connect(self._ranged)
        self.session.judging.changed.connect(self.mark)

    def _build_controls(self) -> None:
        self._modes = QButtonGroup(self)
        for index, (_mode, text, _answer_text, tip) in enumerate(MODES):
            button = switch(_(text), _(tip), self)
            self._modes.addButton(button, index)
            self.controls.addWidget(button)
        self._modes.button(0).setChecked(True)
        self._modes.idClicked.connect(lambda index: self._choose(MODES[index][0]))
        self._ahead = steps_ahead(self)
        self._ahead.valueChanged.connect(self.reset_zoom)
        self.controls.addWidget(self._ahead)
        self._move = switch(_("Move points"), _("Drag points of the window up and down: what would be forecast?"), self)
        self._move.toggled.connect(self._let_move)
        self.controls.addWidget(self._move)
        self.controls.addStretch(1)
        self._band_of = Chooser(_("Band"), self)
        self._band_of.chosen.connect(self._choose_band)
        self.controls.addWidget(self._band_of)
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
        if self._mode != "origin":
            self._bending.hide()
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
        for index, (_mode, text, answer_text, _tip) in enumerate(MODES):
            self._modes.button(index).setText(_(answer_text if dataset.spec.framing == "label" else text))
        self._move.setVisible(self._mode == "origin" and dataset.spec.framing == "forecast" and run.best is not None)
        self._ahead.setMaximum(dataset.spec.horizon)
        self._ahead.setVisible(self._mode == "along" and dataset.spec.horizon > 1)
        offered = bands.choices(run)
        self._share = self._share if self._share in offered else offered[0]
        self._band_of.offer([bands.choice_words(entry, run) for entry in offered], offered.index(self._share))
        self._band_of.setVisible(run.ended is not None and dataset.spec.framing == "forecast")
        self._target.offer(dataset.spec.targets, self._column(dataset))
        self._target.setVisible(dataset.targets > 1)
        self.plot.set_clock(dataset.clock)

    def _column(self, dataset: Dataset) -> int:
        return min(self.session.cursor.target, dataset.targets - 1)

    def _draw_origin(self, run: Run, dataset: Dataset) -> None:
        shown = self.session.surgery.shown
        probe = shown.probe if shown is not None else None
        if probe is None or probe.forecast.shape[0] != dataset.spec.horizon:
            self.say(_("The first forecast appears after a few batches."))
            return
        label = dataset.spec.framing == "label"
        told = (one_answer if label else from_origin)(dataset, probe, self._column(dataset))
        epoch = "" if probe.live and self.session.cursor.epoch is None else _("epoch {epoch}").format(epoch=probe.epoch)
        if shown is not None and shown.operations:
            epoch = _("after surgery: {operations}").format(
                operations=", ".join(entry.notation for entry in shown.operations)
            )
        self._bending.draw(dataset, probe.start, self._column(dataset), self.theme)
        # A band is calibrated on the errors of the best weights, not on those of an epoch amid or after surgery.
        calibrated = None if label or epoch else self.session.judging.bands(run)
        told, words = bands.dressed(told, self._share, run, calibrated, probe, self._column(dataset))
        kept = () if label else self._kept.draw(dataset, probe.start, self._column(dataset), self.theme)
        self._show(run, told, DOT.join(part for part in (told.facts, epoch) if part), words, kept)

    def _draw_future(self, run: Run, dataset: Dataset) -> None:
        self._kept.clear()
        if run.future is not None:
            column = self._column(dataset)
            told = beyond(dataset, run.future, column, self.session.cursor.window)
            calibrated = self.session.judging.bands(run)
            told, words = bands.dressed(told, self._share, run, calibrated, run.future, column)
            scenarios = self.session.futures.of(run)
            self._show(run, told, told.facts, words, self._scenarios.entries(scenarios))
            self._scenarios.draw(scenarios, told, column, self.theme)
            if scenarios and not self._zoomed:
                self._fit_y()

    def _show(self, run: Run, told: Foretold, facts: str, band: str, others: tuple[LegendEntry, ...] = ()) -> None:
        """Draw one forecast; `others` are drawn beside it."""
        self._turn_to(self.plot)
        self._scenarios.clear()
        self._put_band(told.band)
        self._put(self._history, told.history, "muted", 1.2)
        self._put(self._truth, told.truth, "text", 2.0)
        self._put(self._prediction, told.prediction, "accent", 2.0)
        self._put(self._naive, told.naive, "baseline", 1.2, dashed=True)
        self._dots.setVisible(told.dots)
        if told.dots:
            roles = ["text"] * len(told.truth[0]) + ["accent"] * len(told.prediction[0])
            self._dots.setData(
                np.concatenate([told.truth[0], told.prediction[0]]),
                np.concatenate([told.truth[1], told.prediction[1]]),
                brush=[self.theme.color(role) for role in roles],
            )
        self._origin.setVisible(True)
        self._origin.setValue(told.origin)
        self._fed.setVisible(told.fed_back is not None)
        self._fed.setValue(told.fed_back or 0.0)
        self._saved = told.saved
        if not self._zoomed:
            drawn = np.concatenate([line[0] for line in (told.history, told.truth, told.prediction)])
            self.plot.show_x(float(drawn.min()), float(drawn.max()) + (0.5 if told.dots else 0.0))
            self._fit_y()
        self._place_step()
        legend = (*self._legend(run, told.naive_label), *others)
        if self._mode == "origin" and self._bending.bent:
            legend = (*legend, LegendEntry("accent", _("without surgery"), "dash"))
        if len(told.band[0]):
            legend = (*legend, LegendEntry("accent", band, "square"))
        self.set_heading(Heading(told.subtitle, facts, legend))

    def _turn_to(self, plot: Plot) -> None:
        """Show the curves, or the dots of answers."""
        self.show_picture()
        self.plot.setVisible(plot is self.plot)
        self.answers.setVisible(plot is self.answers)

    def _legend(self, run: Run, naive: str = "") -> tuple[LegendEntry, ...]:
        cell = _(CELLS[run.project.model.cell].label)
        entries = [LegendEntry("text", _("truth")), LegendEntry("accent", cell)]
        return (*entries, LegendEntry("baseline", naive, "dash")) if naive else tuple(entries)

    def _draw_along(self, run: Run, dataset: Dataset) -> None:
        column, ahead = self._column(dataset), min(self._ahead.value(), dataset.spec.horizon)
        rows, prediction = predictions_along(run, dataset, column, ahead)
        if not len(rows):
            self.say(_("The run has no forecasts along the series."))
            return
        values = dataset.values[:, column]
        self._saved = (
            (_("time"), np.asarray(dataset.clock.at(rows))), (_("truth"), values[rows]), (_("prediction"), prediction),
        )  # fmt: skip
        counted = _("{count} forecasts").format(count=count(len(rows)))
        if dataset.spec.framing == "label":
            self._turn_to(self.answers)
            self.answers.show_answers(values[rows], prediction, whole=not self._zoomed)
            self.set_heading(Heading(_("answers over truth"), counted))
            return
        self._turn_to(self.plot)
        first = int(rows[0])
        calibrated = self.session.judging.bands(run)
        band, words = bands.along(self._share, calibrated, dataset, column, ahead)
        self._put_band(band)
        self._scenarios.clear()
        self._kept.clear()
        self._fed.setVisible(False)
        self._put(self._history, NOTHING, "muted", 1.0)
        self._put(self._naive, NOTHING, "baseline", 1.0)
        self._dots.setVisible(False)
        self._origin.setVisible(False)
        self._fit_along(curve(values[first : int(rows[-1]) + 1]), first, rows, prediction)
        self._place_step()
        distance = span(ahead, dataset.clock.step) or steps_words(ahead)
        legend = (*self._legend(run), *([LegendEntry("accent", words, "square")] if words else []))
        self.set_heading(Heading(_("{span} ahead").format(span=distance), counted, legend))

    def _fit_along(self, truth: Curve, first: int, rows: NDArray[np.int64], prediction: Floats) -> None:
        """Draw what can be seen of the predictions along the series."""
        if not self._zoomed:
            self.plot.show_x(rows[0], rows[-1])
        lo, hi = self.plot.visible()
        pixels = self.plot.columns_of_pixels
        x, y = decimated(truth, int(lo) - first - 1, int(hi) - first + 2, pixels)
        self._put(self._truth, (x + first, y), "text", 1.0)
        inside = slice(*np.searchsorted(rows, [lo - 2, hi + 2]))
        positions, broken = with_breaks(rows[inside], prediction[inside])
        x, y = decimated(curve(broken), 0, len(broken), pixels)
        self._put(self._prediction, (positions[x.astype(np.int64)], y), "accent", 1.0)
        if not self._zoomed:
            self._fit_y()

    def _put(self, item: pg.PlotCurveItem, points: Line, role: str, width: float, dashed: bool = False) -> None:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        draw_curve(item, *points, pen(self.theme.color(role), width, style))

    def _put_band(self, outline: Line) -> None:
        self._band.setBrush(pg.mkBrush(self.theme.color("accent", BAND_ALPHA)))
        draw_curve(self._band, *outline, pg.mkPen(None))

    def _fit_y(self) -> None:
        own = (self._band, self._history, self._truth, self._prediction, self._naive)
        drawn = [item.getData()[1] for item in (*own, *self._scenarios.curves, *self._kept.curves)]
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
        self.answers.set_theme(self.theme)
        self._origin.setPen(pen(self.theme.color("border"), 1))
        self._fed.setPen(pen(self.theme.color("warn"), 1, Qt.PenStyle.DashLine))
        self._step.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _let_move(self, on: bool) -> None:
        self._bending.movable = on
        self.mark()

    def reset_zoom(self) -> None:
        """Show the whole forecast."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def _ranged(self) -> None:
        if self._mode == "along":
            self.mark()

    def _choose_band(self, place: int) -> None:
        if self.session.run is not None:
            self._share = bands.choices(self.session.run)[place]
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
