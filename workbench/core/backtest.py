"""Rolling-origin backtest: the same forecasters, asked again and again from later origins, as if time passed.

An origin is the row of the first step that is forecast; of several series each has its own, as many steps before its
end. Between refits nothing is fitted; at a refit everything is fitted anew on rows before the origin alone.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import LABELS
from workbench.core.classical import methods_of
from workbench.core.comparing import Comparison, compared, overlap_of
from workbench.core.dataset import Dataset, prepare
from workbench.core.intervals import Forecast
from workbench.core.metrics import Errors, Report
from workbench.core.plan import Plan
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.scales import Scale, scale_of
from workbench.core.table import Table
from workbench.core.windows import usable_starts, whole_rows

Values = NDArray[np.float64]
Starts = NDArray[np.int64]

NO_ORIGINS = ProblemKind(
    "no-origins",
    "error",
    N_("{name} has no origin to forecast from: {rows} rows, {needed} needed before the first."),
    N_("Give a longer file, or a shorter window, horizon or gap."),
)
GIVEN_UP = ProblemKind("backtest-given-up", "note", N_("The backtest was given up."), N_("Start it again if needed."))
LEAST_TRAINING = 8
"""Training windows that must be left before an origin at which something is fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Origins in a row that are served by one fit.

    Attributes
    ----------
    start
        (N,) windows that are forecast from.
    origin
        (N,) number of the origin of each, from 0.
    places
        (R,) part of each row as :func:`workbench.core.dataset.prepare` takes it; None where nothing is fitted.
    """

    number: int
    start: Starts
    origin: Starts
    places: NDArray[np.int8] | None


@dataclass(frozen=True, slots=True, eq=False)
class BlockForecasts:
    """What each forecaster foretold from the windows of a block: (N, Q, C) by name, in original units."""

    number: int
    forecasts: Mapping[str, Values]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """All forecasts of a backtest, and how wrong they were.

    Attributes
    ----------
    start, origin
        (N,) windows in order of their origins, and the number of the origin of each.
    truth
        (N, Q, C).
    forecasts
        The same by forecaster; those that every block has.
    losses
        (K,) mean absolute error of each origin, by forecaster; divided by the MASE scale where there are several series
        or targets.
    refits
        Numbers of the origins at which everything was fitted anew.
    """

    dataset: Dataset
    plan: Plan
    scale: Scale
    start: Starts
    origin: Starts
    truth: Values
    forecasts: Mapping[str, Values]
    reports: Mapping[str, Report]
    losses: Mapping[str, Values]
    refits: tuple[int, ...]
    seconds: float

    @property
    def stride(self) -> int:
        """Steps from one origin to the next."""
        return self.plan.stride or self.dataset.spec.horizon

    def comparison(self, name: str, other: str) -> Comparison:
        """Compare two forecasters over the origins."""
        overlap = overlap_of(self.dataset.spec.horizon, self.stride)
        return compared(name, self.losses[name], other, self.losses[other], overlap)

    def best(self, leaving: tuple[str, ...] = ()) -> str | None:
        """Return the forecaster with the lowest mean loss, but for those in `leaving`."""
        others = [name for name in self.losses if name not in leaving]
        return min(others, key=lambda name: float(self.losses[name].mean()), default=None)

    def comparisons(self) -> tuple[Comparison, ...]:
        """Compare each network, or else the best baseline, with all others, the best baseline first."""
        models = [name for name in self.losses if name == "model" or name not in LABELS]
        baselines = tuple(name for name in self.losses if name not in models)
        pairs: list[tuple[str, str]] = []
        for name in models or [self.best() or ""]:
            best = self.best(leaving=(*models, name))
            others = sorted((n for n in self.losses if n != name), key=lambda n: (n != best, n in baselines))
            pairs += [(name, other) for other in others if (other, name) not in pairs]
        return tuple(self.comparison(*pair) for pair in pairs)

    def times(self) -> list[str]:
        """Return the time of each origin (of the first series, if there are several)."""
        first = [int(self.start[self.origin == number][0]) for number in range(int(self.origin[-1]) + 1)]
        return [self.dataset.clock.text(start + self.dataset.spec.window) for start in first]


def planned(dataset: Dataset, plan: Plan) -> tuple[Block, ...]:
    """Lay the origins of `plan` over `dataset` and cut them into blocks between refits.

    Without refits only the test part is forecast (all windows of a file without other parts).

    Raises
    ------
    WorkbenchError
        ``no-origins``.
    """
    spec = dataset.spec
    readable = whole_rows(np.isfinite(dataset.scaled))
    usable = usable_starts(readable, dataset.scorable, dataset.settled, dataset.sequence, spec)
    if plan.refit:
        usable = usable[usable >= _first_trained(dataset, plan)[dataset.sequence[usable]]]
    else:
        usable = dataset.test.start if len(dataset.test) else dataset.valid.start
    stride, found, numbers = plan.stride or spec.horizon, [], []
    for own in np.split(usable, np.flatnonzero(np.diff(dataset.sequence[usable])) + 1):
        if not len(own):
            continue
        wished = own[-1] - stride * np.arange(plan.origins - 1, -1, -1)
        there = np.isin(wished, own)
        found.append(wished[there])
        numbers.append(np.flatnonzero(there))
    if not found:
        needed = int(_first_trained(dataset, plan).min()) + spec.window if plan.refit else spec.window
        raise WorkbenchError(NO_ORIGINS, name=dataset.name, rows=len(dataset.values), needed=needed)
    start, origin = np.concatenate(found), np.concatenate(numbers)
    order = np.lexsort((start, origin))
    start, origin = start[order], np.unique(origin[order], return_inverse=True)[1]
    count = int(origin[-1]) + 1
    every = plan.refit or count
    blocks: list[Block] = []
    for first in range(0, count, every):
        served = (origin >= first) & (origin < first + every)
        places = _places(dataset, plan, start, origin, first) if plan.refit else None
        blocks.append(Block(len(blocks), start[served], origin[served], places))
    return tuple(blocks)


def _share(dataset: Dataset) -> float:
    """Return which share of the rows before an origin validates."""
    spec = dataset.spec
    return spec.valid_share / (spec.train_share + spec.valid_share)


def _first_trained(dataset: Dataset, plan: Plan) -> Starts:
    """Return, for each series, the first window before which there are rows enough to train and to validate."""
    spec = dataset.spec
    train = spec.window + spec.horizon + LEAST_TRAINING
    rows = max(int(np.ceil(train / (1.0 - _share(dataset)))), train + spec.horizon) + plan.gap
    first = np.concatenate([[0], np.flatnonzero(np.diff(dataset.sequence)) + 1])
    return first + rows - spec.window


def _places(dataset: Dataset, plan: Plan, start: Starts, origin: Starts, number: int) -> NDArray[np.int8]:
    """Return the part of each row (R,) for a refit at origin `number`: nothing at or behind it is trained on."""
    spec = dataset.spec
    places = np.full(len(dataset.values), 3, dtype=np.int8)
    for window in start[origin == number].tolist():
        row = window + spec.window
        own = dataset.sequence == dataset.sequence[window]
        first = int(np.argmax(own))
        end = row - plan.gap
        valid = min(end - max(spec.horizon, round((end - first) * _share(dataset))), end)
        places[first:valid], places[valid:end] = 0, 1
        places[row : first + int(own.sum())] = 2
        earlier = start[(origin < number) & (dataset.sequence[start] == dataset.sequence[window])]
        for before in earlier.tolist() if plan.embargo else ():
            behind = before + spec.window + spec.horizon
            places[behind : min(behind + plan.embargo, end)] = 3
    return places


def baselines_refitted(
    table: Table, dataset: Dataset, blocks: tuple[Block, ...], names: Collection[str] | None = None
) -> Iterator[BlockForecasts]:
    """Forecast from the windows of `blocks` with baselines alone, fitted anew at each refit, or on `dataset`.

    Parameters
    ----------
    names
        Which, by default all plain ones.
    """
    for block in blocks:
        begun = time.perf_counter()
        own = dataset if block.places is None else prepare(table, dataset.spec, places=block.places)
        forecasts = {name: method(own, block.start) for name, method in methods_of(own, names).items()}
        yield BlockForecasts(block.number, forecasts, time.perf_counter() - begun)


def unfitted(dataset: Dataset, plan: Plan, forecasts: Mapping[str, Forecast]) -> Backtest:
    """Backtest forecasters that are never fitted anew, by name."""
    begun, blocks = time.perf_counter(), planned(dataset, plan)
    done = [BlockForecasts(b.number, {name: made(b.start)[0] for name, made in forecasts.items()}) for b in blocks]
    return replace(assembled(dataset, plan, blocks, done), seconds=time.perf_counter() - begun)


def assembled(dataset: Dataset, plan: Plan, blocks: tuple[Block, ...], done: Iterable[BlockForecasts]) -> Backtest:
    """Put the forecasts of all `blocks` together and measure them.

    The MASE scale is that of the training rows of `dataset`, for all origins alike.
    """
    found = {entry.number: entry for entry in done}
    names = [name for name in found[0].forecasts if all(name in entry.forecasts for entry in found.values())]
    start = np.concatenate([block.start for block in blocks])
    origin = np.concatenate([block.origin for block in blocks])
    forecasts = {name: np.concatenate([found[block.number].forecasts[name] for block in blocks]) for name in names}
    truth, scale = dataset.truth(start), scale_of(dataset)
    reports, losses = {}, {}
    for name, values in forecasts.items():
        errors = Errors(dataset.spec.horizon, dataset.targets, len(scale.absolute))
        errors.add(truth, values, dataset.sequence[start])
        reports[name] = Report(name, errors, scale)
        losses[name] = _losses(np.abs(values - truth), dataset.sequence[start], origin, scale)
    refits = tuple(int(block.origin[0]) for block in blocks if block.places is not None)
    seconds = sum(entry.seconds for entry in found.values())
    return Backtest(dataset, plan, scale, start, origin, truth, forecasts, reports, losses, refits, seconds)


def _losses(error: Values, series: Starts, origin: Starts, scale: Scale) -> Values:
    """Return the mean error (K,) of each origin; scaled where sizes differ."""
    if scale.absolute.size > 1:
        usable = np.where(scale.absolute > 0, scale.absolute, np.nan)[series]
        error = error / usable[:, None, :]
    each = np.nanmean(error, axis=(1, 2)) if scale.absolute.size > 1 else error.mean(axis=(1, 2))
    counts = np.bincount(origin)
    mean: Values = np.bincount(origin, each) / np.maximum(counts, 1)
    return mean
