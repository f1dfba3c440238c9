"""Several columns in one plot: each in a track of its own with its own scale, or all over each other."""

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
"""Part of its track that a column fills."""

COLUMN_ROLES = ("text", "accent", "good", "cell", "candidate", "bad", "test", "muted")
"""Colours of columns drawn over each other; after the last they begin anew."""

TICK_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Track:
    """Where a column is drawn: its values from `low` to `high` go from `bottom` to `top`."""

    bottom: float = 0.0
    top: float = 1.0
    low: float = 0.0
    high: float = 1.0

    def place(self, values: Floats) -> Floats:
        """Return the heights of `values` in the plot."""
        return self.bottom + (np.asarray(values) - self.low) * ((self.top - self.bottom) / (self.high - self.low))


PLAIN = Track()
"""A track that leaves values as they are."""


def ranged(low: float, high: float) -> tuple[float, float]:
    """Return a range that is not empty."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        room = abs(high) * 0.05 or 1.0
        return low - room, high + room
    return low, high


def stacked(ranges: Sequence[tuple[float, float]]) -> tuple[Track, ...]:
    """Return one track below the other, the first at the top; each is 1 high."""
    tracks = []
    for index, (low, high) in enumerate(ranges):
        bottom = len(ranges) - 1 - index + (1 - SHARE) / 2
        tracks.append(Track(bottom, bottom + SHARE, *ranged(low, high)))
    return tuple(tracks)


def overlaid(ranges: Sequence[tuple[float, float]]) -> tuple[Track, ...]:
    """Return tracks in one and the same place: every column fills the plot."""
    return tuple(Track(0.0, 1.0, *ranged(low, high)) for low, high in ranges)


class TrackAxis(NumberAxis):
    """An axis that tells the values of each track; plain numbers without any, nothing where they lie on each other."""

    def __init__(self) -> None:
        super().__init__()
        self._tracks: tuple[Track, ...] = ()
        self._texts: dict[float, str] = {}

    def set_tracks(self, tracks: tuple[Track, ...]) -> None:
        """Tell the values of these tracks."""
        if tracks != self._tracks:
            self._tracks = tracks
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Put a few round numbers into each track."""
        if not self._tracks:
            return super().tickValues(minVal, maxVal, size)
        self._texts = {}
        if len({track.bottom for track in self._tracks}) < len(self._tracks):
            return []
        height = size / max(abs(maxVal - minVal), 1e-9)
        for track in self._tracks:
            most = max(1, int(height * (track.top - track.bottom) / TICK_HEIGHT))
            spacing = nice((track.high - track.low) / most)
            first, last = math.ceil(track.low / spacing - 1e-9), math.floor(track.high / spacing + 1e-9)
            values = [index * spacing for index in range(first, last + 1)]
            places = track.place(np.array(values)).tolist()
            self._texts.update(zip(places, number_texts(values, spacing), strict=True))
        return [(1.0, list(self._texts))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the numbers."""
        if not self._tracks:
            return super().tickStrings(values, scale, spacing)
        return [self._texts.get(value, "") for value in values]
