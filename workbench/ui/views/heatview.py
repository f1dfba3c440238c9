"""What Gates and States share: a row or a grid of heatmaps under one cursor."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent, Qt
from PySide6.QtWidgets import QGridLayout

from workbench.app.surgery import Shown
from workbench.core.cells import CELLS, AbstractCell, Signal
from workbench.core.cursor import Cursor
from workbench.core.events import Probed, Trace
from workbench.core.insight.heat import level, shares
from workbench.core.run import Run
from workbench.ui.text import DOT, number, percent
from workbench.ui.text import translate as _
from workbench.ui.views.against import Other, compared, others, probe_of
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.heatcaption import range_words
from workbench.ui.views.heatmap import Caption, Frame, Heat, HeatMap
from workbench.ui.views.heatwords import half_life_text, heading_of, index_text, season_text
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.units import ORDERS, UnitOrder, units_of
from workbench.ui.views.view import AbstractView

BEST_ASPECT = 1.25
"""Width over height a map likes best; decides between a row and a grid."""


class AbstractHeatView(AbstractView):
    """Heatmaps of some signals of the cell, units x steps, for the cursor's layer."""

    kinds = frozenset({"Started", "Probed", "Ended"})

    @abstractmethod
    def signals_of(self, cell: AbstractCell) -> tuple[Signal, ...]:
        """Return the signals to draw, in order."""

    @abstractmethod
    def nothing(self, cell: AbstractCell) -> str:
        """Say why `cell` has no such signals."""

    def build(self) -> None:
        """Make the choosers and the grid; maps follow the cell of the run."""
        self._units = units_of(self.session)
        self._units.changed.connect(self.mark)
        self.session.windows.changed.connect(self.mark)
        self._maps: dict[str, HeatMap] = {}
        self._hidden: set[str] = set()
        self._ranges: dict[str, tuple[float, float]] = {}
        self._facts: dict[str, str] = {}
        self._levels: dict[tuple[int, int, str], float] = {}
        self._shown: tuple[Probed, int] | None = None
        self._order: UnitOrder | None = None
        self._other, self._compared = Other(), False
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(10)
        self.plots.addLayout(self._grid)
        self.controls.addStretch(1)
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index, unit=None))
        self._by = Chooser(_("Order of units"), self)
        self._by.chosen.connect(lambda index: self._units.choose(ORDERS[index][0]))
        self._against = Chooser(_("Values, or their difference to another epoch or run"), self)
        self._against.chosen.connect(self._compare)
        self._offered = [Other()]
        for chooser in (self._against, self._layer, self._by):
            self.controls.addWidget(chooser)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw every signal of the look at the cursor's epoch."""
        run = self.session.run
        model = run.project.model if run is not None else self.session.project.model
        cell = CELLS[model.cell]
        signals = self.signals_of(cell)
        if not signals:
            self.say(self.nothing(cell))
            return
        if run is None:
            names = ", ".join(_(signal.label) for signal in signals)
            self.say(_("Here you see inside the cell: {names}. Press Train to start.").format(names=names))
            return
        shown = self.session.surgery.shown
        probe = shown.probe if shown is not None else None
        if shown is None or probe is None or not probe.traces:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self.show_picture()
        probe = self._minus(shown)
        layer = min(self.session.cursor.layer, len(probe.traces) - 1)
        self._shown = (probe, layer)
        self._fill_choosers(len(probe.traces), layer)
        self._arrange_maps(tuple(signal for signal in signals if signal.key not in self._hidden) or signals)
        trace = probe.traces[layer]
        self._order = self._units.order(run, layer, model.width)
        ranks_help = next(_(tip) for name, _text, tip in ORDERS if name == self._order.name)
        for signal in signals:
            if signal.key in self._maps:
                # Measured once for each look, not at every move of the mouse.
                self._ranges[signal.key] = self._bounds(run, signal, trace)
                self._facts[signal.key] = self._measured(signal, trace.values[signal.key])
                self._maps[signal.key].set_heat(self._heat(signal, trace), self._caption(signal, trace))
                self._maps[signal.key].set_help(_(signal.meaning), ranks_help)
        self._place()

    def _minus(self, shown: Shown) -> Probed:
        """Offer what can be compared, and return the shown look or its difference to what was chosen."""
        self._offered = others(self.session, shown)
        if self._other not in self._offered:
            self._other = Other()
        self._against.offer([other.words() for other in self._offered], self._offered.index(self._other))
        other = probe_of(self.session, shown, self._other) if self._other.kind != "nothing" else None
        if self._other.kind == "window" and other is not None:
            self._compared = False
            return other
        found = compared(shown.probe, other)
        self._compared = found is not None
        return found or shown.probe

    def _compare(self, index: int) -> None:
        self._other = self._offered[index]
        self.mark()

    def follow(self, before: Cursor) -> None:
        """Move the cross-hair; another epoch or layer is another picture."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run) != (before.epoch, before.layer, before.run) or self._shown is None:
            self.draw()
        else:
            self._place()

    def _heat(self, signal: Signal, trace: Trace) -> Heat:
        values, order = trace.values[signal.key], self._order
        assert order is not None
        assert self.session.run is not None
        low, high = self._ranges[signal.key]
        by_index = index_text(order, self.session.run.project.model)
        rank_text = {"memory": half_life_text(order), "season": season_text(order)}.get(order.name, by_index)
        return Heat(values, order.units, low, high, "gate" if low >= 0 else "signed", rank_text)

    def _bounds(self, run: Run, signal: Signal, trace: Trace) -> tuple[float, float]:
        """Ends of the colours: a gate's own range; a state's round level, which only grows within a run."""
        if self._compared:
            end = level(trace.values[signal.key])
            return -end, end
        if signal in CELLS[run.project.model.cell].gates and signal.low is not None and signal.high is not None:
            return signal.low, signal.high
        key = (run.number, trace.layer, signal.key)
        found = level(trace.values[signal.key], self._levels.get(key))
        self._levels[key] = found if signal.high is None else min(found, signal.high)
        return (0.0 if signal.low == 0.0 else -self._levels[key]), self._levels[key]

    def _caption(self, signal: Signal, trace: Trace) -> Caption:
        cursor = self.session.cursor
        name = _(signal.label)
        name = name if name.endswith(f" {signal.key}") else f"{name} {signal.key}"
        value = self._value(signal, trace, cursor)
        detail = value or range_words(*self._ranges[signal.key])
        return Caption(signal.role, name, detail, self._facts[signal.key], ranged=not value)

    def _value(self, signal: Signal, trace: Trace, cursor: Cursor) -> str:
        """The value under the cursor, if there is one."""
        values, step, unit = trace.values[signal.key], cursor.step, cursor.unit
        if step is not None and unit is not None and step < values.shape[0] and unit < values.shape[1]:
            return number(float(values[step, unit]), 3)
        return ""

    def _measured(self, signal: Signal, values: np.ndarray) -> str:
        """Say how much of a gate does no work, or how far a state reaches."""
        if self._compared or signal.low is None or signal.high is None:
            return _("largest {value}").format(value=number(float(np.abs(values).max()), 3))
        found = shares(values, signal.low, signal.high)
        return _("dead {dead} · sat. {saturated}").format(dead=percent(found.dead), saturated=percent(found.saturated))

    def _fill_choosers(self, layers: int, layer: int) -> None:
        self._layer.offer([_("layer {number}").format(number=index + 1) for index in range(layers)], layer)
        self._layer.setVisible(layers > 1)
        names = [_("units {order}").format(order=_(text)) for _name, text, _tip in ORDERS]
        tips = [_(tip) for _name, _text, tip in ORDERS]
        self._by.offer(names, [name for name, *_rest in ORDERS].index(self._units.name), tips)

    def _arrange_maps(self, signals: tuple[Signal, ...]) -> None:
        """Keep one map for each signal."""
        keys = tuple(signal.key for signal in signals)
        if tuple(self._maps) == keys:
            return
        for old in self._maps.values():
            self._grid.removeWidget(old)
            old.deleteLater()
        self._maps = {key: HeatMap(self.theme, self.content) for key in keys}
        together = tuple(self._maps.values())
        for made in together:
            made.stand_with(together)
            made.pointed.connect(self._pointed)
            made.clicked.connect(self._clicked)
            made.framed.connect(self._framed)
            made.reset.connect(self.reset_zoom)
            made.show()
        self._regrid()

    def _regrid(self) -> None:
        """Put the maps in a row, a grid or a column, whichever suits their shape best."""
        maps = list(self._maps.values())
        columns = columns_for(len(maps), self.width(), self.height())
        for index, entry in enumerate(maps):
            self._grid.addWidget(entry, index // columns, index % columns)
        rows = -(-len(maps) // columns) if maps else 0
        for index in range(max(self._grid.rowCount(), self._grid.columnCount())):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
            self._grid.setRowStretch(index, 1 if index < rows else 0)

    def _place(self) -> None:
        """Put the cross-hair where the cursor is, and say what is there."""
        cursor, run = self.session.cursor, self.session.run
        if self._shown is None or self._order is None or run is None:
            return
        probe, layer = self._shown
        ranks = self._order.ranks
        rank = int(ranks[cursor.unit]) if cursor.unit is not None and cursor.unit < len(ranks) else None
        for signal in self.signals_of(CELLS[run.project.model.cell]):
            if signal.key in self._maps:
                self._maps[signal.key].set_mark(cursor.step, rank, cursor.pinned)
                caption = self._caption(signal, probe.traces[layer])
                self._maps[signal.key].set_caption(caption)
        heading = heading_of(run, probe, layer, cursor, self.session.run_dataset, self._order)
        if self._other.kind != "nothing":
            there = self._compared or self._other.kind == "window"
            words = self._other.words() if there else _("nothing to compare with at this window")
            heading = replace(heading, subtitle=heading.subtitle + DOT + words)
        self.set_heading(heading)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for entry in self._maps.values():
            entry.set_theme(self.theme)

    # -- gestures -----------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose between a row and a grid again."""
        super().resizeEvent(event)
        self._regrid()

    def reset_zoom(self) -> None:
        """Show all units and steps."""
        for entry in self._maps.values():
            entry.set_frame(None)

    def _framed(self, frame: Frame) -> None:
        for entry in self._maps.values():
            entry.set_frame(frame)

    def _unit(self, rank: int) -> int:
        assert self._order is not None
        return int(self._order.units[rank])

    def _pointed(self, step: int, rank: int) -> None:
        if not self.session.cursor.pinned:
            self.session.point(step=step, unit=self._unit(rank))

    def _clicked(self, step: int, rank: int) -> None:
        cursor, unit = self.session.cursor, self._unit(rank)
        again = cursor.pinned and (cursor.step, cursor.unit) == (step, unit)
        self.session.point(step=step, unit=unit, pinned=not again)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cursor by a step or a row, Escape lets it go."""
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, -1), Qt.Key.Key_Up: (0, 1)}
        move = moves.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self.session.point(step=None, unit=None, pinned=False)
        elif move is None or self._shown is None or self._order is None:
            super().keyPressEvent(event)
        else:
            self._move(*move)

    def _move(self, right: int, up: int) -> None:
        assert self._shown is not None
        assert self._order is not None
        cursor, (probe, layer) = self.session.cursor, self._shown
        steps, units = next(iter(probe.traces[layer].values.values())).shape
        step = steps - 1 if cursor.step is None else min(max(cursor.step + right, 0), steps - 1)
        rank = units - 1 if cursor.unit is None else int(self._order.ranks[min(cursor.unit, units - 1)]) + up
        self.session.point(step=step, unit=self._unit(min(max(rank, 0), units - 1)))

    def actions_of_view(self) -> Sequence[QAction]:
        """Offer to hide single maps."""
        run = self.session.run
        if run is None or self.message:
            return ()
        actions = []
        for signal in self.signals_of(CELLS[run.project.model.cell]):
            action = QAction(_(signal.label).replace("&", "&&"), self)
            action.setCheckable(True)
            action.setChecked(signal.key not in self._hidden)
            action.toggled.connect(lambda on, key=signal.key: self._show_signal(key, on))
            actions.append(action)
        return actions

    def _show_signal(self, key: str, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(key)
        self.mark()

    def columns(self) -> Sequence[SavedColumn]:
        """Return step, time and every unit of every shown signal."""
        if self._shown is None or self.message:
            return ()
        probe, layer = self._shown
        values = {key: probe.traces[layer].values[key] for key in self._maps}
        steps = np.arange(len(next(iter(values.values()))))
        found: list[SavedColumn] = [("step", steps)]
        if self.session.run_dataset is not None:
            found.append((_("time"), np.asarray(self.session.run_dataset.clock.at(probe.start + steps))))
        hidden = self.session.run.project.model.hidden if self.session.run is not None else 0
        for key, part in values.items():
            # Units behind the hidden ones read backwards; torch calls their weights reverse.
            for unit, column in enumerate(part.T):
                found.append((f"{key}_{unit}" if unit < hidden else f"{key}_reverse_{unit - hidden}", column))
        return found


def columns_for(maps: int, width: int, height: int) -> int:
    """Return in how many columns `maps` maps fill `width` x `height` best."""
    if maps < 2 or width < 1 or height < 1:
        return 1

    def cost(columns: int) -> float:
        rows = -(-maps // columns)
        aspect = (width / columns) / (height / rows)
        return abs(math.log(aspect / BEST_ASPECT)) + 0.35 * (rows * columns - maps)

    return min(range(1, maps + 1), key=cost)
