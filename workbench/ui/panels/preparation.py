"""The settings of the data in groups: what a person always sees, and six lines that open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.alternatives import POLICIES
from workbench.core.dataproblems import NO_SEASON
from workbench.core.fields import Setting, settings_of
from workbench.core.fitting import idle
from workbench.core.problems import N_, Problem
from workbench.core.project import DataSpec
from workbench.ui.forms import Field, Form
from workbench.ui.panels.effects import Effects
from workbench.ui.panels.faultlist import FaultList
from workbench.ui.panels.group import Group, unusual
from workbench.ui.text import count, span, translate
from workbench.ui.theme import Theme
from workbench.ui.words import Words

ALWAYS = ("targets", "inputs", "window", "horizon")

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("columns", N_("Columns"), ("known_future", "series", "framing")),
    ("time", N_("Time step"), ("resample", "aggregate")),
    ("gaps", N_("Gaps and faults"), ("duplicates", "gaps", "gap_limit", "mask_inputs")),
    ("scaling", N_("Scaling and transforms"), ("scaling", "scale_each", "power", "difference", "season")),
    ("split", N_("Split"), ("train_share", "train_until", "valid_share", "valid_until")),
    ("calendar", N_("Calendar"), ("calendar", "harmonics", "holidays")),
)

PLACES: Mapping[str, str] = {
    "not-positive": "power",
    "no-difference": "difference",
    "season-too-long": "season",
    "split-outside": "train_until",
    "no-calendar": "calendar",
    "no-holidays": "holidays",
    "unknown-country": "holidays",
    "repeated-times": "duplicates",
    "step-too-short": "resample",
    "no-windows": "window",
    "no-answer": "framing",
    "no-target": "targets",
    "constant-target": "targets",
    "unknown-column": "targets",
}
"""The field below which a Problem of the data is told."""


class DataForm(QWidget):
    """All settings of the data."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        settings = {entry.name: entry for entry in settings_of(DataSpec)}
        self.top = Form(
            [settings[name] for name in ALWAYS],
            lambda: session.project.data,
            lambda values: session.edit("data", **values),
            lambda: session.table.numeric if session.table else (),
        )
        self.effects: dict[str, Effects] = {}
        self.groups = {
            key: self._group(title, [settings[name] for name in names]) for key, title, names in _grouped(settings)
        }
        self.faults = FaultList(session)
        self.groups["gaps"].inner.insertWidget(0, self.faults)
        self.parts = Words(tone="muted", role="small", wrap=True)
        self.groups["split"].inner.addWidget(self.parts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.top)
        for group in self.groups.values():
            layout.addWidget(group)
        forms = (self.top, *(group.form for group in self.groups.values()))
        self.fields: dict[str, Field] = {name: field for form in forms for name, field in form.fields.items()}

    def _group(self, title: str, settings: Sequence[Setting]) -> Group:
        session, names = self._session, {entry.name for entry in settings}
        annexes = {str(policy): Effects(session, policy) for policy in POLICIES if policy in names}
        self.effects |= annexes
        form = Form(
            [replace(entry, level="basic") for entry in settings],
            lambda: session.project.data,
            lambda values: session.edit("data", **values),
            lambda: session.table.numeric if session.table else (),
            annexes=annexes,
        )
        return Group(title, form, lambda: unusual(settings, session.project.data))

    def refresh(self, training: bool, suffixes: Mapping[str, str]) -> None:
        """Show the settings as they are now, and at which of them something is wrong."""
        self.top.refresh(training, suffixes)
        for group in self.groups.values():
            group.form.refresh(training, suffixes, idle=idle(self._session.project))
            group.summarise()
        for effects in self.effects.values():
            effects.refresh()
        self.faults.refresh()
        self._show_split(training)
        self._show_problem(self._session.data_problem)

    def told(self, problem: Problem) -> bool:
        """Return whether `problem` is told below one of the fields."""
        return _place(problem) in self.fields

    def _show_problem(self, problem: Problem | None) -> None:
        """Tell the Problem of the data below the field it is about, and open the group that holds it."""
        place = _place(problem) if problem is not None else ""
        for name, field in self.fields.items():
            if name == place:
                field.refuse(problem)
            elif field.refused is not None and field.refused.key in (*PLACES, NO_SEASON.key):
                field.refuse(None)
        for group in self.groups.values():
            if place in group.form.fields:
                group.button.setChecked(True)

    def _show_split(self, training: bool) -> None:
        """Keep shares and dates in step: the ones that are not in force show what the others make of them."""
        dataset, spec = self._session.dataset, self._session.project.data
        if dataset is None:
            self.parts.setText("")
            return
        clock, split = dataset.clock, dataset.split
        shares = (split.train / split.rows, (split.valid - split.train) / split.rows)
        for share, until, row, effective in (
            ("train_share", "train_until", split.train, shares[0]),
            ("valid_share", "valid_until", split.valid, shares[1]),
        ):
            date = self.fields[until].widget
            assert isinstance(date, QLineEdit)
            date.setPlaceholderText(clock.text(row) if row < split.rows else "")
            date.setEnabled(clock.values is not None and not training)
            dated = bool(spec.train_until or spec.valid_until)
            self.fields[share].widget.setEnabled(not dated and not training)
            if dated:
                self.fields[share].editor.write(round(effective, 3))
        words = translate(N_("Rows: {train} to train on, {valid} to stop in time, {test} to test."))
        rows = {"train": split.train, "valid": split.valid - split.train, "test": split.rows - split.valid}
        self.parts.setText(words.format(**{part: count(value) for part, value in rows.items()}))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self.top.set_theme(theme)
        self.faults.set_theme(theme)
        for group in self.groups.values():
            group.set_theme(theme)
        for effects in self.effects.values():
            effects.set_theme(theme)


def suffixes_of(session: Session) -> dict[str, str]:
    """Return the unit behind every setting that counts steps, with its length in time."""
    spec, table = session.project.data, session.table
    step = session.dataset.clock.step if session.dataset else (table.time.step if table and table.time else None)
    found = {}
    for name in ("window", "horizon", "gap_limit", "season"):
        steps = spec.model_dump()[name]
        length, unit = span(steps, step) if steps else "", translate(N_("steps"))
        found[name] = f"{unit} = {length}" if length else unit
    if spec.season == 0 and session.dataset is not None:
        detected = session.dataset.season
        words = translate(N_("= {count} detected")) if detected > 1 else translate(N_("= none detected"))
        found["season"] = words.format(count=count(detected))
    return found


def _grouped(settings: Mapping[str, Setting]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the groups; a setting that nobody put into one is in the last."""
    placed = {*ALWAYS, *(name for _key, _title, names in GROUPS for name in names)}
    left = tuple(name for name in settings if name not in placed)
    *groups, (key, title, names) = GROUPS
    return [*groups, (key, title, names + left)]


def _place(problem: Problem) -> str:
    if problem.key == NO_SEASON.key:
        return "gaps" if problem.values.get("setting") == "Gaps" else "difference"
    return PLACES.get(problem.key, "")
