"""What is done to the network by hand, what that costs, and what can be done with it: the bar of the Cell view."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from workbench.app.session import Session
from workbench.core.cursor import Cursor
from workbench.core.operations import operation_of
from workbench.core.problems import WorkbenchError
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.surgerymenu import fill_surgery, fill_taking_back, ranking_menu
from workbench.ui.words import ElidedWords


class SurgeryBar(QWidget):
    """A menu of operations, a line to write one, and what they do to the validation error."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._epoch: int | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.operate = self._menu(_("Operate"), _("Hold gates, silence units, couple or cut: what would it do then?"))
        self.operate.menu().aboutToShow.connect(lambda: fill_surgery(self.operate.menu(), session))
        self.written = QLineEdit(self)
        self.written.setPlaceholderText("f = 1")
        self.written.setAccessibleName(_("Operation"))
        self.written.setToolTip(
            _("Write an operation and press Enter: f = 1, f[12] = 0.5, zero[12], i = 1 - f, weight_hh[3,4] = 0.2")
        )
        self.written.setMaximumWidth(130)
        self.written.setFont(font("small"))
        self.written.returnPressed.connect(self._write)
        self.done = self._menu("", _("What was done; choose one to take it back"))
        self.done.menu().aboutToShow.connect(lambda: fill_taking_back(self.done.menu(), session))
        self.outcome = ElidedWords(tone="muted", role="small")
        self.rank = self._button(_("Rank units"), _("Silence each unit in turn, and see what the forecast loses"))
        self.rank.clicked.connect(lambda: session.surgery.rank(self._layer()))
        self.ranked = self._menu(_("Ranking"), _("Units by what is lost without them; choose one to look at it"))
        self.ranked.menu().aboutToShow.connect(lambda: ranking_menu(self.ranked.menu(), session))
        self.train = self._button(_("Train on"), _("Train the changed network on, as a run of its own"))
        self.train.clicked.connect(session.surgery.train_on)
        for widget in (self.operate, self.written, self.done):
            row.addWidget(widget)
        row.addWidget(self.outcome, 1)
        for widget in (self.rank, self.ranked, self.train):
            row.addWidget(widget)
        session.surgery.changed.connect(self.refresh)
        session.run_changed.connect(self._run_changed)
        session.cursor_changed.connect(self._cursor_changed)
        self.refresh()

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("plain")
        button.setText(text)
        button.setFont(font("small"))
        button.setAccessibleName(text)
        button.setToolTip(tip)
        return button

    def _menu(self, text: str, tip: str) -> QToolButton:
        button = self._button(f"{text} ▾", tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(QMenu(button))
        return button

    def _layer(self) -> int:
        run = self._session.run
        return 0 if run is None else min(self._session.cursor.layer, run.project.model.layers - 1)

    def _write(self) -> None:
        try:
            operation = operation_of(self.written.text())
        except WorkbenchError as error:
            self._session.noticed.emit(error.problem)
            return
        if self._session.surgery.do(operation) is None:
            self.written.clear()

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if kinds != {"Progressed"}:
            self.refresh()

    def _cursor_changed(self, cursor: Cursor) -> None:
        if cursor.epoch != self._epoch:
            self._epoch = cursor.epoch
            self.refresh()

    def refresh(self) -> None:
        """Show what was done and what became of it."""
        surgery, run = self._session.surgery, self._session.run
        can = run is not None and run.best is not None
        operations = surgery.operations
        for widget in (self.operate, self.written, self.rank):
            widget.setEnabled(can)
        self.done.setVisible(bool(operations))
        self.done.setText(
            f"{operations[0].notation} ▾"
            if len(operations) == 1
            else _("{count} operations").format(count=count(len(operations))) + " ▾"
        )
        self.train.setVisible(bool(operations))
        self.train.setEnabled(self._session.training == "idle")
        self.ranked.setVisible(bool(surgery.ranking))
        self.outcome.setText(self._outcome())

    def _outcome(self) -> str:
        surgery, run = self._session.surgery, self._session.run
        if run is not None and run.best is not None and surgery.network is None:
            words = _("The weights of this epoch were not kept: operate on those of the best, epoch {epoch}.")
            return words.format(epoch=count(run.best.epoch))
        if not surgery.operations:
            return _("Click a gate or a state in the picture to operate on it.")
        if surgery.trial is None or surgery.ghost is None:
            return _("Computing…")
        before, after = surgery.ghost.scores, surgery.trial.scores
        words = _("validation MAE {before} → {after}").format(before=number(before.mae, 3), after=number(after.mae, 3))
        if before.mae > 0:
            change = 100 * (after.mae / before.mae - 1)
            words += f" ({'+' if change >= 0 else '−'}{number(abs(change), 3)} %)"
        return words + DOT + _("{count} windows").format(count=count(after.windows))
