"""Every measure by step ahead, the network beside all baselines, before and after a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFont, QResizeEvent, Qt
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from workbench.core.baselines import LABELS
from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset
from workbench.core.measured import MODEL, scored_part
from workbench.core.metrics import MEASURES, Measure, Report
from workbench.core.problems import N_
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words, tooltip

Values = NDArray[np.float64]

COLUMNS = ("mae", "rmse", "mase", "rmsse", "smape", "wape", "bias", "r2", "coverage", "width")
"""Measures of the table, in its order; all others can be chosen for the curves."""

ROLES: Mapping[str, str] = {
    MODEL: "accent", "last": "muted", "seasonal": "valid", "period": "output", "drift": "test", "average": "forget",
    "linear": "input", "mean": "muted", "common": "muted",
}  # fmt: skip
FEW = 3
"""So few steps ahead are drawn as dots as well."""

MOST_HEIGHT, LEAST_TABLE = 240, 90
LEAST_CURVES, ROOM_FOR_FORMULA = 190, 320
"""Pixels: of the table, of all that is not the table, and of a view in which the formula is written out."""


class ScoresView(AbstractView):
    """A table of forecasters and measures, and one measure by step ahead."""

    key = "scores"
    title = N_("Scores")
    kinds = frozenset({"Started", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make table, plot and choosers."""
        self._key = "mae"
        self._place: tuple[int, int] = (-1, -1)
        self._shown: object = None
        self._reports: Mapping[str, Report] = {}
        self.table = QTreeWidget(self)
        self.table.setAccessibleName(_("Scores of all forecasters"))
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setFont(font("small"))
        self.table.header().setFont(font("small"))
        self.table.header().setSectionsClickable(True)
        self.table.header().sectionClicked.connect(self._choose_section)
        self.plot = Plot(self.theme, rows=False)
        self.formula = Words(tone="muted", role="small", wrap=True, parent=self)
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._dots = pg.ScatterPlotItem(size=8, pen=None)
        self.plot.addItem(self._dots, ignoreBounds=True)
        self.verdict = Words(role="title", wrap=True, parent=self)
        self.plots.addWidget(self.verdict)
        self.plots.addWidget(self.table)
        self.plots.addWidget(self.plot, 1)
        self.plots.addWidget(self.formula)
        self._measure = Chooser(_("Measure"), self)
        self._measure.chosen.connect(lambda place: self._choose(list(MEASURES)[place]))
        self._column = Chooser(_("Column"), self)
        self._column.chosen.connect(lambda place: self._look((place - 1, self._place[1])))
        self._series = Chooser(_("Series"), self)
        self._series.chosen.connect(lambda place: self._look((self._place[0], place - 1)))
        for chooser in (self._measure, self._column, self._series):
            self.controls.addWidget(chooser)
        self.controls.addStretch(1)
        self.plot.reset.connect(self.reset_zoom)
        self.session.judging.changed.connect(self.mark)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show what was measured, or say why nothing was."""
        dataset = self.session.run_dataset
        if dataset is None:
            self.say(_("Here every measure of the network and of all baselines will stand. Open a file to begin."))
            return
        if dataset.spec.framing == "label":
            self.say(_("One answer a sequence is scored as a whole: see the Result card."))
            return
        reports = self.session.judging.reports()
        if reports is None:
            self.say(_("The baselines are being measured…"))
            return
        self.show_picture()
        self._reports = reports
        self._offer(dataset)
        self._show_verdict()
        state = (reports, self._key, self._place, self.theme)
        if state != self._shown:
            self._shown = state
            self._fill()
            self._draw_curves(dataset)
        first = next(iter(reports.values()))
        part = {"test": _("test"), "valid": _("validation")}[scored_part(dataset)]
        facts = DOT.join((
            _("{count} {part} windows").format(count=count(first.windows), part=part),
            _("season {season}").format(season=count(first.scale.season)),
        ))  # fmt: skip
        names = [name for name in reports if name in self._curves]
        legend = tuple(LegendEntry(ROLES.get(name, "muted"), self._name(name), self._mark(name)) for name in names)
        self.set_heading(
            Heading(_("{measure} by step ahead").format(measure=_(MEASURES[self._key].label)), facts, legend)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the formula to the tooltips of the table where the curves need the room."""
        super().resizeEvent(event)
        self.formula.setVisible(self.height() >= ROOM_FOR_FORMULA)
        self.table.setMaximumHeight(self._table_height())

    def _table_height(self) -> int:
        rows = self.table.topLevelItemCount()
        height = self.table.header().sizeHint().height() + rows * (self.table.sizeHintForRow(0) + 1) + 8
        return max(min(height, MOST_HEIGHT, self.height() - LEAST_CURVES), LEAST_TABLE)

    def _show_verdict(self) -> None:
        judged = self.session.judging.of(self.session.run)
        found = judged.judgement if judged is not None else None
        self.verdict.setVisible(found is not None)
        if found is not None:
            self.verdict.setText(found.title(_))
            self.verdict.set_tone("good" if found.good else "warn")
            self.verdict.setToolTip(tooltip(found.text(_)))

    def _name(self, name: str) -> str:
        run = self.session.run
        return _(CELLS[run.project.model.cell].label) if name == MODEL and run is not None else _(LABELS[name])

    def _mark(self, name: str) -> str:
        return "line" if name == MODEL else "dash"

    def _offer(self, dataset: Dataset) -> None:
        self._measure.offer([_(entry.label) for entry in MEASURES.values()], list(MEASURES).index(self._key))
        names = [_("all columns"), *dataset.spec.targets]
        series = [_("all series"), *dataset.names]
        column, own = min(self._place[0], dataset.targets - 1), min(self._place[1], len(dataset.names) - 1)
        self._place = (column, own)
        self._column.offer(names, column + 1)
        self._series.offer(series, own + 1)
        self._column.setVisible(dataset.targets > 1)
        self._series.setVisible(len(dataset.names) > 1)

    def value(self, report: Report, key: str) -> float:
        """Return a measure of the chosen column and series, NaN where there is none."""
        found = self._of(report, key, ())
        return float("nan") if found is None else float(found)

    def _of(self, report: Report, key: str, axes: tuple[str, ...]) -> Values | None:
        column, series = self._place
        kept = [*(["series"] if series >= 0 else []), *axes, *(["column"] if column >= 0 else [])]
        found = report.by(kept, key)  # type: ignore[arg-type]
        if found is None:
            return None
        if series >= 0:
            found = found[series]
        return found[..., column] if column >= 0 else found

    def _fill(self) -> None:
        """Write the table; the best of each column is bold."""
        keys = [key for key in COLUMNS if any(np.isfinite(self.value(entry, key)) for entry in self._reports.values())]
        self._keys = keys
        self.table.clear()
        self.table.setColumnCount(len(keys) + 1)
        self.table.setHeaderLabels(["", *(_(MEASURES[key].label) for key in keys)])
        header = self.table.headerItem()
        for place, key in enumerate(keys, start=1):
            header.setToolTip(place, tooltip(next(iter(self._reports.values())).explained(key)))
            header.setTextAlignment(place, Qt.AlignmentFlag.AlignRight)
        best = {key: _best(MEASURES[key], [self.value(entry, key) for entry in self._reports.values()]) for key in keys}
        for row, (name, report) in enumerate(self._reports.items()):
            values = [self.value(report, key) for key in keys]
            item = QTreeWidgetItem(self.table, [self._name(name), *map(measure_text, keys, values)])
            item.setForeground(0, self._color(name))
            for place, key in enumerate(keys, start=1):
                item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if row == best[key]:
                    bold = QFont(font("small"))
                    bold.setBold(True)
                    item.setFont(place, bold)
        for place in range(len(keys) + 1):
            self.table.resizeColumnToContents(place)
        self.table.setMaximumHeight(self._table_height())
        self.formula.setText(next(iter(self._reports.values())).explained(self._key))

    def _draw_curves(self, dataset: Dataset) -> None:
        ahead = np.arange(1, dataset.spec.horizon + 1, dtype=np.float64)
        for curve in self._curves.values():
            self.plot.removeItem(curve)
        self._curves, drawn = {}, []
        for name, report in self._reports.items():
            values = self._of(report, self._key, ("step",))
            if values is None or not np.isfinite(values).any():
                continue
            curve = self._curves[name] = self.plot.add_curve(z=5 if name == MODEL else 1)
            style = Qt.PenStyle.SolidLine if name == MODEL else Qt.PenStyle.DashLine
            draw_curve(curve, ahead, values, pen(self._color(name), 2.2 if name == MODEL else 1.3, style))
            drawn.append((values, self._color(name)))
        few = dataset.spec.horizon <= FEW
        self._dots.setVisible(few)
        if few and drawn:
            x, y = np.tile(ahead, len(drawn)), np.concatenate([values for values, _colour in drawn])
            self._dots.setData(x, y, brush=[colour for values, colour in drawn for _value in values])
        whole = np.concatenate([values for values, _colour in drawn] or [np.zeros(1)])
        whole = whole[np.isfinite(whole)]
        self.plot.show_x(0.5 if few else 1.0, float(ahead[-1]) + (0.5 if few else 0.0))
        if len(whole):
            self.plot.show_y(float(whole.min()), float(whole.max()))

    def _color(self, name: str) -> QColor:
        return self.theme.color(ROLES.get(name, "muted"))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._shown = None

    # -- gestures -----------------------------------------------------------------------------------------

    def _choose_section(self, section: int) -> None:
        if section > 0:
            self._choose(self._keys[section - 1])

    def _choose(self, key: str) -> None:
        self._key = key
        self.mark()

    def _look(self, place: tuple[int, int]) -> None:
        self._place = place
        self.mark()

    def reset_zoom(self) -> None:
        """Show all steps."""
        self._shown = None
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the chosen measure by step ahead, a column for each forecaster."""
        found: list[SavedColumn] = []
        for name, report in self._reports.items():
            values = self._of(report, self._key, ("step",))
            if values is not None:
                found.append((self._name(name), np.asarray(values, dtype=np.float64)))
        steps = np.arange(1, len(found[0][1]) + 1) if found else np.zeros(0, dtype=np.int64)
        return ((_("steps ahead"), steps), *found)


def _best(measure: Measure, values: list[float]) -> int:
    """Return the place of the best of `values`, -1 if that cannot be said."""
    if not np.isfinite(values).any() or (measure.aim is None and measure.better == "near"):
        return -1
    if measure.better == "high":
        return int(np.nanargmax(values))
    return int(np.nanargmin(np.abs(np.array(values) - measure.aim) if measure.better == "near" else values))


def measure_text(key: str, value: float | None) -> str:
    """Return the value of a measure with its unit."""
    if value is None or not np.isfinite(value):
        return "n/a"
    unit = MEASURES[key].unit
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.2f} %" if unit == "percent" else number(value, 4)
