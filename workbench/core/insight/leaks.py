"""Inputs that seem to hold the future of a target: a column that was computed from it, or shifted the wrong way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset

Floats = NDArray[np.floating]

ALMOST_ALL = 0.98
"""Share of the variance of the changes to come that an input must explain to be suspected."""

LEAST_ROWS = 30
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Leak:
    """An input that tells the future.

    Attributes
    ----------
    ahead
        Steps between a row of the input and the row of the target that it tells.
    explained
        Share of the variance of what the target does in these steps that the input's row explains.
    """

    column: str
    target: str
    ahead: int
    explained: float


def leaks(dataset: Dataset) -> tuple[Leak, ...]:
    """Look for inputs that hold the future of a target, in the rows before the test part.

    Inputs that are known ahead may say what they like about the future; the others may not be asked to.
    """
    spec = dataset.spec
    rows = dataset.split.valid if dataset.split.places is None else len(dataset.values)
    values = dataset.values[max(0, rows - MOST_ROWS) : rows]
    found = []
    for place, column in enumerate(dataset.columns[dataset.targets :], start=dataset.targets):
        if column in spec.known_future:
            continue
        for number, target in enumerate(spec.targets):
            ahead, explained = told_ahead(values[:, place], values[:, number], spec.horizon)
            if ahead:
                found.append(Leak(column, target, ahead, explained))
    return tuple(found)


def told_ahead(given: Floats, target: Floats, horizon: int) -> tuple[int, float]:
    """Return how many steps ahead (0: none) a column tells a target best, and the share of the variance it explains.

    The column must be, but for a straight line, the target k steps later (squared correlation), and say so beyond what
    the target's present value does (squared partial correlation): a column that merely moves with a slow target does
    not, nor does a speed, which only tells where the target goes from where it is.
    """
    best, share = 0, 0.0
    for ahead in range(1, min(horizon, 48, len(target) - LEAST_ROWS) + 1):
        now, then, seen = target[:-ahead], target[ahead:], given[:-ahead]
        whole = np.isfinite(now) & np.isfinite(then) & np.isfinite(seen)
        if whole.sum() < LEAST_ROWS:
            continue
        now, then, seen = now[whole], then[whole], seen[whole]
        if _power(seen, then) < ALMOST_ALL:
            continue
        explained = _partial(seen, then, now)
        if explained > max(share, ALMOST_ALL):
            best, share = ahead, explained
    return best, share


def _power(one: Floats, other: Floats) -> float:
    """Return the squared correlation."""
    one, other = one - one.mean(), other - other.mean()
    power = float(one @ one) * float(other @ other)
    return float(one @ other) ** 2 / power if power > 0 else 0.0


def _partial(seen: Floats, then: Floats, now: Floats) -> float:
    """Return the squared partial correlation of `seen` and `then` with what `now` explains of both taken away."""
    left, right = _rest(seen, now), _rest(then, now)
    power = float(left @ left) * float(right @ right)
    # What is left of a straight function of the present is rounding.
    small = 1e-9 * float(np.var(seen)) * float(np.var(then)) * len(seen) ** 2
    return float(left @ right) ** 2 / power if power > max(small, 1e-300) else 0.0


def _rest(values: Floats, given: Floats) -> Floats:
    values, given = values - values.mean(), given - given.mean()
    power = float(given @ given)
    return values - given * (float(values @ given) / power) if power > 0 else values
