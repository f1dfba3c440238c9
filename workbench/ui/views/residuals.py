"""What the network left unexplained: over time, its distribution, what of it repeats, and the worst windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QTreeWidgetItem

from workbench.core.dataset import Dataset
from workbench.core.insight import residuals as statistics
from workbench.core.insight.evidence import Evidence
from workbench.core.insight.residuals import Grouping, Residuals, WorstWindow
from workbench.core.problems import N_
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.counter import steps_ahead
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading
from workbench.ui.views.windowlist import LIST_FROM, fit_columns, window_list
from workbench.ui.words import Words, tooltip

GROUPINGS: dict[Grouping, str] = {"hour": N_("by hour"), "weekday": N_("by weekday"), "month": N_("by month")}
MOST_WORST = 20
SURE = 0.05


class LabelAxis(pg.AxisItem):
    """An axis with a word at each whole number."""

    def __init__(self) -> None:
        super().__init__("bottom", maxTickLength=-4)
        self.labels: tuple[str, ...] = ()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Put ticks at whole numbers, as many as there is room for."""
        every = max(1, int(np.ceil(len(self.labels) * 34 / max(size, 1.0))))
        return [(float(every), [float(place) for place in range(0, len(self.labels), every)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the words."""
        return [self.labels[round(value)] if 0 <= round(value) < len(self.labels) else "" for value in values]


class ResidualsView(AbstractView):
    """Residuals of the shown run on the part it is judged on."""

    key = "residuals"
    title = N_("Residuals")
    kinds = frozenset({"Started", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make plots, list and choosers."""
        self._shown: object = None
        self._found: Residuals | None = None
        self._worst: tuple[WorstWindow, ...] = ()
        self._by: Grouping | None = None
        self.over_time = Plot(self.theme)
        self.distribution = Plot(self.theme, rows=False, whole=False)
        self.correlation = Plot(self.theme, rows=False)
        self.labels = LabelAxis()
        self.grouped = Plot(self.theme, below=self.labels)
        self._plots = (self.over_time, self.distribution, self.correlation, self.grouped)
        self._lines = [plot.add_line(horizontal=True, z=0) for plot in (self.over_time, self.correlation, self.grouped)]
        self._bounds = [self.correlation.add_line(horizontal=True, z=0) for _side in range(2)]
        self._curve = self.over_time.add_curve(z=2)
        self._shape = self.distribution.add_curve(z=2)
        self._straight = self.distribution.add_curve(z=1)
        self._bars, self._group_bars = (pg.BarGraphItem(x=[0], height=[0], width=0.6) for _plot in range(2))
        self.correlation.addItem(self._bars, ignoreBounds=True)
        self.grouped.addItem(self._group_bars, ignoreBounds=True)
        self._cursor = self.over_time.add_line(z=6)
        self._list = window_list(self, _("Worst windows"), (_("worst from"), "MAE", _("× median")))
        self._list.itemClicked.connect(self._jump)
        self._list.itemActivated.connect(self._jump)
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self.over_time, 0, 0, 1, 3)
        self._titles = [Words(tone="muted", role="small", parent=self) for _plot in range(3)]
        for place, plot in enumerate((self.distribution, self.correlation, self.grouped)):
            self._titles[place].setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            grid.addWidget(self._titles[place], 1, place)
            grid.addWidget(plot, 2, place)
            grid.setColumnStretch(place, 1)
        grid.setRowStretch(0, 1)
        grid.setRowStretch(2, 1)
        grid.addWidget(self._list, 0, 3, 3, 1)
        self.plots.addLayout(grid, 1)
        self._build_controls()
        self.over_time.clicked.connect(self._clicked)
        for plot in self._plots:
            plot.reset.connect(self.reset_zoom)
        self.session.judging.changed.connect(self.mark)

    def _build_controls(self) -> None:
        self._ahead = steps_ahead(self)
        self._ahead.valueChanged.connect(self.mark)
        self._quantiles = switch(_("QQ"), _("Against a normal distribution: on the line if they have one"), self)
        self._quantiles.toggled.connect(self.mark)
        self._grouping = Chooser(_("Grouping"), self)
        self._grouping.chosen.connect(self._choose_grouping)
        self._target = Chooser(_("Target"), self)
        self._target.chosen.connect(lambda index: self.session.point(target=index))
        for control in (self._ahead, self._quantiles, self._grouping):
            self.controls.addWidget(control)
        self.controls.addStretch(1)
        self.controls.addWidget(self._target)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the residuals of the shown run, or say why there are none."""
        run, dataset = self.session.run, self.session.run_dataset
        if run is None or dataset is None:
            self.say(_("Here you will see what the forecast leaves unexplained. Press Train first."))
            return
        if dataset.spec.framing == "label":
            self.say(_("One answer a sequence leaves no residuals in time."))
            return
        judged = self.session.judging.of(run)
        if run.ended is None or judged is None:
            self.say(_("Residuals appear at the end: those of the final forecasts, on rows the network never saw."))
            return
        if judged.evidence is None:
            self.say(_("This run has no final forecasts."))
            return
        self.show_picture()
        self._show(dataset, judged.evidence)

    def _show(self, dataset: Dataset, evidence: Evidence) -> None:
        target = min(self.session.cursor.target, dataset.targets - 1)
        self._ahead.setMaximum(evidence.horizon)
        self._ahead.setVisible(evidence.horizon > 1)
        self._target.offer(dataset.spec.targets, target)
        self._target.setVisible(dataset.targets > 1)
        ahead = min(self._ahead.value(), evidence.horizon)
        self._list.setVisible(self.width() >= LIST_FROM)
        state = (evidence, ahead, target, self._quantiles.isChecked(), self._by, self.theme)
        if state != self._shown:
            self._shown = state
            self._found = found = statistics.residuals(evidence, ahead, target)
            self._draw_over_time(dataset, found)
            self._draw_distribution(found)
            self._draw_correlation(found)
            self._draw_groups(dataset, found)
            self._fill_worst(dataset, statistics.worst(evidence, MOST_WORST, target))
            self._say_figures(found)
        self._place_cursor(dataset)

    def _say_figures(self, found: Residuals) -> None:
        test = statistics.ljung_box(found)
        facts = [_("bias {bias}").format(bias=number(-float(found.values.mean()), 3))]
        if test is not None:
            words = _("Ljung-Box p {p}: something is left") if test.p < SURE else _("Ljung-Box p {p}: like white noise")
            facts.append(words.format(p=number(test.p, 2) if test.p >= 1e-4 else "< 0.0001"))
        elif found.ahead > 1:
            facts.append(_("errors overlap below lag {lag}").format(lag=count(found.ahead)))
        subtitle = _("truth − forecast, {count} forecasts {ahead} ahead")
        words = subtitle.format(count=count(len(found.values)), ahead=count(found.ahead))
        self.set_heading(Heading(words, DOT.join(facts)))

    def _draw_over_time(self, dataset: Dataset, found: Residuals) -> None:
        self.over_time.set_clock(dataset.clock)
        draw_curve(self._curve, found.rows.astype(np.float64), found.values, pen(self.theme.color("accent"), 1.2))
        self.over_time.show_x(float(found.rows[0]), float(found.rows[-1]))
        self.over_time.show_y(float(found.values.min()), float(found.values.max()))
        for line in self._lines:
            line.setVisible(True)
            line.setValue(0.0)

    def _draw_distribution(self, found: Residuals) -> None:
        quantiles = self._quantiles.isChecked()
        self._titles[0].setToolTip(tooltip(_("The line is the normal distribution with their mean and spread.")))
        self._titles[0].setText(_("against normal quantiles") if quantiles else _("distribution"))
        if quantiles:
            x, y = statistics.quantiles(found)
            self._shape.setFillLevel(None)
            draw_curve(self._shape, x, y, pen(self.theme.color("accent"), 2.0))
            ends = np.array([min(x[0], y[0]), max(x[-1], y[-1])])
            draw_curve(self._straight, ends, ends, pen(self.theme.color("muted"), 1.0, Qt.PenStyle.DashLine))
            self.distribution.show_x(float(x[0]), float(x[-1]))
            self.distribution.show_y(float(y.min()), float(y.max()))
            return
        edges, shares = statistics.histogram(found)
        self._shape.setFillLevel(0.0)
        self._shape.setBrush(self.theme.color("accent", 0.35))
        draw_curve(
            self._shape,
            np.repeat(edges, 2),
            np.concatenate([[0.0], np.repeat(shares, 2), [0.0]]),
            pen(self.theme.color("accent")),
        )
        spread = max(float(found.values.std()), 1e-300)
        x = np.linspace(edges[0], edges[-1], 100)
        normal = np.exp(-((x - found.values.mean()) ** 2) / (2 * spread**2)) / (spread * np.sqrt(2 * np.pi))
        draw_curve(self._straight, x, normal * (edges[1] - edges[0]), pen(self.theme.color("muted"), 1.2))
        self.distribution.show_x(float(edges[0]), float(edges[-1]))
        self.distribution.show_y(0.0, float(max(shares.max(), (normal * (edges[1] - edges[0])).max())))

    def _draw_correlation(self, found: Residuals) -> None:
        r, bound = statistics.correlation(found)
        self._titles[1].setText(_("autocorrelation by lag"))
        lags = np.arange(1, len(r))
        beyond = np.abs(r[1:]) > bound
        brushes = [self.theme.color("accent" if far else "baseline") for far in beyond]
        self._bars.setOpts(x=lags, height=r[1:], width=0.6, brushes=brushes, pen=pg.mkPen(None))
        self.correlation.show_x(0.0, float(len(r)))
        self.correlation.show_y(min(float(r[1:].min(initial=0)), -bound), max(float(r[1:].max(initial=0)), bound))
        for line, side in zip(self._bounds, (-1, 1), strict=True):
            line.setVisible(True)
            line.setValue(side * bound)

    def _draw_groups(self, dataset: Dataset, found: Residuals) -> None:
        kinds = statistics.groupings(dataset.clock, found.rows)
        self.grouped.setVisible(bool(kinds))
        self._titles[2].setVisible(bool(kinds))
        self._grouping.setVisible(len(kinds) > 1)
        if not kinds:
            return
        by = self._by if self._by in kinds else kinds[0]
        self._grouping.offer([_(GROUPINGS[kind]) for kind in kinds], kinds.index(by))
        self._titles[2].setText(_("mean {by}").format(by=_(GROUPINGS[by])))
        groups = statistics.groups(found, dataset.clock, by)
        self.labels.labels = tuple(_(group.label) for group in groups)
        self.labels.picture = None
        height = np.array([group.mean for group in groups])
        colour = self.theme.color("accent", 0.7)
        self._group_bars.setOpts(x=np.arange(len(groups)), height=height, width=0.7, brush=colour, pen=pg.mkPen(None))
        self.grouped.show_x(-0.6, len(groups) - 0.4)
        self.grouped.show_y(min(float(height.min()), 0.0), max(float(height.max()), 0.0))

    def _fill_worst(self, dataset: Dataset, found: tuple[WorstWindow, ...]) -> None:
        self._worst = found
        self._list.clear()
        for window in found:
            texts = [dataset.clock.text(window.origin), number(window.error, 3), number(window.times, 2)]
            item = QTreeWidgetItem(self._list, texts)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
        fit_columns(self._list)

    def _place_cursor(self, dataset: Dataset) -> None:
        window = self.session.cursor.window
        self._cursor.setVisible(window is not None)
        if window is not None:
            self._cursor.setValue(float(window + dataset.spec.origin))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        _recolour(self.theme, self._plots, (*self._lines, self._cursor), self._bounds)
        self._shown = None

    # -- gestures -----------------------------------------------------------------------------------------

    def _jump(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        """Move the cursor to the window of a row of the list."""
        place = self._list.indexOfTopLevelItem(item)
        if 0 <= place < len(self._worst):
            self.session.point(window=self._worst[place].start, step=None, epoch=None)

    def _clicked(self, x: float, _y: float) -> None:
        """Move the cursor to the window whose forecast made the residual that was clicked at."""
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return
        row = int(found.rows[np.argmin(np.abs(found.rows - x))])
        self.session.point(window=row - found.ahead + 1 - dataset.spec.origin, step=None, epoch=None)

    def _choose_grouping(self, place: int) -> None:
        dataset = self.session.run_dataset
        if dataset is not None and self._found is not None:
            self._by = statistics.groupings(dataset.clock, self._found.rows)[place]
            self.mark()

    def reset_zoom(self) -> None:
        """Show everything again."""
        self._shown = None
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the residuals by time."""
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return ()
        return ((_("time"), np.asarray(dataset.clock.at(found.rows))), (_("truth − forecast"), found.values))


def _recolour(
    theme: Theme, plots: Sequence[Plot], lines: Sequence[pg.InfiniteLine], bounds: Sequence[pg.InfiniteLine]
) -> None:
    for plot in plots:
        plot.set_theme(theme)
    for line in lines:
        line.setPen(pen(theme.color("border"), 1))
    lines[-1].setPen(pen(theme.color("text"), 1, Qt.PenStyle.DotLine))
    for line in bounds:
        line.setPen(pen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
