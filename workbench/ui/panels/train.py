"""Card 3: how the network is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QPushButton, QWidget

from workbench.app.session import Session
from workbench.core.fields import Setting, settings_of
from workbench.core.fitting import idle
from workbench.core.problems import N_
from workbench.core.project import TrainSpec
from workbench.core.run import Run
from workbench.core.speeds import place_text, reason
from workbench.ui.cards import Card
from workbench.ui.forms import Field, Form
from workbench.ui.panels.group import Group, unusual
from workbench.ui.panels.rates import RateCourse
from workbench.ui.text import DOT, count, plain, translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import Words, tooltip

SETTINGS = {entry.name: entry for entry in settings_of(TrainSpec)}
CHOICES = {name: dict(entry.choices) for name, entry in SETTINGS.items()}
LOSSES, OPTIMISERS, SCHEDULES = CHOICES["loss"], CHOICES["optimiser"], CHOICES["schedule"]

FIND = N_("Try learning rates from tiny to too large on a copy of the untrained network, and propose one.")
CANNOT_FIND = N_("Rates can be tried when there is data and nothing is being trained.")

ALWAYS = ("epochs", "batch", "learning_rate", "optimiser")

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "rate",
        N_("Schedule of the rate"),
        ("schedule", "warm_up", "rate_hold", "rate_factor", "rate_every", "rate_stall", "rate_floor"),
    ),
    ("stopping", N_("Loss and stopping"), ("loss", "patience")),
    ("gradient", N_("Gradient"), ("clip", "clip_value", "accumulate", "truncate")),
    ("weights", N_("Weights"), ("weight_decay", "momentum", "average")),
    ("machine", N_("Machine and chance"), ("device", "threads", "precision", "seed", "event_files")),
)
"""A setting that nobody put into a group is in the last."""


class TrainCard(Card):
    """The settings of the training. Those that are live take effect at the next batch, the others at the next run.

    Parameters
    ----------
    find_rate
        Begins a learning-rate range test and shows it.
    """

    def __init__(self, session: Session, find_rate: Callable[[], object]) -> None:
        super().__init__("training", "3", translate(N_("Training")))
        self._session = session
        self.body.setSpacing(3)
        self.seek = QPushButton(translate(N_("Find")))
        self.seek.setFont(font("small"))
        self.seek.clicked.connect(lambda _checked: find_rate())
        self.top = self._form([SETTINGS[name] for name in ALWAYS], {"learning_rate": self.seek})
        self.body.addWidget(self.top)
        self.groups = {key: self._group(title, names) for key, title, names in _grouped()}
        self.course = RateCourse()
        self.groups["rate"].inner.addWidget(self.course)
        self.place = Words(tone="muted", role="small", wrap=True)
        self.groups["machine"].inner.addWidget(self.place)
        for group in self.groups.values():
            self.body.addWidget(group)
        forms = (self.top, *(group.form for group in self.groups.values()))
        self.fields: dict[str, Field] = {name: field for form in forms for name, field in form.fields.items()}
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._training_changed)
        self.refresh()

    def _form(self, settings: Sequence[Setting], beside: Mapping[str, QWidget] | None = None) -> Form:
        session = self._session
        return Form(
            [replace(entry, level="basic") for entry in settings],
            lambda: session.project.train,
            lambda values: session.edit("train", **values),
            beside=beside,
            later=True,
        )

    def _group(self, title: str, names: Sequence[str]) -> Group:
        settings = [SETTINGS[name] for name in names]
        said = lambda: unusual(settings, self._session.project.train, named=True)  # noqa: E731
        return Group(title, self._form(settings), said)

    def _training_changed(self, run: Run, kinds: frozenset[str]) -> None:
        if not kinds or "Ended" in kinds:
            self.refresh()
        elif "EpochEnded" in kinds and run is self._session.runs[-1]:
            self._show_course()

    def refresh(self, *_changed: object) -> None:
        """Show the project as it is now."""
        project = self._session.project
        self.seek.setEnabled(self._session.training == "idle" and self._session.dataset is not None)
        self.seek.setToolTip(tooltip(translate(FIND if self.seek.isEnabled() else CANNOT_FIND)))
        unused, notes = idle(project), self._notes()
        training = self._session.training != "idle"
        self.top.refresh(training, idle=unused, notes=notes)
        for group in self.groups.values():
            group.form.refresh(training, idle=unused, notes=notes)
            group.summarise()
        self._show_course()
        self._show_place()
        self.set_summary(_summary(project.train))

    def _notes(self) -> dict[str, str]:
        """Say of each setting that the running training does not take over any more what it has instead."""
        if self._session.training == "idle":
            return {}
        wished, running = self._session.project.train.model_dump(), self._session.runs[-1].project.train.model_dump()
        words = translate(N_("For the next run; this one has {value}."))
        return {
            name: words.format(value=_value(entry, running[name]))
            for name, entry in SETTINGS.items()
            if not entry.live and wished[name] != running[name]
        }

    def _show_course(self) -> None:
        session = self._session
        run = session.runs[-1] if session.training != "idle" else None
        position = float(len(run.epochs)) if run is not None else None
        self.course.show_course(session.project.train, position)

    def _show_place(self) -> None:
        """Say where the newest run trains or trained, and what was measured to choose that."""
        runs = self._session.runs
        started = runs[-1].started if runs else None
        parts = [place_text(started, translate), reason(started, translate)] if started is not None else []
        self.place.setText(DOT.join(part for part in parts if part))
        self.place.setVisible(bool(self.place.text()))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self.top.set_theme(theme)
        self.course.set_theme(theme)
        for group in self.groups.values():
            group.set_theme(theme)


def _summary(train: TrainSpec) -> str:
    parts = [
        translate(N_("{optimiser} {rate}")).format(
            optimiser=translate(OPTIMISERS[train.optimiser]), rate=plain(train.learning_rate)
        ),
        translate(SCHEDULES[train.schedule]) if train.schedule != "constant" else "",
        translate(N_("batch {count}")).format(count=count(train.step_windows)),
        translate(LOSSES[train.loss]),
        translate(N_("clip {norm}")).format(norm=plain(train.clip)) if train.clip else translate(N_("no clipping")),
        translate(N_("at most {count} epochs")).format(count=count(train.epochs)),
        translate(N_("stop after {count} without gain")).format(count=count(train.patience)),
    ]
    return DOT.join(part for part in parts if part)


def _value(entry: Setting, value: object) -> str:
    if isinstance(value, int | float) and entry.kind != "bool":
        return plain(value)
    return translate(dict(entry.choices).get(str(value), str(value)))


def _grouped() -> list[tuple[str, str, tuple[str, ...]]]:
    placed: Mapping[str, object] = dict.fromkeys((*ALWAYS, *(name for _k, _t, names in GROUPS for name in names)))
    *groups, (key, title, names) = GROUPS
    return [*groups, (key, title, names + tuple(name for name in SETTINGS if name not in placed))]
