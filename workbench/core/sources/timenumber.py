"""Times written as numbers: years, decimal years, seconds since 1970, Excel serials, Julian days, MATLAB datenum."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.timefields import days_from_civil
from workbench.core.sources.timestep import DAY_US, Times
from workbench.core.sources.timetext import Reading

Floats = NDArray[np.float64]

_TIME_NAME = re.compile(
    r"(?i)(?:^|[^a-z])(?:date|dates|datetime|time|timestamp|times|datum|zeit|zeitpunkt|zeitstempel|tag|fecha|hora|data|"
    r"temps|jour|heure|year|yr|jahr|année|annee|an|año|ano|month|mois|mes|monat|quarter|week|day|period|periode|"
    r"periodo|epoch|unix|utc|t|ds|ts|ymd|yyyy\w*|obs|observation_date|when|dt|mtu|serial|jd|mjd|julian|datenum)"
    r"(?:$|[^a-z])|(?:date|time|timestamp|datetime)$|^(?:date|time)|日期|时间|時間|年份|月份|年月|时刻|時刻|日時|日付|дата|время|период|일자|일시|날짜|시간|วันที่"
)
_NAME_OF = {
    "epoch": re.compile(r"(?i)epoch|unix|timestamp|posix"),
    "julian": re.compile(r"(?i)julian|^jd$|_jd$"),
    "mjd": re.compile(r"(?i)mjd|modified"),
    "matlab": re.compile(r"(?i)datenum|matlab"),
}
_RANK = 60.0
EPOCH = 1e8
"""Seconds since 1970 from which a number can be a time at all: March 1973."""
_COUNTER_NAME = re.compile(r"(?i)^(?:id|no|nr|index|idx|row|number|#|count|seq|序号|编号|n|rownames|)$")


def is_time_name(name: str) -> bool:
    """Tell whether a column's name speaks of time."""
    return _TIME_NAME.search(name.strip()) is not None


def is_counter_name(name: str) -> bool:
    """Tell whether a column's name is that of a row number."""
    return _COUNTER_NAME.match(name.strip()) is not None


def readings(values: Floats, name: str) -> list[Reading]:
    """Return the ways in which numbers can be times, the likeliest first by `rank`.

    Parameters
    ----------
    values
        float64, NaN where missing.
    name
        The column's name, which may settle what the numbers leave open.
    """
    filled = values[~np.isnan(values)]
    if len(filled) < 2 or filled.min() <= 0:
        return []
    low, high = float(filled.min()), float(filled.max())
    found: list[Reading] = []
    for label, first, last, convert in _RULES:
        if low >= first and high <= last:
            times = np.full(len(values), np.datetime64("NaT"), "M8[us]")
            times[~np.isnan(values)] = convert(filled)
            named = label in _NAME_OF and _NAME_OF[label].search(name) is not None
            found.append(Reading(label, times, _RANK + len(found) - 10 * named, grain=_grain(label, filled)))
    return found


def _grain(label: str, filled: Floats) -> str:
    if label == "decimal-year":
        return "month"
    return "second" if (filled % 1).any() or label.startswith("epoch") else "day"


def _scaled(unit_us: float, origin_days: float) -> Callable[[Floats], Times]:
    """Make a converter for numbers of `unit_us` microseconds counted from `origin_days` days after 1970."""

    def convert(numbers: Floats) -> Times:
        if unit_us < DAY_US:
            micro = np.round(numbers * unit_us).astype(np.int64)
        else:
            days = np.floor(numbers).astype(np.int64)
            micro = days * DAY_US + _snapped((numbers - days) * DAY_US, numbers)
        return (micro + round(origin_days * DAY_US)).astype("M8[us]")

    return convert


def _snapped(micro: Floats, numbers: Floats) -> NDArray[np.int64]:
    """Round parts of a day to hours, minutes or seconds, the coarsest that the written decimals allow."""
    if not micro.any():
        return micro.astype(np.int64)
    tolerance = 4 * float(np.spacing(np.abs(numbers).max())) * DAY_US
    for decimals in range(1, 12):
        scaled = numbers * 10.0**decimals
        if np.abs(scaled - np.round(scaled)).max() <= 4 * np.spacing(np.abs(scaled).max()):
            tolerance = max(tolerance, 0.51 * 10.0**-decimals * DAY_US)
            break
    for grid in (3.6e9, 6e7, 1e6, 1e3):
        rounded = np.round(micro / grid) * grid
        if np.abs(rounded - micro).max() <= max(tolerance, 20.0):
            return rounded.astype(np.int64)
    return np.round(micro).astype(np.int64)


def _excel_1900(numbers: Floats) -> Times:
    """Excel counts a February 29th in 1900 that never was: serials below 60 are one day off."""
    return _scaled(DAY_US, -25569)(np.where(numbers < 60, numbers + 1, numbers))


def decimal_years(numbers: Floats) -> Times:
    """Read years with a fraction; near months, quarters and days they snap to the start of the period."""
    year = np.floor(numbers + 1e-9).astype(np.int64)
    fraction = np.clip(numbers - year, 0, 1)
    steps = np.diff(np.unique(numbers))
    usual = float(np.median(steps)) if len(steps) else 1.0
    one = np.ones(len(year), np.int64)
    if abs(usual - 1) < 0.01 and np.ptp(fraction) < 0.01:
        return _to_us(days_from_civil(year, one, one)[0])
    for parts in (12, 4, 2):
        if abs(usual - 1 / parts) < 0.02 / parts * 3:
            place = fraction * parts
            near = np.abs(place - np.round(place)).max() < 0.05
            index = np.floor(place + (0.05 if near else 1e-6)).astype(np.int64)
            months = (year - 1970) * 12 + index * (12 // parts)
            return months.astype("M8[M]").astype("M8[us]")
    start = days_from_civil(year, one, one)[0]
    length = days_from_civil(year + 1, one, one)[0] - start
    offset = fraction * length
    if abs(usual - 1 / 365.25) < 2e-4:
        offset = np.floor(offset + 0.25)
    return (np.round(offset * DAY_US / 1e6).astype(np.int64) * 1_000_000 + start * DAY_US).astype("M8[us]")


def _to_us(days: NDArray[np.int64]) -> Times:
    return (days * DAY_US).astype("M8[us]")


# Seconds from 1973 on, so that eight-digit dates and plain measurements stay out.
_RULES: tuple[tuple[str, float, float, Callable[[Floats], Times]], ...] = (
    ("decimal-year", 1500, 2200, decimal_years),
    ("epoch-s", EPOCH, 5e9, _scaled(1e6, 0)),
    ("epoch-ms", 1e11, 5e12, _scaled(1e3, 0)),
    ("epoch-us", 1e14, 5e15, _scaled(1, 0)),
    ("epoch-ns", 1e17, 5e18, _scaled(1e-3, 0)),
    ("excel-1900", 10000, 80000, _excel_1900),
    ("excel-1904", 8500, 80000, _scaled(DAY_US, -24107)),
    ("mjd", 33000, 80000, _scaled(DAY_US, -40587)),
    ("unix-days", 3650, 30000, _scaled(DAY_US, 0)),
    ("julian", 2_300_000, 2_600_000, _scaled(DAY_US, -2440587.5)),
    ("matlab", 600_000, 800_000, _scaled(DAY_US, -719529)),
)
