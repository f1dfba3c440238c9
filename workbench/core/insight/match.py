"""Find other times at which some units behave as in a chosen range. R rows, H units, L steps, U chosen units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MOST = 12


@dataclass(frozen=True, slots=True)
class Match:
    """A place at which the units behave alike.

    Attributes
    ----------
    row
        Where it starts.
    distance
        Root mean square difference from the query, each unit in its own standard deviations.
    """

    row: int
    distance: float


def distances(states: Floats, query: Floats, units: list[int]) -> NDArray[np.float64]:
    """Return the distance (R - L + 1,) of each stretch of states (R, H) from a query (L, U); inf where one is missing.

    sum((s - q)^2) = sum(s^2) - 2 sum(s q) + sum(q^2), the middle term of all places at once by FFT.
    """
    length, rows = len(query), len(states)
    if rows < length or not units:
        return np.zeros(0)
    values = np.asarray(states[:, units], dtype=np.float64)
    seen: NDArray[np.bool_] = np.all(np.isfinite(values), axis=1)
    if not seen.any():
        return np.full(rows - length + 1, np.inf)
    spread = values[seen].std(axis=0)
    scale = np.where(spread > 1e-9, spread, 1.0)
    middle = values[seen].mean(axis=0)
    values = np.where(seen[:, None], (values - middle) / scale, 0.0)
    asked = (np.asarray(query, dtype=np.float64) - middle) / scale
    size = 1 << int(np.ceil(np.log2(rows + length)))
    product = np.fft.irfft(
        (np.fft.rfft(values, size, axis=0) * np.conj(np.fft.rfft(asked, size, axis=0))).sum(axis=1), size
    )[: rows - length + 1]
    sums = np.concatenate([[0.0], np.cumsum(np.square(values).sum(axis=1))])
    own = sums[length:] - sums[:-length]
    found = np.sqrt(np.maximum(own - 2.0 * product + np.square(asked).sum(), 0.0) / asked.size)
    missing = np.concatenate([[0], np.cumsum(~seen)])
    found[missing[length:] > missing[:-length]] = np.inf
    return found


def matches(distance: Floats, length: int, *, besides: int | None = None, most: int = MOST) -> tuple[Match, ...]:
    """Return the nearest places, the nearest first, none of which overlaps a nearer one by more than half.

    Parameters
    ----------
    besides
        Row of the query itself, which is left out together with what overlaps it.
    """
    left = np.asarray(distance, dtype=np.float64).copy()
    apart = max(length // 2, 1)
    if besides is not None:
        left[max(besides - length + 1, 0) : max(besides + length, 0)] = np.inf
    found: list[Match] = []
    while len(found) < most and len(left):
        row = int(np.argmin(left))
        if not np.isfinite(left[row]):
            break
        found.append(Match(row, float(left[row])))
        left[max(row - apart, 0) : row + apart + 1] = np.inf
    return tuple(found)


def telling_units(states: Floats, first: int, last: int, most: int = 3) -> list[int]:
    """Return the units of a window (T, H) that behave most unlike the rest of it between two steps (last exclusive).

    Measured is how far the mean in the range lies from that outside, in standard deviations of the unit.
    """
    values = np.asarray(states, dtype=np.float64)
    inside = np.zeros(len(values), dtype=bool)
    inside[first:last] = True
    if not inside.any():
        return []
    outside = values[~inside].mean(axis=0) if (~inside).any() else values.mean(axis=0)
    spread = values.std(axis=0)
    contrast = np.abs(values[inside].mean(axis=0) - outside) / np.where(spread > 1e-9, spread, np.inf)
    return [int(unit) for unit in np.argsort(-contrast, kind="stable")[:most]]
