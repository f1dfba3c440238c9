"""The message bar below the toolbar: every Problem with its remedy, and never a message box."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from workbench.app.session import Session
from workbench.core.problems import N_, Problem
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.ui.icons import icon, pixmap
from workbench.ui.remedies import Remedies, Remedy
from workbench.ui.text import translate
from workbench.ui.theme import Theme
from workbench.ui.words import Words, menu_text, restyle

MOST = 20
"""Messages kept; the oldest goes first."""

ROLES = {"error": "bad", "warning": "warn", "note": "accent"}


class Notices(QFrame):
    """Show the newest Problem; the others are a click away."""

    def __init__(self, session: Session, remedies: Remedies, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("problem")
        self._session, self._remedies, self._theme = session, remedies, theme
        self._problems: list[Problem] = []
        self._index = 0
        self._remedy: Remedy | None = None
        self._other: Remedy | None = None
        self._table = session.table
        self._build()
        self.hide()
        session.noticed.connect(self.add)
        session.project_changed.connect(self._project_changed)
        session.run_changed.connect(self._run_changed)

    def _build(self) -> None:
        self._icon = QLabel()
        self.text = Words(wrap=True)
        self.advice = Words(tone="muted", wrap=True)
        for label in (self.text, self.advice):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton(translate(N_("Mend")))
        self.button.clicked.connect(lambda: self._carry_out(self._remedy))
        self.other = QPushButton(translate(N_("Mend")))
        self.other.clicked.connect(lambda: self._carry_out(self._other))
        self.place = Words(tone="muted", role="small")
        self._back = self._tool(N_("Previous message"), lambda: self._turn(-1))
        self._on = self._tool(N_("Next message"), lambda: self._turn(1))
        self._close = self._tool(N_("Dismiss message"), self.dismiss)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.text)
        words.addWidget(self.advice)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addLayout(words, 1)
        for widget in (self.button, self.other, self._back, self.place, self._on, self._close):
            layout.addWidget(widget)

    def _tool(self, name: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName("plain")
        button.setAccessibleName(translate(name))
        button.setToolTip(translate(name))
        button.clicked.connect(act)
        return button

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All messages, oldest first."""
        return tuple(self._problems)

    @property
    def shown(self) -> Problem | None:
        """The message that can be read now."""
        return self._problems[self._index] if self._problems else None

    def add(self, problem: Problem) -> None:
        """Show `problem`; a repeated one is not stacked but comes to the front."""
        self._problems = [old for old in self._problems if (old.key, old.text()) != (problem.key, problem.text())]
        self._problems = [*self._problems, problem][-MOST:]
        self._index = len(self._problems) - 1
        self._show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def dismiss(self) -> None:
        """Take the shown message away."""
        if self._problems:
            del self._problems[self._index]
        self._index = max(0, min(self._index, len(self._problems) - 1))
        self._show()

    def _turn(self, by: int) -> None:
        self._index = (self._index + by) % max(len(self._problems), 1)
        self._show()

    def _carry_out(self, remedy: Remedy | None) -> None:
        problem = self.shown
        if remedy is None or problem is None:
            return
        if problem.kind.action not in ("copy-details", "show-file"):
            self.dismiss()
        remedy.carry_out()

    def _project_changed(self, _project: Project) -> None:
        """Take away what is no longer true: messages about other data, and mended data problems."""
        present = self._session.data_problem
        if self._session.table is not self._table:
            self._table = self._session.table
            kept = [problem for problem in self._problems if problem is present]
        else:
            stale = ["no-windows", "no-target", "unknown-column", "constant-target", "not-ready", "invalid-setting"]
            stale += [] if self._session.preparing.busy else ["preparing"]
            kept = [problem for problem in self._problems if problem is present or problem.key not in stale]
        self._keep(kept)

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        """Take away that a training is running, once none is."""
        if "Ended" in kinds and self._session.training == "idle":
            self._keep([problem for problem in self._problems if problem.key != "busy"])

    def _keep(self, kept: list[Problem]) -> None:
        if len(kept) != len(self._problems):
            self._problems, self._index = kept, max(0, len(kept) - 1)
            self._show()

    def _show(self) -> None:
        problem = self.shown
        self.setVisible(problem is not None)
        if problem is None:
            return
        self._remedy, self._other = self._remedies.remedy(problem), self._remedies.other(problem)
        self.text.setText(problem.text(translate))
        self.advice.setText(problem.remedy(translate))
        self.advice.setVisible(bool(self.advice.text()))
        for button, remedy in ((self.button, self._remedy), (self.other, self._other)):
            button.setVisible(remedy is not None)
            button.setText(menu_text(remedy.label) if remedy else "")
        many = len(self._problems) > 1
        for widget in (self._back, self.place, self._on):
            widget.setVisible(many)
        self.place.setText(translate(N_("{place} of {count}")).format(place=self._index + 1, count=len(self._problems)))
        self.setAccessibleName(f"{self.text.text()} {self.advice.text()}")
        self.setProperty("severity", problem.severity)
        restyle(self)
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Redraw the icons in the colours of `theme`."""
        self._theme = theme
        problem = self.shown
        severity = problem.severity if problem else "note"
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap(severity, theme.color(ROLES[severity]), 20, ratio))
        for button, name in ((self._back, "left"), (self._on, "right"), (self._close, "close")):
            button.setIcon(icon(name, theme, "muted"))
