"""The other seeds of a group behind the curve of the run that is shown: how much of it is chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from workbench.core.run import Run
from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, draw_curve, pen

Floats = NDArray[np.float64]
ALPHA = 0.4


class Siblings:
    """A thin validation curve for each run beside the shown one."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._curves: list[pg.PlotCurveItem] = []

    def draw(self, runs: Sequence[Run], theme: Theme, scaled: Callable[[Floats], Floats]) -> None:
        """Show the validation losses of `runs`, their values as `scaled` makes them."""
        while len(self._curves) < len(runs):
            self._curves.append(self._plot.add_curve(z=1))
        for curve in self._curves[len(runs) :]:
            curve.setData([], [])
        for curve, run in zip(self._curves, runs, strict=False):
            epochs, _train, valid = run.curve
            draw_curve(curve, epochs.astype(np.float64), scaled(valid), pen(theme.color("valid", ALPHA)))
