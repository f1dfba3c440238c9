"""Forecasts under other inputs, drawn over the plain one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from workbench.core.scenarios import Scenario
from workbench.ui.theme import Theme
from workbench.ui.views.foretelling import Foretold
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.view import LegendEntry

ROLES = ("candidate", "input", "test", "cell")


class ScenarioLines:
    """A curve for each scenario."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.curves: list[pg.PlotCurveItem] = []

    def entries(self, scenarios: Sequence[Scenario]) -> tuple[LegendEntry, ...]:
        """Return what the title line says of them."""
        return tuple(LegendEntry(ROLES[place % len(ROLES)], entry.name) for place, entry in enumerate(scenarios))

    def clear(self) -> None:
        """Draw none."""
        for curve in self.curves:
            curve.setData([], [])

    def draw(self, scenarios: Sequence[Scenario], told: Foretold, column: int, theme: Theme) -> None:
        """Draw `scenarios`, joined to the last known value of `told`, the plain forecast."""
        while len(self.curves) < len(scenarios):
            self.curves.append(self._plot.add_curve(z=4))
        for place, entry in enumerate(scenarios):
            values = entry.future.values[told.place, :, column].astype(np.float64)
            x = told.origin + np.arange(len(values) + 1, dtype=np.float64)
            y = np.append(told.prediction[1][0], values)
            draw_curve(self.curves[place], x, y, pen(theme.color(ROLES[place % len(ROLES)]), 1.8))
