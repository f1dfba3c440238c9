"""The left column: all cards above each other, scrolling where the window is low."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.core.run import Run
from workbench.ui.cards import Card
from workbench.ui.panels.data import DataCard
from workbench.ui.panels.model import ModelCard
from workbench.ui.panels.modelfile import ModelFileCard
from workbench.ui.panels.result import ResultCard
from workbench.ui.panels.runs import RunsCard
from workbench.ui.panels.train import TrainCard
from workbench.ui.theme import Theme

WIDTH = 324
GAP = 4
"""Beside the scroll bar, on either side."""


class Column(QScrollArea):
    """The model file if there is one, Data, Model, Training, Result and the runs."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        choose_export: Callable[[], None],
        check_reading: Callable[[Problem | None], None],
        run_more: Callable[[], None],
        find_rate: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setObjectName("column")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        model_file = ModelFileCard(session)
        self.cards: tuple[Card, ...] = (
            DataCard(session, check_reading), ModelCard(session, theme), TrainCard(session, find_rate),
            ResultCard(session, choose_export), RunsCard(session, run_more), model_file,
        )  # fmt: skip
        content = QWidget()
        content.setObjectName("column")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, GAP, 0)
        layout.setSpacing(8)
        layout.addWidget(model_file)
        for card in self.cards[:-1]:
            layout.addWidget(card)
        layout.addStretch(1)
        self.setWidget(content)
        self._due = self._opened = False
        self._session, self._model = session, session.reuse.model
        session.run_changed.connect(self._run_changed)
        session.reuse.changed.connect(self._show_model_file)
        session.judging.changed.connect(self._show_verdict)
        # The cards get their new heights when the words in them have changed.
        self.verticalScrollBar().rangeChanged.connect(self._show_verdict)

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        self._due, self._opened = "Ended" in kinds or (self._due and not kinds), False

    def _show_verdict(self) -> None:
        """Scroll to the verdict when it is there, or to a model file; nobody should have to look for it."""
        if self._opened:
            self.verticalScrollBar().setValue(0)
        result = next(card for card in self.cards if card.key == "result")
        if self._due and isinstance(result, ResultCard) and not result.headline.isHidden():
            self._scroll_to(result)

    def _show_model_file(self) -> None:
        """Scroll to a model file that was just opened."""
        model, self._model = self._model, self._session.reuse.model
        if self._model is not None and self._model is not model:
            self._due, self._opened = False, True
            self.verticalScrollBar().setValue(0)

    def _scroll_to(self, card: Card) -> None:
        bar, room = self.verticalScrollBar(), self.viewport().height()
        if card.y() + card.height() > bar.value() + room or card.y() < bar.value():
            bar.setValue(min(card.y() + card.height() - room, card.y()))

    def closed(self) -> tuple[str, ...]:
        """Return the keys of the closed cards."""
        return tuple(card.key for card in self.cards if not card.opened)

    def close_cards(self, keys: Sequence[str]) -> None:
        """Close the cards of these keys and open the others."""
        for card in self.cards:
            card.set_opened(card.key not in keys)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for card in self.cards:
            card.set_theme(theme)
