"""The choices of a preparation setting, each with what it would give; looking at one shows it in the Series view."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.alternatives import Alternative, Policy
from workbench.core.problems import N_
from workbench.core.steps import STEP_LABELS
from workbench.ui.panels.rows import LineButton
from workbench.ui.text import DOT, count, translate
from workbench.ui.theme import Theme
from workbench.ui.words import Words, tooltip

NAMES: Mapping[Policy, Mapping[object, str]] = {
    "gaps": {
        "cut": N_("cut windows there"),
        "hold": N_("hold, up to {limit}"),
        "seasonal": N_("season, up to {limit}"),
        "interpolate": N_("line, up to {limit}"),
    },
    "mask_inputs": {False: N_("leave as gaps"), True: N_("mean, and marked")},
    "duplicates": {
        "first": N_("first row"), "last": N_("last row"), "mean": N_("mean of them"), "error": N_("refuse the file"),
    },
    "resample": dict([("", N_("as in the file")), *STEP_LABELS.items()]),
}  # fmt: skip


class Effects(QWidget):
    """One row a choice. It asks for the effects only while it can be seen."""

    def __init__(self, session: Session, policy: Policy) -> None:
        super().__init__()
        self._session, self.policy = session, policy
        self._theme: Theme | None = None
        self._found: tuple[Alternative, ...] = ()
        self.rows: list[LineButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 4)
        self._layout.setSpacing(0)
        self._waiting = Words(translate(N_("Comparing the choices…")), tone="muted", role="small")
        self._layout.addWidget(self._waiting)
        session.review.changed.connect(self._arrived)

    def _arrived(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Show the choices as far as they are known."""
        review = self._session.review
        self.setVisible(self.policy in review.policies())
        if not self.isVisible():
            return
        found = review.alternatives(self.policy)
        self._waiting.setVisible(found is None)
        self._found = found or ()
        while len(self.rows) < len(self._found):
            self._add_row()
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(self._found))
            if index < len(self._found):
                self._show(row, self._found[index])

    def _add_row(self) -> None:
        place = len(self.rows)
        row = LineButton(lambda: self._choose(place), lambda here: self._look(place, here))
        row.setCheckable(True)
        if self._theme is not None:
            row.set_theme(self._theme)
        self._layout.addWidget(row)
        self.rows.append(row)

    def _show(self, row: LineButton, choice: Alternative) -> None:
        spec = self._session.project.data
        name = translate(NAMES[self.policy].get(choice.value, str(choice.value)))
        facts = effect_words(choice)
        tip = choice.problem.text(translate) if choice.problem is not None else ""
        row.show_line(name.format(limit=count(spec.gap_limit)), facts, tip=tooltip(tip))
        row.setChecked(choice.value == spec.model_dump()[self.policy])
        row.setEnabled(self._session.training == "idle")

    def _choose(self, place: int) -> None:
        if place < len(self._found):
            self._session.edit("data", **{self.policy: self._found[place].value})
        self.refresh()

    def _look(self, place: int, here: bool) -> None:
        self._session.review.weigh(self._found[place] if here and place < len(self._found) else None)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the effects now that they can be seen."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Show nothing any more in the Series view."""
        super().hideEvent(event)
        self._session.review.weigh(None)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)


def effect_words(choice: Alternative) -> str:
    """Say what a choice gives: ``10 083 windows · 41 filled``."""
    if choice.problem is not None:
        return translate(N_("not possible"))
    words = [translate(N_("{count} windows")).format(count=count(choice.windows))]
    if choice.policy == "resample":
        words.insert(0, translate(N_("{count} rows")).format(count=count(choice.rows)))
    elif choice.filled:
        words.append(translate(N_("{count} filled")).format(count=count(choice.filled)))
    return DOT.join(words)
