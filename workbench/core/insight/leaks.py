"""Inputs that seem to hold the future of a target: a column that was computed from it, or shifted the wrong way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset

Floats = NDArray[np.floating]

ALMOST_ALL = 0.98
"""Share of the variance of the changes to come that an input must explain to be suspected."""

TOO_GOOD = 0.5
"""Skill against the best baseline from which it is asked which input made the forecast so good."""

TAKES_AWAY = 0.9
"""Share of the squared error left by the target's own past that a suspected input takes away."""

READ = 12
"""Newest rows of target and input from which a suspected input is told."""

PENALTY = 1e-6
FITTED = 0.7
"""Share of the rows on which the suspicion is fitted; it is measured on those that follow."""

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
        Share of the variance of what the target does in these steps that the input's row explains; of a suspected
        input, the share of the error that it takes away.
    sure
        The input is the target itself, but for a straight line; else it only tells too much.
    """

    column: str
    target: str
    ahead: int
    explained: float
    sure: bool = True


def leaks(dataset: Dataset) -> tuple[Leak, ...]:
    """Look for inputs that hold the future of a target, in the rows before the test part.

    Inputs that are known ahead may say what they like about the future; the others may not be asked to.
    """
    spec = dataset.spec
    values = _before_test(dataset)
    found = []
    for place, column in enumerate(dataset.columns[dataset.targets :], start=dataset.targets):
        if column in spec.known_future:
            continue
        for number, target in enumerate(spec.targets):
            ahead, explained = told_ahead(values[:, place], values[:, number], spec.horizon)
            if ahead:
                found.append(Leak(column, target, ahead, explained))
    return tuple(found)


def suspects(dataset: Dataset) -> tuple[Leak, ...]:
    """Name inputs without which the rows before the test part could not be foretold half as well.

    For a forecast that is too good to be true. A ridge regression foretells a target one step, half the horizon, and
    the whole horizon ahead from its own newest rows, then from those of one input besides; the rows it is measured on
    follow those it was fitted on. A column made from several later rows (a centred mean, a sum to come) shows here,
    though it is no straight function of one of them. A true leading indicator shows too: the finding asks.
    """
    spec, values = dataset.spec, _before_test(dataset)
    steps = sorted({1, max(1, spec.horizon // 2), spec.horizon})
    found = []
    for place, column in enumerate(dataset.columns[dataset.targets :], start=dataset.targets):
        if column in spec.known_future:
            continue
        for number, target in enumerate(spec.targets):
            taken = [(taken_away(values[:, place], values[:, number], ahead, spec.window), ahead) for ahead in steps]
            share, ahead = max(taken)
            if share > TAKES_AWAY:
                found.append(Leak(column, target, ahead, share, sure=False))
    return tuple(found)


def taken_away(given: Floats, target: Floats, ahead: int, window: int) -> float:
    """Return the share of the squared error `ahead` steps ahead that an input (R,) takes away from its target's (R,).

    0 where there are too few rows, or nothing is left to take away.
    """
    read = min(READ, window)
    past, others = (np.lib.stride_tricks.sliding_window_view(values, read)[:-ahead] for values in (target, given))
    then = target[read - 1 + ahead :]
    whole = np.isfinite(past).all(axis=1) & np.isfinite(others).all(axis=1) & np.isfinite(then)
    if whole.sum() < LEAST_ROWS + 4 * read:
        return 0.0
    alone = _left_over(past[whole], then[whole])
    both = _left_over(np.concatenate([past[whole], others[whole]], axis=1), then[whole])
    small = 1e-9 * float(np.var(then[whole]))
    return 1.0 - both / alone if alone > small else 0.0


def _left_over(given: Floats, then: Floats) -> float:
    """Return the mean squared error of a ridge regression on the rows behind those it was fitted on."""
    first = int(FITTED * len(then))
    middle, spread = given[:first].mean(axis=0), given[:first].std(axis=0)
    scaled = (given - middle) / np.where(spread > 0, spread, 1.0)
    own, answer = scaled[:first], then[:first] - then[:first].mean()
    square = own.T @ own + PENALTY * first * np.eye(own.shape[1])
    weights = np.linalg.solve(square, own.T @ answer)
    return float(np.mean((then[first:] - then[:first].mean() - scaled[first:] @ weights) ** 2))


def _before_test(dataset: Dataset) -> Floats:
    """Return the newest rows before the test part; of series below each other, all."""
    rows = dataset.split.valid if dataset.split.places is None else len(dataset.values)
    return dataset.values[max(0, rows - MOST_ROWS) : rows]


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
