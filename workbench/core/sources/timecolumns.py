"""Times that are spread over several columns: year, month, day, hour; a date and a clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.monthnames import MONTH_OF
from workbench.core.sources.rawcolumn import RawColumn
from workbench.core.sources.timefields import Whole, days_from_civil
from workbench.core.sources.timestep import DAY_US, Times, spacing
from workbench.core.sources.timetext import Reading, clock_seconds

_ROLES = {
    "year": (
        "year|years|yr|yyyy|yy|jahr|année|annee|an|año|ano|anno|jaar|rok|年|年份|calendar year|obs_year|yıl|"
        "godina|vuosi|aasta|år|év|год|έτος|연도|ปี|年度"
    ),
    "month": (
        "month|mon|mo|mm|monat|mois|mes|mese|maand|月|月份|period|obs_month|ay|mês|miesiąc|měsíc|hó|hónap|"
        "kuukausi|kuu|måned|månad|luna|месяц|μήνας|월"
    ),
    "day": (
        "day|dd|dy|tag|jour|dia|día|giorno|dag|日|日期|day of month|dayofmonth|mday|gün|dzień|den|nap|päivä|dag|день|일"
    ),
    "hour": (
        "hour|hr|hh|hours|stunde|std|heure|hora|ora|uur|时|小时|時|hour ending|he|hod|hrs|saat|godzina|hodina|"
        "óra|tunti|tim|час|시"
    ),
    "minute": "minute|min|mn|minutes|minuten|minuto|分|分钟|mm|mi",
    "second": "second|sec|ss|seconds|sekunde|segundo|秒",
    "quarter": "quarter|qtr|q|quartal|trimestre|季|季度|qtr.|kwartał|čtvrtletí|çeyrek|kvartal|kvartaali|квартал|분기",
    "week": (
        "week|wk|woche|kw|semaine|semana|周|week number|weekofyear|isoweek|hafta|tydzień|týden|viikko|uke|vecka|неделя"
    ),
    "doy": "doy|julian day|jday|day of year|dayofyear|yday|julian",
}
_RANGES = {
    "month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 59), "second": (0, 60), "quarter": (1, 4),
    "week": (1, 53), "doy": (1, 366),
}  # fmt: skip
_FORMATS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "quarter": "%q",
    "week": "%V", "doy": "%j",
}  # fmt: skip
_Kind = TypeVar("_Kind", bound=np.generic)
_UNNAMED = re.compile(r"column \d+")
_PART_NAME = re.compile(r"(?i)period|interval|isp|pte|mtu|slot")
_MINUTE_NAME = re.compile(r"(?i)^min(?:ute)?s?(?:[ _]of[ _]day)?$")
_HOUR_LABEL = r"^(?:HE|H|h|he|Hour|hour|Std\.?|Stunde) ?[-_]?(\d{1,2})$"
_CLOCK_NAME = re.compile(
    r"(?i)time|^he$|period|interval|^isp$|^pte$|slot|minute|zeit|clock|hour|hora|heure|stunde|hhmm|hh:mm|std|^hr$|时间|时刻|小时|^时$|ora|tijd"
)


def role_names(column: RawColumn) -> list[str]:
    """Return the roles a column's name allows, such as year or month."""
    name = re.sub(r"[\s_#()\[\].]+", " ", column.name).strip().lower()
    return [role for role, names in _ROLES.items() if name in names.split("|")]


def _whole(column: RawColumn, role: str) -> Whole | None:
    """Return the column's integers, -1 where missing, or None if they cannot have the role."""
    values = column.floats
    if values is None:
        return _named(column, role)
    filled = values[~np.isnan(values)]
    if len(filled) == 0 or (filled % 1).any():
        return None
    low, high = filled.min(), filled.max()
    if role == "year":
        if not ((low >= 1000 and high <= 3000) or (low >= 0 and high <= 99)):
            return None
    elif not (_RANGES[role][0] <= low and high <= _RANGES[role][1]):
        return None
    return np.where(np.isnan(values), -1, values).astype(np.int64)


def _named(column: RawColumn, role: str) -> Whole | None:
    """Read names of months, and quarters such as Q1."""
    import polars as pl

    if not column.textual or role not in ("month", "quarter", "week"):
        return None
    lowered = column.cells.str.to_lowercase().str.strip_chars(" .")
    if role == "month":
        numbers = lowered.replace_strict(MONTH_OF, default=None, return_dtype=pl.Int64)
        if numbers.null_count():
            digits = lowered.str.extract(r"^m?(\d{1,2})月?$").cast(pl.Int64, strict=False)
            numbers = numbers.fill_null(digits)
    elif role == "week":
        numbers = lowered.str.extract(r"^(?:w|kw|cw|wk|week|woche)[ .-]?(\d{1,2})$").cast(pl.Int64, strict=False)
    else:
        numbers = lowered.str.extract(r"^(?:q|qtr|t)\.? ?([1-4])$").cast(pl.Int64, strict=False)
    if numbers.null_count() > column.cells.null_count() + 0.02 * len(numbers):
        return None
    values: Whole = numbers.fill_null(-1).to_numpy()
    return values


def components(columns: Sequence[RawColumn]) -> tuple[tuple[str, ...], Reading] | None:
    """Find columns of year, month, day, hour, ... and put them together; None if there is no year or no more."""
    found: dict[str, tuple[str, Whole]] = {}
    for column in columns[:40]:
        for role in role_names(column):
            if role in found or (role in ("minute", "second") and "hour" not in found):
                continue
            values = _whole(column, role)
            if values is not None:
                found[role] = (column.name, values)
                break
    if "year" not in found or len(found) < 2:
        found = _by_position(columns)
    if "year" not in found or len(found) < 2:
        return None
    chosen = _consistent(found) or _carried(found)
    if chosen is None:
        return None
    times, roles = chosen
    names = tuple(found[role][0] for role in roles)
    text = " ".join(_FORMATS[role] for role in roles)
    grain = "second" if "hour" in roles else roles[-1]
    return names, Reading(text, times, 0.5, grain="day" if grain == "doy" else grain)


def _by_position(columns: Sequence[RawColumn]) -> dict[str, tuple[str, Whole]]:
    """Take unnamed first columns for year, month, day and hour if their values go up together."""
    found: dict[str, tuple[str, Whole]] = {}
    for column, role in zip(columns[:5], ("year", "month", "day", "hour", "minute"), strict=False):
        values = _whole(column, role) if _UNNAMED.fullmatch(column.name) else None
        if role == "month" and values is None and _UNNAMED.fullmatch(column.name):
            role, values = "quarter", _named(column, "quarter")
        if values is None or (role == "year" and values[values >= 0].min(initial=9999) < 1000):
            break
        found[role] = (column.name, values)
    while len(found) >= 2:
        chosen = _consistent(found) or _carried(found)
        measured = spacing(chosen[0]) if chosen is not None else None
        if measured is not None and not measured.duplicates and not measured.backward and measured.share > 0.8:
            return found
        found.popitem()
    return {}


def _consistent(found: dict[str, tuple[str, Whole]]) -> tuple[Times, list[str]] | None:
    """Choose the roles that belong together and compute the times."""
    year = found["year"][1]
    if year.max() < 100:
        year = np.where(year < 0, year, np.where(year >= 69, 1900, 2000) + year)
    if "month" in found:
        roles = ["year", "month"] + (["day"] if "day" in found else [])
    elif "doy" in found:
        roles = ["year", "doy"]
    elif "quarter" in found:
        roles = ["year", "quarter"]
    elif "week" in found:
        roles = ["year", "week"]
    else:
        return None
    days, valid = _days(year, found, roles)
    clock = np.zeros(len(year), np.int64)
    if roles[-1] in ("day", "doy") and "hour" in found:
        for role, unit in (("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000)):
            if role not in found:
                break
            roles.append(role)
            clock += found[role][1] * unit
            valid &= found[role][1] >= 0
    values = (days * DAY_US + clock).astype("M8[us]")
    values[~valid] = np.datetime64("NaT")
    return (values, roles) if valid.mean() > 0.95 else None


def _carried(found: dict[str, tuple[str, Whole]]) -> tuple[Times, list[str]] | None:
    """Let a year or month written once hold for the rows below it, if that makes times that only go up."""
    finest = next((role for role in ("hour", "day", "doy", "week", "month", "quarter") if role in found), None)
    filled = {role: (name, v if role == finest else carried_down(v, v < 0)) for role, (name, v) in found.items()}
    chosen = _consistent(filled)
    measured = spacing(chosen[0]) if chosen is not None else None
    return chosen if measured is not None and not measured.duplicates and not measured.backward else None


def carried_down(values: NDArray[_Kind], missing: NDArray[np.bool_]) -> NDArray[_Kind]:
    """Return `values` with the last known one in place of what is missing; missing ones at the top stay."""
    place = np.maximum.accumulate(np.where(missing, 0, np.arange(len(values))))
    return values[place]


def _days(year: Whole, found: dict[str, tuple[str, Whole]], roles: Sequence[str]) -> tuple[Whole, NDArray[np.bool_]]:
    one = np.ones(len(year), np.int64)
    if "month" in roles:
        return days_from_civil(year, found["month"][1], found["day"][1] if "day" in roles else one)
    number = found[roles[1]][1]
    if roles[1] == "quarter":
        return days_from_civil(year, (number - 1) * 3 + 1, one)
    if roles[1] == "week":
        fourth, valid = days_from_civil(year, one, one * 4)
        return fourth - (fourth + 3) % 7 + (number - 1) * 7, valid & (number > 0)
    start, valid = days_from_civil(year, one, one)
    return start + number - 1, valid & (number > 0)


def with_clock(columns: Sequence[RawColumn], position: int, reading: Reading) -> tuple[str, Reading] | None:
    """Add a column of times of day to a column of dates, if that makes the times more distinct.

    Parameters
    ----------
    position
        Index of the column of dates.

    Returns
    -------
    The name of the clock column and the combined reading, or None.
    """
    missing = np.isnat(reading.values)
    if 0.3 < missing.mean() < 1:
        # Merged cells: a day is written once, in the first row of its hours.
        reading = replace(reading, values=carried_down(reading.values, missing))
    before = spacing(reading.values)
    for k in sorted(range(len(columns)), key=lambda k: (abs(k - position), k < position)):
        column = columns[k]
        named = _CLOCK_NAME.search(column.name) is not None
        if k == position or not (named or abs(k - position) == 1):
            continue
        clock = _clock(column, named)
        if clock is None:
            continue
        values = (reading.values.astype(np.int64) + clock).astype("M8[us]")
        values[(clock < 0) | np.isnat(reading.values)] = np.datetime64("NaT")
        after = spacing(values)
        fewer = after.duplicates < before.duplicates
        if fewer or (named and column.floats is None and after.backward <= before.backward):
            text = f"{reading.format} + %H:%M"
            return column.name, Reading(text, values, reading.rank, reading.timezone, reading.mixed, "second")
    return None


def _clock(column: RawColumn, named: bool) -> Whole | None:
    """Return microseconds since midnight, -1 where missing, or None if the column is no clock."""
    import polars as pl

    if column.cells.dtype == pl.Time:
        return (column.cells.cast(pl.Int64) // 1000).fill_null(-1).to_numpy()
    values = column.floats
    if values is None and column.textual:
        hours = column.cells.str.extract(_HOUR_LABEL).cast(pl.Float64)
        if not named or hours.null_count() > column.cells.null_count():
            return clock_seconds(column.cells)
        values = hours.fill_null(float("nan")).to_numpy()
    if values is None:
        return None
    filled = values[~np.isnan(values)]
    if not named or len(filled) == 0 or filled.min() < 0:
        return None
    numbers = np.where(np.isnan(values), -1, values)
    missing = np.isnan(values)
    part = _PART_NAME.search(column.name) is not None and filled.min() >= 1
    if part and (44 <= filled.max() <= 50 or 90 <= filled.max() <= 100) and not (filled % 1).any():
        clock = (numbers - 1) * (1_800_000_000 if filled.max() <= 50 else 900_000_000)
    elif _MINUTE_NAME.search(column.name) and 60 <= filled.max() <= 1440 and not (filled % 1).any():
        clock = numbers * 60_000_000
    elif filled.max() <= 24 and not (filled % 1).any():
        clock = numbers * 3_600_000_000
    elif filled.max() <= 2400 and not (filled % 1).any() and (filled % 100 < 60).all():
        clock = (numbers // 100 * 60 + numbers % 100) * 60_000_000
    elif filled.max() <= 240000 and not (filled % 1).any() and (filled % 100 < 60).all():
        clock = (numbers // 10000 * 3600 + numbers // 100 % 100 * 60 + numbers % 100) * 1_000_000
    elif filled.max() < 1:
        clock = np.round(numbers * 86400) * 1_000_000
    else:
        return None
    return np.where(missing, -1, clock).astype(np.int64)
