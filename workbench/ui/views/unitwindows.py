"""The same unit in the windows that are kept: courses over those of the window at the cursor, step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import Qt

from workbench.app.session import Session
from workbench.app.windows import MOST
from workbench.core.dataset import Dataset
from workbench.ui.theme import Theme
from workbench.ui.views.keptlooks import ROLES
from workbench.ui.views.plot import Plot, draw_curve, pen

STYLES = (Qt.PenStyle.DotLine, Qt.PenStyle.DashLine, Qt.PenStyle.DashDotLine, Qt.PenStyle.DashDotDotLine)
Floats = NDArray[np.floating]


class UnitWindows:
    """Curves for series, state and h of each kept window."""

    def __init__(self, session: Session, above: Plot, belt: Plot, below: Plot) -> None:
        self._session = session
        self._curves = [tuple(plot.add_curve(z=0.5) for plot in (above, belt, below)) for _place in range(MOST)]

    def draw(
        self, dataset: Dataset, rows: Floats, place: tuple[int, int], state: str | None, column: int, theme: Theme
    ) -> tuple[Floats, Floats, Floats]:
        """Draw them over `rows`; `place` is layer and unit, without a `state` none is drawn. Returns what was drawn."""
        layer, unit = place
        drawn: tuple[list[Floats], list[Floats], list[Floats]] = ([], [], [])
        windows = self._session.windows
        for number, curves in enumerate(self._curves):
            start = windows.starts[number] if number < len(windows.starts) else None
            look = windows.looks.get(start) if start is not None else None
            values: list[Floats] = [np.zeros(0), np.zeros(0), np.zeros(0)]
            if look is not None and start is not None and start != int(rows[0]) and layer < len(look.traces):
                signals = look.traces[layer].values
                values[0] = dataset.values[start : start + len(rows), column]
                values[1] = signals[state][:, unit] if state is not None else values[1]
                values[2] = signals["h"][:, unit]
            for curve, course, kept in zip(curves, values, drawn, strict=True):
                kept.append(course[np.isfinite(course)])
                draw_curve(curve, rows[: len(course)], course, pen(theme.color(ROLES[number]), 1.4, STYLES[number]))
        above, belt, below = (np.concatenate(part) for part in drawn)
        return above, belt, below
