"""The time of every row, and of the rows that do not exist yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import N_
from workbench.core.table import Step

Times = NDArray[np.datetime64]

_UNITS_S = (
    (86_400 * 7, N_("week")),
    (86_400, N_("day")),
    (3_600, N_("hour")),
    (60, N_("minute")),
    (1, N_("second")),
)

_CLOCK_UNITS_US = (("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000))
"""Where ISO 8601 may end."""


MOST_GROWTH = 3.0
"""A grid with more than this many rows for each row of the file means that the step is wrong; rows stay as they are."""


def advance(time: np.datetime64, step: Step, count: NDArray[np.int64]) -> Times:
    """Return `time` plus `count` steps, datetime64[us].

    A month that is too short for the day of `time` gives its last day, as calendars do.
    """
    if step.unit == "second":
        return time + (np.asarray(count) * round(step.count * 1e6)).astype("timedelta64[us]")
    if step.unit == "businessday":
        day = time.astype("datetime64[D]")
        moved = np.busday_offset(day, np.asarray(count) * int(step.count), roll="forward")
        return moved.astype("datetime64[us]") + (time - day)
    month = time.astype("datetime64[M]")
    offset = time - month.astype("datetime64[us]")
    months = month + (np.asarray(count) * int(step.count)).astype("timedelta64[M]")
    last = (months + 1).astype("datetime64[us]") - np.timedelta64(1, "D")
    at_end = time.astype("datetime64[D]") + 1 == (month + 1).astype("datetime64[D]")
    moved = months.astype("datetime64[us]") + offset
    within = offset - offset.astype("timedelta64[D]")
    return last + within if at_end else np.minimum(moved, last + within)


def places(times: Times, step: Step) -> NDArray[np.int64] | None:
    """Return how many steps lie between the first of ascending `times` and each: the inverse of :func:`advance`.

    None if the times do not fit a grid of this step.
    """
    if step.unit == "second":
        distance = (times - times[0]).astype(np.int64) / (step.count * 1e6)
    elif step.unit == "businessday":
        day = times.astype("datetime64[D]")
        distance = np.busday_count(day[0], day) / step.count
    else:
        months = times.astype("datetime64[M]").astype(np.int64)
        distance = (months - months[0]) / step.count
    found = np.round(distance).astype(np.int64)
    fits = (np.diff(found) > 0).all() and found[-1] + 1 <= MOST_GROWTH * len(times)
    near = np.abs(distance - found) <= 0.25
    return found if fits and near.mean() > 0.98 else None


def step_text(step: Step) -> tuple[int, str]:
    """Return how often and which unit a step is, e.g. (30, "minute"); the unit is a word to translate."""
    if step.unit == "month":
        return (int(step.count) // 12, N_("year")) if step.count % 12 == 0 else (int(step.count), N_("month"))
    if step.unit == "businessday":
        return int(step.count), N_("business day")
    for length, word in _UNITS_S:
        if step.count >= length and step.count % length == 0:
            return int(step.count // length), word
    return round(step.count), N_("second")


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Times of the rows of a dataset.

    Attributes
    ----------
    values
        datetime64[us] of each row, or None if rows are only numbered.
    step
        The regular step, or None if there is none.
    stamps
        datetime64[us] of each row where several series stand one below the other, in no single line of time; else
        None.
    """

    rows: int
    values: Times | None = None
    step: Step | None = None
    stamps: Times | None = None

    @property
    def times(self) -> Times | None:
        """What is known of the time of each row, whether or not the rows are in one line of time."""
        return self.values if self.stamps is None else self.stamps

    def of(self, first: int, behind: int) -> Clock:
        """Return the clock of the rows [`first`, `behind`) of one of several series; itself if there is one."""
        if self.stamps is None:
            return self
        return Clock(behind - first, self.stamps[first:behind], self.step)

    def at(self, rows: NDArray[np.int64]) -> Times | NDArray[np.int64]:
        """Return the time of each row; rows behind the last continue with the step, or with the median distance.

        Row numbers themselves are returned if there are no times.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if self.values is None:
            return rows
        inside = self.values[np.clip(rows, 0, self.rows - 1)]
        beyond = rows >= self.rows
        if not beyond.any():
            return inside
        step = self.step or self._usual_step()
        return np.where(beyond, advance(self.values[-1], step, np.maximum(rows - self.rows + 1, 0)), inside)

    def _usual_step(self) -> Step:
        assert self.values is not None
        distance = np.median(np.diff(self.values).astype(np.int64)) if self.rows > 1 else 1e6
        return Step(max(float(distance), 1.0) / 1e6, "second")

    def text(self, row: int) -> str:
        """Return the time of one row in the shortest ISO form that tells rows apart, or ``row N``."""
        if self.values is None:
            return f"row {row + 1}"
        time = self.at(np.array([row]))[0]
        return iso(time, self.step)


def iso(time: np.datetime64, step: Step | None) -> str:
    """Return `time` as ISO 8601 without the parts that are zero and that the step never changes."""
    if step is not None and step.unit == "month" and time == time.astype("datetime64[M]").astype("datetime64[us]"):
        return str(time.astype("datetime64[M]"))
    if time == time.astype("datetime64[D]").astype("datetime64[us]") and (
        step is None or step.unit != "second" or step.count % 86_400 == 0
    ):
        return str(time.astype("datetime64[D]"))
    count_us = round(step.count * 1e6) if step is not None and step.unit == "second" else 1_000_000
    fitting = (
        unit
        for unit, length_us in _CLOCK_UNITS_US
        if count_us % length_us == 0 and time == time.astype(f"datetime64[{unit}]")
    )
    return str(time.astype(f"datetime64[{next(fitting, 'us')}]")).replace("T", " ")
