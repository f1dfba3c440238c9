"""The weights of a layer: matrices by gate, histograms, spectral radius and size of the updates over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtGui import QResizeEvent, Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.cursor import Cursor
from workbench.core.events import Floats, Probed, WeightFacts
from workbench.core.insight.heat import rounded_up
from workbench.core.insight.size import recurrent_count
from workbench.core.insight.weights import blocks, restored
from workbench.core.problems import N_
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.curvepool import CurvePool, Drawn, log10
from workbench.ui.views.gradients import deep_probe, faint_epochs
from workbench.ui.views.heatcaption import range_words
from workbench.ui.views.heatmap import Caption, Frame, Heat, HeatMap
from workbench.ui.views.heatview import columns_for
from workbench.ui.views.plot import NumberAxis, Plot, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import ElidedWords, tooltip

PICTURES = (
    (N_("Matrices"), N_("Weights by gate: the inputs' on the left, then those of the state; a row is a unit")),
    (N_("Histogram"), N_("How many weights have which value, by matrix; other epochs faintly behind")),
    (N_("Radius"), N_("Spectral radius of each block of the recurrent matrix over the epochs")),
    (N_("Updates"), N_("Size of the last step of each epoch beside the weights; about 0.001 is healthy")),
)
MATRICES, HISTOGRAM, RADIUS, UPDATES = range(4)
HEALTHY = 1e-3
EXACT_DIGITS = 5
NAMES = {"weight_ih": N_("input weights W"), "weight_hh": N_("recurrent weights U")}
ROLES = {"weight_ih": "input", "weight_hh": "hidden"}


class WeightsView(AbstractView):
    """Weights of the cursor's layer at the cursor's epoch."""

    key = "weights"
    title = N_("Weights")
    kinds = frozenset({"Started", "Probed", "Ended"})

    def build(self) -> None:
        """Make the maps' grid, the plot and the switches between them."""
        self._maps: dict[str, HeatMap] = {}
        self._matrices: dict[str, Floats] = {}
        self._error = 0.0
        self._column: int | None = None
        self._board = QWidget(self.content)
        self._grid = QGridLayout(self._board)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(10)
        self.plots.addWidget(self._board, 1)
        self._left = NumberAxis("left")
        self.plot = Plot(self.theme, rows=False, left=self._left)
        self.plots.addWidget(self.plot, 1)
        self._pool = CurvePool(self.plot)
        self._line = self.plot.add_line(horizontal=True, z=0)
        self._epoch = self.plot.add_line(z=3)
        self.words = ElidedWords(tone="muted", role="small", parent=self)
        self.plots.addWidget(self.words)
        self.controls.addStretch(1)
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index, unit=None))
        self.controls.addWidget(self._layer)
        self._modes = QButtonGroup(self)
        for index, (text, tip) in enumerate(PICTURES):
            button = switch(_(text), _(tip), self)
            self._modes.addButton(button, index)
            self.controls.addWidget(button)
        self._modes.button(MATRICES).setChecked(True)
        self._modes.idClicked.connect(lambda _index: self.reset_zoom())
        self._zoomed = False
        self._saved: list[SavedColumn] = []
        self._level = 0.0
        self._of: tuple[int, int] | None = None
        self.plot.reset.connect(self.reset_zoom)
        self.plot.clicked.connect(self._clicked)
        self.plot.box.sigRangeChangedManually.connect(self._note_zoom)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the chosen picture of the look at the cursor's epoch."""
        run = self.session.run
        if run is None:
            self.say(_("Here you see the weights of every gate while they are learnt. Press Train to start."))
            return
        probe = deep_probe(run, self.session.cursor.epoch)
        if probe is None or not probe.weights:
            self.say(_("The weights appear with the first look at the network."))
            return
        self.show_picture()
        layer = min(self.session.cursor.layer, len(probe.weights) - 1)
        self._layer.offer([_("layer {number}").format(number=at + 1) for at in range(len(probe.weights))], layer)
        self._layer.setVisible(len(probe.weights) > 1)
        if self._of != (run.number, layer):
            self._of, self._level = (run.number, layer), 0.0
        mode = self._modes.checkedId()
        self._board.setVisible(mode == MATRICES)
        self.plot.setVisible(mode != MATRICES)
        draw = {
            MATRICES: self._draw_matrices,
            HISTOGRAM: self._draw_histogram,
            RADIUS: self._draw_radius,
            UPDATES: self._draw_updates,
        }[mode]
        self._saved = []
        draw(run, probe, layer)
        told = counted(run.project)
        self.words.setText(told)
        self.words.setToolTip(tooltip(told))
        epoch = _("before training") if probe.epoch == 0 else _("epoch {epoch}").format(epoch=count(probe.epoch))
        facts = [figure for figure in (_figures(probe.weights[layer]), epoch) if figure]
        self.set_heading(Heading(_(PICTURES[mode][0]), DOT.join(facts), self._legend(probe.weights[layer], mode)))

    def _legend(self, facts: WeightFacts, mode: int) -> tuple[LegendEntry, ...]:
        if mode in (HISTOGRAM, UPDATES):
            return tuple(LegendEntry(ROLES[key], _(words)) for key, words in NAMES.items())
        if mode == RADIUS:
            assert self.session.run is not None
            cell = CELLS[self.session.run.project.model.cell]
            return tuple(LegendEntry(role_of(cell, key), f"ρ(U{_low(key)})") for key in facts.radius)
        return ()

    def _draw_matrices(self, run: Run, probe: Probed, layer: int) -> None:
        """Draw one map a gate: a row a unit, the inputs' weights left of those of the state."""
        cell, facts = CELLS[run.project.model.cell], probe.weights[layer]
        kept = run.kept.at(probe.epoch)
        whole, self._error = restored(facts, layer, kept.weights if kept is not None else None)
        self._matrices = gate_matrices(cell, whole)
        largest = max((float(np.quantile(np.abs(part), 0.98)) for part in self._matrices.values()), default=1.0)
        self._level = max(self._level, rounded_up(largest))
        if tuple(self._maps) != tuple(self._matrices):
            self._renew()
        inputs = facts.codes["weight_ih_l0"].shape[1]
        for key, values in self._matrices.items():
            order = np.arange(len(values), dtype=np.intp)
            heat = Heat(values.T, order, -self._level, self._level, "signed", str)
            self._maps[key].set_heat(heat, self._caption(key, facts))
            tip = _("Weights into {gate}: columns 0 to {last} are the inputs, then come the units before.")
            self._maps[key].set_help(tip.format(gate=key or "h", last=inputs - 1), _("The unit that is written."))
            self._saved += [(f"{key}_{at}", column) for at, column in enumerate(values.T)]
        self._place()

    def _caption(self, key: str, facts: WeightFacts) -> Caption:
        assert self.session.run is not None
        cell = CELLS[self.session.run.project.model.cell]
        names = {gate.key: _(gate.label) for gate in cell.gates}
        gate = key.removesuffix("_reverse")
        name = names.get(gate, _("Hidden state"))
        name = name if gate == key else _("{gate}, way back").format(gate=name)
        radius = facts.radius.get(key, float("nan"))
        value = self._value(key)
        detail = value or range_words(-self._level, self._level)
        return Caption(role_of(cell, key), name, detail, f"ρ(U) {number(radius, 3)}", ranged=not value)

    def _value(self, key: str) -> str:
        """Return the weight under the cursor's unit, if one column was pointed at."""
        values, column, unit = self._matrices[key], self._column, self.session.cursor.unit
        if column is None or unit is None or column >= values.shape[1] or unit >= len(values):
            return ""
        value = float(values[unit, column])
        return f"{number(value, 3)} ± {number(self._error, 1)}" if self._error else number(value, EXACT_DIGITS)

    def _renew(self) -> None:
        for old in self._maps.values():
            self._grid.removeWidget(old)
            old.deleteLater()
        self._maps = {key: HeatMap(self.theme, self._board) for key in self._matrices}
        together = tuple(self._maps.values())
        for made in together:
            made.stand_with(together)
            made.pointed.connect(self._pointed)
            made.clicked.connect(self._pinned)
            made.framed.connect(self._framed)
            made.reset.connect(self.reset_zoom)
            made.show()
        self._regrid()

    def _regrid(self) -> None:
        columns = columns_for(len(self._maps), self.width(), self.height())
        for index, entry in enumerate(self._maps.values()):
            self._grid.addWidget(entry, index // columns, index % columns)
        rows = -(-len(self._maps) // columns) if self._maps else 0
        for index in range(max(self._grid.rowCount(), self._grid.columnCount())):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
            self._grid.setRowStretch(index, 1 if index < rows else 0)

    def _place(self) -> None:
        """Put the cross-hair at the unit, and the pointed column where there is one."""
        unit = self.session.cursor.unit
        for entry in self._maps.values():
            entry.set_mark(self._column if unit is not None else None, unit, self.session.cursor.pinned)

    def _draw_histogram(self, run: Run, probe: Probed, layer: int) -> None:
        self._axes(logarithmic=False)
        drawn: list[Drawn] = []
        epochs = [*faint_epochs(sorted(run.probes), probe.epoch), probe.epoch]
        for epoch in epochs:
            seen = probe if epoch == probe.epoch else run.probes[epoch]
            if layer >= len(seen.weights):
                continue
            facts = seen.weights[layer]
            for name, counts in facts.counts.items():
                key = name.partition("_l0")[0]
                edge = facts.edges[name]
                x = (np.arange(len(counts)) + 0.5) / len(counts) * 2 * edge - edge
                y = counts / max(int(counts.sum()), 1) / (2 * edge / len(counts))
                now = epoch == probe.epoch
                line = pen(self.theme.color(ROLES.get(key, "muted"), 1.0 if now else 0.25), 2.0 if now else 1.0)
                drawn.append(Drawn(x, y, line, 2.0 if now else 1.0))
                if now:
                    self._saved += [(f"{name} value", x), (f"{name} density", y)]
        self._show_curves(drawn)

    def _draw_radius(self, run: Run, probe: Probed, layer: int) -> None:
        self._axes(logarithmic=False)
        cell = CELLS[run.project.model.cell]
        epochs, values = course(run, layer, lambda facts: facts.radius)
        self._saved = [("epoch", epochs)]
        drawn = []
        for key, y in values.items():
            style = Qt.PenStyle.DashLine if key.endswith("_reverse") else Qt.PenStyle.SolidLine
            drawn.append(Drawn(epochs, y, pen(self.theme.color(role_of(cell, key)), 2.0, style)))
            self._saved.append((f"radius {key or 'U'}", y))
        self._show_curves(drawn, at_least=1.0, epoch=probe.epoch)
        self._line.setVisible(True)
        self._line.setValue(1.0)

    def _draw_updates(self, run: Run, probe: Probed, layer: int) -> None:
        self._axes(logarithmic=True)
        epochs, values = course(run, layer, lambda facts: facts.updates)
        self._saved = [("epoch", epochs)]
        drawn = []
        for name, y in values.items():
            role = ROLES.get(name.partition("_l0")[0], "muted")
            drawn.append(Drawn(epochs, log10(y), pen(self.theme.color(role), 2.0)))
            self._saved.append((f"update {name}", y))
        self._show_curves(drawn, at_least=float(np.log10(HEALTHY)), epoch=probe.epoch)
        self._line.setVisible(True)
        self._line.setValue(float(np.log10(HEALTHY)))

    def _axes(self, *, logarithmic: bool) -> None:
        self._left.setLogMode(logarithmic)
        self._line.setVisible(False)
        self._epoch.setVisible(False)

    def _show_curves(self, drawn: list[Drawn], at_least: float | None = None, epoch: int | None = None) -> None:
        self._pool.draw(drawn)
        self._epoch.setVisible(epoch is not None)
        if epoch is not None:
            self._epoch.setValue(float(epoch))
        if self._zoomed or not drawn:
            return
        x = np.concatenate([one.x for one in drawn])
        y = np.concatenate([one.y[np.isfinite(one.y)] for one in drawn] or [np.zeros(0)])
        y = np.append(y, at_least) if at_least is not None else np.append(y, 0.0)
        self.plot.show_x(
            float(x.min()), max(float(x.max()), float(x.min()) + 1e-6) if epoch is None else max(x.max(), 1.0)
        )
        self.plot.show_y(float(y.min()), float(y.max()))

    def follow(self, before: Cursor) -> None:
        """Move the cross-hair; another epoch or layer is another picture."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run) != (before.epoch, before.layer, before.run):
            self.draw()
        elif self._modes.checkedId() == MATRICES:
            self._place()

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._line.setPen(pen(self.theme.color("muted"), 1, Qt.PenStyle.DashLine))
        self._epoch.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))
        for entry in self._maps.values():
            entry.set_theme(self.theme)

    # -- gestures -----------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose between a row and a grid again."""
        super().resizeEvent(event)
        self._regrid()

    def _pointed(self, column: int, unit: int) -> None:
        self._column = column
        if not self.session.cursor.pinned:
            self.session.point(unit=unit)
        self._tell()

    def _pinned(self, column: int, unit: int) -> None:
        cursor, self._column = self.session.cursor, column
        self.session.point(unit=unit, pinned=not (cursor.pinned and cursor.unit == unit))
        self._tell()

    def _tell(self) -> None:
        """Write the value under the cursor above each map."""
        run = self.session.run
        probe = deep_probe(run, self.session.cursor.epoch) if run is not None else None
        if probe is None or not probe.weights:
            return
        facts = probe.weights[min(self.session.cursor.layer, len(probe.weights) - 1)]
        for key, entry in self._maps.items():
            entry.set_caption(self._caption(key, facts))
        self._place()

    def _framed(self, frame: Frame) -> None:
        for entry in self._maps.values():
            entry.set_frame(frame)

    def _clicked(self, x: float, _y: float) -> None:
        """Look at the recorded epoch nearest to a click."""
        run = self.session.run
        if run is not None and run.probes and self._modes.checkedId() in (RADIUS, UPDATES):
            epoch = min(run.probes, key=lambda recorded: abs(recorded - x))
            self.session.point(epoch=None if epoch == max(run.probes) else epoch)

    def reset_zoom(self) -> None:
        """Show everything."""
        self._zoomed = False
        for entry in self._maps.values():
            entry.set_frame(None)
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def columns(self) -> Sequence[SavedColumn]:
        """Return the numbers of the chosen picture."""
        return () if self.message else tuple(self._saved)


def gate_matrices(cell: AbstractCell, whole: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return by gate (H, F + H): the block of the input matrix beside that of the recurrent one."""
    found: dict[str, Floats] = {}
    for way in ("", "_reverse"):
        if f"weight_hh_l0{way}" in whole:
            left = blocks(cell, whole[f"weight_ih_l0{way}"])
            right = blocks(cell, whole[f"weight_hh_l0{way}"])
            found |= {key + way: np.concatenate([left[key], right[key]], axis=1) for key in left}
    return found


def role_of(cell: AbstractCell, key: str) -> str:
    """Return the colour role of a gate by its key, that of the state for a cell without gates."""
    gate = key.removesuffix("_reverse")
    return next((found.role for found in cell.gates if found.key == gate), "hidden")


def course(run: Run, layer: int, of: object) -> tuple[Floats, Mapping[str, Floats]]:
    """Return epochs and, by key, a figure of the weights over them; NaN where an epoch has none."""
    assert callable(of)
    looks = {epoch: run.probes[epoch].weights for epoch in sorted(run.probes)}
    found = {epoch: of(weights[layer]) for epoch, weights in looks.items() if layer < len(weights)}
    keys = dict.fromkeys(key for figures in found.values() for key in figures)
    epochs = np.array(list(found), dtype=np.float64)
    return epochs, {key: np.array([figures.get(key, np.nan) for figures in found.values()]) for key in keys}


def counted(project: Project) -> str:
    """Say how many weights the recurrent layers of RNN, GRU and LSTM have at this size, and their ratio."""
    inputs, targets = len(project.data.features), len(project.data.targets)
    sizes = {}
    for key in ("rnn", "gru", "lstm"):
        model = project.model.model_copy(update={"cell": key, "options": {}})
        sizes[key] = recurrent_count(model, inputs, targets)
    each = [f"{CELLS[key].label} {count(size)}" for key, size in sizes.items()]
    ratio = " : ".join(number(size / sizes["rnn"], 3) for size in sizes.values())
    return _("Weights of the recurrent layers: {each} = {ratio}").format(each=" : ".join(each), ratio=ratio)


def _figures(facts: WeightFacts) -> str:
    """Say the size of the last step beside the weights."""
    value = facts.updates.get("weight_hh_l0")
    return "" if value is None else _("update / weight {ratio}").format(ratio=number(value, 2))


def _low(key: str) -> str:
    """Return a gate's letter as an index."""
    return f"_{key}" if key else ""
