"""Marks at the foot of the loss where a setting was changed while the training ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import pyqtgraph as pg

from workbench.core.events import Steered
from workbench.core.fields import settings_of
from workbench.core.problems import N_
from workbench.core.project import ModelSpec, TrainSpec
from workbench.core.run import Run
from workbench.ui.text import count, plain, translate
from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, pen
from workbench.ui.words import tooltip

TITLES: Mapping[str, str] = {entry.name: entry.title for spec in (TrainSpec, ModelSpec) for entry in settings_of(spec)}
SIZE = 9
ABOVE = 0.03
"""Share of the height between the foot of the plot and the marks."""


class SteeringMarks:
    """A small triangle for each batch from which other settings were in force; its tool tip says which."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.item = pg.ScatterPlotItem(size=SIZE, symbol="t1", hoverable=True, tip=_tip, hoverSize=SIZE + 3)
        self.item.setZValue(6)
        plot.addItem(self.item, ignoreBounds=True)
        self._found: list[tuple[float, str]] = []

    def draw(self, run: Run, theme: Theme) -> None:
        """Show what was changed in `run`."""
        batches = run.started.batches if run.started is not None else 1
        self._found = [(position(events[0], batches), told(events)) for events in changes(run.steered)]
        self.item.setBrush(theme.color("accent"))
        self.item.setPen(pen(theme.color("surface"), 1.5))
        self.place()

    def place(self) -> None:
        """Keep the marks at the foot of the plot, whatever part of it is shown."""
        _x, (bottom, top) = self._plot.box.viewRange()
        level = bottom + ABOVE * (top - bottom)
        self.item.setData(
            [place for place, _words in self._found],
            [level] * len(self._found),
            data=[words for _place, words in self._found],
        )


def changes(steered: Sequence[Steered]) -> list[list[Steered]]:
    """Return what was changed, together what was changed at the same batch."""
    return [list(events) for _batch, events in groupby(steered, key=lambda event: (event.epoch, event.batch))]


def position(event: Steered, batches: int) -> float:
    """Return where on the axis of epochs the first batch with the new setting begins."""
    return event.epoch - 1 + (event.batch - 1) / max(batches, 1)


def told(events: Sequence[Steered]) -> str:
    """Say what was changed at one batch: ``Epoch 4, batch 12: Learning rate 0.003 → 0.001``."""
    where = translate(N_("Epoch {epoch}, batch {batch}")).format(
        epoch=count(events[0].epoch), batch=count(events[0].batch)
    )
    words = [f"{translate(TITLES[e.setting])} {plain(e.before)} → {plain(e.after)}" for e in events]
    return f"{where}: {', '.join(words)}"


def _tip(x: float, y: float, data: str) -> str:
    return tooltip(data)
