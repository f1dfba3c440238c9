"""The backtest: forecasts from many origins over the series, how wrong they were, and whether that is chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QResizeEvent, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QTreeWidget, QTreeWidgetItem

from workbench.app.backtests import Kept
from workbench.core.baselines import LABELS
from workbench.core.cells import CELLS
from workbench.core.comparing import Comparison, p_text, signed_percent
from workbench.core.dataset import Dataset
from workbench.core.metrics import MEASURES
from workbench.core.problems import N_
from workbench.ui.text import DOT, count, duration, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.fan import Fan, fan, preview
from workbench.ui.views.planbutton import PlanButton
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.scores import ROLES, measure_text
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.views.windowlist import fit_columns, window_list
from workbench.ui.words import Words, tooltip

MEASURED = ("mae", "rmse", "mase", "smape")
LIST_FROM, BOTH_FROM, LEAST_PLOT, LEAST_TABLE = 620, 270, 150, 52
"""Pixels: of a view wide enough for the list of origins, or high enough for fan and table, and of either's height."""


class BacktestView(AbstractView):
    """A fan over the series, a table of forecasters, a list of origins, and the test in words."""

    key = "backtest"
    title = N_("Backtest")
    kinds = frozenset({"Started", "Improved", "Ended"})

    def build(self) -> None:
        """Make fan, table, list and controls."""
        self._shown: object = None
        self._drawn: Fan | None = None
        self._series = 0
        self.verdict = Words(role="small", wrap=True, parent=self)
        self.plot = Plot(self.theme)
        self._truth = self.plot.add_curve(z=2)
        self._other = self.plot.add_curve(z=3)
        self._model = self.plot.add_curve(z=4)
        self._dots, self._rings = (pg.ScatterPlotItem(size=size, pen=None) for size in (5, 9))
        for place, item in enumerate((self._rings, self._dots)):
            item.setZValue(5 + place)
            self.plot.addItem(item, ignoreBounds=True)
        self._cursor = self.plot.add_line(z=1)
        self.table = QTreeWidget(self)
        self.table.setAccessibleName(_("Errors over all origins"))
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setFont(font("small"))
        self.table.header().setFont(font("small"))
        self.list = window_list(self, _("Origins"), (_("origin"), "", ""))
        self.list.itemClicked.connect(self._jump)
        self.list.itemActivated.connect(self._jump)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.plot, 1)
        row.addWidget(self.list)
        self.plots.addWidget(self.verdict)
        self.plots.addLayout(row, 1)
        self.plots.addWidget(self.table)
        self._build_controls()
        self.plot.clicked.connect(self._clicked)
        self.plot.reset.connect(self.reset_zoom)
        self.session.backtests.changed.connect(self.mark)

    def _build_controls(self) -> None:
        backtests = self.session.backtests
        self.start = QPushButton(_("Backtest"), self)
        self.start.clicked.connect(lambda _checked=False: self._press())
        self.plan = PlanButton(backtests, self)
        self.save = QPushButton(_("Save report…"), self)
        self.save.setToolTip(tooltip(_("One HTML file with figures, numbers, tests and all settings.")))
        self.save.clicked.connect(lambda _checked=False: self._ask_where())
        for button in (self.start, self.save):
            button.setFont(font("small"))
        self._series_of = Chooser(_("Series"), self)
        self._series_of.chosen.connect(self._choose_series)
        self._target = Chooser(_("Target"), self)
        self._target.chosen.connect(lambda index: self.session.point(target=index))
        self.controls.addWidget(self.start)
        self.controls.addWidget(self.plan)
        self.controls.addStretch(1)
        self.numbers = switch(_("Table"), _("Show the table instead of the fan"), self)
        self.numbers.toggled.connect(lambda _on: self._fit())
        for control in (self._series_of, self._target, self.numbers, self.save):
            self.controls.addWidget(control)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show the last backtest of what is shown, or where its origins would lie."""
        dataset, backtests = self.session.run_dataset, self.session.backtests
        if dataset is None:
            self.say(_("Here forecasts from many origins will stand over the series. Open a file to begin."))
            return
        answers = self.session.run is not None and self.session.run.project.model.output == "classes"
        if dataset.spec.framing == "label" or answers:
            self.say(_("One answer a sequence has no origins to forecast from."))
            return
        self.show_picture()
        self._offer(dataset)
        kept = self.kept
        names = () if kept is None else _drawn_names(kept)
        target = min(self.session.cursor.target, dataset.targets - 1)
        state = (kept, dataset, backtests.plan if kept is None else None, self._series, target, self.theme)
        if state != self._shown:
            self._shown = state
            if kept is None:
                self._drawn = preview(dataset, backtests.plan, self._series, target)
            else:
                self._drawn = fan(kept.found, names, self._series, target)
            self._draw_fan(dataset, self._drawn, names)
            self._fill_table(kept)
            self._fill_list(kept)
        self._say_words(kept)
        self._fit()
        self._place_cursor(dataset)

    @property
    def kept(self) -> Kept | None:
        """The last backtest, if it is of the data that are shown."""
        kept = self.session.backtests.kept
        return kept if kept is not None and kept.found.dataset is self.session.run_dataset else None

    def _offer(self, dataset: Dataset) -> None:
        backtests, idle = self.session.backtests, self.session.training == "idle"
        self._series = min(self._series, max(len(dataset.names) - 1, 0))
        self._series_of.offer(dataset.names, self._series)
        self._series_of.setVisible(len(dataset.names) > 1)
        self._target.offer(dataset.spec.targets, min(self.session.cursor.target, dataset.targets - 1))
        self._target.setVisible(dataset.targets > 1)
        self.plan.refresh()
        self.start.setText(_("Give up") if backtests.busy else _("Backtest"))
        self.start.setEnabled(backtests.busy or idle)
        self.start.setToolTip(tooltip(self._tip()))
        self.save.setEnabled(self.kept is not None)

    def _tip(self) -> str:
        if self.session.training != "idle":
            return _("A backtest can begin when nothing is being trained.")
        run, plan = self.session.run, self.session.backtests.plan
        if plan.refit:
            return _("Train the network anew at every refit, on rows before it, and forecast from each origin.")
        if run is None or run.best is None:
            return _("Forecast from each origin with all baselines. Train a network, or set a refit, to compare it.")
        return _("Forecast from each origin with the network of run {number} and all baselines.").format(
            number=count(run.number)
        )

    def name(self, name: str) -> str:
        """Return the words for a forecaster."""
        kept = self.kept
        if name == "model" and kept is not None and kept.project is not None:
            return _(CELLS[kept.project.model.cell].label)
        return _(LABELS.get(name, name))

    def _draw_fan(self, dataset: Dataset, drawn: Fan, names: tuple[str, ...]) -> None:
        self.plot.set_clock(dataset.clock)
        draw_curve(self._truth, *drawn.truth, pen(self.theme.color("text"), 1.0))
        nothing = (np.zeros(0), np.zeros(0))
        first, second = (*names, "", "")[:2]
        draw_curve(self._model, *drawn.forecasts.get(first, nothing), pen(self.theme.color("accent"), 1.6))
        dashed = pen(self.theme.color("baseline"), 1.2, Qt.PenStyle.DashLine)
        draw_curve(self._other, *drawn.forecasts.get(second, nothing), dashed)
        rows, values = drawn.truth
        for item, origins, role in ((self._dots, drawn.origins, "accent"), (self._rings, drawn.refits, "warn")):
            place = np.searchsorted(rows, origins - 1)
            inside = (place < len(rows)) & (origins > 0)
            item.setData(origins[inside] - 1, values[place[inside]], brush=self.theme.color(role))
        if len(rows):
            self.plot.show_x(float(rows[0]), float(rows[-1]))
            self.plot.show_y(*drawn.range)

    def _say_words(self, kept: Kept | None) -> None:
        busy = self.session.backtests.busy
        if kept is None:
            words = _("Each dot is an origin: the forecast from there will stand over the truth behind it.")
            self.verdict.setText(_("Forecasting from each origin…") if busy else words)
            self.verdict.set_tone("muted")
            self.set_heading(Heading(_("where the origins would lie"), "", (LegendEntry("text", _("truth")),)))
            return
        found, names = kept.found, _drawn_names(kept)
        first = kept.comparisons[0] if kept.comparisons else None
        self.verdict.setText(first.text(self.name, _) if first is not None else _("There is nothing to compare with."))
        good = first is not None and first.outcome == "better"
        self.verdict.set_tone("good" if good and "model" in found.losses else "text")
        origins = len(found.losses[names[0]])
        facts = [_("{count} origins").format(count=count(origins))]
        if origins < found.plan.origins:
            facts = [
                _("only {count} of {asked} origins fit").format(count=count(origins), asked=count(found.plan.origins))
            ]
        if self._drawn is not None and len(self._drawn.origins) < origins:
            facts.append(_("newest {count} drawn").format(count=count(len(self._drawn.origins))))
        if found.refits:
            facts.append(_("{count} refits").format(count=count(len(found.refits))))
        if busy or found.seconds >= 1:
            facts.append(_("running…") if busy else duration(found.seconds))
        legend = [LegendEntry("text", _("truth")), LegendEntry("accent", self.name(names[0]))]
        legend += [LegendEntry("baseline", self.name(name), "dash") for name in names[1:]]
        self.set_heading(Heading(self._subject(kept), DOT.join(facts), tuple(legend)))

    def _subject(self, kept: Kept) -> str:
        if kept.run is not None:
            return _("run {number}").format(number=count(kept.run.number))
        return _("baselines") if kept.project is None else _("present settings")

    def _fill_table(self, kept: Kept | None) -> None:
        self.table.clear()
        if kept is None:
            return
        subject = kept.comparisons[0].name if kept.comparisons else ""
        against = {entry.other: entry for entry in kept.comparisons if entry.name == subject}
        heads = ["", *(_(MEASURES[key].label) for key in MEASURED), _("skill"), _("95 % interval"), "p", ""]
        self.table.setColumnCount(len(heads))
        self.table.setHeaderLabels(heads)
        header = self.table.headerItem()
        tip = _("Skill of {name} against the forecaster of the row, its interval, and the Diebold-Mariano test.")
        for place in range(1, len(heads) - 1):  # the last, empty one takes what is left of the width
            header.setTextAlignment(place, Qt.AlignmentFlag.AlignRight)
            skill = place > len(MEASURED)
            report = next(iter(kept.found.reports.values()))
            words = tip.format(name=self.name(subject)) if skill else report.explained(MEASURED[place - 1])
            header.setToolTip(place, tooltip(words))
        for name, report in kept.found.reports.items():
            texts = [measure_text(key, report.value(key)) for key in MEASURED]
            item = QTreeWidgetItem(self.table, [self.name(name), *texts, *_compared(against.get(name))])
            item.setForeground(0, self.theme.color(ROLES.get(name, "muted")))
            for place in range(1, len(heads)):
                item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for place in range(len(heads)):
            self.table.resizeColumnToContents(place)

    def _fill_list(self, kept: Kept | None) -> None:
        """List the origins with what went wrong at each."""
        self.list.clear()
        if kept is None:
            return
        names = _drawn_names(kept)
        self.list.setHeaderLabels([_("origin"), *(self.name(name) for name in names), ""][:3])
        for place, time in enumerate(kept.found.times()):
            texts = [number(float(kept.found.losses[name][place]), 3) for name in names]
            item = QTreeWidgetItem(self.list, [time, *texts])
            for column in range(1, 1 + len(names)):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        fit_columns(self.list)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the fan where there is little."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show fan, table and list as far as there is room; of fan and table a switch shows the one or the other."""
        kept, low = self.kept is not None, self.height() < BOTH_FROM
        table = kept and (not low or self.numbers.isChecked())
        self.numbers.setVisible(kept and low)
        self.table.setVisible(table)
        self.plot.setVisible(not (table and low))
        self.list.setVisible(kept and self.width() >= LIST_FROM and self.plot.isVisibleTo(self))
        rows = self.table.topLevelItemCount()
        needed = self.table.header().sizeHint().height() + rows * (self.table.sizeHintForRow(0) + 1) + 18
        room = self.height() - (0 if low else LEAST_PLOT) - self.verdict.heightForWidth(max(self.width(), 1)) - 40
        self.table.setFixedHeight(max(min(needed, room), LEAST_TABLE))

    def _place_cursor(self, dataset: Dataset) -> None:
        window = self.session.cursor.window
        self._cursor.setVisible(window is not None)
        if window is not None:
            self._cursor.setValue(float(window + dataset.spec.origin))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self._shown = None
        self.plot.set_theme(self.theme)
        self.plan.set_theme(self.theme)
        self._cursor.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _press(self) -> None:
        if self.session.backtests.busy:
            self.session.backtests.give_up()
        else:
            self.session.backtests.start()

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, _("Save the report of the backtest"), "backtest.html", "HTML (*.html)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.fileSelected.connect(lambda name: self.session.backtests.save(Path(name)))
        dialog.open()

    def _choose_series(self, place: int) -> None:
        self._series = place
        self.mark()

    def _jump(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        kept, place = self.kept, self.list.indexOfTopLevelItem(item)
        if kept is not None and place >= 0:
            self.session.point(window=int(kept.found.start[kept.found.origin == place][0]), step=None, epoch=None)

    def _clicked(self, x: float, _y: float) -> None:
        """Move the cursor to the origin nearest to a click."""
        drawn, dataset = self._drawn, self.session.run_dataset
        if drawn is not None and dataset is not None and len(drawn.origins):
            row = int(drawn.origins[np.argmin(np.abs(drawn.origins - x))])
            self.session.point(window=row - dataset.spec.origin, step=None, epoch=None)

    def reset_zoom(self) -> None:
        """Show all origins."""
        self._shown = None
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the error at each origin, a column for each forecaster; without a backtest the truth."""
        kept, drawn, dataset = self.kept, self._drawn, self.session.run_dataset
        if kept is not None:
            losses = ((self.name(name), values) for name, values in kept.found.losses.items())
            return ((_("origin"), np.array(kept.found.times(), dtype=object)), *losses)
        if drawn is None or dataset is None:
            return ()
        rows = drawn.truth[0].astype(np.int64)
        return ((_("time"), np.asarray(dataset.clock.at(rows))), (_("truth"), drawn.truth[1]))


def _drawn_names(kept: Kept) -> tuple[str, ...]:
    """Return the forecasters that are drawn: the network or the best baseline, and what it is compared with first."""
    if kept.comparisons:
        return kept.comparisons[0].name, kept.comparisons[0].other
    return tuple(kept.found.losses)[:1]


def _compared(entry: Comparison | None) -> list[str]:
    if entry is None:
        return ["", "", ""]
    interval = ""
    if entry.low is not None and entry.high is not None:
        interval = f"{signed_percent(entry.low)} … {signed_percent(entry.high)}"
    return [signed_percent(entry.skill), interval, "" if entry.p is None else p_text(entry.p).removeprefix("= ")]
