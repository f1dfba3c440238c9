"""The faults of the data, one row a kind, with the mark they have in the Series view; a click goes to the next."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.faults import Fault
from workbench.core.problems import N_
from workbench.ui.faultmarks import MARKS, shape
from workbench.ui.panels.rows import LineButton
from workbench.ui.text import count, translate
from workbench.ui.theme import Theme
from workbench.ui.words import tooltip

MOST = 8
"""Rows shown; the largest counts first where there are more."""


class FaultList(QWidget):
    """Counts of all faults of the table's times and of the columns in use."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._theme: Theme | None = None
        self._shown: tuple[Fault, ...] = ()
        self._places: dict[int, int] = {}
        self.rows: list[LineButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        session.review.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the faults that are known."""
        session = self._session
        used = set(session.project.data.columns)
        numeric = session.table.numeric if session.table is not None else ()
        known = session.review.faults() or ()
        faults = [fault for fault in known if fault.column not in numeric or fault.column in used]
        shown = tuple(sorted(faults, key=lambda fault: -fault.count)[:MOST])
        if shown != self._shown:
            self._shown, self._places = shown, {}
        while len(self.rows) < len(shown):
            self._add_row()
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(shown))
            if index < len(shown):
                fault, mark = shown[index], MARKS[shown[index].kind]
                row.set_mark(shape(fault.kind), mark.role, mark.filled)
                where = fault.column if fault.column in numeric and len(used) > 1 else ""
                tip = f"{fault.text.text(translate)} {translate(N_('A click shows the next of them.'))}"
                row.show_line(fault_words(fault), where, tip=tooltip(tip))
        self.setVisible(bool(shown))

    def _add_row(self) -> None:
        place = len(self.rows)
        row = LineButton(lambda: self._go(place))
        if self._theme is not None:
            row.set_theme(self._theme)
        self._layout.addWidget(row)
        self.rows.append(row)

    def _go(self, place: int) -> None:
        """Show the first of these faults, or the one behind the last that was shown."""
        fault = self._shown[place]
        index = self._places.get(place, -1) + 1
        self._places[place] = index = index % len(fault.rows)
        self._session.review.point(fault, index)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)


def fault_words(fault: Fault) -> str:
    """Return ``1 outlier`` or ``12 repeated times``."""
    mark = MARKS[fault.kind]
    return f"1 {translate(mark.one)}" if fault.count == 1 else translate(mark.many).format(count=count(fault.count))
