"""A form generated from the settings of a Spec: labels, editors, help, limits and refusals come from the fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QToolButton, QVBoxLayout, QWidget

from workbench.core.fields import Setting, Spec
from workbench.core.problems import N_, Problem, WorkbenchError
from workbench.ui.editors import Choice, Editor, Flag, FreeChoice, Number, Text, WholeNumber
from workbench.ui.icons import icon
from workbench.ui.names import Names
from workbench.ui.text import translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import Words, restyle, tooltip

LABEL_WIDTH = 96
FIELD_PADDING = 12

WHEN: Mapping[str, str] = {
    "now": "",
    "next batch": N_("A change takes effect at the next batch."),
    "next run": N_("A change is for the next run."),
    "never": N_("It cannot change during a training: stop or finish it first."),
}
"""When an edit takes effect, in words that stand behind the help of a field."""

Edit = Callable[[dict[str, object]], Problem | None]
"""Carry out an edit; return the Problem if it is refused."""


class Field:
    """One setting in a form: label, editor, and the Problem of the last refused value below it."""

    def __init__(self, entry: Setting, form: Form, columns: Callable[[], tuple[str, ...]]) -> None:
        self.entry = entry
        self._form = form
        self.editor = _editor(entry, self._commit, columns)
        self.widget = self.editor.widget()
        self.label = Words(translate(entry.title), tone="muted", wrap=True)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.refusal = Words(tone="bad", role="small", wrap=True)
        self.refusal.hide()
        self.note = Words(tone="muted", role="small", wrap=True)
        self.note.hide()
        self.label.setBuddy(self.widget)
        self.widget.setObjectName(self.widget.objectName() or entry.name)
        self.widget.setAccessibleName(translate(entry.title))
        self.widget.setAccessibleDescription(translate(entry.help))
        line = self.widget.lineEdit() if isinstance(self.widget, QComboBox) else None
        if line is not None:
            line.setAccessibleName(translate(entry.title))
        # One height for all kinds: the style gives a box with buttons more than a plain line.
        self.widget.setFixedHeight(self.widget.fontMetrics().height() + FIELD_PADDING)
        self.refused: Problem | None = None
        self._shown: object = None

    def show(self, value: object, suffix: str, idle: str, when: str) -> None:
        """Show the setting's present value, unless a person is about to type another.

        Parameters
        ----------
        idle
            Why it is unused, if it is.
        when
            What a change does now: a key of :data:`WHEN`.
        """
        self.widget.setEnabled(when != "never" and not idle)
        self.label.setEnabled(not idle)
        help_text = translate(self.entry.help)
        if idle:
            help_text += " " + translate(N_("It changes nothing now.")) + " " + idle
        elif WHEN[when]:
            help_text += " " + translate(WHEN[when])
        self.widget.setToolTip(tooltip(help_text))
        self.label.setToolTip(tooltip(help_text))
        self.editor.set_suffix(f" {suffix}" if suffix else "")
        if value != self._shown or not self.widget.hasFocus():
            self.editor.write(value)
        self._shown = value

    def say(self, note: str) -> None:
        """Show a sentence below the field, or none."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _commit(self) -> None:
        value = self.editor.read()
        if value == self._shown:
            return
        before = self._shown
        problem = self._form.edit(self.entry.name, value)
        if problem is not None:
            self.refuse(problem)
            self._shown = before
            self.editor.write(before)

    def refuse(self, problem: Problem | None) -> None:
        """Show why a value was refused, or that none is."""
        self.refused = problem
        if problem is None and not self.refusal.text():
            return
        self.refusal.setText(f"{problem.text(translate)} {problem.remedy(translate)}" if problem else "")
        self.refusal.setVisible(problem is not None)
        self.widget.setProperty("refused", problem is not None)
        restyle(self.widget)


class Form(QWidget):
    """Fields for some settings of a spec.

    Parameters
    ----------
    read
        Returns the spec as it is now.
    edit
        Carries an edit out.
    columns
        Names that settings of kind ``names`` can take.
    completed
        Adds to an edit what has to change with it.
    more
        Words of the line that discloses the advanced settings.
    annexes
        What stands below a field, by the setting's name.
    beside
        What stands at the right of a field, by the setting's name.
    later
        Let settings that are not live be changed during a training, for the next one.
    """

    def __init__(
        self,
        settings: Sequence[Setting],
        read: Callable[[], Spec],
        edit: Edit,
        columns: Callable[[], tuple[str, ...]] = tuple,
        completed: Callable[[dict[str, object]], dict[str, object]] = dict,
        more: str = N_("More settings"),
        annexes: Mapping[str, QWidget] | None = None,
        beside: Mapping[str, QWidget] | None = None,
        later: bool = False,
    ) -> None:
        super().__init__()
        self._later = later
        self._annexes, self._beside = annexes or {}, beside or {}
        self._read, self._edit, self._completed = read, edit, completed
        self.fields = {entry.name: Field(entry, self, columns) for entry in settings}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        basic = [field for field in self.fields.values() if field.entry.level == "basic"]
        if basic:
            layout.addWidget(self._page(basic))
        advanced = [field for field in self.fields.values() if field.entry.level == "advanced"]
        self._more, self._advanced = QToolButton(self), self._page(advanced)
        self._more.setText(translate(more))
        self._more.hide()
        if advanced:
            self._add_disclosure(layout)

    def _add_disclosure(self, layout: QVBoxLayout) -> None:
        self._more.setObjectName("disclosure")
        self._more.setFont(font("small"))
        self._more.setCheckable(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._more.toggled.connect(self._disclose)
        layout.addWidget(self._more)
        layout.addWidget(self._advanced)
        self._more.show()
        self._advanced.hide()

    def _page(self, fields: list[Field]) -> QWidget:
        page = QWidget(self)
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        for row, field in enumerate(fields):
            beside, annex = self._beside.get(field.entry.name), self._annexes.get(field.entry.name)
            grid.addWidget(field.label, 4 * row, 0)
            grid.addWidget(field.widget, 4 * row, 1, 1, 1 if beside else 2)
            if beside is not None:
                grid.addWidget(beside, 4 * row, 2)
            grid.addWidget(field.refusal, 4 * row + 1, 0, 1, 3)
            grid.addWidget(field.note, 4 * row + 2, 1, 1, 2)
            if annex is not None:
                grid.addWidget(annex, 4 * row + 3, 0, 1, 3)
        return page

    def _disclose(self, shown: bool) -> None:
        self._advanced.setVisible(shown)
        if self._theme is not None:
            self.set_theme(self._theme)

    def edit(self, name: str, value: object) -> Problem | None:
        """Carry out the edit of one field; what the spec itself refuses never leaves the form."""
        values = self._completed({name: value})
        try:
            self._read().changed(**values)
        except WorkbenchError as error:
            return error.problem
        # Before the edit: what it makes of the data may be refused below a field in turn.
        for field in self.fields.values():
            field.refuse(None)
        return self._edit(values)

    def refresh(
        self,
        training: bool,
        suffixes: Mapping[str, str] | None = None,
        idle: Mapping[str, str] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Show the spec as it is now.

        Parameters
        ----------
        training
            True while a training runs: only live settings change it then.
        suffixes
            What to show behind a value instead of its unit.
        idle
            What would let a setting count that changes nothing now, by its name.
        notes
            Sentences below the fields, by the setting's name.
        """
        spec = self._read().model_dump()
        for name, field in self.fields.items():
            suffix = (suffixes or {}).get(name, translate(field.entry.unit))
            field.show(spec[name], suffix, translate((idle or {}).get(name, "")), self._when(field.entry, training))
            field.say((notes or {}).get(name, ""))

    def _when(self, entry: Setting, training: bool) -> str:
        if not training:
            return "now"
        if entry.live:
            return "next batch"
        return "next run" if self._later else "never"

    _theme: Theme | None = None

    def set_theme(self, theme: Theme) -> None:
        """Redraw what is drawn by hand."""
        self._theme = theme
        self._more.setIcon(icon("down" if self._more.isChecked() else "right", theme, "muted"))
        for field in self.fields.values():
            if isinstance(field.editor, Choice | Names):
                field.editor.set_theme(theme)


def _editor(entry: Setting, commit: Callable[[], None], columns: Callable[[], tuple[str, ...]]) -> Editor:
    match entry.kind:
        case "int":
            return WholeNumber(entry, commit)
        case "float":
            return Number(entry, commit)
        case "choice":
            return FreeChoice(entry, commit) if entry.free else Choice(entry, commit)
        case "bool":
            return Flag(entry, commit)
        case "names":
            fixed = tuple((name, translate(words)) for name, words in entry.choices)
            return Names(lambda: fixed or tuple((name, name) for name in columns()), commit, entry.empty)
        case _:
            return Text(entry, commit)
