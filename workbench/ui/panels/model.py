"""Card 2: the network, its options, and how large and how fast it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QToolButton, QWidget

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.fields import Setting, Spec, settings_of
from workbench.core.fitting import idle
from workbench.core.insight.budget import parameters, with_cell
from workbench.core.insight.size import recurrent_count
from workbench.core.problems import N_, Problem
from workbench.core.project import ModelSpec
from workbench.ui.cards import Card
from workbench.ui.cellhelp import show_cell
from workbench.ui.cellmenu import CellMenu, cell_facts
from workbench.ui.forms import Form
from workbench.ui.panels.presets import PresetButtons
from workbench.ui.text import DOT, count, number, translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import tooltip


class ModelCard(Card):
    """The settings of the network. The form of a cell's own options is made anew for each cell."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__("model", "2", translate(N_("Model")))
        self._session, self._theme = session, theme
        settings = {entry.name: entry for entry in settings_of(ModelSpec)}
        cell = settings.pop("cell")
        self._top = self._form((cell,))
        box = self._top.fields["cell"].widget
        assert isinstance(box, QComboBox)
        self._menu = CellMenu(box, lambda key: cell_facts(session, key))
        self.body.setSpacing(4)
        self.presets = PresetButtons(session)
        self.body.addWidget(self.presets)
        self.body.addWidget(self._top)
        self.keep = _kept_size()
        self.body.addWidget(_row(self.keep, _about(lambda: show_cell(self.window(), session))))
        self._options: Form | None = None
        self._options_cell = ""
        self._rest = self._form(tuple(settings.values()))
        self.body.addWidget(self._rest)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._training_changed)
        session.measurements.changed.connect(self.refresh)
        self.refresh()

    def _form(self, settings: tuple[Setting, ...]) -> Form:
        return Form(
            settings,
            lambda: self._session.project.model,
            lambda values: self._session.edit("model", **values),
            completed=self._completed,
        )

    def _completed(self, values: dict[str, object]) -> dict[str, object]:
        """Another cell has other options, and with "same number of parameters" other units."""
        if "cell" not in values:
            return values
        project = self._session.project
        if not self.keep.isChecked() or not project.data.targets:
            return {**values, "options": {}}
        found = with_cell(project.model, project.data, str(values["cell"]))
        return {**values, "options": {}, "hidden": found.hidden}

    def _edit_option(self, values: dict[str, object]) -> Problem | None:
        return self._session.edit("model", options={**self._session.project.model.options, **values})

    def _cell_options(self) -> Spec:
        options: Spec = self._session.project.model.cell_options
        return options

    def _training_changed(self, _run: object, kinds: frozenset[str]) -> None:
        if not kinds or "Ended" in kinds:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Show the project as it is now."""
        model, training = self._session.project.model, self._session.training != "idle"
        if model.cell != self._options_cell:
            self._offer_options(model.cell)
        for form in (self._top, self._options, self._rest):
            if form is not None:
                form.refresh(training, idle=idle(self._session.project))
        self.keep.setEnabled(not training)
        self._menu.refresh()
        self.presets.refresh()
        self.set_summary(self._summary(model))

    def _offer_options(self, cell: str) -> None:
        self._options_cell = cell
        if self._options is not None:
            self.body.removeWidget(self._options)
            self._options.deleteLater()
            self._options = None
        settings = settings_of(CELLS[cell].Options)
        if settings:
            self._options = Form(settings, self._cell_options, self._edit_option, more=N_("More about the cell"))
            self._options.set_theme(self._theme)
            self.body.insertWidget(3, self._options)

    def _summary(self, model: ModelSpec) -> str:
        data, cell = self._session.project.data, CELLS[model.cell]
        units = N_("2 × {count} units") if model.bidirectional else N_("{count} units")
        parts = [
            translate(cell.label),
            translate(units).format(count=count(model.hidden)),
            translate(N_("1 layer") if model.layers == 1 else N_("{count} layers")).format(count=model.layers),
        ]
        if data.targets:
            total = parameters(model, data)
            parts.append(translate(N_("{count} parameters")).format(count=count(total)))
            if model.cell not in ("rnn", "rnn-relu"):
                inputs, targets = len(data.features), len(data.targets)
                plain = recurrent_count(model.model_copy(update={"cell": "rnn", "options": {}}), inputs, targets)
                ratio = recurrent_count(model, inputs, targets) / plain
                parts.append(translate(N_("cell {ratio} × an RNN")).format(ratio=number(ratio, 2)))
        ms = self._session.measurements.ms(model.cell)
        if ms is not None:
            parts.append(translate(N_("measured {ms} ms/step")).format(ms=number(ms, 2)))
        if self._may_use_gpu() and cell.loops_on_gpu(model.cell_options):
            parts.append(translate(N_("a slow loop on CUDA")))
        return DOT.join(parts)

    def _may_use_gpu(self) -> bool:
        chosen = self._session.project.train.device
        return chosen != "cpu" and any(key.startswith("cuda") for key, _label in self._session.devices)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self._theme = theme
        for form in (self._top, self._options, self._rest):
            if form is not None:
                form.set_theme(theme)


def _kept_size() -> QCheckBox:
    """Return the switch that lets another cell have the same size."""
    box = QCheckBox(translate(N_("Same size for another cell")))
    box.setObjectName("keep-parameters")
    box.setFont(font("small"))
    words = translate(
        N_("Choosing another cell also sets Units, so that the number of parameters stays as near as it can.")
    )
    box.setToolTip(tooltip(words))
    box.setAccessibleDescription(words)
    return box


def _about(act: Callable[[], object]) -> QToolButton:
    """Return the button that opens the help on the cell."""
    button = QToolButton()
    button.setObjectName("plain")
    button.setFont(font("small"))
    button.setText(translate(N_("About the cell…")))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setToolTip(tooltip(translate(N_("Equations, gates, size and papers of the cell"))))
    button.clicked.connect(lambda _checked=False: act())
    return button


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widgets[0], 1)
    for widget in widgets[1:]:
        layout.addWidget(widget)
    return row
