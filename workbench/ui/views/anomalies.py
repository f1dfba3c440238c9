"""The anomaly lens: what lies beyond the conformal band, with a slider for how unusual it must be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QTreeWidgetItem

from workbench.core.dataset import Dataset
from workbench.core.insight.anomalies import Lens, lens
from workbench.core.problems import N_
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views import saving
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.counter import steps_ahead
from workbench.ui.views.foretelling import outline
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.views.windowlist import LIST_FROM, fit_columns, window_list
from workbench.ui.words import Words, tooltip

LEAST, MOST, FIRST = 800, 999, 990
"""Ends of the slider in thousandths, and where it begins."""

MOST_EVENTS = 200
BAND_ALPHA = 0.22


class AnomaliesView(AbstractView):
    """The series of the test part with its band; rows outside are marked, listed and can be saved."""

    key = "anomalies"
    title = N_("Anomalies")
    kinds = frozenset({"Started", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make plot, list and slider."""
        self._found: Lens | None = None
        self._zoomed = False
        self.plot = Plot(self.theme)
        self._band = self.plot.add_curve(z=0)
        self._band.setFillLevel("enclosed")
        self._truth = self.plot.add_curve(z=2)
        self._dots = pg.ScatterPlotItem(size=8, pen=None)
        self._dots.setZValue(4)
        self.plot.addItem(self._dots, ignoreBounds=True)
        self._cursor = self.plot.add_line(z=5)
        self._list = window_list(self, _("Anomalies"), (_("beyond the band at"), _("rows"), _("× band")))
        self._list.itemClicked.connect(self._jump)
        self._list.itemActivated.connect(self._jump)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.plot, 1)
        row.addWidget(self._list)
        self.plots.addLayout(row, 1)
        self._build_controls()
        self.plot.clicked.connect(self._clicked)
        self.plot.reset.connect(self.reset_zoom)
        self.plot.box.sigRangeChangedManually.connect(self._note_zoom)

    def _build_controls(self) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(_("How unusual a row must be"))
        self.slider.setToolTip(
            tooltip(_("Rows are marked whose error is larger than this share of the validation errors."))
        )
        self.slider.setRange(LEAST, MOST)
        self.slider.setValue(FIRST)
        self.slider.setMaximumWidth(220)
        self.slider.valueChanged.connect(lambda _value: self.mark())
        self._share = Words(tone="muted", role="small", parent=self)
        self._ahead = steps_ahead(self)
        self._ahead.valueChanged.connect(self.reset_zoom)
        self.save = QPushButton(_("Save times…"), self)
        self.save.setFont(font("small"))
        self.save.clicked.connect(lambda _checked=False: saving.ask(self, "csv", self.marked()))
        for control in (self.slider, self._share, self._ahead, self.save):
            self.controls.addWidget(control)
        self.controls.addStretch(1)
        self._target = Chooser(_("Target"), self)
        self._target.chosen.connect(lambda index: self.session.point(target=index))
        self.controls.addWidget(self._target)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Mark what lies beyond the band, or say why there is none."""
        run, dataset = self.session.run, self.session.run_dataset
        valid, test = (run.forecasts.get(part) for part in ("valid", "test")) if run is not None else (None, None)
        if run is None or dataset is None:
            self.say(_("Here rows will be marked that no forecast expected. Press Train first."))
            return
        if dataset.spec.framing == "label":
            self.say(_("One answer a sequence has no band in time."))
            return
        if run.ended is None or valid is None or test is None or not (valid.final and test.final):
            self.say(_("Unusual rows are marked with the final forecasts of validation and test rows."))
            return
        target = min(self.session.cursor.target, dataset.targets - 1)
        share, ahead = self.slider.value() / 1000, min(self._ahead.value(), dataset.spec.horizon)
        self._ahead.setMaximum(dataset.spec.horizon)
        self._ahead.setVisible(dataset.spec.horizon > 1)
        self._target.offer(dataset.spec.targets, target)
        self._target.setVisible(dataset.targets > 1)
        found = lens(dataset, valid, test, share, ahead, target)
        if found is None:
            self.say(_("There are too few validation rows to say what is usual."))
            return
        self._found = found
        self.show_picture()
        self._share.setText(f"{100 * found.share:.1f} %")
        self._show(dataset, found)

    def _show(self, dataset: Dataset, found: Lens) -> None:
        rows = found.rows.astype(np.float64)
        self.plot.set_clock(dataset.clock)
        self._band.setBrush(pg.mkBrush(self.theme.color("accent", BAND_ALPHA)))
        band = outline(found.rows, found.forecast - found.distance, found.forecast + found.distance)
        draw_curve(self._band, *band, pg.mkPen(None))
        draw_curve(self._truth, rows, found.truth, pen(self.theme.color("text"), 1.0))
        self._dots.setData(rows[found.flagged], found.truth[found.flagged], brush=self.theme.color("bad"))
        if not self._zoomed:
            self.plot.show_x(float(rows[0]), float(rows[-1]))
            self.plot.show_y(
                float(min(found.truth.min(), (found.forecast - found.distance).min())),
                float(max(found.truth.max(), (found.forecast + found.distance).max())),
            )
        self._list.setVisible(self.width() >= LIST_FROM)
        self._list.clear()
        for event in found.events[:MOST_EVENTS]:
            texts = [dataset.clock.text(event.peak), count(event.last - event.first + 1), number(event.strength, 3)]
            item = QTreeWidgetItem(self._list, texts)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
        fit_columns(self._list)
        facts = DOT.join((
            _("{count} rows marked").format(count=count(int(found.flagged.sum()))),
            _("{count} by chance").format(count=count(found.expected)),
            _("{count} events").format(count=count(len(found.events))),
        ))  # fmt: skip
        legend = (
            LegendEntry("text", _("truth")),
            LegendEntry("accent", _("{share} % band").format(share=f"{100 * found.share:.1f}"), "square"),
        )
        self.set_heading(Heading(_("test rows beyond the band"), facts, legend))
        self._place_cursor(dataset)

    def _place_cursor(self, dataset: Dataset) -> None:
        window = self.session.cursor.window
        self._cursor.setVisible(window is not None)
        if window is not None:
            self._cursor.setValue(float(window + dataset.spec.origin))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._cursor.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _jump(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        """Move the cursor to the forecast of a listed row."""
        place = self._list.indexOfTopLevelItem(item)
        if self._found is not None and 0 <= place < len(self._found.events):
            self._clicked(float(self._found.events[place].peak), 0.0)

    def _clicked(self, x: float, _y: float) -> None:
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return
        row = int(found.rows[np.argmin(np.abs(found.rows - x))])
        ahead = min(self._ahead.value(), dataset.spec.horizon)
        self.session.point(window=row - ahead + 1 - dataset.spec.origin, step=None, epoch=None)

    def reset_zoom(self) -> None:
        """Show the whole test part."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def marked(self) -> Sequence[SavedColumn]:
        """Return the marked rows alone."""
        found, dataset = self._found, self.session.run_dataset
        return () if found is None or dataset is None else flagged_columns(found, dataset)

    def columns(self) -> Sequence[SavedColumn]:
        """Return all test rows: time, truth, forecast, edges of the band, strength; beyond 1 a row is marked."""
        found, dataset = self._found, self.session.run_dataset
        return () if found is None or dataset is None else lens_columns(found, dataset)


def lens_columns(found: Lens, dataset: Dataset) -> Sequence[SavedColumn]:
    """Return the rows a lens looked at as columns of a table."""
    return (
        (_("time"), np.asarray(dataset.clock.at(found.rows))),
        (_("truth"), found.truth),
        (_("forecast"), found.forecast),
        (_("lower edge"), found.forecast - found.distance),
        (_("upper edge"), found.forecast + found.distance),
        (_("× band"), found.strength),
    )


def flagged_columns(found: Lens, dataset: Dataset) -> Sequence[SavedColumn]:
    """Return the marked rows alone as columns of a table."""
    return [(name, values[found.flagged]) for name, values in lens_columns(found, dataset)]
