"""Which part of a heatmap is seen."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_CELLS = 4.0
"""Zooming in stops at this many steps or units."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a map in data coordinates: steps to the right, ranks upwards."""

    left: float
    right: float
    bottom: float
    top: float

    def moved(self, right: float, up: float) -> Frame:
        """Return the frame moved by steps and ranks."""
        return Frame(self.left + right, self.right + right, self.bottom + up, self.top + up)

    def zoomed(self, right: float, up: float, across: float, upwards: float) -> Frame:
        """Scale by the factors `across` and `upwards` around the point at these shares of width and height."""
        return Frame(*_zoomed(self.left, self.right, right, across), *_zoomed(self.bottom, self.top, up, upwards))

    def within(self, steps: int, units: int) -> Frame:
        """Return the frame moved, and shortened if need be, so that it lies on a map of this size."""
        return Frame(*_kept(self.left, self.right, steps), *_kept(self.bottom, self.top, units))


def _zoomed(low: float, high: float, share: float, factor: float) -> tuple[float, float]:
    if factor == 1.0:
        return low, high
    size = max((high - low) * factor, LEAST_CELLS)
    fixed = low + share * (high - low)
    return fixed - share * size, fixed + (1 - share) * size


def _kept(low: float, high: float, count: int) -> tuple[float, float]:
    size = min(high - low, float(count))
    low = min(max(low, 0.0), count - size)
    return low, low + size
