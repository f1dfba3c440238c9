"""The cell at the cursor's step: its picture with live numbers, its equations line by line, and the window unrolled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QKeyEvent, QResizeEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton

from workbench.app.surgery import Shown
from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.insight.diagram import part_values
from workbench.core.insight.size import shapes_for
from workbench.core.insight.stepping import Evaluation, evaluated, figure, lines
from workbench.core.moving import moved_window
from workbench.core.operations import Clamp
from workbench.core.problems import N_
from workbench.ui.text import DOT, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.cellpicture import CellPicture
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.equations import Equations
from workbench.ui.views.naming import unit_words
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.surgerybar import SurgeryBar
from workbench.ui.views.surgerymenu import menu_of
from workbench.ui.views.ticks import grouped, moment
from workbench.ui.views.unrolled import Unrolled, rows_of
from workbench.ui.views.view import AbstractView, Heading

WIDE_ENOUGH, HIGH_ENOUGH = 460, 190
"""Below this width the equations give way, below this height the unrolled window."""


class CellView(AbstractView):
    """The shown network's cell, one unit at one step."""

    key = "cell"
    title = N_("Cell")
    kinds = frozenset({"Started", "Probed", "Improved", "Ended"})

    def build(self) -> None:
        """Make picture, equations, strip and controls."""
        self._drags = 0
        self._found: tuple[Shown, Evaluation, int, int, int] | None = None
        self.bar = SurgeryBar(self.session, self.content)
        self.picture = CellPicture(self.theme, self.content)
        self.equations = Equations(self.theme, self.content)
        self.strip = Unrolled(self.theme, self.content)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.picture, 3)
        row.addWidget(self.equations, 2)
        self.plots.addLayout(row, 1)
        self.plots.addWidget(self.strip)
        self.strip.setFixedHeight(74)
        self._build_controls()
        self.picture.chosen.connect(self._chosen)
        self.picture.held.connect(self._hold)
        self.strip.pointed.connect(self._pointed)
        self.strip.clicked.connect(self._clicked)
        self.session.surgery.changed.connect(self.mark)

    def _build_controls(self) -> None:
        self._back = self._tool("◀", _("One step back (←)"), lambda: self._move(-1, 0))
        self._on = self._tool("▶", _("One step on (→)"), lambda: self._move(1, 0))
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index))
        self._unit = Chooser(_("Unit"), self)
        self._unit.chosen.connect(lambda index: self.session.point(unit=index))
        self.controls.addWidget(self._back)
        self.controls.addWidget(self._on)
        self.controls.addWidget(self.bar, 1)
        self.controls.addWidget(self._layer)
        self.controls.addWidget(self._unit)

    def _tool(self, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("plain")
        button.setText(text)
        button.setFont(font("small"))
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setAutoRepeat(True)
        button.clicked.connect(act)
        return button

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Evaluate the step at the cursor."""
        shown, dataset = self.session.surgery.shown, self.session.run_dataset
        self._found = None
        if self.session.run is None:
            self.say(_("Here the cell computes one step with real numbers. Press Train to fill it."))
            return
        if shown is None or dataset is None:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self.show_picture()
        layer, step, unit = place_of(self.session.cursor, shown)
        evaluation = evaluation_of(shown, dataset, layer, step, unit)
        self._found = (shown, evaluation, layer, step, unit)
        own = unit % shown.project.model.hidden
        model, roles = shown.project.model, {s.key: s.role for s in CELLS[shown.project.model.cell].signals}
        held = frozenset(entry.gate for entry in shown.operations if isinstance(entry, Clamp) and entry.layer == layer)
        self.picture.show_step(model, part_values(model, evaluation, own), _input_words(evaluation), held)
        self.equations.show_lines(lines(model, evaluation, own), roles)
        self._draw_strip(shown, dataset, layer, step, unit)
        self._offer(shown, layer, unit)
        self.set_heading(self._words(shown, evaluation, dataset, (layer, step, unit)))

    def follow(self, before: Cursor) -> None:
        """Evaluate the new step."""
        self.draw()

    def _draw_strip(self, shown: Shown, dataset: Dataset, layer: int, step: int, unit: int) -> None:
        values = shown.probe.traces[layer].values
        states = [(state.key, values[state.key][:, unit]) for state in CELLS[shown.project.model.cell].states]
        first, steps = shown.probe.start, len(states[0][1])
        column = min(self.session.cursor.target, dataset.values.shape[1] - 1)
        self.strip.show_rows(rows_of(states, dataset.values[first : first + steps, column]), step)

    def _offer(self, shown: Shown, layer: int, unit: int) -> None:
        model = shown.project.model
        self._layer.offer([_("layer {number}").format(number=index + 1) for index in range(model.layers)], layer)
        self._layer.setVisible(model.layers > 1)
        self._unit.offer([unit_words(index, model) for index in range(model.width)], unit)

    def _words(self, shown: Shown, evaluation: Evaluation, dataset: Dataset, place: tuple[int, int, int]) -> Heading:
        layer, step, unit = place
        steps = len(next(iter(shown.probe.traces[layer].values.values())))
        subtitle = [_(CELLS[shown.project.model.cell].label), unit_words(unit, shown.project.model)]
        if shown.operations:
            subtitle.append(_("after surgery"))
        facts = [_("step {step}").format(step=grouped(step - steps)), moment(dataset.clock, shown.probe.start + step)]
        if not evaluation.exact:
            facts.append(_("weights of this epoch are not kept"))
        elif evaluation.difference is not None:
            facts.append(_("network − equations {difference}").format(difference=number(evaluation.difference, 2)))
        return Heading(DOT.join(subtitle), DOT.join(facts))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for part in (self.picture, self.equations, self.strip):
            part.set_theme(self.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let go of what there is no room for."""
        super().resizeEvent(event)
        self.equations.setVisible(self.width() >= WIDE_ENOUGH)
        self.strip.setVisible(self.height() >= HIGH_ENOUGH)
        self.bar.setVisible(self.width() >= WIDE_ENOUGH)

    # -- gestures -----------------------------------------------------------------------------------------

    def _chosen(self, key: str, place: QPointF) -> None:
        menu = menu_of(key, self.session)
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.setParent(self, menu.windowFlags())
            menu.popup(place.toPoint())

    def _hold(self, key: str, share: float, first: bool) -> None:
        """Clamp a gate of all units to a share of its range, as long as it is dragged."""
        if self._found is None:
            return
        shown, _evaluation, layer, *_place = self._found
        gate = next((gate for gate in CELLS[shown.project.model.cell].gates if gate.key == key), None)
        if gate is not None and gate.low is not None and gate.high is not None:
            self._drags += first
            value = round(gate.low + share * (gate.high - gate.low), 2)
            self.session.surgery.do(Clamp(layer=layer, gate=key, value=value), drag=f"gate {self._drags}")

    def _pointed(self, step: int) -> None:
        if not self.session.cursor.pinned:
            self.session.point(step=step)

    def _clicked(self, step: int) -> None:
        cursor = self.session.cursor
        self.session.point(step=step, pinned=not (cursor.pinned and cursor.step == step))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cursor by a step or a unit, Escape lets it go."""
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, 1), Qt.Key.Key_Up: (0, -1)}
        move = moves.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self.session.point(step=None, unit=None, pinned=False)
        elif move is None or self._found is None:
            super().keyPressEvent(event)
        else:
            self._move(*move)

    def _move(self, steps: int, units: int) -> None:
        if self._found is None:
            return
        shown, _evaluation, layer, step, unit = self._found
        count, width = next(iter(shown.probe.traces[layer].values.values())).shape
        step, unit = min(max(step + steps, 0), count - 1), min(max(unit + units, 0), width - 1)
        self.session.point(step=step, unit=unit)

    def columns(self) -> Sequence[SavedColumn]:
        """Return each line's gate or state, equation, numbers and value."""
        if self._found is None:
            return ()
        shown = [line for line in self.equations.lines if line.key]
        return (
            ("signal", np.array([line.key for line in shown])),
            (_("equation"), np.array([line.equation for line in shown])),
            (_("numbers"), np.array([line.numbers for line in shown])),
            (_("value"), np.array([line.value for line in shown])),
        )


def place_of(cursor: Cursor, shown: Shown) -> tuple[int, int, int]:
    """Return layer, step and unit that are looked at; where the cursor names none, the last step and the first unit."""
    layer = min(cursor.layer, len(shown.probe.traces) - 1)
    steps, width = next(iter(shown.probe.traces[layer].values.values())).shape
    step = steps - 1 if cursor.step is None else min(cursor.step, steps - 1)
    return layer, step, 0 if cursor.unit is None else min(cursor.unit, width - 1)


def evaluation_of(shown: Shown, dataset: Dataset, layer: int, step: int, unit: int) -> Evaluation:
    """Run the step of the shown network; before there are weights, with none."""
    project = shown.project
    weights = shown.weights
    if weights is None:
        weights = {name: np.zeros(shape) for name, shape in shapes_for(project.model, project.data).items()}
    window = moved_window(dataset, shown.probe.start, shown.operations)
    return evaluated(
        project.model, project.data, weights, shown.probe.traces, window,
        layer=layer, step=step, back=unit >= project.model.hidden, target=shown.probe.target,
    )  # fmt: skip


def _input_words(evaluation: Evaluation) -> str:
    x = evaluation.x
    return f"xₜ = {figure(float(x[0]))}" if len(x) == 1 else f"xₜ = ({figure(float(x[0]))}, …)"
