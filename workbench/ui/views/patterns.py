"""When the day, the week, the year were learnt: how much of each pattern the forecasts have, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt

from workbench.core.cursor import Cursor
from workbench.core.insight.patterns import LEARNT, courses, learnt_at
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, percent, span
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.curvepool import CurvePool, Drawn, run_role
from workbench.ui.views.naming import steps_words
from workbench.ui.views.plot import Plot, pen, roomy
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words


class PatternsView(AbstractView):
    """Share of each pattern of the series in the validation forecasts, by epoch."""

    key = "patterns"
    title = N_("Patterns")
    kinds = frozenset({"Started", "Probed", "Ended"})

    def build(self) -> None:
        """Make the plot and the sentence below it."""
        self.plot = plot = Plot(self.theme, rows=False)
        self.plots.addWidget(plot)
        self._pool = CurvePool(plot)
        self._dots = pg.ScatterPlotItem(size=7)
        self._dots.setZValue(3)
        plot.addItem(self._dots, ignoreBounds=True)
        self._marks: list[tuple[pg.InfiniteLine, pg.TextItem]] = []
        self._whole = plot.add_line(horizontal=True, z=0)
        self._learnt = plot.add_line(horizontal=True, z=0)
        self._epoch = plot.add_line(z=4)
        self.words = Words(wrap=True, parent=self)
        self.plots.addWidget(self.words)
        self._zoomed = False
        self._courses: dict[int, tuple[list[int], list[float]]] = {}
        plot.reset.connect(self.reset_zoom)
        plot.clicked.connect(self._clicked)
        plot.range_changed.connect(self._place_marks)
        plot.box.sigRangeChangedManually.connect(self._note_zoom)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw all epochs that were looked at."""
        run = self.session.run
        if run is None:
            self.say(_("Here you see when the network learns the day, the week or the year. Press Train to start."))
            return
        if not run.probes:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self._courses = courses({epoch: probe.patterns for epoch, probe in run.probes.items()})
        if not self._courses:
            self.say(_("No period was found in the training rows, so there is no pattern to learn."))
            return
        self.show_picture()
        drawn, points = [], []
        for index, (epochs, shares) in enumerate(self._courses.values()):
            x, y = np.array(epochs, dtype=np.float64), np.array(shares)
            color = self.theme.color(run_role(index))
            drawn.append(Drawn(x, y, pen(color, 2.0)))
            points += [{"pos": (at, share), "brush": color, "pen": None} for at, share in zip(x, y, strict=True)]
        self._pool.draw(drawn)
        self._dots.setData(points if len(points) <= 200 else [])
        if not self._zoomed:
            seen = np.concatenate([one.y for one in drawn])
            last = max(float(one.x[-1]) for one in drawn)
            self.plot.show_x(0.0, roomy(self.plot, max(last, 1.0)))
            self.plot.show_y(min(0.0, float(np.quantile(seen, 0.02))), max(1.1, float(np.quantile(seen, 0.98))))
        self._draw_marks()
        self._place_epoch()
        self.words.setText(self._told(run))
        legend = tuple(LegendEntry(run_role(at), self._length(period)) for at, period in enumerate(self._courses))
        column = run.project.data.targets[0]
        self.set_heading(
            Heading(_("share of each pattern in the forecasts of {column}").format(column=column), "", legend)
        )

    def _draw_marks(self) -> None:
        """Draw a line where each pattern was learnt, with its name."""
        while len(self._marks) < len(self._courses):
            words = pg.TextItem(anchor=(0, 0))
            words.setFont(font("small"))
            self.plot.addItem(words, ignoreBounds=True)
            self._marks.append((self.plot.add_line(z=1), words))
        for index, (line, words) in enumerate(self._marks):
            entry = list(self._courses.items())[index] if index < len(self._courses) else None
            at = learnt_at(*entry[1]) if entry is not None else None
            line.setVisible(at is not None)
            words.setVisible(at is not None)
            if entry is not None and at is not None:
                color = self.theme.color(run_role(index))
                line.setPen(pen(color, 1, Qt.PenStyle.DashLine))
                line.setValue(float(at))
                words.setText(_("{length}: epoch {epoch}").format(length=self._length(entry[0]), epoch=at), color=color)
        self._place_marks()

    def _place_marks(self) -> None:
        (left, right), (bottom, top) = self.plot.box.viewRange()
        width, pixel = self.plot.columns_of_pixels, (top - bottom) / max(self.plot.box.height(), 1.0)
        places = [index for index, (line, _words) in enumerate(self._marks) if line.isVisible()]
        for index, (line, words) in enumerate(self._marks):
            # Left of the line where there is no room on its right.
            ends = line.value() + words.boundingRect().width() / width * (right - left)
            words.setAnchor((1, 0) if ends > right else (0, 0))
            above = 1 + (places.index(index) if index in places else 0)
            words.setPos(line.value(), bottom + above * words.boundingRect().height() * 0.8 * pixel)

    def _length(self, period: int) -> str:
        dataset = self.session.run_dataset
        return span(period, dataset.clock.step if dataset is not None else None) or steps_words(period)

    def _told(self, run: Run) -> str:
        """Say when each pattern was learnt, or how much of it is there."""
        parts = []
        for period, (epochs, shares) in self._courses.items():
            at, length = learnt_at(epochs, shares), self._length(period)
            if at is None:
                words = _("{length}: not learnt, {share} of it are in the forecasts")
                parts.append(words.format(length=length, share=percent(shares[-1])))
            elif at == epochs[0]:
                parts.append(_("{length}: there from the start").format(length=length))
            else:
                parts.append(_("{length}: learnt in epoch {epoch}").format(length=length, epoch=count(at)))
        return DOT.join(parts)

    def follow(self, before: Cursor) -> None:
        """Mark the epoch that is looked at."""
        if self.session.cursor.run != before.run:
            self.draw()
        self._place_epoch()

    def _place_epoch(self) -> None:
        epoch = self.session.cursor.epoch
        self._epoch.setVisible(epoch is not None)
        if epoch is not None:
            self._epoch.setValue(float(epoch))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._epoch.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))
        for line, value, role in ((self._whole, 1.0, "muted"), (self._learnt, LEARNT, "border")):
            line.setVisible(True)
            line.setValue(value)
            line.setPen(pen(self.theme.color(role), 1, Qt.PenStyle.DashLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _clicked(self, x: float, _y: float) -> None:
        """Look at the recorded epoch nearest to a click; the last one follows the training."""
        run = self.session.run
        if run is not None and run.probes:
            epoch = min(run.probes, key=lambda recorded: abs(recorded - x))
            self.session.point(epoch=None if epoch == max(run.probes) else epoch)

    def reset_zoom(self) -> None:
        """Show all epochs."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def columns(self) -> Sequence[SavedColumn]:
        """Return the share of each pattern by epoch."""
        saved: list[SavedColumn] = []
        for period, (epochs, shares) in self._courses.items():
            saved += [(f"epoch {period}", np.array(epochs)), (f"share {period}", np.array(shares))]
        return () if self.message else saved
