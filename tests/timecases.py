"""Generated time columns with known truth, for the benchmark and the tests of the time axis.

A case is a text file and the times it means. Nothing here knows how the reader works.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Stamp = dt.datetime
Write = Callable[[Stamp], Any]

EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December")  # fmt: skip
DE = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
      "Dezember")  # fmt: skip
FR = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
      "décembre")  # fmt: skip
ES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
      "diciembre")  # fmt: skip
ZH = ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月")
DE3 = ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez.")
FR3 = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHORT_YEARS = 1971
EPOCH = dt.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes
    ----------
    truth
        The times in file order, None if there is no time column; None for cells that are no times.
    zone
        What the axis should say of its zone: None for naive times.
    swaps
        True if day and month can be exchanged in every cell, so a reader must tell that it chose.
    column
        Name of the one column of times, for readers that need to be told; empty if there are several or none.
    step
        Count and unit of the step (``second``, ``month`` or ``businessday``); None if the case does not say.
    """

    family: str
    text: str
    truth: list[Stamp | None] | None
    zone: str | None = None
    swaps: bool = False
    column: str = ""
    step: tuple[float, str] | None = None

    @property
    def times(self) -> np.ndarray | None:
        """The truth as datetime64[us]."""
        if self.truth is None:
            return None
        return np.array([np.datetime64("NaT") if t is None else t for t in self.truth], dtype="M8[us]")


@dataclass
class Family:
    """How one kind of column is written: which steps it can hold, and each time as one cell or several."""

    name: str
    steps: str
    write: Write
    names: Sequence[str] = ("date", "Date", "time", "Datum", "timestamp", "ds", "Zeit", "period", "")
    zone: str | None = None
    first_year: int = 1950
    swaps: bool = False
    made: Callable[[random.Random, Family], Case] | None = None
    shift: Callable[[Stamp], Stamp] = field(default=lambda t: t)


def lengths(rng: random.Random) -> int:
    """Choose how many rows: a third are short."""
    return rng.choice((rng.randint(4, 12), rng.randint(13, 60), rng.randint(61, 400)))


STEPS = {"100ms": 0.1, "second": 1, "10s": 10, "minute": 60, "15min": 900, "hour": 3600, "6h": 21600, "day": 86400,
         "week": 604800}  # fmt: skip
MONTHS = {"month": 1, "month-end": 1, "quarter": 3, "year": 12}


def stamps(rng: random.Random, step: str, rows: int, first_year: int = 1950) -> list[Stamp]:
    """Make regular times one `step` apart, which start anywhere from `first_year` on and end before 2026."""
    year = rng.randint(first_year, 2023)
    start = dt.datetime(year, rng.randint(1, 12), rng.randint(1, 28))
    if step in STEPS:
        if STEPS[step] < 86400:
            start += dt.timedelta(hours=rng.randint(0, 23))
        end = start + dt.timedelta(seconds=STEPS[step] * rows)
        start -= dt.timedelta(days=max(0, (end - dt.datetime(2026, 1, 1)).days))
        if step == "week":
            start -= dt.timedelta(days=start.weekday())
        return [start + dt.timedelta(seconds=STEPS[step] * k) for k in range(rows)]
    if step == "business":
        days = [start + dt.timedelta(days=k) for k in range(2 * rows + 7)]
        return [day for day in days if day.weekday() < 5][:rows]
    months = MONTHS[step]
    first = {"quarter": rng.choice((0, 3, 6, 9)), "year": 0}.get(step, rng.randint(0, 11))
    begin = (year - min(rows * months // 12, year - 1800)) * 12 + first
    found = []
    for k in range(rows):
        y, m = divmod(begin + k * months, 12)
        last = calendar.monthrange(y, m + 1)[1]
        found.append(dt.datetime(y, m + 1, last if step == "month-end" else 1))
    return found


def written(rng: random.Random, header: Sequence[str], cells: Sequence[Sequence[Any]], lead: bool = False) -> str:
    """Write a file: the columns of times, then (or before) two of measurements."""
    values, walk = [], 50.0
    for _ in cells:
        walk += rng.gauss(0, 1)
        values.append((f"{walk:.2f}", f"{rng.gauss(10, 4):.1f}"))
    delimiter = ";" if any("," in str(cell) for row in cells for cell in row) else rng.choice(",,;\t")
    stream = io.StringIO()
    out = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    if lead:
        out.writerow(["load", *header, "wind"])
        out.writerows([v[0], *row, v[1]] for row, v in zip(cells, values, strict=True))
    else:
        out.writerow([*header, "load", "wind"])
        out.writerows([*row, *v] for row, v in zip(cells, values, strict=True))
    return stream.getvalue()


def case(rng: random.Random, family: Family) -> Case:
    """Make one file of a family."""
    if family.made is not None:
        return family.made(rng, family)
    # Two-digit years tell a hundred years apart, no more.
    rows = lengths(rng) if family.first_year != SHORT_YEARS else min(lengths(rng), 90)
    step = rng.choice(family.steps.split())
    made = of_times(rng, family, stamps(rng, step, rows, family.first_year))
    if step in STEPS:
        return replace(made, step=(STEPS[step], "second"))
    if step == "business":
        # Two weeks are needed to tell that weekends are left out.
        return replace(made, step=(1, "businessday")) if rows > 14 else made
    return replace(made, step=(MONTHS[step], "month"))


def of_times(rng: random.Random, family: Family, times: Sequence[Stamp], name: str | None = None) -> Case:
    """Write `times` as one family does."""
    cells = [family.write(t) for t in times]
    several = isinstance(cells[0], tuple)
    rows = [row if several else (row,) for row in cells]
    header = family.names if several else (rng.choice(list(family.names)) if name is None else name,)
    truth: list[Stamp | None] = [family.shift(t) for t in times]
    swaps = family.swaps and all(t.day <= 12 for t in times) and any(t.day != t.month for t in times)
    lead = not several and header[0] != "" and rng.random() < 0.15
    column = "" if several else header[0]
    return Case(family.name, written(rng, header, rows, lead), truth, family.zone, swaps, column)


def clock12(t: Stamp, am: str = "AM", pm: str = "PM") -> str:
    """Write a time of day with twelve hours."""
    return f"{t.hour % 12 or 12}:{t:%M} {am if t.hour < 12 else pm}"


def day_number(t: Stamp, origin: Stamp) -> float:
    """Days since `origin`, with a fraction."""
    return (t - origin) / dt.timedelta(days=1)


def seconds(t: Stamp) -> float:
    """Seconds since 1970."""
    return (t - EPOCH) / dt.timedelta(seconds=1)


def quarter(t: Stamp) -> int:
    """The quarter, from 1."""
    return (t.month + 2) // 3
