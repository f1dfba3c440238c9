"""As many curves of a plot as a picture needs at the moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPen

from workbench.ui.views.plot import Plot, draw_curve

RUN_ROLES = ("accent", "warn", "candidate", "good", "test", "bad", "muted")
"""Colours of runs that are compared, in the order of the runs."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One curve to draw: points, pen, and what lies above what."""

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    pen: QPen
    z: float = 1.0


class CurvePool:
    """Curves of a plot that are used again from picture to picture."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._curves: list[pg.PlotCurveItem] = []

    def draw(self, wanted: list[Drawn]) -> None:
        """Show these curves and no others."""
        while len(self._curves) < len(wanted):
            self._curves.append(self._plot.add_curve())
        for curve in self._curves[len(wanted) :]:
            curve.setData([], [])
        for curve, one in zip(self._curves, wanted, strict=False):
            curve.setZValue(one.z)
            draw_curve(curve, one.x, one.y, one.pen)


def log10(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return decimal logarithms; what is not positive has none and breaks a curve."""
    values = np.asarray(values, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0.0, np.log10(values), np.nan)


def run_role(index: int) -> str:
    """Return the colour role of the run with this place in the session."""
    return RUN_ROLES[index % len(RUN_ROLES)]
