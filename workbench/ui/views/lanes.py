"""Several columns in one plot: each in a lane of its own with its own scale, or all over each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.ui.views.plot import NumberAxis
from workbench.ui.views.ticks import nice, number_texts

Floats = NDArray[np.float64]

SHARE = 0.86
"""Part of its lane that a column fills."""

COLUMN_ROLES = ("text", "accent", "good", "cell", "candidate", "bad", "test", "muted")
"""Colours of columns drawn over each other; after the last they begin anew."""

TICK_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a column is drawn: its values from `low` to `high` go from `bottom` to `top`."""

    bottom: float = 0.0
    top: float = 1.0
    low: float = 0.0
    high: float = 1.0

    def place(self, values: Floats) -> Floats:
        """Return the heights of `values` in the plot."""
        return self.bottom + (np.asarray(values) - self.low) * ((self.top - self.bottom) / (self.high - self.low))


PLAIN = Lane()
"""A lane that leaves values as they are."""


def ranged(low: float, high: float) -> tuple[float, float]:
    """Return a range that is not empty."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        room = abs(high) * 0.05 or 1.0
        return low - room, high + room
    return low, high


def stacked(ranges: Sequence[tuple[float, float]]) -> tuple[Lane, ...]:
    """Return one lane below the other, the first at the top; each is 1 high."""
    lanes = []
    for index, (low, high) in enumerate(ranges):
        bottom = len(ranges) - 1 - index + (1 - SHARE) / 2
        lanes.append(Lane(bottom, bottom + SHARE, *ranged(low, high)))
    return tuple(lanes)


def overlaid(ranges: Sequence[tuple[float, float]]) -> tuple[Lane, ...]:
    """Return lanes in one and the same place: every column fills the plot."""
    return tuple(Lane(0.0, 1.0, *ranged(low, high)) for low, high in ranges)


class LaneAxis(NumberAxis):
    """An axis that tells the values of each lane; plain numbers without lanes, nothing where they lie on each other."""

    def __init__(self) -> None:
        super().__init__()
        self._lanes: tuple[Lane, ...] = ()
        self._texts: dict[float, str] = {}

    def set_lanes(self, lanes: tuple[Lane, ...]) -> None:
        """Tell the values of these lanes."""
        if lanes != self._lanes:
            self._lanes = lanes
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Put a few round numbers into each lane."""
        if not self._lanes:
            return super().tickValues(minVal, maxVal, size)
        self._texts = {}
        if len({lane.bottom for lane in self._lanes}) < len(self._lanes):
            return []
        height = size / max(abs(maxVal - minVal), 1e-9)
        for lane in self._lanes:
            most = max(1, int(height * (lane.top - lane.bottom) / TICK_HEIGHT))
            spacing = nice((lane.high - lane.low) / most)
            first, last = math.ceil(lane.low / spacing - 1e-9), math.floor(lane.high / spacing + 1e-9)
            values = [index * spacing for index in range(first, last + 1)]
            places = lane.place(np.array(values)).tolist()
            self._texts.update(zip(places, number_texts(values, spacing), strict=True))
        return [(1.0, list(self._texts))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the numbers."""
        if not self._lanes:
            return super().tickStrings(values, scale, spacing)
        return [self._texts.get(value, "") for value in values]
