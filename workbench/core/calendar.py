"""What the calendar says about a row, as numbers a network can read; known for every future row as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.holidays import is_holiday
from workbench.core.problems import N_

PERIODS = {
    "hour": N_("hour of the day"),
    "weekday": N_("day of the week"),
    "day": N_("day of the month"),
    "month": N_("month of the year"),
    "year": N_("day of the year"),
}
"""Cycles of the calendar, with their names."""


def calendar_columns(periods: tuple[str, ...], country: str = "", harmonics: int = 1) -> tuple[str, ...]:
    """Return the names of the columns :func:`calendar` gives."""
    found = tuple(
        f"{period} {wave}" + (f" {order}" if order > 1 else "")
        for period in periods
        for order in range(1, harmonics + 1)
        for wave in ("sin", "cos")
    )
    return (*found, f"holiday {country}") if country else found


def calendar(
    times: NDArray[np.datetime64], periods: tuple[str, ...], country: str = "", harmonics: int = 1
) -> NDArray[np.float64]:
    """Return sine and cosine of each cycle at `times`, from -1 to 1, and 1 on holidays of `country`, else 0: (R, K).

    Two waves tell each phase apart without a jump at midnight or New Year. With more `harmonics`, waves twice, three
    times ... as fast follow: the Fourier terms from which sharp daily and weekly shapes are made (Harvey & Shephard
    1993; Taylor & Letham 2018, section 3.2).

    Raises
    ------
    WorkbenchError
        ``no-holidays`` or ``unknown-country``.
    """
    found = np.empty((len(times), len(calendar_columns(periods, country, harmonics))))
    for index, period in enumerate(periods):
        angle = 2 * np.pi * _phase(times, period)
        for order in range(harmonics):
            place = 2 * (index * harmonics + order)
            found[:, place], found[:, place + 1] = np.sin((order + 1) * angle), np.cos((order + 1) * angle)
    if country:
        found[:, -1] = is_holiday(times, country)
    return found


def _phase(times: NDArray[np.datetime64], period: str) -> NDArray[np.float64]:
    """Return how much of the cycle has passed, 0 to 1."""
    day = times.astype("datetime64[D]")
    of_day = (times - day).astype("timedelta64[us]").astype(np.float64) / 86_400e6
    if period == "hour":
        return of_day
    if period == "weekday":
        return ((day.astype(np.int64) + 3) % 7 + of_day) / 7
    month = times.astype("datetime64[M]")
    day_of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    if period == "day":
        length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
        return (day_of_month + of_day) / length
    if period == "month":
        return (month.astype(np.int64) % 12) / 12.0
    year = times.astype("datetime64[Y]")
    first = year.astype("datetime64[D]")
    length = ((year + 1).astype("datetime64[D]") - first).astype(np.int64)
    return ((day - first).astype(np.int64) + of_day) / length
