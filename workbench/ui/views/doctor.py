"""The doctor: what is wrong with data, training and network, where to see it, and one press that mends it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QResizeEvent, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from workbench.core.insight.doctor import Diagnosis
from workbench.core.problems import N_
from workbench.ui.text import count, plain
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views import VIEWS
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading
from workbench.ui.words import Words, tooltip

BESIDE_FROM = 420
"""Pixels of the view from which two buttons have room beside each other."""


class DoctorView(AbstractView):
    """A list of findings, each with its figure, a link to the view that shows it, and a remedy."""

    key = "doctor"
    title = N_("Doctor")
    kinds = frozenset({"Started", "EpochEnded", "Probed", "Forecasted", "Ended"})

    def build(self) -> None:
        """Make the list."""
        self._found: tuple[Diagnosis, ...] | None = None
        self._idle = self._wide = True
        self._rows: list[QWidget] = []
        self._list = QWidget()
        self._list.setObjectName("card-list")
        self._list.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack = QVBoxLayout(self._list)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(8)
        self._stack.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._list)
        self.plots.addWidget(area)
        self.session.judging.changed.connect(self.mark)

    def draw(self) -> None:
        """Show the findings, or say that there are none."""
        found, run = self.session.judging.diagnoses(), self.session.run
        if self.session.run_dataset is None:
            self.say(_("The doctor looks at data, loss, gates and gradients. Open a file to begin."))
            return
        if found is None:
            self.say(_("The doctor is looking…"))
            return
        if not found:
            words = _("Nothing is wrong with the data. After a training the doctor looks at the network too.")
            ended = _("Nothing is wrong with data, loss, gates, gradients or forecast, as far as the rules can see.")
            self.say(ended if run is not None and run.ended is not None else words)
            return
        self.show_picture()
        idle = self.session.training == "idle"
        wide = self.width() >= BESIDE_FROM
        if found is not self._found or (idle, wide) != (self._idle, self._wide):
            self._found, self._idle, self._wide = found, idle, wide
            self._fill(found)
        errors = sum(entry.problem.severity == "error" for entry in found)
        subtitle = _("{count} findings").format(count=count(len(found))) if len(found) > 1 else _("1 finding")
        self.set_heading(Heading(subtitle, _("{count} severe").format(count=count(errors)) if errors else ""))

    def _fill(self, found: Sequence[Diagnosis]) -> None:
        for row in self._rows:
            self._stack.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(entry) for entry in found]
        for place, row in enumerate(self._rows):
            self._stack.insertWidget(place, row)
            row.show()
        self._stack.activate()  # seen at once, not only when the next layout comes

    def _row(self, entry: Diagnosis) -> QWidget:
        """Return the words and buttons of one finding."""
        row = QWidget(self._list)
        box = QVBoxLayout(row)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(2)
        tone = "bad" if entry.problem.severity == "error" else "text"
        box.addWidget(Words(entry.problem.text(_), tone=tone, wrap=True, parent=row))  # type: ignore[arg-type]
        box.addWidget(Words(entry.problem.remedy(_), tone="muted", role="small", wrap=True, parent=row))
        beside = QBoxLayout.Direction.LeftToRight if self.width() >= BESIDE_FROM else QBoxLayout.Direction.TopToBottom
        buttons = QBoxLayout(beside)
        buttons.setSpacing(4)
        if entry.edits:
            words = self._changes(entry)
            mend = self._button(_("Train with {changes}").format(changes=words), row)
            mend.setToolTip(tooltip(_("Change these settings, which can be undone, and train again.")))
            mend.setEnabled(self._idle)
            mend.clicked.connect(lambda _checked=False: self.mend(entry))
            buttons.addWidget(mend, 0, Qt.AlignmentFlag.AlignLeft)
        if entry.view in VIEWS and entry.view != self.key:
            show = self._button(_("Show in {view}").format(view=_(VIEWS[entry.view].title)), row)
            show.clicked.connect(lambda _checked=False: self.session.judging.wanted.emit(entry.view))
            buttons.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)
        buttons.addStretch(1)
        box.addLayout(buttons)
        return row

    def _button(self, words: str, parent: QWidget) -> QPushButton:
        button = QPushButton(words.replace("&", "&&"), parent)
        button.setFont(font("small"))
        return button

    def _changes(self, entry: Diagnosis) -> str:
        """Return in words what a remedy changes: “window 168”."""
        sections = {
            "data": self.session.project.data,
            "model": self.session.project.model,
            "train": self.session.project.train,
        }
        parts = []
        for section, values in entry.edits.items():
            fields = type(sections[section]).model_fields
            for name, value in values.items():
                if name == "options" and isinstance(value, dict):
                    parts += [f"{option} {_setting(given)}" for option, given in value.items()]
                else:
                    parts.append(f"{_(fields[name].title or name).lower()} {_setting(value)}")
        return ", ".join(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons where there is room for them."""
        super().resizeEvent(event)
        if self._wide != (self.width() >= BESIDE_FROM):
            self.mark()

    def mend(self, entry: Diagnosis) -> None:
        """Change what the remedy says, as one step that can be undone, and train again."""
        session = self.session
        if session.edit(entry.edits) is None and session.training == "idle" and session.dataset is not None:
            session.train()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the findings as text."""
        found = self._found or ()
        return (
            (_("severity"), np.array([entry.problem.severity for entry in found], dtype=object)),
            (_("finding"), np.array([entry.problem.text(_) for entry in found], dtype=object)),
            (_("remedy"), np.array([entry.problem.remedy(_) for entry in found], dtype=object)),
        )


def _setting(value: object) -> str:
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, tuple):
        return " + ".join(map(str, value)) or "–"
    return str(value)
