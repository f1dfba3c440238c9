"""Card 1: what the file held, which columns are forecast, how they are cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from workbench.app.session import Session
from workbench.core.faults import FaultKind
from workbench.core.longfiles import OF_ONE_SERIES
from workbench.core.problems import N_, Problem
from workbench.core.sources.problems import LONG_LAYOUT
from workbench.core.table import Table
from workbench.ui.cards import Card
from workbench.ui.panels.notes import NotesList
from workbench.ui.panels.preparation import DataForm, suffixes_of
from workbench.ui.text import DOT, count, every, span, translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import tooltip

FAULTS: Mapping[str, FaultKind] = {
    "missing-steps": "missing-step",
    "cut-windows": "missing-step",
    "duplicate-times": "duplicate",
    "rows-reordered": "backward",
    "irregular-times": "irregular",
}
"""Notes on the preparation, and the faults they speak of."""


DONE: Mapping[str, str] = {
    "fault-duplicates": "duplicate-times",
    "fault-backward": "rows-reordered",
    "fault-missing-steps": "missing-steps",
    "time-duplicates": "duplicate-times",
    "time-backward": "rows-reordered",
    "time-gaps": "missing-steps",
}
"""Notes on the file, and the notes that say what was done about them."""


class DataCard(Card):
    """The data as they were understood, and their settings.

    Parameters
    ----------
    check_reading
        Shows the file at the row a note speaks of, or as a whole.
    """

    def __init__(self, session: Session, check_reading: Callable[[Problem | None], None]) -> None:
        super().__init__("data", "1", translate(N_("Data")))
        self._session = session
        self.form = DataForm(session)
        self.body.setSpacing(4)
        self.body.addWidget(self.form)
        self._check_reading = check_reading
        self.notes = NotesList(self._show)
        self.body.addWidget(self.notes)
        self.one_model = QPushButton(translate(N_("One model for all series")))
        self.one_model.setToolTip(
            tooltip(
                translate(N_("Read the series below each other as they stand in the file, and learn from all at once"))
            )
        )
        self.one_model.setFont(font("small"))
        self.one_model.clicked.connect(lambda _checked: self._join())
        self.body.addWidget(self.one_model, 0, Qt.AlignmentFlag.AlignLeft)
        self.check = QPushButton(translate(N_("Check how it was read")))
        self.check.setFont(font("small"))
        self.check.clicked.connect(lambda _checked: check_reading(None))
        self.body.addWidget(self.check, 0, Qt.AlignmentFlag.AlignLeft)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._training_changed)
        self.refresh()

    def _show(self, note: Problem) -> None:
        """Show the place a note speaks of: a fault in the Series view, anything else in the file."""
        kind = FAULTS.get(note.key)
        for fault in self._session.review.faults() or ():
            if fault.kind == kind or fault.text.key == note.key:
                self._session.review.point(fault, 0)
                return
        self._check_reading(note)

    def _join(self) -> None:
        """Read the file of many series as rows: the column that names them becomes the sequence column."""
        self._session.desk.settle(layout="rows")
        self._session.desk.apply()

    def _training_changed(self, _run: object, kinds: frozenset[str]) -> None:
        if not kinds or "Ended" in kinds:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Show the project as it is now."""
        session = self._session
        table, dataset = session.table, session.dataset
        self.set_summary(self._summary(table))
        self.form.setVisible(table is not None)
        self.check.setVisible(table is not None)
        stands_below = table is not None and any(note.key == LONG_LAYOUT.key for note in table.notes)
        self.one_model.setVisible(stands_below)
        self.one_model.setEnabled(session.training == "idle")
        self.form.refresh(session.training != "idle", suffixes_of(session))
        done = dataset.notes if dataset else ()
        # What was done about a fault says how many there are as well.
        told = {note.key for note in done}
        notes = tuple(note for note in table.notes if DONE.get(note.key) not in told) if table else ()
        if session.project.data.series:
            notes = tuple(note for note in notes if note.key not in OF_ONE_SERIES)
        notes += done
        problem = session.data_problem
        self.notes.show_notes(((problem,) if problem and not self.form.told(problem) else ()) + notes)

    def _summary(self, table: Table | None) -> str:
        if table is None:
            return translate(N_("Drop a file on the window, or open one. Samples are in the toolbar."))
        dataset = self._session.dataset
        step = table.time.step if table.time else None
        missing = int((~dataset.observed).any(axis=1).sum()) if dataset else 0
        parts = [table.name, translate(N_("{count} rows")).format(count=count(table.rows)), every(step)]
        if dataset is not None:
            parts.append(
                translate(N_("{count} rows with gaps")).format(count=count(missing))
                if missing
                else translate(N_("no gaps"))
            )
            if dataset.season > 1:
                parts.append(self._season(dataset.season))
        return DOT.join(part for part in parts if part)

    def _season(self, season: int) -> str:
        table = self._session.table
        length = span(season, table.time.step if table and table.time else None)
        words = translate(N_("season {count}")).format(count=count(season))
        return f"{words} ({length})" if length else words

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self.form.set_theme(theme)
        self.notes.set_theme(theme)
