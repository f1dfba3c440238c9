"""The file as it is read: its lines, what was guessed and can be settled, its problems, the lanes of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from workbench.core.fields import Setting
from workbench.core.lanes import LANES, Lane, lane_of
from workbench.core.problems import N_, Problem
from workbench.core.sources.preview import Preview
from workbench.ui.forms import Form
from workbench.ui.icons import icon
from workbench.ui.text import DOT, count
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.readingform import Offer, offers, settings_for
from workbench.ui.views.readinglanes import Lanes
from workbench.ui.views.readingtable import RowsTable
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words, menu_text, tooltip

NARROW_FORM, WIDE_FORM = 268, 284
NARROW = 860
"""Below this width the form is narrow, below 640 there is only the table."""
PROBLEM_ROWS = 4
SEVERITIES = {"error": 0, "warning": 1, "note": 2}
LANE_NAMES = {info.lane: info.lane for info in LANES}
LEGEND = (
    LegendEntry("train", N_("time"), "square"), LegendEntry("text", N_("number"), "square"),
    LegendEntry("candidate", N_("text"), "square"), LegendEntry("muted", N_("empty"), "square"),
    LegendEntry("bad", N_("not readable"), "square"),
)  # fmt: skip


class ReadingView(AbstractView):
    """How the file is read."""

    key = "reading"
    title = N_("File")

    def build(self) -> None:
        self._desk = self.session.desk
        self._shown: Preview | None = None
        self._settings: tuple[Setting, ...] = ()
        self._offers: list[Offer] = []
        self._notes: tuple[Problem, ...] = ()
        self._target: tuple[int, str] | None = None
        self._build_controls()
        self.table = RowsTable(self.theme)
        self.table.moved.connect(self._move)
        self.table.begins.connect(lambda line, rows: self._settle({"first_row": line, "header_rows": rows}))
        self.lanes = Lanes()
        self.lanes.moved.connect(self._move)
        self.notes = _Notes()
        self.notes.itemClicked.connect(self._go)
        self.notes.itemActivated.connect(self._go)
        self.form: Form | None = None
        self._scroll = _room(None)
        self._asked = QVBoxLayout()
        self._asked.setSpacing(2)
        self.plots.addLayout(self._asked)
        middle = QSplitter(Qt.Orientation.Vertical)
        middle.addWidget(self.table)
        middle.addWidget(self.notes)
        middle.setStretchFactor(0, 1)
        middle.setChildrenCollapsible(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._lanes_room = _room(self.lanes)
        for widget, stretch in ((self._scroll, 0), (middle, 1), (self._lanes_room, 0)):
            row.addWidget(widget, stretch)
        self.plots.addLayout(row, 1)
        self._desk.changed.connect(self.mark)

    def _build_controls(self) -> None:
        self.state = Words(tone="muted", role="small", wrap=True)
        self.right = QPushButton(_(N_("Looks right")))
        self.right.setToolTip(tooltip(_(N_("Files of this layout are then read like this without asking."))))
        self.whole = QPushButton(_(N_("Read the whole file like this")))
        self.back = QPushButton(_(N_("Discard changes")))
        self.forget = QPushButton(_(N_("Forget this layout")))
        self.controls.addWidget(self.state, 1)
        for button, act in (
            (self.back, self._desk.discard), (self.whole, self._desk.apply), (self.forget, self._desk.forget),
            (self.right, self._desk.accept),
        ):  # fmt: skip
            button.setFont(font("small"))
            button.clicked.connect(lambda _checked=False, act=act: act())
            self.controls.addWidget(button)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show the last look at the file; a new one is begun if the file changed."""
        desk = self._desk
        if self.session.table is None and not desk.source:
            self.say(_(N_("Open a file: its rows appear here, with what was guessed about them.")))
            return
        desk.look()
        preview = desk.preview
        if preview is None and desk.problem is None:
            self.say(_(N_("Looking at the file…")))
            return
        self.show_picture()
        if preview is not self._shown:
            self._shown = preview
            self.table.show_preview(preview)
        lanes = self._lanes()
        self.table.rows.show_lanes(lanes)
        self.lanes.show_lanes(lanes)
        self.lanes.setEnabled(bool(lanes) and self.session.training == "idle")
        self._draw_form()
        self._draw_offers()
        self._draw_notes()
        self._draw_state()
        if self._target is not None and not desk.busy:
            self.table.point(*self._target)
            self._target = None

    def _lanes(self) -> dict[str, Lane]:
        table, desk = self.session.table, self._desk
        if table is None or (desk.source and not desk.opened):
            return {}
        return {column.name: lane_of(self.session.project.data, table, column.name) for column in table.columns}

    def _draw_form(self) -> None:
        desk, preview = self._desk, self._desk.preview
        stand_in = desk.busy and (preview is None or preview.lines is None) and not self._settings
        wanted = settings_for(preview, desk.reading) if desk.source and not stand_in else ()
        if wanted != self._settings:
            self._settings, focused = wanted, self._focused()
            self.form = Form(
                wanted, lambda: self._desk.reading, self._settle, self._columns, more=N_("More about reading")
            )
            holder = QWidget()
            holder.setObjectName("column")
            layout = QVBoxLayout(holder)
            layout.setContentsMargins(0, 0, 8, 0)
            layout.addWidget(self.form)
            layout.addStretch(1)
            self._scroll.setWidget(holder)
            self.form.set_theme(self.theme)
            if focused in self.form.fields:
                self.form.fields[focused].widget.setFocus()
        self._scroll.setFixedWidth(NARROW_FORM if self.width() < NARROW else WIDE_FORM)
        self._scroll.setVisible(bool(wanted) and self.width() > 520)
        self._lanes_room.setVisible(self.width() > 640)
        if self.form is None:
            return
        self.form.refresh(self.session.training != "idle", {})
        for field in self.form.fields.values():
            field.refuse(None)
        problem = self._desk.problem
        if problem is not None:
            self.form.fields[self._blamed(problem)].refuse(problem)

    def _focused(self) -> str:
        """Return the setting a person is at, to be there again in another form."""
        at = QApplication.focusWidget()
        if self.form is None or at is None:
            return ""
        fields = self.form.fields.items()
        return next((name for name, field in fields if field.widget is at or field.widget.isAncestorOf(at)), "")

    def _blamed(self, problem: Problem) -> str:
        """Return the setting at which a problem of the last look is shown."""
        assert self.form is not None
        own = {"no-such-column": "time", "no-times": "time", "other-time-form": "time_format", "no-such-sheet": "sheet"}
        before, now = self.session.project.data.reading.model_dump(), self._desk.reading.model_dump()
        changed = [name for name in now if now[name] != before[name] and self._desk.opened]
        name = own.get(problem.key, changed[-1] if changed else "delimiter")
        return name if name in self.form.fields else next(iter(self.form.fields))

    def _draw_offers(self) -> None:
        desk = self._desk
        if desk.busy:
            return
        found = offers(desk.preview, desk.reading) if desk.problem is None else []
        if found == self._offers:
            return
        self._offers = found
        while (item := self._asked.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                if widget.isAncestorOf(QApplication.focusWidget() or self):
                    self.table.setFocus()
                widget.setParent(None)
                widget.deleteLater()
        for offer in found:
            self._asked.addWidget(_Question(offer, self._settle))

    def _draw_notes(self) -> None:
        desk, table = self._desk, self.session.table
        whole = desk.opened and not desk.pending and table is not None
        looked = desk.preview.table if desk.preview else None
        notes = table.notes if whole and table is not None else looked.notes if looked is not None else ()
        notes = (desk.problem, *notes) if desk.problem is not None else notes
        self._notes = tuple(sorted(notes, key=lambda note: SEVERITIES[note.severity]))
        self.notes.show_notes(self._notes, self)

    def _draw_state(self) -> None:
        desk, preview = self._desk, self._desk.preview
        idle = self.session.training == "idle"
        remembered = desk.layout in desk.memory.entries
        self.back.setVisible(desk.pending)
        table = self.session.table
        elsewhere = table is not None and not desk.opened
        back = _(N_("Back to {name}")).format(name=table.name[:30]) if elsewhere and table else _(N_("Discard changes"))
        self.back.setText(menu_text(back))
        self.whole.setVisible(desk.pending and desk.problem is None and not desk.busy and idle)
        self.forget.setVisible(remembered and not desk.pending)
        self.right.setVisible(not remembered and not desk.pending and desk.opened and desk.problem is None)
        if desk.busy:
            words = _(N_("Looking…"))
        elif not desk.opened and desk.source:
            words = _(N_("This file is not open yet: settle what was guessed wrong, and it opens."))
        elif desk.problem is not None:
            words = _(N_("It cannot be read like this; the rows are those of the last way that worked."))
        elif not desk.source:
            words = _(N_("Generated rows: there is nothing to settle about reading them."))
        elif desk.pending:
            words = _(N_("The first lines, as they would be read. The whole file is still read as before."))
        elif remembered:
            words = _(N_("Settled for files of this layout."))
        else:
            words = _(N_("Drag a column into a lane, or select one of its cells and press the letter of the lane."))
        self.state.setText(words)
        name = Path(desk.source).name if desk.source else self.session.table.name if self.session.table else ""
        facts = []
        if preview is not None:
            facts = [_(N_("{count} lines")).format(count=count(len(preview.rows)))]
            facts.append(_(N_("{count} columns")).format(count=count(len(preview.names))))
        legend = tuple(LegendEntry(entry.role, _(entry.text), entry.mark) for entry in LEGEND)
        self.set_heading(Heading(name or _(self.title), DOT.join(facts), legend))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what does not fit."""
        super().resizeEvent(event)
        self.mark()

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.table.set_theme(self.theme)
        self.lanes.set_theme(self.theme)
        self.notes.theme_changed()
        if self.form is not None:
            self.form.set_theme(self.theme)

    # -- what a person does -------------------------------------------------------------------------------

    def _settle(self, values: dict[str, object]) -> Problem | None:
        return self._desk.settle(**values)

    def _columns(self) -> tuple[str, ...]:
        return tuple(self._desk.preview.names) if self._desk.preview else ()

    def _move(self, column: str, lane: str) -> None:
        if self.session.training == "idle":
            self._desk.move(column, LANE_NAMES[lane])  # type: ignore[index]

    def _go(self, item: QListWidgetItem) -> None:
        note = self._notes[self.notes.row(item)]
        self.point(note)

    def point(self, note: Problem) -> None:
        """Show the row and column a note speaks of."""
        row, column = note.values.get("row"), str(note.values.get("column", "")).split(" + ")[0]
        if isinstance(row, int) or column:
            first = self._desk.preview.first_row if self._desk.preview else 1
            self._target = (row if isinstance(row, int) else first, column)
            self.mark()

    def actions_of_view(self) -> Sequence[QAction]:
        """Nothing beside saving."""
        return ()

    def columns(self) -> Sequence[SavedColumn]:
        """Return the table as it was read."""
        table = self.session.table
        return [] if table is None else [(column.name, np.asarray(column.values)) for column in table.columns]


def _room(widget: QWidget | None) -> QScrollArea:
    """Return a place that scrolls where the view is low."""
    area = QScrollArea()
    area.setObjectName("column")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if widget is not None:
        widget.setObjectName("column")
        area.setWidget(widget)
        area.setFixedWidth(widget.width() + 10)
    return area


class _Question(QWidget):
    """Something that could be read in two ways, and the button for the other one."""

    def __init__(self, offer: Offer, settle: object) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Words(offer.said, tone="muted" if offer.calm else "warn", role="small", wrap=True), 1)
        self.button = QPushButton(menu_text(offer.button))
        self.button.setFont(font("small"))
        self.button.clicked.connect(lambda _checked=False: settle(dict(offer.changes)))  # type: ignore[operator]
        layout.addWidget(self.button)


class _Notes(QListWidget):
    """Problems of the file; a click on one shows its row."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notes")
        self.setAccessibleName(_(N_("Problems and notes of the file")))
        self.setFont(font("small"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumHeight(40)
        self.setIconSize(QSize(14, 14))
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(200, (self.fontMetrics().height() + 6) * PROBLEM_ROWS)

    def show_notes(self, notes: Sequence[Problem], view: AbstractView) -> None:
        """List `notes`."""
        wanted = (tuple(notes), view.theme)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.clear()
        roles = {"error": "bad", "warning": "warn", "note": "muted"}
        for note in notes:
            row, column = note.values.get("row"), note.values.get("column")
            place = [_(N_("row {row}")).format(row=count(row))] if isinstance(row, int) else []
            place += [str(column)] if column and str(column) not in note.text(_) else []
            words = DOT.join([*place, note.text(_)])
            item = QListWidgetItem(icon(note.severity, view.theme, roles[note.severity]), words, self)
            item.setToolTip(tooltip(f"{note.text(_)} {note.remedy(_)}"))

    def theme_changed(self) -> None:
        """Draw the icons anew at the next occasion."""
        self._shown = ()
