"""The list of runs: what was tried, how it did, and what can be gone on with. A click shows that run in every view."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QTreeWidget, QTreeWidgetItem

from workbench.app.groups import RunGroup
from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.groups import Spread
from workbench.core.problems import N_
from workbench.core.project import ModelSpec
from workbench.core.run import Run
from workbench.core.store import LeftRun
from workbench.ui.cards import Card
from workbench.ui.runwords import more_words
from workbench.ui.text import DOT, count, number, translate
from workbench.ui.theme import font
from workbench.ui.words import tooltip

OPERATED = "✂"
"""Marks a run whose network was operated on before it was trained."""

FROM_FILE = N_("from file")
FINGERPRINT = re.compile("[0-9a-f]{64}")

MOST_ROWS = 8
"""Rows shown before the list scrolls."""

MOST_STRANGERS = 3
"""Runs of earlier sessions that are offered here; all of them are in the menu Run."""

COLUMNS = (N_("Run"), N_("Cell"), N_("Units"), N_("MAE"), N_("State"))
STATES = {
    "waiting": N_("starting"), "running": N_("running"), "finished": N_("finished"), "early": N_("early"),
    "stopped": N_("stopped"), "diverged": N_("diverged"), "failed": N_("failed"), "interrupted": N_("interrupted"),
}  # fmt: skip
MEANINGS = {
    "waiting": N_("The training is being prepared."),
    "running": N_("It is being trained."),
    "finished": N_("All epochs were trained, or it was told to finish; the best network was scored."),
    "early": N_("The validation loss no longer fell; the best network was scored."),
    "stopped": N_("It was stopped before it was scored."),
    "diverged": N_("The loss was no longer a number."),
    "failed": N_("Something went wrong; the best network so far is kept."),
    "interrupted": N_("The program ended while it was trained. Resume goes on where it was."),
}


class RunsCard(Card):
    """All runs of this session, newest first, and those of earlier ones that can be gone on with.

    Parameters
    ----------
    run_more
        Asks for how many epochs the shown run should be trained on.
    """

    def __init__(self, session: Session, run_more: Callable[[], object]) -> None:
        super().__init__("runs", "", translate(N_("Runs")))
        self._session = session
        self._closed: set[int] = set()
        self.list = QTreeWidget()
        self._arrange_list()
        self.body.addWidget(self.list)
        self.resume = self._button(N_("Resume"), self._resume)
        self.more = self._button(N_("Train on…"), run_more)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.resume)
        row.addWidget(self.more)
        row.addStretch(1)
        self.body.addLayout(row)
        session.run_changed.connect(self._run_changed)
        session.records.changed.connect(self.refresh)
        self.refresh()

    def _arrange_list(self) -> None:
        self.list.setAccessibleName(translate(N_("Runs")))
        self.list.setHeaderLabels([translate(title) for title in COLUMNS])
        self.list.setIndentation(12)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumWidth(0)
        self.list.header().setStretchLastSection(True)
        self.list.currentItemChanged.connect(self._choose)
        self.list.itemDoubleClicked.connect(lambda *_item: self._resume())
        self.list.itemCollapsed.connect(lambda item: self._fold(item, True))
        self.list.itemExpanded.connect(lambda item: self._fold(item, False))

    def _button(self, title: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(translate(title))
        button.setFont(font("small"))
        button.clicked.connect(lambda _checked: act())
        return button

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & {"Started", "Ended"}:
            self.refresh()

    def refresh(self) -> None:
        """Show all runs as they are now."""
        session = self._session
        strangers = session.records.strangers()[:MOST_STRANGERS]
        self.setVisible(bool(session.runs or strangers))
        self.list.blockSignals(True)
        self.list.clear()
        shown: set[int] = set()
        for run in reversed(session.runs):
            group = session.groups.of(run)
            if group is None:
                self._add(self.list.invisibleRootItem(), run)
            elif group.number not in shown:
                shown.add(group.number)
                self._add_group(group)
        for left in strangers:
            self._add_stranger(left)
        self.list.setRootIsDecorated(bool(shown))
        self.list.blockSignals(False)
        self._fit()
        self._refresh_buttons()

    def _fit(self) -> None:
        for column in range(len(COLUMNS) - 1):
            self.list.resizeColumnToContents(column)
        rows = min(max(_visible_rows(self.list.invisibleRootItem()), 1), MOST_ROWS)
        self.list.setFixedHeight(self.list.header().sizeHint().height() + rows * (self.list.sizeHintForRow(0) + 1) + 6)

    def _add(self, parent: QTreeWidgetItem, run: Run) -> None:
        item = QTreeWidgetItem(parent, _cells(run))
        item.setData(0, Qt.ItemDataRole.UserRole, run)
        _say(item, _meaning(run))
        if run is self._session.run:
            self.list.setCurrentItem(item)

    def _add_group(self, group: RunGroup) -> None:
        item = QTreeWidgetItem(self.list, _group_cells(group))
        item.setData(0, Qt.ItemDataRole.UserRole, group)
        _say(item, _spread_words(group))
        for run in group.runs:
            self._add(item, run)
        item.setExpanded(group.number not in self._closed)

    def _add_stranger(self, left: LeftRun) -> None:
        cell = translate(CELLS[left.cell].label)
        item = QTreeWidgetItem(self.list, ["–", cell, "", "–", translate(STATES[left.status])])
        item.setData(0, Qt.ItemDataRole.UserRole, left)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(left.at_s))
        _say(item, DOT.join((left.title, when, translate(MEANINGS[left.status]))))

    def _fold(self, item: QTreeWidgetItem, closed: bool) -> None:
        group = item.data(0, Qt.ItemDataRole.UserRole)
        if isinstance(group, RunGroup):
            (self._closed.add if closed else self._closed.discard)(group.number)
            self._fit()

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        chosen = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if isinstance(chosen, RunGroup):
            chosen = chosen.runs[-1] if self._session.run not in chosen.runs else None
        if isinstance(chosen, Run) and chosen is not self._session.run:
            self._session.show_run(chosen)
            self._session.point(run=chosen.number, epoch=None)
        self._refresh_buttons()

    def _left(self) -> LeftRun | None:
        """Return what the chosen row left on disk, if that can be gone on with."""
        item = self.list.currentItem()
        chosen = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if isinstance(chosen, Run):
            return self._session.records.left_of(chosen)
        return chosen if isinstance(chosen, LeftRun) else None

    def _resume(self) -> None:
        left = self._left()
        if left is not None and self._session.training == "idle":
            self._session.records.resume(left.folder.path)

    def _refresh_buttons(self) -> None:
        idle, run, left = self._session.training == "idle", self._session.run, self._left()
        self.resume.setEnabled(idle and left is not None)
        words = N_("Go on with the chosen run where its last checkpoint was taken, as if nothing had happened.")
        if left is None:
            words = N_("Choose a run that was interrupted, stopped or failed.")
        elif not idle:
            words = N_("A training is running: stop or finish it first.")
        self.resume.setToolTip(tooltip(translate(words)))
        self.more.setEnabled(run is not None and (run.best is not None or not idle))
        self.more.setToolTip(tooltip(more_words(self._session)))


def _visible_rows(item: QTreeWidgetItem) -> int:
    rows = item.childCount()
    for index in range(item.childCount()):
        child = item.child(index)
        rows += _visible_rows(child) if child is not None and child.isExpanded() else 0
    return rows


def _say(item: QTreeWidgetItem, words: str) -> None:
    for column in range(len(COLUMNS)):
        item.setToolTip(column, tooltip(words))


def _units(model: ModelSpec) -> str:
    return count(model.hidden) + (f" × {model.layers}" if model.layers > 1 else "")


def _cells(run: Run) -> list[str]:
    model = run.project.model
    scores = run.scores("test") or run.scores("valid")
    score = number(scores["model"].mae) if "model" in scores else "–"
    cell = translate(CELLS[model.cell].label) + (f" {OPERATED}" if run.project.surgery else "")
    state = STATES[run.state] if run.model is None else FROM_FILE
    return [str(run.number), cell, _units(model), score, translate(state)]


def _meaning(run: Run) -> str:
    """Say what became of a run, and what was done by hand to the network it began as."""
    words = translate(MEANINGS[run.state])
    if run.model is not None:
        words = translate(N_("The model of the file {name}, over the open data.")).format(name=run.model.name)
    elif run.started is not None and FINGERPRINT.fullmatch(run.started.origin):
        start = run.started.origin[:16]
        words += DOT + translate(N_("It goes on from the model file with the fingerprint {start}….")).format(
            start=start
        )
    if not run.project.surgery:
        return words
    done = ", ".join(entry.notation for entry in run.project.surgery)
    return words + DOT + translate(N_("It began as a network after surgery: {operations}.")).format(operations=done)


def _group_cells(group: RunGroup) -> list[str]:
    model, numbers = group.facts.project.model, [run.number for run in group.runs]
    _part, found = group.spreads()
    done = sum(run.ended is not None for run in group.runs)
    words = N_("{count} seeds") if group.ended else N_("{done} of {count}")
    state = translate(words).format(done=count(done), count=count(done if group.ended else len(group.facts.seeds)))
    runs = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    mae = plus_minus(found["mae"]) if "mae" in found else "–"
    return [runs, translate(CELLS[model.cell].label), _units(model), mae, state]


def plus_minus(spread: Spread) -> str:
    """Return mean and standard deviation, as ``15.2 ± 0.31``; one run alone has no deviation."""
    deviation = "" if spread.deviation is None else f" ± {number(spread.deviation, 2)}"
    return number(spread.mean, 3) + deviation


def _spread_words(group: RunGroup) -> str:
    part, found = group.spreads()
    if not found:
        return translate(N_("Seeds of one project. Mean and spread come with the first scores."))
    line = translate(N_("{name} {value} ({low} to {high})"))
    scores = [
        line.format(name=name.upper(), value=plus_minus(entry), low=number(entry.low, 3), high=number(entry.high, 3))
        for name, entry in found.items()
    ]
    head = N_("Test rows, mean ± standard deviation (lowest to highest)")
    if part == "valid":
        head = N_("Validation rows, mean ± standard deviation (lowest to highest)")
    return DOT.join((translate(head), *scores))
