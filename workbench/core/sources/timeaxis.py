"""Choose the time axis of a table: which column, in which form, with which alternatives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import Problem, problem
from workbench.core.sources import timenumber, timetext
from workbench.core.sources.problems import (
    OFFSETS_TO_UTC,
    ROWS_NUMBERED,
    TIME_CELLS_BAD,
    TIME_GUESSED,
    TIME_TURNED,
    TIME_UNSURE,
    ZONE_TO_UTC,
)
from workbench.core.sources.rawcolumn import Hints, Lines, RawColumn
from workbench.core.sources.timecolumns import components, with_clock
from workbench.core.sources.timenotes import brief, carried, irregularities, unread
from workbench.core.sources.timestep import (
    Spacing,
    Times,
    day_of_month,
    jumps,
    month_numbers,
    spacing,
    span,
    without_nat,
)
from workbench.core.sources.timetext import Reading
from workbench.core.table import TimeAxis

if TYPE_CHECKING:
    import polars as pl

_MOST_COLUMNS = 30
_DAY_MONTH = re.compile(r"%y[-/ ]?%[bB]|%y[-/]%m(?: |$)|%m[-/]%y(?: |$)")
_YEAR_US = 300 * 86_400_000_000
"""Fewer days than any year has: rows with a clock are never as far apart."""
_PROBES = 2000
_EARLIEST = np.datetime64("1000-01-01", "us")
_LATEST = np.datetime64("2300-01-01", "us")
_SOFT = ("(19yy)", "(20yy)", "(from ")
_SHORT = 12
"""Days 1 to 12 of one month can all be months as well: up to here a step settles nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading with how well it fits: monotone, regular, plausible (0 to about 2, larger is better)."""

    reading: Reading
    spacing: Spacing
    quality: float
    descending: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best reading of one column (or several), with the others that fit."""

    columns: tuple[str, ...]
    position: int
    best: Judged
    others: tuple[Judged, ...]
    score: float


def judge(reading: Reading) -> Judged | None:
    """Measure a reading; None if its years are out of this world."""
    valid = without_nat(reading.values)
    if len(valid) == 0:
        return None
    first, last = span(valid)
    if first < _EARLIEST or last > _LATEST:
        return None
    descending = len(valid) > 2 and bool(valid[0] > valid[-1]) and bool((jumps(valid) <= 0).mean() > 0.9)
    found = spacing(valid[::-1] if descending else valid)
    if _DAY_MONTH.match(reading.format) and _days_of_month(valid):
        return None
    if _leaps_years(reading.format, valid):
        return None
    n = max(1, len(valid) - 1)
    quality = (1 - found.backward / n) + found.share
    if found.step is not None and found.step.unit == "month" and found.step.count < 12:
        day = day_of_month(valid)
        # Monthly values stand on the first, the last or the middle day; anything else is likelier a misread day.
        quality -= 0.2 * float(((day > 1) & (day < 28) & (day != 15)).mean())
    # A reading that leaves cells unread is a way out only where none reads them all.
    quality -= 3 * (1 - len(valid) / len(reading.values))
    if last > np.datetime64("now", "us") + np.timedelta64(366, "D"):
        # Few tables reach into the future; among several readings the one in the past is likelier.
        quality -= 0.15
    return Judged(reading, found, quality, descending)


def _leaps_years(form: str, valid: Times) -> bool:
    """Tell whether times with a clock lie a year apart: what was taken for a year of two digits is none."""
    if "%y" not in form or "%H" not in form or len(valid) < 3:
        return False
    return float(np.median(np.abs(jumps(valid).astype(np.float64)))) >= _YEAR_US


def _days_of_month(valid: Times) -> bool:
    """Tell whether cells such as ``24-Jan`` are days: read as years, most would be one month of many years."""
    short = valid.astype("M8[Y]").astype(np.int64) % 100 + 70
    return bool((short % 100 <= 31).all() and (np.diff(month_numbers(valid)) % 12 == 0).mean() > 0.5)


def ranked(readings: Sequence[Reading], day_first: bool) -> list[Judged]:
    """Judge the readings of one column, the best first, each set of times once."""
    judged = [j for j in (judge(r) for r in readings) if j is not None]
    iso_fits = any(j.reading.format.startswith(("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")) for j in judged)

    def order(j: Judged) -> tuple[float, float]:
        rank = j.reading.rank
        first = j.reading.format
        if day_first and first.startswith("%d/%m"):
            rank -= 2.5
        return -round(j.quality, 2), rank

    kept: list[Judged] = []
    for j in sorted(judged, key=order):
        # Nobody writes year, day, month; it is a way out only where year, month, day does not fit.
        odd = j.reading.format[:5] in ("%Y-%d", "%Y/%d", "%Y.%d") and iso_fits
        if not odd and all(not _same_times(j.reading, k.reading) for k in kept):
            kept.append(j)
    return kept


def _same_times(one: Reading, other: Reading) -> bool:
    return np.array_equal(one.values, other.values, equal_nan=True)


def _candidate(column: RawColumn, position: int, rows: int, day_first: bool, wanted: bool) -> Candidate | None:
    """Judge one column as a time axis; None if it is none."""
    named = timenumber.is_time_name(column.name)
    readings: list[Reading] = []
    if column.temporal:
        stored = _stored(column)
        readings = [stored] if stored is not None else []
    elif column.textual and column.numbers is None:
        readings = timetext.readings(column.cells)
    elif column.floats is not None:
        readings = _numeric(column, position, named, wanted)
    found = ranked(readings, day_first)
    if not found:
        return None
    best = found[0]
    numeric = column.floats is not None
    if numeric and not wanted and not _acceptable(best, named, position):
        return None
    distinct = 1 - best.spacing.duplicates / max(1, rows)
    fine = {"year": 0.0, "quarter": 0.1, "month": 0.1, "week": 0.15, "day": 0.2}.get(best.reading.grain, 0.3)
    score = best.quality + 0.6 * distinct + 0.5 * named + 0.3 * (position == 0) - 0.02 * position + fine
    score -= 0.5 * numeric
    return Candidate((column.name,), position, best, tuple(found[1:]), score)


def _acceptable(best: Judged, named: bool, position: int) -> bool:
    """Numbers are times only if the name says so or the first column goes up in equal steps."""
    n = int((~np.isnat(best.reading.values)).sum())
    monotone = best.spacing.backward <= 0.02 * n
    if named:
        return monotone or best.spacing.duplicates > 0.3 * n
    if without_nat(best.reading.values).max() > np.datetime64("now", "us") + np.timedelta64(366, "D"):
        return False
    return position == 0 and monotone and n >= 4 and best.spacing.share > 0.9


def _numeric(column: RawColumn, position: int, named: bool, wanted: bool) -> list[Reading]:
    values = column.floats
    if values is None or not (named or position == 0 or wanted):
        return []
    counter = timenumber.is_counter_name(column.name) and column.name.strip() and not wanted
    if counter and not np.nanmax(values, initial=0) >= timenumber.EPOCH:
        return []
    readings: list[Reading] = []
    text: pl.Series | None
    if column.textual:
        text = column.cells
    else:
        # What no form of time can read here and there, none can read everywhere.
        stride = max(1, len(values) // _PROBES)
        some = _whole_texts(values[::stride])
        hopeless = some is None or (stride > 1 and not timetext.readings(some))
        text = None if hopeless else _whole_texts(values)
    if text is not None and not text.drop_nulls().head(50).str.contains(r"[eE,]").any():
        readings = [r for r in timetext.readings(text) if _digits_form(r, position, named)]
    return readings + timenumber.readings(values, column.name)


def _whole_texts(values: NDArray[np.float64]) -> pl.Series | None:
    """Write numbers as digits; None if one is no whole number."""
    import polars as pl

    if (values[~np.isnan(values)] % 1).any():
        return None
    return pl.Series(values).fill_nan(None).cast(pl.Int64, strict=False).cast(pl.String)


def _digits_form(reading: Reading, position: int, named: bool) -> bool:
    """Six digits are year and month, or rarely year, month and day; both need a name or the first column."""
    return named or position == 0


def _stored(column: RawColumn) -> Reading | None:
    """Take times that the file itself stores."""
    import polars as pl

    cells = column.cells
    zone = stored_zone(cells)
    if isinstance(cells.dtype, pl.Datetime):
        cells = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else cells
    elif cells.dtype != pl.Date:
        return None
    values = cells.cast(pl.Datetime("us")).to_numpy().astype("M8[us]", copy=False)
    midnight = column.form is not None and "%H" not in column.form
    grain = "day" if midnight or column.cells.dtype == pl.Date else "second"
    return Reading(column.form or "stored", values, 0.0, "UTC" if zone else None, False, grain)


def stored_zone(cells: pl.Series) -> str | None:
    """Return the zone that the file stores with its times, or None."""
    import polars as pl

    return cells.dtype.time_zone if isinstance(cells.dtype, pl.Datetime) else None


def find(
    columns: Sequence[RawColumn], hints: Hints, day_first: bool, lines: Lines
) -> tuple[TimeAxis | None, bool, list[Problem]]:
    """Find the time axis.

    Returns
    -------
    axis
        Values in file order, or None if the rows are only numbered.
    turned
        True if the file runs from new to old; the caller has to reverse all rows.
    notes
        What was chosen and what is irregular.
    """
    rows = columns[0].rows if columns else 0
    chosen = None if hints.time == "" or rows < 2 else _chosen(columns, hints, day_first, rows)
    if chosen is None:
        return None, False, [problem(ROWS_NUMBERED), *(unread(columns, lines) if hints.time != "" else ())]
    best = chosen.best
    others = chosen.others
    if hints.time_format is not None:
        wanted = [j for j in (best, *others) if j.reading.format == hints.time_format]
        if wanted:
            others = tuple(j for j in (best, *others) if j is not wanted[0])
            best = wanted[0]
    values = best.reading.values[::-1].copy() if best.descending else best.reading.values
    alternatives = tuple(_shown(j.reading) for j in others if j.spacing.backward <= 0.5 * rows)
    axis = TimeAxis(
        chosen.columns,
        best.reading.format,
        values,
        best.spacing.step,
        best.spacing.duplicates,
        best.spacing.backward,
        best.spacing.gaps,
        best.reading.timezone,
        alternatives,
    )
    notes = _notes(axis, chosen, best, others, columns, lines, settled=hints.time_format is not None)
    return axis, best.descending, notes


def _chosen(columns: Sequence[RawColumn], hints: Hints, day_first: bool, rows: int) -> Candidate | None:
    together = None if hints.time else components(columns)
    candidates = []
    for position, column in enumerate(columns):
        wanted = hints.time == column.name
        if hints.time is not None and not wanted:
            continue
        if position >= _MOST_COLUMNS and not (wanted or timenumber.is_time_name(column.name)):
            continue
        candidate = _candidate(column, position, rows, day_first, wanted)
        if candidate is not None:
            candidates.append(candidate)
    if together is not None:
        names, reading = together
        judged = judge(reading)
        if judged is not None:
            score = judged.quality + 0.6 * (1 - judged.spacing.duplicates / max(1, rows)) + 1.0
            position = next(k for k, c in enumerate(columns) if c.name == names[0])
            candidates.append(Candidate(names, position, judged, (), score))
    if not candidates:
        return None
    best = max(candidates, key=lambda c: c.score)
    return _with_clock(columns, best)


def _with_clock(columns: Sequence[RawColumn], best: Candidate) -> Candidate:
    """Join a column of clock times to a column of days."""
    if best.best.reading.grain != "day":
        return best
    judged = []
    name = ""
    for one in (best.best, *best.others):
        joined = with_clock(columns, best.position, one.reading)
        if joined is None:
            continue
        name, reading = joined
        better = judge(reading)
        if better is not None:
            judged.append(better)
    if not judged or not name:
        return best
    judged.sort(key=lambda j: -round(j.quality, 2))
    return Candidate((*best.columns, name), best.position, judged[0], tuple(judged[1:]), best.score)


def _shown(reading: Reading) -> tuple[str, str, str]:
    first, last = span(without_nat(reading.values))
    return reading.format, brief(first), brief(last)


def _rivals(best: Judged, other: Judged) -> bool:
    """Tell whether another reading is nearly as good.

    A longer column is settled if only the best reading has a step without exception; a short one is not.
    """
    if any(mark in other.reading.format for mark in _SOFT):
        return False
    if len(best.reading.values) <= _SHORT:
        return other.spacing.backward == 0
    if other.quality <= best.quality - 0.1:
        return False
    return not (best.spacing.share > 0.999 and other.spacing.share < 0.999)


def _notes(
    axis: TimeAxis,
    chosen: Candidate,
    best: Judged,
    others: Sequence[Judged],
    columns: Sequence[RawColumn],
    lines: Lines,
    settled: bool,
) -> list[Problem]:
    column = " + ".join(axis.columns)
    form, first, last = _shown(best.reading)
    notes = [problem(TIME_GUESSED, column=column, format=form, first=first, last=last)]
    close = [j for j in others if _rivals(best, j)]
    if close and not settled:
        other, other_first, other_last = _shown(close[0].reading)
        values = {"column": column, "format": form, "first": first, "last": last, "other": other}
        notes.append(problem(TIME_UNSURE, **values, other_first=other_first, other_last=other_last))
    if best.reading.mixed:
        notes.append(problem(OFFSETS_TO_UTC, column=column))
    zone = stored_zone(columns[chosen.position].cells)
    if zone is not None and zone != "UTC":
        notes.append(problem(ZONE_TO_UTC, column=column, zone=zone))
    if best.descending:
        notes.append(problem(TIME_TURNED, column=column))
    notes += carried(axis.columns, best.reading.values, columns, lines)
    cells, floats = columns[chosen.position].cells, columns[chosen.position].floats
    filled = cells.is_not_null().to_numpy() if floats is None else ~np.isnan(floats)
    bad = np.flatnonzero(np.isnat(best.reading.values) & filled)
    if len(bad):
        rows, row = [int(k) for k in bad], lines.of(int(bad[0]))
        cell = f"{floats[bad[0]]:g}" if floats is not None else str(cells[int(bad[0])])
        notes.append(
            problem(TIME_CELLS_BAD, column=column, count=len(bad), cell=cell, row=row, rows=lines.listed(rows))
        )
    return notes + irregularities(axis, lines, best.descending, column)
