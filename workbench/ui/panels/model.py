"""Card 2: the network, its options, and how large it is."""

from __future__ import annotations

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.fields import Setting, Spec, settings_of
from workbench.core.insight.size import parameter_count, recurrent_count
from workbench.core.problems import N_, Problem
from workbench.core.project import ModelSpec
from workbench.ui.cards import Card
from workbench.ui.forms import Form
from workbench.ui.text import DOT, count, number, translate
from workbench.ui.theme import Theme


class ModelCard(Card):
    """The settings of the network. The form of a cell's own options is made anew for each cell."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__("model", "2", translate(N_("Model")))
        self._session, self._theme = session, theme
        settings = {entry.name: entry for entry in settings_of(ModelSpec)}
        cell = settings.pop("cell")
        self._top = self._form((cell,))
        self.body.setSpacing(4)
        self.body.addWidget(self._top)
        self._options: Form | None = None
        self._options_cell = ""
        self._rest = self._form(tuple(settings.values()))
        self.body.addWidget(self._rest)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._training_changed)
        self.refresh()

    def _form(self, settings: tuple[Setting, ...]) -> Form:
        return Form(
            settings,
            lambda: self._session.project.model,
            lambda values: self._session.edit("model", **values),
            completed=_completed,
        )

    def _edit_option(self, values: dict[str, object]) -> Problem | None:
        return self._session.edit("model", options={**self._session.project.model.options, **values})

    def _cell_options(self) -> Spec:
        options: Spec = self._session.project.model.cell_options
        return options

    def _training_changed(self, _run: object, kinds: frozenset[str]) -> None:
        if not kinds or "Ended" in kinds or "Started" in kinds:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Show the project as it is now."""
        model, training = self._session.project.model, self._session.training != "idle"
        if model.cell != self._options_cell:
            self._offer_options(model.cell)
        for form in (self._top, self._options, self._rest):
            if form is not None:
                form.refresh(training)
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
            self.body.insertWidget(1, self._options)

    def _summary(self, model: ModelSpec) -> str:
        data = self._session.project.data
        parts = [
            translate(CELLS[model.cell].label),
            translate(N_("{count} units")).format(count=count(model.hidden)),
            translate(N_("1 layer") if model.layers == 1 else N_("{count} layers")).format(count=model.layers),
        ]
        if data.targets:
            inputs, outputs = len(data.features), data.horizon * len(data.targets)
            total = parameter_count(model, inputs, outputs)
            parts.append(translate(N_("{count} parameters")).format(count=count(total)))
            if model.cell not in ("rnn", "rnn-relu"):
                plain = recurrent_count(model.model_copy(update={"cell": "rnn", "options": {}}), inputs)
                ratio = recurrent_count(model, inputs) / plain
                parts.append(translate(N_("cell {ratio} × an RNN")).format(ratio=number(ratio, 2)))
        return DOT.join(parts)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self._theme = theme
        for form in (self._top, self._options, self._rest):
            if form is not None:
                form.set_theme(theme)


def _completed(values: dict[str, object]) -> dict[str, object]:
    """Another cell has other options; those of the old one mean nothing to it."""
    return {**values, "options": {}} if "cell" in values else values
