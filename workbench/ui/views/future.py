"""The rows to come: dated, with the inputs that are known ahead to fill in, and what is forecast for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeySequence, Qt
from PySide6.QtWidgets import QPushButton, QTableWidget, QTableWidgetItem

from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.core.scenarios import FutureRows, filled_from_the_past, future_rows
from workbench.ui.text import DOT, count
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views import saving
from workbench.ui.views.counter import Counter
from workbench.ui.views.pastedcells import numbers_of, pasted_cells
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading
from workbench.ui.words import tooltip

MOST_HORIZONS = 20
"""So many horizons a forecast may be fed back: behind that it only repeats itself."""

MOST_ROWS = 5_000
"""Rows the table shows."""


class FutureView(AbstractView):
    """A table of the rows behind the last one; known inputs can be typed, pasted from a spreadsheet, or filled."""

    key = "future"
    title = N_("Future")
    kinds = frozenset({"Started", "Improved", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make the table and the buttons."""
        self._rows: FutureRows | None = None
        self._shown: object = None
        self._run: Run | None = None
        self.table = QTableWidget(self)
        self.table.setObjectName("rows")
        self.table.setAccessibleName(_("Rows to come"))
        self.table.setFont(font("small"))
        self.table.horizontalHeader().setFont(font("small"))
        self.table.verticalHeader().setVisible(False)
        self.table.installEventFilter(self)
        self.table.itemChanged.connect(lambda _item: self.mark())
        self.plots.addWidget(self.table, 1)
        self.steps = Counter(_("Rows to forecast"), _(" rows"), self)
        self.steps.valueChanged.connect(lambda _value: self.mark())
        self.controls.addWidget(self.steps)
        self.forecast = self._button(
            _("Forecast"), self._forecast, _("Forecast these rows with the inputs of the table.")
        )
        self.scenario = self._button(
            _("Add scenario"), self._add_scenario, _("Forecast with these inputs beside the plain forecast: what if?")
        )
        self.fill = self._button(
            _("Fill"),
            self._fill,
            _("Fill empty inputs with the value one season before."),
        )
        self.clear = self._button(_("Clear scenarios"), self._clear, "")
        self.copy = self._button(_("Copy"), self._copy, _("Copy the table for a spreadsheet."))
        self.save = self._button(
            _("Save…"), lambda: saving.ask(self, "csv"), _("Save as CSV; Export also writes Parquet.")
        )
        self.controls.addStretch(1)
        self.session.futures.changed.connect(self.mark)

    def _button(self, words: str, act: object, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setFont(font("small"))
        button.setToolTip(tooltip(tip))
        button.clicked.connect(lambda _checked=False: act())  # type: ignore[operator]
        self.controls.addWidget(button)
        return button

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show the rows to come of the shown run, or say why there are none."""
        run, dataset = self.session.run, self.session.run_dataset
        if run is None or dataset is None or run.best is None:
            self.say(_("Here the rows behind the last one will stand, with their dates. Train a network first."))
            return
        if dataset.spec.framing == "label":
            self.say(_("One answer a sequence has no future."))
            return
        if dataset.names:
            self.say(_("Several series have a future each: press “Forecast the future” and export the table."))
            return
        self.show_picture()
        horizon = dataset.spec.horizon
        self.steps.setMaximum(min(horizon * MOST_HORIZONS, MOST_ROWS))
        if run is not self._run:
            self._run, self._shown = run, None
            self.steps.setValue(horizon)
        self._show(run, dataset)
        idle, known = self.session.training == "idle", bool(dataset.spec.known_future)
        self.forecast.setEnabled(idle)
        self.scenario.setVisible(known)
        self.scenario.setEnabled(idle)
        self.fill.setVisible(known)
        self.clear.setVisible(bool(self.session.futures.of(run)))
        self._say_facts(run, dataset)

    def _say_facts(self, run: Run, dataset: Dataset) -> None:
        rows, steps, horizon = self._rows, self.steps.value(), dataset.spec.horizon
        assert rows is not None
        parts = []
        if steps > horizon:
            parts.append(_("from step {step} on fed back").format(step=count(horizon + 1)))
        missing = sum(int(np.isnan(self._typed(name)[:steps]).sum()) for name in rows.known)
        if missing:
            parts.append(_("{count} inputs to fill in").format(count=count(missing)))
        scenarios = len(self.session.futures.of(run))
        if scenarios:
            parts.append(_("1 scenario") if scenarios == 1 else _("{count} scenarios").format(count=count(scenarios)))
        self.set_heading(
            Heading(_("{first} to {last}").format(first=rows.texts[0], last=rows.texts[steps - 1]), DOT.join(parts))
        )

    def _show(self, run: Run, dataset: Dataset) -> None:
        """Write the table anew where something else is to be seen; what was typed stays."""
        steps, futures = self.steps.value(), self._futures(run)
        state = (dataset, steps, *(future for _name, future in futures))
        if state == self._shown:
            return
        before = (
            {name: self._typed(name) for name in self._rows.known} if self._rows is not None and self._shown else {}
        )
        self._shown, self._rows = state, future_rows(dataset, steps)
        known = dict(self._rows.known)
        for name, typed in before.items():
            if name in known:
                keep = np.full(steps, np.nan)
                keep[: min(steps, len(typed))] = typed[:steps]
                known[name] = np.where(np.isfinite(keep), keep, known[name])
        targets = list(dataset.spec.targets)
        headers = [_("time"), *known, *(_named(name, target) for name, _future in futures for target in targets)]
        self.table.blockSignals(True)
        self.table.clear()
        self.table.setColumnCount(len(headers))
        self.table.setHorizontalHeaderLabels(headers)
        self.table.setRowCount(steps)
        for row, text in enumerate(self._rows.texts):
            self._put(row, 0, text, editable=False)
        for column, values in enumerate(known.values(), start=1):
            for row, value in enumerate(values.tolist()):
                self._put(row, column, "" if np.isnan(value) else f"{value:.7g}", editable=True)
        column = 1 + len(known)
        for _name, future in futures:
            _header, table = forecast_table(dataset, future)
            for target in range(len(targets)):
                for row, cells in enumerate(table[:steps]):
                    self._put(row, column, str(cells[1 + target]), editable=False)
                column += 1
        self.table.resizeColumnsToContents()
        self.table.blockSignals(False)

    def _put(self, row: int, column: int, text: str, *, editable: bool) -> None:
        item = QTableWidgetItem(text)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
        if column:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if not editable:
            item.setForeground(self.theme.color("text" if column else "muted"))
        self.table.setItem(row, column, item)

    def _futures(self, run: Run) -> list[tuple[str, Forecasted]]:
        """Return the plain forecast and the scenarios, by name."""
        plain = [("", run.future)] if run.future is not None else []
        return [*plain, *((entry.name, entry.future) for entry in self.session.futures.of(run))]

    def _typed(self, name: str) -> NDArray[np.float64]:
        """Return what stands in the column of a known input; NaN where it is no number."""
        assert self._rows is not None
        column = 1 + list(self._rows.known).index(name)
        items = [self.table.item(row, column) for row in range(self.table.rowCount())]
        return numbers_of([item.text() if item is not None else "" for item in items])

    def recolour(self) -> None:
        """Write the table in the colours of the theme."""
        self._shown = None

    # -- gestures -----------------------------------------------------------------------------------------

    def given(self) -> dict[str, NDArray[np.float64]]:
        """Return the inputs of the table, (rows,) by name."""
        return {name: self._typed(name) for name in self._rows.known} if self._rows is not None else {}

    def _forecast(self) -> None:
        self.session.futures.forecast(self.steps.value(), self.given())

    def _add_scenario(self) -> None:
        number = len(self.session.futures.of(self.session.run)) + 1
        name = _("scenario {number}").format(number=number)
        self.session.futures.forecast(self.steps.value(), self.given(), name)

    def _fill(self) -> None:
        dataset, rows = self.session.run_dataset, self._rows
        if dataset is None or rows is None:
            return
        found = filled_from_the_past(dataset, FutureRows(rows.origin, rows.texts, self.given()))
        for column, values in enumerate(found.values(), start=1):
            for row, value in enumerate(values.tolist()):
                self._put(row, column, "" if np.isnan(value) else f"{value:.7g}", editable=True)
        self.mark()

    def _clear(self) -> None:
        if self.session.run is not None:
            self.session.futures.clear(self.session.run)

    def _copy(self) -> None:
        lines = ["\t".join(header for header, _values in self.columns())]
        for row in range(self.table.rowCount()):
            items = (self.table.item(row, column) for column in range(self.table.columnCount()))
            lines.append("\t".join(item.text() if item is not None else "" for item in items))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def paste(self, text: str) -> None:
        """Put cells copied from a spreadsheet in, from the current cell on; only inputs take them."""
        known = len(self._rows.known) if self._rows is not None else 0
        first_row, first = max(self.table.currentRow(), 0), max(self.table.currentColumn(), 1)
        for row, cells in enumerate(pasted_cells(text), start=first_row):
            for column, cell in enumerate(cells, start=first):
                if row < self.table.rowCount() and 1 <= column <= known:
                    self._put(row, column, cell, editable=True)
        self.mark()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Ctrl+V and Ctrl+C in the table."""
        if watched is self.table and event.type() == QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Paste):  # type: ignore[attr-defined]
                self.paste(QGuiApplication.clipboard().text())
                return True
            if event.matches(QKeySequence.StandardKey.Copy):  # type: ignore[attr-defined]
                self._copy()
                return True
        return super().eventFilter(watched, event)

    def columns(self) -> Sequence[SavedColumn]:
        """Return the table."""
        found: list[SavedColumn] = []
        for column in range(self.table.columnCount()):
            items = [self.table.item(row, column) for row in range(self.table.rowCount())]
            texts = np.array([item.text() if item is not None else "" for item in items], dtype=object)
            header = self.table.horizontalHeaderItem(column)
            found.append((header.text() if header is not None else "", texts))
        return found


def _named(scenario: str, target: str) -> str:
    return f"{target} ({scenario})" if scenario else target
