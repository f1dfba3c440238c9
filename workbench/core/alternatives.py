"""What another choice in a setting of the preparation would give: windows, filled values, rows, and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset, prepare, recast
from workbench.core.dataspec import DataSpec
from workbench.core.insight.decimate import thinned
from workbench.core.problems import Problem, WorkbenchError
from workbench.core.steps import STEPS
from workbench.core.table import Step, Table

Policy = Literal["gaps", "mask_inputs", "duplicates", "resample"]
POLICIES: tuple[Policy, ...] = get_args(Policy)

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Rows of the present series, which may lie between two, and values in original units."""

MOST_STEPS = 3
"""Steps of time that are tried beside the present one."""

MOST_POINTS = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """One choice and its effect.

    Attributes
    ----------
    rows, windows
        Rows of the series and usable windows of all parts.
    filled
        Missing values that would be read as something else.
    problem
        Why the choice is impossible; the numbers are 0 then.
    points
        By column: what would be read where it differs from what is there now, or the whole resampled series.
    """

    policy: Policy
    value: object
    rows: int = 0
    windows: int = 0
    filled: int = 0
    problem: Problem | None = None
    points: Mapping[str, Points] = field(default_factory=dict)


def worth_showing(table: Table, dataset: Dataset | None, spec: DataSpec) -> tuple[Policy, ...]:
    """Return the settings in which another choice makes a difference to this table."""
    axis, found = table.time, []
    if dataset is not None and not dataset.observed.all():
        found.append("gaps")
        if not dataset.observed[:, dataset.targets :].all():
            found.append("mask_inputs")
    if axis is not None and not spec.series:
        if axis.duplicates and not spec.resample:
            found.append("duplicates")
        if len(_steps(table, spec)) > 1:
            found.append("resample")
    return tuple(policy for policy in POLICIES if policy in found)


def alternatives(
    table: Table,
    dataset: Dataset | None,
    spec: DataSpec,
    policy: Policy,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Alternative, ...]:
    """Return each choice of `policy` with its effect, as far as it came before it was cancelled.

    Parameters
    ----------
    dataset
        What `spec` makes of `table`, if it makes anything.
    """
    found = []
    for value in _choices(table, spec, policy):
        if cancelled():
            break
        found.append(_alternative(table, dataset, spec.model_copy(update={policy: value}), policy, value))
    return tuple(found)


def _choices(table: Table, spec: DataSpec, policy: Policy) -> tuple[object, ...]:
    if policy == "mask_inputs":
        return (False, True)
    if policy == "resample":
        return _steps(table, spec)
    return get_args(DataSpec.model_fields[policy].annotation)


def _steps(table: Table, spec: DataSpec) -> tuple[str, ...]:
    """Return the present choice, the file's own step and the next longer steps that leave enough rows."""
    axis = table.time
    if axis is None:
        return ("",)
    times = axis.values[~np.isnat(axis.values)]
    if len(times) < 3:
        return ("",)
    span_s = float((times.max() - times.min()).astype(np.int64)) / 1e6
    usual_s = seconds(axis.step) if axis.step is not None else span_s / (len(times) - 1)
    longer = [key for key, step in STEPS.items() if seconds(step) > 1.01 * usual_s and span_s / seconds(step) >= 60]
    keys = ["", *(longer[:MOST_STEPS])]
    return tuple(keys if spec.resample in keys else [*keys, spec.resample])


def seconds(step: Step) -> float:
    """Return the length of a step in seconds; a month is a twelfth of a year."""
    if step.unit == "month":
        return step.count * 365.25 * 86_400 / 12
    return step.count * (86_400.0 if step.unit == "businessday" else 1.0)


def _alternative(table: Table, present: Dataset | None, spec: DataSpec, policy: Policy, value: object) -> Alternative:
    cheap = present is not None and policy in ("gaps", "mask_inputs")
    try:
        dataset = recast(present, table, spec) if present is not None and cheap else prepare(table, spec)
    except WorkbenchError as error:
        return Alternative(policy, value, problem=error.problem)
    windows = len(dataset.train) + len(dataset.valid) + len(dataset.test)
    filled = np.isfinite(dataset.filled) & ~dataset.observed
    count = int(filled.sum())
    if policy == "mask_inputs" and value:
        count += int((~np.isfinite(dataset.filled[:, dataset.targets :])).sum())
    points = _points(table, present, dataset, filled, policy)
    return Alternative(policy, value, len(dataset.values), windows, count, None, points)


def _points(
    table: Table, present: Dataset | None, dataset: Dataset, filled: NDArray[np.bool_], policy: Policy
) -> dict[str, Points]:
    """Return what would be read, at the rows of the present series."""
    if present is None or policy == "mask_inputs":
        return {}
    found = {}
    place = _places(present, dataset)
    for column, name in enumerate(dataset.columns):
        if policy == "gaps":
            rows = np.flatnonzero(filled[:, column])
        elif policy == "duplicates":
            rows = _repeated(table, dataset)
        else:
            rows = np.flatnonzero(np.isfinite(dataset.values[:, column]))
        values = dataset.filled[rows, column]
        seen = np.isfinite(values)
        found[name] = thinned(place[rows[seen]], values[seen], MOST_POINTS)
    return found


def _places(present: Dataset, dataset: Dataset) -> NDArray[np.float64]:
    """Return where in the present series each row of another stands."""
    now, then = present.clock.values, dataset.clock.values
    if now is None or then is None or present.clock is dataset.clock:
        return np.arange(len(dataset.values), dtype=np.float64)
    return np.interp(then.astype(np.int64), now.astype(np.int64), np.arange(len(now)))


def _repeated(table: Table, dataset: Dataset) -> NDArray[np.int64]:
    """Return the rows of the series whose time stands more than once in the file."""
    axis, clock = table.time, dataset.clock.values
    if axis is None or clock is None:
        return np.zeros(0, dtype=np.int64)
    times = np.sort(axis.values[~np.isnat(axis.values)])
    again = np.unique(times[1:][times[1:] == times[:-1]])
    return np.searchsorted(clock, again)
