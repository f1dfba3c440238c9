"""Windows that are kept beside the one at the cursor: one colour for each, in every view that draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import Qt

from workbench.app.session import Session
from workbench.app.windows import MOST
from workbench.core.dataset import Dataset
from workbench.core.events import Probed
from workbench.ui.theme import Theme
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.ticks import moment
from workbench.ui.views.view import LegendEntry

ROLES = ("candidate", "input", "test", "cell")
"""Colours of the kept windows, in the order in which they were kept."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptLook:
    """What the network does in one of them.

    Attributes
    ----------
    place
        Which of the kept windows, from 0.
    words
        When it starts.
    """

    place: int
    words: str
    look: Probed

    @property
    def role(self) -> str:
        """Its colour."""
        return ROLES[self.place % len(ROLES)]


def kept_looks(session: Session, shown: int | None) -> tuple[KeptLook, ...]:
    """Return the kept windows that were looked at, without the one that starts at row `shown`."""
    dataset, windows = session.run_dataset, session.windows
    if dataset is None:
        return ()
    return tuple(
        KeptLook(place, moment(dataset.clock, start), windows.looks[start])
        for place, start in enumerate(windows.starts)
        if start in windows.looks and start != shown
    )


def entries(kept: Sequence[KeptLook]) -> tuple[LegendEntry, ...]:
    """Return what a title line says of them."""
    return tuple(LegendEntry(one.role, one.words) for one in kept)


class KeptForecasts:
    """Truth and forecast of each kept window, laid over those of the window at the cursor step by step."""

    def __init__(self, plot: Plot, session: Session) -> None:
        self._session = session
        self._pairs = [(plot.add_curve(z=0.5), plot.add_curve(z=3.5)) for _place in range(MOST)]

    @property
    def curves(self) -> list[pg.PlotCurveItem]:
        """All of them."""
        return [curve for pair in self._pairs for curve in pair]

    def clear(self) -> None:
        """Draw none."""
        for curve in self.curves:
            curve.setData([], [])

    def draw(self, dataset: Dataset, shown: int, column: int, theme: Theme) -> tuple[LegendEntry, ...]:
        """Draw them where the window at row `shown` is; returns what the title line says."""
        self.clear()
        kept, origin = kept_looks(self._session, shown), dataset.spec.origin
        for one in kept:
            truth, prediction = self._pairs[one.place]
            values = dataset.values[one.look.start : one.look.start + origin + dataset.spec.horizon, column]
            color = theme.color(one.role)
            rows = np.arange(shown, shown + len(values), dtype=np.float64)
            draw_curve(truth, rows, values, pen(color, 1.0, Qt.PenStyle.DotLine))
            ahead = np.concatenate([values[origin - 1 : origin], one.look.forecast[:, column]])
            draw_curve(prediction, shown + origin - 1 + np.arange(len(ahead), dtype=np.float64), ahead, pen(color, 1.8))
        return entries(kept)
