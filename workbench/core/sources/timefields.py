"""From fields (year, month, day, hour, ...) to datetime64[us], by arithmetic on whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.monthnames import MONTH_OF
from workbench.core.sources.timestep import DAY_US, Times

if TYPE_CHECKING:
    import polars as pl

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

_QUARTER_OF = {"1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4, "I": 1, "II": 2, "III": 3, "IV": 4}
_OFFSETS_H = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "UT": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AKST": -9,
    "AKDT": -8, "HST": -10, "AWST": 8, "SAST": 2, "AST": -4, "ADT": -3, "BRT": -3, "BRST": -2, "ART": -3, "CLT": -4,
    "CLST": -3, "PHT": 8, "WIB": 7, "ICT": 7, "EAT": 3, "CAT": 2, "WAT": 1,
}  # fmt: skip
_AFTERNOON = ("下午", "晚上", "中午")
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}
_REPUBLIC = 1911
"""Years in Taiwan are counted from 1912, without a word in front where they stand in numbers."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """Values with their zone; see `timetext.Reading`."""

    values: Times
    timezone: str | None
    mixed: bool
    grain: str

    @property
    def valid(self) -> int:
        """Number of rows with a time."""
        return int((~np.isnat(self.values)).sum())


def whole(column: pl.Series, absent: int = -1) -> Whole:
    """Turn digits into int64, `absent` where there are none."""
    import polars as pl

    numbers: Whole = column.cast(pl.Int64, strict=False).fill_null(absent).to_numpy()
    return numbers


def from_fields(fields: dict[str, pl.Series], earliest: int = 1969) -> Assembled | None:
    """Put the fields of one form together; None if there is no year.

    Parameters
    ----------
    earliest
        First of the hundred years that two-digit years stand for. POSIX: 69-99 are 1969-1999, 00-68 are 2000-2068.
    """
    if "Y" in fields:
        year = whole(fields["Y"])
    elif "y" in fields:
        short = whole(fields["y"], -10_000)
        year = np.where(short < 0, short, earliest + (short - earliest) % 100)
    elif "r" in fields:
        within = whole(fields["r"].str.replace("元", "1"), -10_000)
        before = whole(fields["E"].replace_strict(_ERAS, default=None), -10_000) if "E" in fields else _REPUBLIC
        year = within + before
    else:
        return None
    n = len(year)
    days, valid, grain = _days(fields, year, n)
    clock, clocked = clock_of(fields, n)
    valid &= clocked | (clock == 0)
    stamps = days * DAY_US + clock
    zone, mixed, shift, zoned = _zones(fields, n)
    valid &= zoned
    values = (stamps - shift).astype("M8[us]")
    values[~valid] = np.datetime64("NaT")
    return Assembled(values, zone, mixed, "second" if "H" in fields else grain)


def _days(fields: dict[str, pl.Series], year: Whole, n: int) -> tuple[Whole, Mask, str]:
    """Return days since 1970, which of them exist, and the smallest field."""
    if "W" in fields:
        weekday = whole(fields["u"]) if "u" in fields else np.ones(n, np.int64)
        return _week_days(year, whole(fields["W"]), weekday)
    if "j" in fields:
        number = whole(fields["j"])
        start = days_from_civil(year, np.ones(n, np.int64), np.ones(n, np.int64))[0]
        leap = days_from_civil(year + 1, np.ones(n, np.int64), np.ones(n, np.int64))[0] - start
        return start + number - 1, (number >= 1) & (number <= leap) & (year > 0), "day"
    month, grain = np.ones(n, np.int64), "year"
    if "m" in fields:
        month, grain = whole(fields["m"]), "month"
    elif "b" in fields:
        month, grain = _month_numbers(fields["b"]), "month"
    elif "q" in fields:
        known = fields["q"].replace_strict(_QUARTER_OF, default=None)
        month, grain = (whole(known, -5) - 1) * 3 + 1, "quarter"
    elif "s" in fields:
        month, grain = (whole(fields["s"], -5) - 1) * 6 + 1, "quarter"
    day = np.ones(n, np.int64)
    if "d" in fields:
        day, grain = whole(fields["d"]), "day"
    days, valid = days_from_civil(year, month, day)
    if "e" in fields:
        end = whole(fields["e"])
        valid &= (end == year + 1) | ((end < 100) & (end == (year + 1) % 100))
    return days, valid, grain


def _month_numbers(names: pl.Series) -> Whole:
    lowered = names.str.to_lowercase().str.strip_chars(".")
    return whole(lowered.replace_strict(MONTH_OF, default=None), -1)


def days_from_civil(year: Whole, month: Whole, day: Whole) -> tuple[Whole, Mask]:
    """Return days since 1970-01-01 and whether the date exists."""
    valid = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
    first = months.astype("M8[D]").astype(np.int64)
    following = (months + 1).astype("M8[D]").astype(np.int64)
    days: Whole = first + np.where(valid, day, 1) - 1
    return days, valid & (days < following)


def _week_days(year: Whole, week: Whole, weekday: Whole) -> tuple[Whole, Mask, str]:
    """ISO 8601 weeks: week 1 holds January 4th, days run from Monday (1)."""
    n = len(year)
    fourth = days_from_civil(year, np.ones(n, np.int64), np.full(n, 4, np.int64))[0]
    monday = fourth - (fourth + 3) % 7
    valid = (week >= 1) & (week <= 53) & (year > 0) & (weekday >= 1)
    return monday + (week - 1) * 7 + weekday - 1, valid, "week"


def clock_of(fields: dict[str, pl.Series], n: int) -> tuple[Whole, Mask]:
    """Return microseconds since midnight and whether the clock shows such a time; 24:00 is the next midnight."""
    if "H" not in fields:
        return np.zeros(n, np.int64), np.ones(n, np.bool_)
    hour = whole(fields["H"], 0)
    minute = whole(fields["M"], 0) if "M" in fields else np.zeros(n, np.int64)
    second = whole(fields["S"], 0) if "S" in fields else np.zeros(n, np.int64)
    micro = np.zeros(n, np.int64)
    if "f" in fields:
        digits = fields["f"].str.pad_end(9, "0").str.head(9)
        micro = whole(digits, 0) // 1000
    for name in ("p", "P"):
        if name in fields:
            hour = _twelve(hour, fields[name])
    clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro
    valid = (minute < 60) & (second <= 60) & (hour >= 0) & ((hour < 24) | (clock == DAY_US))
    return clock, valid


def _twelve(hour: Whole, marks: pl.Series) -> Whole:
    """Apply AM and PM; an hour above 12 keeps its value."""
    text = marks.fill_null("").str.to_lowercase()
    late = (text.str.starts_with("p") | text.is_in(_AFTERNOON)).to_numpy()
    early = (text.str.starts_with("a") | text.is_in(("上午", "凌晨", "早上"))).to_numpy()
    hour = np.where(late & (hour < 12) & ~((text == "中午").to_numpy() & (hour >= 10)), hour + 12, hour)
    return np.where(early & (hour == 12), 0, hour)


def _zones(fields: dict[str, pl.Series], n: int) -> tuple[str | None, bool, Whole, Mask]:
    """Return zone name, whether offsets differ, the microseconds to subtract, and which rows have a known zone."""
    none = np.zeros(n, np.int64)
    every = np.ones(n, np.bool_)
    if "z" not in fields:
        return None, False, none, every
    import polars as pl

    texts = fields["z"].unique().drop_nulls().to_list()
    minutes = {text: _offset_minutes(text) for text in texts}
    known = {text: value for text, value in minutes.items() if value is not None}
    column = fields["z"].replace_strict(known, default=None, return_dtype=pl.Int64)
    valid = (column.is_not_null() | fields["z"].is_null()).to_numpy()
    shift = whole(column, 0) * 60_000_000
    if not known and len(texts) == 1:
        # One zone throughout whose offset is not known: local times.
        return None, False, none, every
    distinct = set(known.values())
    if len(distinct) <= 1:
        offset = next(iter(distinct), 0)
        return offset_name(offset), False, none, valid
    return "UTC", True, shift, valid


def _offset_minutes(text: str) -> int | None:
    text = text.strip().upper().replace("−", "-")
    if text in _OFFSETS_H:
        return _OFFSETS_H[text] * 60
    digits = text.removeprefix("UTC").removeprefix("GMT").strip()
    if digits[:1] not in ("+", "-"):
        return None
    number = digits[1:].replace(":", "")
    hours, minutes = (number, "0") if len(number) <= 2 else (number[:-2], number[-2:])
    total = int(hours) * 60 + int(minutes)
    return (-total if digits[0] == "-" else total) if total <= 15 * 60 else None


def offset_name(minutes: int) -> str:
    """Write an offset as ``UTC`` or ``+08:00``."""
    if minutes == 0:
        return "UTC"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
