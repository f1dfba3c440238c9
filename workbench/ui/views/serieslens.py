"""The anomaly lens over the series: rows that the shown run's forecast did not expect, with a slider, and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QToolButton

from workbench.app.session import Session
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.insight.anomalies import Lens, lens
from workbench.core.problems import N_
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views import saving
from workbench.ui.views.anomalies import FIRST, LEAST, MOST, flagged_columns
from workbench.ui.views.seriesdata import Sources
from workbench.ui.views.tracks import Track
from workbench.ui.views.view import AbstractView
from workbench.ui.words import Words, tooltip

HELP = N_(
    "Mark the test rows whose error, one step ahead, is larger than this share of the validation errors. "
    "The Anomalies view lists them."
)
SLIDER_WIDTH = 110


class SeriesLens:
    """A switch among the tools of the Series view, and the marks it puts on the curve of a target."""

    def __init__(
        self, plot: pg.PlotWidget, controls: QHBoxLayout, view: AbstractView, changed: Callable[[], None]
    ) -> None:
        self._view = view
        self._found: tuple[object, Lens | None] | None = None
        self._dots = pg.ScatterPlotItem(size=8, pen=None)
        self._dots.setZValue(7)
        plot.addItem(self._dots, ignoreBounds=True)
        self.button = QToolButton(view)
        self.button.setObjectName("plain")
        self.button.setText(_("anomalies"))
        self.button.setCheckable(True)
        self.button.setToolTip(tooltip(_(HELP)))
        self.slider = QSlider(Qt.Orientation.Horizontal, view)
        self.slider.setRange(LEAST, MOST)
        self.slider.setValue(FIRST)
        self.slider.setMaximumWidth(SLIDER_WIDTH)
        self.slider.setAccessibleName(_("How unusual a row must be"))
        self.slider.setToolTip(tooltip(_(HELP)))
        self.words = Words(tone="muted", role="small", parent=view)
        self.save = QPushButton(_("Save times…"), view)
        for control in (self.button, self.slider, self.words, self.save):
            control.setVisible(False)
            controls.addWidget(control)
        for button in (self.button, self.save):
            button.setFont(font("small"))
        self.button.toggled.connect(lambda _on: changed())
        self.slider.valueChanged.connect(lambda _value: changed())
        self.save.clicked.connect(lambda _checked=False: self._save())

    def draw(self, theme: Theme, sources: Sources, tracks: Mapping[int, Track]) -> None:
        """Mark the rows of the first drawn column that the shown run forecast."""
        found = self._lens(self._view.session, sources, tracks)
        shown = found is not None and self.button.isChecked()
        self.button.setVisible(found is not None)
        for control in (self.slider, self.words, self.save):
            control.setVisible(shown)
        self._dots.setVisible(shown)
        if found is None or not shown:
            return
        marked = found[1].flagged
        self._dots.setData(
            found[1].rows[marked].astype(np.float64), tracks[found[0]].place(found[1].truth[marked]),
            brush=theme.color("bad"),
        )  # fmt: skip
        words = _("{share} %: {count} rows, {chance} by chance")
        self.words.setText(
            words.format(
                share=f"{100 * found[1].share:.1f}", count=count(int(marked.sum())), chance=count(found[1].expected)
            )
        )

    def _lens(self, session: Session, sources: Sources, tracks: Mapping[int, Track]) -> tuple[int, Lens] | None:
        """Return the first drawn column that is a target of the shown run, and what is unusual in it."""
        run, dataset = session.run, session.run_dataset
        if run is None or dataset is None or not _same_rows(dataset, sources):
            return None
        valid, test = _final(run.forecasts.get("valid")), _final(run.forecasts.get("test"))
        column = next((place for place in tracks if sources.names[place] in dataset.spec.targets), None)
        if column is None or valid is None or test is None or dataset.spec.framing != "forecast":
            return None
        target = dataset.spec.targets.index(sources.names[column])
        key = (dataset, valid, test, self.slider.value(), target)
        if self._found is None or self._found[0] != key:
            self._found = (key, lens(dataset, valid, test, self.slider.value() / 1000, 1, target))
        found = self._found[1]
        return None if found is None else (column, found)

    def _save(self) -> None:
        """Ask where the marked rows are to be written."""
        dataset = self._view.session.run_dataset
        if self._found is not None and self._found[1] is not None and dataset is not None:
            saving.ask(self._view, "csv", flagged_columns(self._found[1], dataset))


def _final(made: Forecasted | None) -> Forecasted | None:
    return made if made is not None and made.final else None


def _same_rows(dataset: Dataset, sources: Sources) -> bool:
    """Return whether a row of the run's data is the same moment in what is shown."""
    shown = sources.dataset
    return shown is dataset or (
        shown is not None
        and shown.spec.sha256 == dataset.spec.sha256
        and shown.clock.rows == dataset.clock.rows
        and shown.clock.text(0) == dataset.clock.text(0)
        and shown.clock.step == dataset.clock.step
    )
