"""Where to put ticks on an axis of rows or of numbers, and what to write beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDate, QLocale

from workbench.core.clock import Clock
from workbench.core.problems import N_
from workbench.ui.text import THIN
from workbench.ui.text import translate as _

TickUnit = Literal["second", "minute", "hour", "day", "month", "year"]
Times = NDArray[np.datetime64]

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 2_629_746, "year": 31_556_952}
_LADDER: tuple[tuple[int, TickUnit], ...] = (
    (1, "second"), (5, "second"), (15, "second"), (30, "second"),
    (1, "minute"), (5, "minute"), (15, "minute"), (30, "minute"),
    (1, "hour"), (3, "hour"), (6, "hour"), (12, "hour"),
    (1, "day"), (2, "day"), (7, "day"), (14, "day"),
    (1, "month"), (2, "month"), (3, "month"), (6, "month"),
    (1, "year"), (2, "year"), (5, "year"), (10, "year"), (20, "year"), (50, "year"), (100, "year"),
    (200, "year"), (500, "year"), (1000, "year"),
)  # fmt: skip
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Date patterns of Qt; a translation may reorder them.
_DAY, _DAY_YEAR = N_("d MMM"), N_("d MMM yyyy")
_MONTH, _MONTH_YEAR = N_("MMM"), N_("MMM yyyy")


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """Ticks of a row axis.

    Attributes
    ----------
    rows
        (K,) position of each tick, in rows.
    texts
        What to write at each.
    """

    rows: NDArray[np.float64]
    texts: tuple[str, ...]


def row_ticks(clock: Clock, lo: float, hi: float, most: int) -> Ticks:
    """Return at most about `most` ticks at round times, or round row numbers, between rows `lo` and `hi`.

    The first tick that is shown carries the year of days, or the date of hours, unless another tick does.
    """
    lo, hi = max(lo, 0.0), max(hi, 0.0)
    if hi - lo < 1e-9 or clock.rows == 0:
        return Ticks(np.zeros(0), ())
    if clock.values is None:
        return _numbered(lo, hi, most)
    ends = clock.at(np.array([math.floor(lo), math.ceil(hi)]))
    count, unit = _spacing(float((ends[1] - ends[0]).astype(np.int64)) / 1e6, most)
    times = _round_times(ends[0], ends[1], count, unit)
    rows = _rows_of(clock, times, math.ceil(hi))
    inside = (rows >= lo - 1e-6) & (rows <= hi + 1e-6)
    rows, times = rows[inside], times[inside]
    rows, kept = np.unique(rows, return_index=True)
    # A long label at the very edge would be cut off and left out.
    roomy = int(np.searchsorted(rows, lo + 0.05 * (hi - lo)))
    return Ticks(rows, _labels(times[kept], unit, roomy))


def _numbered(lo: float, hi: float, most: int) -> Ticks:
    """Ticks for rows without a time: people count rows from 1."""
    spacing = max(1, round(nice((hi - lo) / max(most, 1))))
    first = math.ceil((lo + 1) / spacing) * spacing
    numbers = np.arange(first, hi + 1 + 1e-9, spacing)
    if first > spacing and first - spacing >= lo + 1:
        numbers = np.insert(numbers, 0, first - spacing)
    return Ticks(numbers - 1.0, tuple(grouped(value) for value in numbers))


def nice(value: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below `value`."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value * (1 - 1e-9))


def log_ticks(lo: float, hi: float, most: int) -> list[float]:
    """Return the decimal logarithms of round numbers between the logarithms `lo` and `hi`."""
    for steps in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
        found = [
            exponent + math.log10(step)
            for exponent in range(math.floor(lo), math.ceil(hi) + 1)
            for step in steps
            if lo - 1e-9 <= exponent + math.log10(step) <= hi + 1e-9
        ]
        if len(found) <= most:
            return found
    return found[:: -(-len(found) // most)]


def _spacing(span_s: float, most: int) -> tuple[int, TickUnit]:
    wanted = span_s / max(most, 1)
    for count, unit in _LADDER:
        if count * _SECONDS[unit] >= wanted:
            return count, unit
    return int(nice(wanted / _SECONDS["year"])), "year"


def _round_times(first: np.datetime64, last: np.datetime64, count: int, unit: TickUnit) -> Times:
    if unit in ("month", "year"):
        months = count * (12 if unit == "year" else 1)
        # numpy counts months from 1970; years must be round counted from year 0.
        begin = first.astype("datetime64[M]").astype(np.int64) + 1970 * 12
        end = last.astype("datetime64[M]").astype(np.int64) + 1970 * 12
        found = np.arange(-(-begin // months) * months, end + 1, months) - 1970 * 12
        if begin % months == 0 and first > first.astype("datetime64[M]"):
            found = found[1:]
        return found.astype("datetime64[M]").astype("datetime64[us]")
    step = count * _SECONDS[unit] * 1_000_000
    # Weeks begin on Monday: 5 January 1970 was one.
    base = 4 * 86_400 * 1_000_000 if unit == "day" and count % 7 == 0 else 0
    begin, end = first.astype(np.int64) - base, last.astype(np.int64) - base
    ticks = np.arange(-(-begin // step) * step, end + 1, step, dtype=np.int64) + base
    return ticks.astype("datetime64[us]")


def _rows_of(clock: Clock, times: Times, last_row: int) -> NDArray[np.float64]:
    """Invert the clock by interpolation; a binary search does not touch most of 10 million rows."""
    assert clock.values is not None
    values = clock.values
    if last_row >= clock.rows:
        values = np.concatenate([values[-2:], clock.at(np.arange(clock.rows, last_row + 2))])
        offset = clock.rows - min(2, clock.rows)
        inside = _interpolated(clock.values, times)
        beyond = offset + _interpolated(values, times)
        return np.where(times > clock.values[-1], beyond, inside)
    return _interpolated(values, times)


def _interpolated(values: Times, times: Times) -> NDArray[np.float64]:
    if len(values) < 2:
        return np.zeros(len(times))
    right = np.clip(np.searchsorted(values, times), 1, len(values) - 1)
    before, after = values[right - 1].astype(np.int64), values[right].astype(np.int64)
    share = (times.astype(np.int64) - before) / np.maximum(after - before, 1)
    rows: NDArray[np.float64] = right - 1 + share
    return rows


def _labels(times: Times, unit: TickUnit, first: int) -> tuple[str, ...]:
    texts = [_label(time, unit) for time in times]
    if unit == "year" or not texts:
        return tuple(texts)
    if not any(_tells_more(time, unit) for time in times[first:]):
        first = min(first, len(texts) - 1)
        texts[first] = _label(times[first], unit, more=True)
    return tuple(texts)


def _tells_more(time: np.datetime64, unit: TickUnit) -> bool:
    """True if the label of `time` names the next larger unit."""
    if unit in ("month", "day"):
        return False if unit == "day" else time == time.astype("datetime64[Y]")
    return bool(time == time.astype("datetime64[D]"))


def _label(time: np.datetime64, unit: TickUnit, more: bool = False) -> str:
    if unit == "year":
        return str(time.astype("datetime64[Y]"))
    if unit == "month":
        january = time == time.astype("datetime64[Y]")
        return dated(time, _(_MONTH_YEAR) if january or more else _(_MONTH))
    if unit == "day":
        return dated(time, _(_DAY_YEAR) if more else _(_DAY))
    if time == time.astype("datetime64[D]"):
        return dated(time, _(_DAY))
    clock = str(time.astype("datetime64[s]" if unit == "second" else "datetime64[m]")).split("T")[1]
    return f"{dated(time, _(_DAY))} {clock}" if more else clock


def dated(time: np.datetime64, pattern: str) -> str:
    """Return the date of `time` in the words of the present language."""
    year, month, day = str(time.astype("datetime64[D]")).rsplit("-", 2)
    return QLocale().toString(QDate(int(year), int(month), int(day)), pattern)


def moment(clock: Clock, row: int) -> str:
    """Return the time of one row as a person says it: ``22 Sep 2014 06:30``, ``Sep 2014``, ``1749``, ``row 12``."""
    if clock.values is None:
        return _("row {number}").format(number=grouped(row + 1))
    time = np.asarray(clock.at(np.array([row])))[0]
    step = clock.step
    if step is not None and step.unit == "month" and time == time.astype("datetime64[M]"):
        yearly = step.count % 12 == 0 and time == time.astype("datetime64[Y]")
        return str(time.astype("datetime64[Y]")) if yearly else dated(time, _(_MONTH_YEAR))
    day = dated(time, _(_DAY_YEAR))
    if time == time.astype("datetime64[D]") and (step is None or step.seconds is None or step.seconds % 86_400 == 0):
        return day
    whole_minutes = time == time.astype("datetime64[m]")
    return f"{day} {str(time.astype('datetime64[m]' if whole_minutes else 'datetime64[s]')).split('T')[1]}"


def grouped(value: float, decimals: int = 0) -> str:
    """Return a number with thin spaces between thousands and a real minus sign."""
    text = f"{value:,.{decimals}f}".replace(",", THIN)
    return text.replace("-", "−") if float(f"{value:.{decimals}f}") != 0 else text.replace("-", "")


def number_texts(values: Sequence[float], spacing: float) -> list[str]:
    """Return tick labels with just the decimals that tell neighbours apart; powers of ten far from 1."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest >= 1e7 or (0 < largest < 1e-3):
        power = math.floor(math.log10(largest))
        decimals = _decimals(spacing / 10.0**power)
        factor = "×10" + str(power).translate(_SUPERSCRIPTS)
        return [
            (grouped(value / 10.0**power, decimals) + (factor if abs(value) > spacing / 2 else "")) for value in values
        ]
    return [grouped(value, _decimals(spacing)) for value in values]


def _decimals(spacing: float) -> int:
    return max(0, min(9, math.ceil(-math.log10(spacing) - 1e-9))) if spacing > 0 else 0
