"""How long each unit remembers, over what the series would need: its autocorrelation and periods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt

from workbench.core.cursor import Cursor
from workbench.core.insight.memory import Halves, MemoryFinding, Source, finding, half_lives
from workbench.core.insight.periods import Period, Seasonality
from workbench.core.problems import N_
from workbench.core.table import Step
from workbench.ui.text import DOT, count, number, span
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.gradients import deep_probe
from workbench.ui.views.lagaxis import LagAxis
from workbench.ui.views.naming import column_words, steps_words, unit_words
from workbench.ui.views.plot import Plot, draw_curve, nearest, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words

SHORTEST = 0.5
"""Half-lives below this many rows are drawn here: what fades within a row fades at once."""

SOURCES: dict[Source, str] = {
    "gate": N_("half-life ln 0.5 / ln f of the keeping gate"),
    "jacobian": N_("half-life of a change, from the Jacobians"),
    "course": N_("half-life of the course of the state"),
}


class MemoryView(AbstractView):
    """Units by half-life over the autocorrelation of the series."""

    key = "memory"
    title = N_("Memory")
    kinds = frozenset({"Started", "Probed", "Ended"})

    def build(self) -> None:
        """Make the plot and the sentence below it."""
        self._axis = LagAxis(logarithmic=True)
        self.plot = plot = Plot(self.theme, below=self._axis)
        self.plots.addWidget(plot)
        self._zero = plot.add_line(horizontal=True, z=0)
        self._correlation = plot.add_curve(z=1)
        self._shares = plot.add_curve(z=2)
        self._dots = pg.ScatterPlotItem(size=7, pxMode=True)
        self._dots.setZValue(3)
        plot.addItem(self._dots, ignoreBounds=True)
        self._chosen = pg.ScatterPlotItem(size=12, pxMode=True)
        self._chosen.setZValue(4)
        plot.addItem(self._chosen, ignoreBounds=True)
        self._window = plot.add_line(z=2)
        self._marks: list[pg.InfiniteLine] = []
        self.words = Words(wrap=True, parent=self)
        self.plots.addWidget(self.words)
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index, unit=None))
        self.controls.addStretch(1)
        self.controls.addWidget(self._layer)
        self.float_tools()
        self._zoomed = False
        self._half: Halves = np.zeros(0)
        self._places: tuple[Halves, Halves] = (np.zeros(0), np.zeros(0))
        self._found: Seasonality | None = None
        plot.reset.connect(self.reset_zoom)
        plot.hovered.connect(lambda x, y: self._point(x, y, pinned=False))
        plot.clicked.connect(lambda x, y: self._point(x, y, pinned=True))
        plot.box.sigRangeChangedManually.connect(self._note_zoom)
        self.session.review.changed.connect(self.mark)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the look at the cursor's epoch."""
        run = self.session.run
        if run is None:
            self.say(_("Here you see how long each unit remembers, and how long it should. Press Train to start."))
            return
        probe = deep_probe(run, self.session.cursor.epoch)
        if probe is None or not probe.traces:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self.show_picture()
        layer = min(self.session.cursor.layer, len(probe.traces) - 1)
        self._layer.offer([_("layer {number}").format(number=at + 1) for at in range(len(probe.traces))], layer)
        self._layer.setVisible(len(probe.traces) > 1)
        self._half, source = half_lives(run.project.model, probe.traces[layer])
        window = run.project.data.window
        self._found = self._seasonality()
        period = strongest(self._found)
        self._draw_units(window)
        self._draw_series(window)
        told = finding(self._half, period.steps if period is not None else None, window)
        dataset = self.session.run_dataset
        step = dataset.clock.step if dataset is not None else None
        self._axis.set_step(step)
        self.words.setText(sentence(told, step))
        self.words.set_tone("muted" if told.kind in ("fits", "no-period") else "warn")
        facts = (_("before training") if probe.epoch == 0 else _("epoch {epoch}").format(epoch=count(probe.epoch)),)
        legend = [LegendEntry("cell", _("units that keep half so long"))]
        if self._found is not None and dataset is not None:
            column = column_words(self.session, dataset.columns[min(self.session.cursor.target, dataset.targets - 1)])
            legend.append(LegendEntry("muted", _("autocorrelation of {column}").format(column=column)))
        self.set_heading(Heading(_(SOURCES[source]), DOT.join(facts), tuple(legend)))
        self._place_unit()

    def _seasonality(self) -> Seasonality | None:
        """Return what repeats in the target, where the data that are open are those of the run."""
        dataset = self.session.dataset
        if dataset is None or dataset is not self.session.run_dataset:
            return None
        if dataset.spec.series or dataset.spec.framing == "label":
            return None
        return self.session.review.seasonality(min(self.session.cursor.target, dataset.targets - 1))

    def _draw_units(self, window: int) -> None:
        """Draw one dot a unit: at its half-life, as high as the share of units that remember at least as long."""
        order = np.argsort(self._half, kind="stable")
        right = self._right(window)
        x = np.log10(np.clip(self._half[order], SHORTEST, right))
        share = 1.0 - np.arange(len(order)) / max(len(order), 1)
        places = np.empty_like(x), np.empty_like(x)
        places[0][order], places[1][order] = x, share
        self._places = places
        steps_x = np.repeat(np.concatenate([[np.log10(SHORTEST)], x, [np.log10(right)]]), 2)[1:]
        steps_y = np.repeat(np.concatenate([share, [0.0, 0.0]]), 2)[: len(steps_x)] if len(share) else np.zeros(0)
        draw_curve(self._shares, steps_x[: len(steps_y)], steps_y, pen(self.theme.color("cell"), 1.5))
        self._dots.setData(x, share, brush=self.theme.color("cell"), pen=pen(self.theme.color("surface"), 1))
        self._window.setVisible(True)
        self._window.setValue(float(np.log10(window)))

    def _right(self, window: int) -> float:
        """Return the longest lag that is drawn: beyond the window, the periods, and most half-lives."""
        periods = [period.steps for period in self._found.periods] if self._found is not None else []
        longest = float(np.quantile(self._half, 0.9)) if len(self._half) else 1.0
        return 1.3 * max(window, *periods, min(longest, 4.0 * window), 4.0)

    def _draw_series(self, window: int) -> None:
        found, right = self._found, self._right(window)
        periods: Sequence[Period] = found.periods if found is not None else ()
        while len(self._marks) < len(periods):
            self._marks.append(self.plot.add_line(z=0.5))
        for index, line in enumerate(self._marks):
            line.setVisible(index < len(periods))
            if index < len(periods):
                line.setValue(float(np.log10(periods[index].steps)))
                line.setPen(pen(self.theme.color("muted"), 1, Qt.PenStyle.DotLine))
        low = 0.0
        if found is None:
            self._correlation.setData([], [])
        else:
            lags = np.arange(1.0, min(len(found.correlation), int(right) + 1))
            values = found.correlation[1 : len(lags) + 1]
            low = min(0.0, float(values.min(initial=0.0)))
            draw_curve(self._correlation, np.log10(lags), values, pen(self.theme.color("muted"), 1.5))
        if not self._zoomed:
            self.plot.show_x(float(np.log10(SHORTEST)), float(np.log10(right)))
            self.plot.show_y(low, 1.0)

    def follow(self, before: Cursor) -> None:
        """Mark another unit; another epoch, layer or target is another picture."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run, now.target) != (before.epoch, before.layer, before.run, before.target):
            self.draw()
        else:
            self._place_unit()

    def _place_unit(self) -> None:
        """Mark the cursor's unit, and say in the heading how long it remembers."""
        unit, run = self.session.cursor.unit, self.session.run
        if unit is None or unit >= len(self._half) or run is None:
            self._chosen.setData([], [])
            return
        at = [self._places[0][unit]], [self._places[1][unit]]
        self._chosen.setData(*at, brush=None, pen=pen(self.theme.color("text"), 1.5))
        words = _("{unit}: half-life {steps}").format(
            unit=unit_words(unit, run.project.model), steps=number(float(self._half[unit]), 3)
        )
        heading = self.heading
        epoch = heading.facts.split(DOT)[-1]
        self.set_heading(Heading(heading.subtitle, words + DOT + epoch, heading.legend))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._zero.setVisible(True)
        self._zero.setValue(0.0)
        self._zero.setPen(pen(self.theme.color("border"), 1))
        self._window.setPen(pen(self.theme.color("accent"), 1, Qt.PenStyle.DashLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _point(self, x: float, y: float, *, pinned: bool) -> None:
        """Choose the unit whose dot is nearest, where one is near."""
        if not len(self._half) or (self.session.cursor.pinned and not pinned):
            return
        unit = nearest(self.plot, self._places[0], self._places[1], (x, y))
        if unit is not None:
            again = self.session.cursor.pinned and self.session.cursor.unit == unit
            self.session.point(unit=unit, pinned=pinned and not again)

    def reset_zoom(self) -> None:
        """Show all lags."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def columns(self) -> Sequence[SavedColumn]:
        """Return half-lives by unit, and the autocorrelation."""
        if self.message:
            return ()
        saved: list[SavedColumn] = [("unit", np.arange(len(self._half))), ("half-life", self._half)]
        if self._found is not None:
            saved += [
                ("lag", np.arange(len(self._found.correlation))),
                ("autocorrelation", self._found.correlation),
            ]
        return saved


def strongest(found: Seasonality | None) -> Period | None:
    """Return the strongest period, None where there is none."""
    return max(found.periods, key=lambda period: period.strength, default=None) if found is not None else None


def _length(steps: int, step: Step | None) -> str:
    length = span(steps, step)
    return f"{steps_words(steps)} ({length})" if length else steps_words(steps)


def sentence(told: MemoryFinding, step: Step | None) -> str:
    """Say what follows from half-lives, period and window, and what to do about it."""
    longest = "∞" if told.longest >= 1e5 else number(told.longest, 3)
    values = {"longest": longest, "median": number(told.median, 2), "window": _length(told.window, step)}
    if told.period is None:
        words = _("The longest half-life is {longest} steps, the median {median}; the window is {window}.")
        return words.format(**values)
    values["period"] = _length(told.period, step)
    if told.kind == "window":
        words = _(
            "Your period is {period}, but the window is only {window}: raise the window. Longest half-life {longest}."
        )
    elif told.kind == "short":
        words = _("Your period is {period}, the longest half-life only {longest}: raise the forget bias or the units.")
    else:
        words = _(
            "Your period is {period}, the longest half-life is {longest} (median {median}): it can be remembered."
        )
    return words.format(**values)
