"""Which past steps a forecast hangs on, under the series it was made from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QKeyEvent

from workbench.app.studies import studies_of
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.insight.attribution import Attribution, Floats, half_within
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number, percent, span
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.naming import column_words, steps_words
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.stepkeys import moved
from workbench.ui.views.ticks import moment
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import ElidedWords, tooltip


class ConnectivityView(AbstractView):
    """|d forecast / d input(t)| of one step of the horizon, plain or integrated."""

    key = "connectivity"
    title = N_("Connectivity")
    kinds = frozenset({"Started", "Probed", "Improved", "Ended"})

    def build(self) -> None:
        """Make the two plots, one above the other, and the choosers."""
        self._studies = studies_of(self.session)
        self._studies.changed.connect(self.mark)
        self.series = Plot(self.theme)
        self.bars = Plot(self.theme)
        self.series.getPlotItem().hideAxis("bottom")
        self.plots.addWidget(self.series, 2)
        self.plots.addWidget(self.bars, 3)
        self.bars.setXLink(self.series)
        self._past = self.series.add_curve(z=2)
        self._forecast = self.series.add_curve(z=3)
        self._asked = pg.ScatterPlotItem(size=11, pxMode=True)
        self._asked.setZValue(4)
        self.series.addItem(self._asked, ignoreBounds=True)
        self._influence = self.bars.add_curve(z=2)
        self._cross = [plot.add_line(z=5) for plot in (self.series, self.bars)]
        self.words = ElidedWords(tone="muted", role="small", parent=self)
        self.plots.addWidget(self.words)
        self._step = Chooser(_("Step of the horizon"), self)
        self._step.chosen.connect(self._choose_step)
        self._column = Chooser(_("Input"), self)
        self._column.chosen.connect(self._choose_column)
        self.integrated = switch(
            _("integrated"),
            _("Integrated gradients from the mean of the training rows: they add up to the forecast"),
            self,
        )
        self.integrated.toggled.connect(lambda _on: self.mark())
        self.controls.addStretch(1)
        for tool in (self._step, self._column, self.integrated):
            self.controls.addWidget(tool)
        self._chosen_step: int | None = None
        self._input: int | None = None
        self._found: Attribution | None = None
        self._offered: list[int] = []
        for plot in (self.series, self.bars):
            plot.reset.connect(self.mark)
            plot.hovered.connect(self._hover)
            plot.clicked.connect(self._click)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what is known, or say what is missing."""
        run, dataset, start = self.session.run, self.session.run_dataset, self.session.cursor.window
        if run is None:
            self.say(_("Here you see which past steps a forecast hangs on. Press Train to start."))
            return
        if run.best is None or dataset is None or start is None:
            self.say(_("It is asked of the best weights, which the first epoch brings."))
            return
        target = min(self.session.cursor.target, dataset.targets - 1)
        self._horizon = dataset.spec.horizon
        found = self._studies.attribution(start, self._horizon_step, target, integrate=self.integrated.isChecked())
        self._stale = found is None
        found = self._found = self._found if found is None else found
        if found is None or len(found.gradient) != dataset.spec.window or found.columns != tuple(dataset.spec.features):
            busy = self._studies.busy or dataset.readable(start)
            self.say(_("Asking the network…") if busy else _("This window has gaps, so the network cannot read it."))
            return
        self.show_picture()
        self._offer(dataset)
        self._draw_series(run, dataset, found)
        self._draw_influence(dataset, found)
        self._place()

    _horizon, _stale = 1, False

    @property
    def _horizon_step(self) -> int:
        """The step of the horizon that is asked about, from 0: at first the middle one."""
        return min(self._horizon // 2 if self._chosen_step is None else self._chosen_step, self._horizon - 1)

    def _offer(self, dataset: Dataset) -> None:
        horizon = dataset.spec.horizon
        some = {0, horizon // 4, horizon // 2, 3 * horizon // 4, horizon - 1, self._horizon_step}
        self._offered = sorted(some)
        step = dataset.clock.step
        texts = []
        for ahead in self._offered:
            length = span(ahead + 1, step)
            words = _("{steps} ahead").format(steps=steps_words(ahead + 1))
            texts.append(f"{words} ({length})" if length else words)
        self._step.offer(texts, self._offered.index(self._horizon_step))
        self._step.setVisible(horizon > 1)
        names = dataset.spec.features
        self._input = None if self._input is None or self._input >= len(names) else self._input
        self._column.offer([_("all inputs"), *names], 0 if self._input is None else self._input + 1)
        self._column.setVisible(len(names) > 1)

    def _draw_series(self, run: Run, dataset: Dataset, found: Attribution) -> None:
        window, horizon = dataset.spec.window, dataset.spec.horizon
        for plot in (self.series, self.bars):
            plot.set_clock(dataset.clock)
        rows = np.arange(found.start, min(found.start + window, len(dataset.filled)))
        values = dataset.filled[rows, found.target]
        draw_curve(self._past, rows.astype(np.float64), values, pen(self.theme.color("text"), 1.5))
        probe = run.probe()
        y, low, high = np.zeros(0), float(np.nanmin(values)), float(np.nanmax(values))
        first = found.start + dataset.spec.origin
        if probe is not None and probe.start == found.start:
            y = np.asarray(probe.forecast[:, found.target], dtype=np.float64)
            low, high = min(low, float(y.min())), max(high, float(y.max()))
        x = first + np.arange(len(y), dtype=np.float64)
        draw_curve(self._forecast, x, y, pen(self.theme.color("accent"), 2.0))
        asked = slice(found.step, found.step + 1)
        dot = pen(self.theme.color("surface"), 2)
        self._asked.setData(x[asked], y[asked], brush=self.theme.color("accent"), pen=dot)
        last = first + horizon if len(y) else found.start + window
        self.series.show_x(float(found.start), float(max(last, found.start + window)))
        self.series.show_y(low, high)

    def _draw_influence(self, dataset: Dataset, found: Attribution) -> None:
        integrated = found.integrated is not None
        size = found.influence(integrated=integrated, column=self._input)
        rows = found.start + np.arange(len(size), dtype=np.float64)
        x, y = np.repeat(rows, 2), np.stack([np.zeros(len(size)), size], axis=1).ravel()
        line = pen(self.theme.color("warn" if integrated else "accent"), 3.0 if len(size) <= 200 else 1.0)
        self._influence.setData(x, y, pen=line, connect="pairs")
        # What the last value alone does may tower above the rest, which one wants to see: it runs out of the top.
        self.bars.show_y(0.0, min(float(size.max()), max(4.0 * float(np.quantile(size, 0.9)), 1e-9)))
        self._tell(dataset, found, size)
        name = _("integrated gradients") if integrated else _("|d forecast / d input|, scaled")
        of = dataset.spec.features[self._input] if self._input is not None else _("all inputs")
        summed = _("adds up to {sum} of {difference}, completeness error {error}").format(
            sum=number(found.sum, 3),
            difference=number(found.difference, 3),
            error=_error(found.completeness_error),
        )
        facts = [*([summed] if integrated else []), _("epoch {epoch}").format(epoch=count(found.epoch))]
        if self._stale:  # the picture is that of the question before
            facts = [_("asking the network…")]
        column = column_words(self.session, dataset.columns[found.target])
        legend = (LegendEntry("text", column), LegendEntry("accent", _("forecast")))
        self.set_heading(Heading(DOT.join((name, of)), DOT.join(facts), legend))

    def _tell(self, dataset: Dataset, found: Attribution, size: Floats) -> None:
        """Say where the influence is strongest, and how far back half of it reaches."""
        strongest = int(np.argmax(size))
        back = dataset.spec.origin + found.step - strongest
        length = span(back, dataset.clock.step)
        words = _("Strongest: {time}, {steps} steps before the forecast{length} · half of it in the last {half} steps")
        told = words.format(
            time=moment(dataset.clock, found.start + strongest),
            steps=count(back),
            length=f" ({length})" if length else "",
            half=count(half_within(size)),
        )
        self.words.setText(told)
        self.words.setToolTip(tooltip(told))

    def follow(self, before: Cursor) -> None:
        """Follow to another window, target or epoch; another step moves the cross-hair."""
        now = self.session.cursor
        if (now.window, now.target, now.run, now.epoch) != (before.window, before.target, before.run, before.epoch):
            self.draw()
        else:
            self._place()

    def _place(self) -> None:
        step, found = self.session.cursor.step, self._found
        for line in self._cross:
            line.setVisible(step is not None and found is not None)
            if step is not None and found is not None:
                line.setValue(float(found.start + step))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for plot, line in zip((self.series, self.bars), self._cross, strict=True):
            plot.set_theme(self.theme)
            line.setPen(pen(self.theme.color("text"), 1))

    # -- gestures -----------------------------------------------------------------------------------------

    def _choose_step(self, index: int) -> None:
        self._chosen_step = self._offered[index]
        self.mark()

    def _choose_column(self, index: int) -> None:
        self._input = None if index == 0 else index - 1
        self.mark()

    def _hover(self, x: float, _y: float) -> None:
        found = self._found
        if found is not None and not self.session.cursor.pinned and 0 <= x - found.start < len(found.gradient):
            self.session.point(step=round(x - found.start))

    def _click(self, x: float, _y: float) -> None:
        """A click on the forecast chooses the step of the horizon; one on the past pins the step."""
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return
        ahead = round(x) - found.start - dataset.spec.origin
        if 0 <= ahead < dataset.spec.horizon and round(x) - found.start >= len(found.gradient):
            self._chosen_step = ahead
            self.mark()
        elif 0 <= round(x) - found.start < len(found.gradient):
            self.session.point(step=round(x) - found.start, pinned=not self.session.cursor.pinned)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by a step."""
        if not moved(self.session, event, len(self._found.gradient) if self._found is not None else 0):
            super().keyPressEvent(event)

    def reset_zoom(self) -> None:
        """Show the whole window."""
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return both kinds of gradients by step and input."""
        found = self._found
        if self.message or found is None:
            return ()
        saved: list[SavedColumn] = [("step", np.arange(len(found.gradient)))]
        for at, name in enumerate(found.columns):
            saved.append((f"gradient {name}", found.gradient[:, at]))
            if found.integrated is not None:
                saved.append((f"integrated {name}", found.integrated[:, at]))
        return saved


def _error(share: float) -> str:
    """Say a share that may be tiny."""
    return percent(share) if share >= 0.01 else f"{number(100 * share, 2)} %"
