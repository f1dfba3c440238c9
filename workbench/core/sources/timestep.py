"""The distance between rows: seconds, months or business days, and everything that breaks it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.table import Step

Times = NDArray[np.datetime64]
DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Spacing:
    """How regular a sequence of times is.

    Attributes
    ----------
    step
        The regular step, or None.
    share
        Share of neighbouring rows, in file order, that are exactly one step apart.
    duplicates, backward, gaps
        Rows with the time of an earlier row; rows earlier than their predecessor; missing steps.
    """

    step: Step | None
    share: float
    duplicates: int
    backward: int
    gaps: int


def jumps(values: Times) -> NDArray[np.int64]:
    """Return the microseconds from each time to the next."""
    numbers: NDArray[np.int64] = values.view(np.int64)
    return np.diff(numbers)


def without_nat(values: Times) -> Times:
    """Return the times that are known; no copy if all are."""
    # As whole numbers, NaT is the smallest one, and finding that is much faster.
    if not len(values) or not np.isnat(span(values)[0]):
        return values
    return values[~np.isnat(values)]


def span(values: Times) -> tuple[np.datetime64, np.datetime64]:
    """Return the earliest and the latest of at least one time; NaT is the earliest of all."""
    numbers = values.view(np.int64)
    return np.datetime64(int(numbers.min()), "us"), np.datetime64(int(numbers.max()), "us")


def month_numbers(values: Times) -> NDArray[np.int64]:
    """Return months since January 1970."""
    return values.astype("M8[M]").astype(np.int64)


def day_of_month(values: Times) -> NDArray[np.int64]:
    """Return the day of the month, from 1."""
    return (values.astype("M8[D]") - values.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1


def weekdays(values: Times) -> NDArray[np.int64]:
    """Return 0 for Monday to 6 for Sunday."""
    days: NDArray[np.int64] = values.astype("M8[D]").astype(np.int64)
    return (days + 3) % 7


def spacing(values: Times) -> Spacing:
    """Measure the step of `values` (datetime64[us] in file order; NaT is ignored)."""
    valid = without_nat(values)
    if len(valid) < 2:
        return Spacing(None, 0.0, 0, 0, 0)
    steps = jumps(valid)
    shortest = int(steps.min())
    if 0 < shortest < 20 * DAY_US and shortest == int(steps.max()) and len(valid) > 6:
        return Spacing(Step(shortest / 1e6, "second"), 1.0, 0, 0, 0)
    backward = int((steps < 0).sum())
    ordered = valid if not (steps <= 0).any() else np.unique(valid)
    duplicates = len(valid) - len(ordered)
    if len(ordered) < 2:
        return Spacing(None, 0.0, duplicates, backward, 0)
    step, gaps = _months(ordered) or _business_days(ordered) or _seconds(ordered) or (None, 0)
    share = _share(valid, steps, step)
    return Spacing(step, share, duplicates, backward, gaps)


def _share(valid: Times, steps: NDArray[np.int64], step: Step | None) -> float:
    if step is None:
        return 0.0
    if step.unit == "month":
        hits = np.diff(month_numbers(valid)) == step.count
    elif step.unit == "businessday":
        hits = (steps == DAY_US) | ((steps == 3 * DAY_US) & (weekdays(valid)[:-1] == _FRIDAY))
    else:
        hits = steps == round(step.count * 1e6)
    return float(hits.mean())


def _most_common(steps: NDArray[np.int64]) -> tuple[int, float]:
    # Sorting millions of steps takes longer than all the rest; what fills half of them fills half of a sample too.
    sample = steps[:: max(1, len(steps) // 100_000)]
    found, counts = np.unique(sample, return_counts=True)
    best = int(found[counts.argmax()])
    return best, float((steps == best).mean())


def _months(ordered: Times) -> tuple[Step, int] | None:
    """Recognise calendar months: the same day each month, or always near the end or the start of one."""
    steps = jumps(ordered)
    if steps.min() < 27 * DAY_US:
        return None
    if len(np.unique(ordered.astype(np.int64) % DAY_US)) > 2:
        return None
    day = day_of_month(ordered)
    months = month_numbers(ordered)
    following = (ordered.astype("M8[M]") + 1).astype("M8[D]")
    to_end = (following - ordered.astype("M8[D]")).astype(np.int64)
    same = bool((day == day[0]).all())
    if not (same or (to_end <= 4).all() or (day <= 5).all()):
        clipped = np.minimum(day, 28)
        if not ((clipped == clipped[0]).all() and day.max() > 28):
            return None
    passed = np.diff(months)
    count, share = _most_common(passed)
    if count < 1 or share < 0.5 or (passed % count != 0).mean() > 0.02:
        return None
    if same and count < 12 and len(np.unique(steps)) == 1 and len(steps) > 3:
        return None
    return Step(float(count), "month"), int((passed // count - 1).sum())


def _business_days(ordered: Times) -> tuple[Step, int] | None:
    steps = jumps(ordered)
    count, share = _most_common(steps)
    if count != DAY_US or len(ordered) < 6 or share < 0.5 or (steps % DAY_US).any():
        return None
    days = weekdays(ordered)
    if (days >= 5).any():
        return None
    dates = ordered.astype("M8[D]")
    expected = int(np.busday_count(dates[0], dates[-1])) + 1
    if expected == int((dates[-1] - dates[0]).astype(np.int64)) + 1:
        return None
    missing = expected - len(ordered)
    return (Step(1.0, "businessday"), missing) if missing <= 0.25 * expected else None


def _seconds(ordered: Times) -> tuple[Step, int] | None:
    steps = jumps(ordered)
    count, share = _most_common(steps)
    if share < 0.5 or count <= 0:
        return None
    odd = (steps % count != 0).mean()
    if odd > 0.02 or (odd > 0 and share < 0.9):
        return None
    return Step(count / 1e6, "second"), int((steps // count - 1).clip(min=0).sum())


def steps_between(ordered: Times, step: Step) -> NDArray[np.float64]:
    """Return how many steps pass between neighbours of `ordered` (no NaT): whole numbers where they fit the step."""
    if step.unit == "month":
        return np.diff(month_numbers(ordered)) / step.count
    if step.unit == "businessday":
        days = ordered.astype("M8[D]")
        return np.busday_count(days[:-1], days[1:]) / step.count
    return jumps(ordered) / round(step.count * 1e6)


def clock_changes(values: Times, step: Step | None) -> tuple[int, int, int]:
    """Count one-hour holes and repeats on Sunday nights in spring and autumn: daylight saving.

    Returns
    -------
    holes, repeats, first
        Numbers of clock changes, and the row (from 0) of the first one, or -1.
    """
    rows, hole = _changed_clock(values, step)
    return int(hole.sum()), int((~hole).sum()), int(rows[0]) if len(rows) else -1


def daylight_rows(values: Times, step: Step | None) -> NDArray[np.int64]:
    """Return the rows (from 0) in front of which a clock was changed."""
    return _changed_clock(values, step)[0]


def _changed_clock(values: Times, step: Step | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rows behind a change of the clock, and whether it made a hole (else a repeat)."""
    if step is None or step.unit != "second" or not 0 < step.count <= 3600:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    width = round(step.count * 1e6)
    steps = jumps(values)
    back = 0 if width == _HOUR_US else width - _HOUR_US
    places = np.flatnonzero((steps == width + _HOUR_US) | (steps == back))
    steps, before, after = steps[places], values[places], values[places + 1]
    sunday = (weekdays(after) == 6) | (weekdays(before) == 6)
    hour = (after.astype(np.int64) % DAY_US) // _HOUR_US
    night = sunday & (hour <= 4) & np.isin(month_numbers(after) % 12 + 1, (3, 4, 9, 10, 11))
    return places[night] + 1, steps[night] == width + _HOUR_US
