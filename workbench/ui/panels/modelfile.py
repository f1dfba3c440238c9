"""The card of a model file: what it is, which columns of the open data it reads, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from workbench.app.session import Session
from workbench.core.problems import N_, Problem
from workbench.core.reuse import Match
from workbench.core.run import Run
from workbench.ui.cards import Card
from workbench.ui.modelwords import contest_tone, contest_words, described, network_words
from workbench.ui.text import DOT, count, translate
from workbench.ui.theme import font
from workbench.ui.views.chooser import Chooser
from workbench.ui.words import ElidedWords, Words, tooltip

FEW_COLUMNS = 6
"""Up to so many columns all are listed; of more, those that are called otherwise or are missing."""

MOST_COLUMNS = 24

ABOUT_COLUMNS = ("unknown-column", "other-unit", "column-twice")

NO_TABLE = N_("Open the data it is to read: drop a file on the window, or press Ctrl+O.")
LOOKING = N_("Looking how it fits the open data…")
FITS = N_("It reads {name}: {windows} windows can be scored.")


class ModelFileCard(Card):
    """The model file that lies beside the data; hidden while there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__("modelfile", "", translate(N_("Model file")))
        self._session = session
        self._shown: object = None
        self.facts = Words(tone="muted", role="small", wrap=True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state = Words(role="small", wrap=True)
        self.notes = Words(tone="warn", role="small", wrap=True)
        self.columns = QWidget()
        self._grid = QGridLayout(self.columns)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.choosers: dict[str, Chooser] = {}
        self.contest = Words(role="small", wrap=True)
        self.body.setSpacing(6)
        for widget in (self.facts, self.state, self.columns, self.notes):
            self.body.addWidget(widget)
        self.body.addLayout(self._buttons())
        self.body.addWidget(self.contest)
        session.reuse.changed.connect(self.refresh)
        session.run_changed.connect(self._run_changed)
        self.refresh()

    def _buttons(self) -> QGridLayout:
        reuse = self._session.reuse
        row = QGridLayout()
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(4)
        self.forecast = self._button(
            N_("Forecast with it"), reuse.forecast, N_("Forecast the rows behind the last one of the open data")
        )
        self.evaluate = self._button(
            N_("Evaluate on this file"),
            reuse.evaluate,
            N_("Score it beside the baselines on the open data, with a verdict"),
        )
        self.go_on = self._button(
            N_("Continue training"),
            reuse.go_on,
            N_("Fine-tune: train on from its weights with the open data, as a run of its own"),
        )
        self.compare = self._button(N_("Compare"), reuse.compare, "")
        self.away = self._button(N_("Put away"), reuse.put_away, N_("Close the model file; runs it became stay"))
        for place, button in enumerate((self.forecast, self.evaluate, self.go_on, self.compare, self.away)):
            row.addWidget(button, place // 2, place % 2)
        return row

    def _button(self, title: str, act: Callable[[], object], tip: str) -> QPushButton:
        button = QPushButton(translate(title))
        button.setFont(font("small"))
        button.setToolTip(tooltip(translate(tip)))
        button.clicked.connect(lambda _checked: act())
        return button

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & {"Started", "Ended"}:
            self.refresh()

    def refresh(self) -> None:
        """Show the model file as it is now."""
        reuse = self._session.reuse
        model, look = reuse.model, reuse.look
        self.setVisible(model is not None)
        if model is None:
            self._shown = None
            return
        if model is not self._shown:
            self._shown = model
            self.set_summary(DOT.join((model.name, network_words(model))))
            self.facts.setText("\n".join(described(model)))
            self.facts.setToolTip(tooltip(model.fingerprint))
        self.state.setText(self._state())
        self._show_notes(
            look.laid.notes if look is not None and look.laid is not None else (),
            look.problem if look is not None else None,
        )
        self._show_columns(look.matches if look is not None else ())
        self._enable()
        self.contest.setVisible(reuse.contest is not None)
        if reuse.contest is not None:
            self.contest.setText(contest_words(reuse.contest))
            self.contest.set_tone(contest_tone(reuse.contest))

    def _state(self) -> str:
        reuse, table = self._session.reuse, self._session.table
        if table is None:
            return translate(NO_TABLE)
        if reuse.look is None:
            return translate(LOOKING)
        if reuse.look.laid is None:
            return ""
        return translate(FITS).format(name=table.name, windows=count(reuse.look.laid.windows))

    def _show_notes(self, notes: tuple[Problem, ...], refusal: Problem | None) -> None:
        found = (refusal,) if refusal is not None else notes
        lines = [f"{note.text(translate)} {note.remedy(translate)}" for note in found]
        if refusal is not None and refusal.key in ABOUT_COLUMNS:
            lines.append(translate(N_("Choose above which column of the file is meant.")))
        self.notes.setText("\n".join(lines))
        self.notes.set_tone("bad" if refusal is not None else "warn")
        self.notes.setVisible(bool(found))
        self.state.setVisible(bool(self.state.text()))

    def _enable(self) -> None:
        session, look = self._session, self._session.reuse.look
        idle, fits = session.training == "idle", look is not None and look.laid is not None
        rival = session.reuse.rival()
        answers = look is not None and look.laid is not None and look.laid.project.data.framing == "label"
        for button in (self.forecast, self.evaluate, self.go_on, self.compare):
            button.setEnabled(idle and fits)
        self.forecast.setEnabled(idle and fits and not answers)
        self.compare.setEnabled(idle and fits and rival is not None)
        words = translate(N_("Train a network first: then both are measured on the same test windows"))
        if rival is not None:
            words = translate(N_("Measure it and run {number} on the same test windows")).format(number=rival.number)
        self.compare.setToolTip(tooltip(words))

    # -- columns ------------------------------------------------------------------------------------------

    def _show_columns(self, found: tuple[Match, ...]) -> None:
        """List which column of the file each of the model's is read from."""
        table = self._session.table
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.choosers = {}
        self.columns.setVisible(bool(found))
        if table is None or not found:
            return
        listed = [entry for entry in found if len(found) <= FEW_COLUMNS or entry.file != entry.model]
        offered = [column.name for column in table.columns if column.kind != "time"]
        self._head()
        for row, entry in enumerate(listed[:MOST_COLUMNS], start=1):
            self._add_row(row, entry, offered)
        same = len(found) - len(listed)
        if same:
            words = translate(N_("{count} columns have the same name")).format(count=count(same))
            self._grid.addWidget(Words(words, tone="muted", role="small"), MOST_COLUMNS + 1, 0, 1, 2)

    def _head(self) -> None:
        for place, words in enumerate((N_("The model's column"), N_("is read from"))):
            self._grid.addWidget(Words(translate(words), tone="muted", role="small"), 0, place)

    def _add_row(self, row: int, entry: Match, offered: list[str]) -> None:
        name = ElidedWords(role="small")
        name.setText(entry.model)
        name.setToolTip(tooltip(entry.model))
        chooser = Chooser(translate(N_("Column that is read as {name}")).format(name=entry.model))
        texts = [translate(N_("choose…")), *offered]
        chooser.offer(texts, offered.index(entry.file) + 1 if entry.file in offered else 0)
        chooser.chosen.connect(lambda place: self._choose(entry.model, offered[place - 1] if place else ""))
        self.choosers[entry.model] = chooser
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(chooser, row, 1, Qt.AlignmentFlag.AlignLeft)

    def _choose(self, column: str, file: str) -> None:
        self._session.reuse.choose(column, file)
