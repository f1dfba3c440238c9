"""The list of runs: what was tried, and how it did. A click shows that run in every view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.cards import Card
from workbench.ui.text import count, number, translate

MOST_ROWS = 8
"""Rows shown before the list scrolls."""

COLUMNS = (N_("Run"), N_("Cell"), N_("Units"), N_("MAE"), N_("Ended"))
STATES = {
    "waiting": N_("starting"), "running": N_("running"), "finished": N_("finished"), "early": N_("early"),
    "stopped": N_("stopped"), "diverged": N_("diverged"), "failed": N_("failed"),
}  # fmt: skip


class RunsCard(Card):
    """All runs of this session, newest first."""

    def __init__(self, session: Session) -> None:
        super().__init__("runs", "", translate(N_("Runs")))
        self._session = session
        self.list = QTreeWidget()
        self.list.setAccessibleName(translate(N_("Runs")))
        self.list.setHeaderLabels([translate(title) for title in COLUMNS])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumWidth(0)
        self.list.header().setStretchLastSection(True)
        self.list.currentItemChanged.connect(self._choose)
        self.body.addWidget(self.list)
        session.run_changed.connect(self._run_changed)
        self.refresh()

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & {"Started", "Ended"}:
            self.refresh()

    def refresh(self) -> None:
        """Show all runs as they are now."""
        self.setVisible(bool(self._session.runs))
        self.list.blockSignals(True)
        while self.list.topLevelItemCount() < len(self._session.runs):
            self.list.insertTopLevelItem(0, QTreeWidgetItem())
        for row, run in enumerate(reversed(self._session.runs)):
            item = self.list.topLevelItem(row)
            assert item is not None
            item.setData(0, Qt.ItemDataRole.UserRole, run.number)
            for column, text in enumerate(_cells(run)):
                item.setText(column, text)
            if run is self._session.run:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        for column in range(len(COLUMNS) - 1):
            self.list.resizeColumnToContents(column)
        rows = min(max(len(self._session.runs), 1), MOST_ROWS)
        self.list.setFixedHeight(self.list.header().sizeHint().height() + rows * (self.list.sizeHintForRow(0) + 1) + 6)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        number_chosen = item.data(0, Qt.ItemDataRole.UserRole)
        for run in self._session.runs:
            if run.number == number_chosen and run is not self._session.run:
                self._session.show_run(run)
                self._session.point(run=run.number, epoch=None)


def _cells(run: Run) -> tuple[str, ...]:
    model = run.project.model
    scores = run.scores("test") or run.scores("valid")
    score = number(scores["model"].mae) if "model" in scores else "–"
    units = count(model.hidden) + (f" × {model.layers}" if model.layers > 1 else "")
    return str(run.number), translate(CELLS[model.cell].label), units, score, translate(STATES[run.state])
