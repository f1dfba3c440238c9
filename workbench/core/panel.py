"""Many series of unequal length in one file, each forecast once from its end: the shape of forecasting competitions.

A row is a series (a name first, then its values: ``V1, V2, …``), or a column is, or one stands below the other beside
a column of names. Two files may hold what is known and what came.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.boundary import read_capped
from workbench.core.dataset import Dataset, prepare
from workbench.core.dataspec import DataSpec
from workbench.core.insight.seasonality import detected_seasons
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.sources import read
from workbench.core.table import Column, Table

Values = NDArray[np.float64]

NO_PANEL = ProblemKind(
    "no-panel",
    "error",
    N_("{name} holds no series that could be forecast: {reason}."),
    N_("Give each series a row or a column of numbers, with its name first."),
)
NOT_THE_SAME = ProblemKind(
    "other-series",
    "error",
    N_("{test} tells how {found} of the {count} series of {name} went on; {missing} is missing."),
    N_("Give both files the same series, with the same names or in the same order."),
)

SAMPLED = 50
"""Series in which a season is looked for; the most usual one counts."""

LONGEST_WINDOW = 336
MISSING = frozenset(("", "na", "nan", "null", "none", "?"))
_DATED = re.compile(r"\d[-/.]\d|\d:\d|\d{4}年|^\d{8}|^\d{4}\s")
_COUNTED = re.compile(r"([A-Za-z_]*?)[ _]?(\d+)")

MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Series by name, each from its first to its last known value; values missing in between are NaN.

    Attributes
    ----------
    steps
        What the other way of the table calls its lines, if it could be read that way as well.
    """

    name: str
    series: Mapping[str, Values]
    steps: tuple[str, ...] = ()

    @property
    def turned(self) -> Panel:
        """The same table read the other way: each step is a series."""
        longest = max(map(len, self.series.values()), default=0)
        grid = np.full((len(self.series), longest), np.nan)
        for row, values in zip(grid, self.series.values(), strict=True):
            row[: len(values)] = values
        steps = {name: _trimmed(column) for name, column in zip(self.steps, grid.T, strict=False)}
        return Panel(self.name, {name: values for name, values in steps.items() if len(values)}, tuple(self.series))

    @property
    def holes(self) -> int:
        """Values that are missing inside the series."""
        return sum(int(np.isnan(values).sum()) for values in self.series.values())


def panel_of(path: Path | str) -> Panel:
    """Read a panel, whichever way its series lie.

    Raises
    ------
    WorkbenchError
        ``no-panel``, or whatever reading refuses.
    """
    found = _wide(Path(path))
    return found if found is not None else _of_table(read(path))


def is_ragged(path: Path | str) -> bool:
    """Return whether each row of the file is a series of its own."""
    return not str(path).startswith("task:") and _wide(Path(path)) is not None


def _wide(path: Path) -> Panel | None:
    """Read a file of one series a row, of unequal lengths; None if it is none.

    The names of its columns count up, and each row is a name that comes once, then numbers with nothing between them.
    """
    try:
        text = read_capped(path, MOST_BYTES)
    except (OSError, ValueError):
        return None  # reading it as a table says what is wrong
    head = text[:4_096].decode("utf-8-sig", errors="replace").splitlines()[:1]
    if not head or "\0" in head[0]:
        return None
    delimiter = max(",;\t", key=head[0].count)
    names = next(csv.reader(head[:1], delimiter=delimiter), [])
    if len(text) > 4_096 and len(names) > 3:
        names = names[:-1]  # the line may go on
    matched = [_COUNTED.fullmatch(name.strip()) for name in names[1:]]
    numbers = [int(m.group(2)) for m in matched if m]
    if len(names) < 4 or len(numbers) < len(matched) or len({m.group(1) for m in matched if m}) != 1:
        return None
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    rows = csv.reader(text.decode("utf-8-sig", errors="replace").splitlines()[1:], delimiter=delimiter)
    series: dict[str, Values] = {}
    for row in rows:
        values = _numbers(row[1:], decimal="," if delimiter != "," else ".") if row else np.zeros(0)
        if values is None or (row and (row[0].strip() in series or not _is_name(row[0]))):
            return None
        if len(values):
            series[row[0].strip()] = values
    found = Panel(path.name, series, tuple(name.strip() for name in _header(text, delimiter)[1:]))
    if len(series) < 2:
        return None
    # Ends of unequal length are missing where the series end: that tells which way they lie.
    turned = found.turned
    return turned if found.holes and not turned.holes else found


def _is_name(cell: str) -> bool:
    """Return whether the cell can name a series: no number, and no date or time, whose row is a step of its columns."""
    return _number(cell, ".") is None and _DATED.search(cell) is None


def _header(text: bytes, delimiter: str) -> list[str]:
    first = text.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    return next(csv.reader([first.strip("\r")], delimiter=delimiter), [])


def _numbers(cells: Sequence[str], decimal: str) -> Values | None:
    """Return the cells as numbers up to the last that holds one; None if one is a word."""
    try:
        return _ended(np.array([np.nan if c.strip().lower() in MISSING else float(c) for c in cells]))
    except ValueError:
        found = [np.nan if c.strip().lower() in MISSING else _number(c, decimal) for c in cells]
        return None if None in found else _ended(np.array(found, dtype=np.float64))


def _number(cell: str, decimal: str) -> float | None:
    try:
        return float(cell.strip().replace(decimal, "."))
    except ValueError:
        return None


def _ended(values: Values) -> Values:
    known = np.flatnonzero(np.isfinite(values))
    return values[: known[-1] + 1] if len(known) else values[:0]


def _trimmed(values: Values) -> Values:
    """Return the values from the first known one to the last."""
    known = np.flatnonzero(np.isfinite(values))
    return values[known[0] : known[-1] + 1] if len(known) else values[:0]


def _of_table(table: Table) -> Panel:
    """Take the rows of a table as series if it begins with a column of names, else its columns."""
    words = [column for column in table.columns if column.kind == "text"]
    numbers = [table[name] for name in table.numeric]
    if not numbers:
        raise WorkbenchError(NO_PANEL, name=table.name, reason=N_("it has no column of numbers"))
    if words and words[0] is table.columns[0] and table.time is None:
        names = [str(name) for name in words[0].values]
        if len(set(names)) == len(names):
            values = np.column_stack([np.asarray(column.values, dtype=np.float64) for column in numbers])
            return _filled(table.name, dict(zip(names, values, strict=True)))
        below = np.asarray(numbers[-1].values, dtype=np.float64)
        found, first, of = np.unique(np.array(names), return_index=True, return_inverse=True)
        rows = np.split(np.argsort(of, kind="stable"), np.cumsum(np.bincount(of))[:-1])
        return _filled(table.name, {str(found[k]): below[rows[k]] for k in np.argsort(first)})
    return _filled(table.name, {c.name: np.asarray(c.values, dtype=np.float64) for c in numbers})


def _filled(name: str, series: Mapping[str, Values]) -> Panel:
    kept = {key: trimmed for key, values in series.items() if len(trimmed := _trimmed(values))}
    if not kept:
        raise WorkbenchError(NO_PANEL, name=name, reason=N_("no series has a value"))
    return Panel(name, kept)


def panel_dataset(
    train: Panel, test: Panel | None = None, *, horizon: int | None = None, season: int | None = None, window: int = 0
) -> Dataset:
    """Lay the series below each other; the last `horizon` values of each are the test, all before are training rows.

    Parameters
    ----------
    test
        How the series went on, by name or else in the same order; by default the end of each series is held out.
    season
        By default the one that most series show.
    window
        By default the longest that half of every training series can fill.

    Raises
    ------
    WorkbenchError
        ``other-series`` or ``no-panel``.
    """
    known, came = _parted(train, test, horizon)
    steps = min(map(len, came.values()))
    shortest = min(map(len, known.values()))
    if shortest < 1 or steps < 1:
        raise WorkbenchError(NO_PANEL, name=train.name, reason=N_("a series is not longer than the horizon"))
    season = season or usual_season(list(known.values()))
    window = min(window or max(1, min(LONGEST_WINDOW, shortest // 2)), shortest)
    names = np.array([name for name, values in known.items() for _ in range(len(values) + steps)], dtype=object)
    values = np.concatenate([part for name in known for part in (known[name], came[name][:steps])])
    places = np.concatenate([np.repeat(np.array([0, 2], dtype=np.int8), [len(part), steps]) for part in known.values()])
    columns = (Column("series", "text", names, 0), Column("value", "number", values, int(np.isnan(values).sum())))
    table = Table(train.name, columns, None, (), "")
    spec = DataSpec(targets=("value",), series="series", window=window, horizon=steps, season=max(season, 1))
    return prepare(table, spec, places=places)


def one_horizon_before(train: Panel, test: Panel | None, dataset: Dataset) -> Dataset | None:
    """Return what `dataset` would have been one horizon before, when the last training values were still to come.

    Forecasts made then calibrate bands: the last training values of each series are the test there, and nothing is
    fitted on them. None where a series is too short for that.
    """
    spec = dataset.spec
    known, _came = _parted(train, test, spec.horizon)
    try:
        return panel_dataset(Panel(train.name, known), horizon=spec.horizon, season=dataset.season, window=spec.window)
    except WorkbenchError:
        return None


def _parted(train: Panel, test: Panel | None, horizon: int | None) -> tuple[dict[str, Values], dict[str, Values]]:
    if test is None:
        steps = horizon or max(1, min(map(len, train.series.values())) // 10)
        known = {name: values[:-steps] for name, values in train.series.items()}
        return known, {name: values[-steps:] for name, values in train.series.items()}
    known, came = dict(train.series), dict(test.series)
    if not set(known) & set(came) and set(known) & set(test.steps):
        came = dict(test.turned.series)
    if not set(known) & set(came) and len(known) == len(came):
        came = dict(zip(known, came.values(), strict=True))
    missing = [name for name in known if name not in came]
    if missing:
        found = len(known) - len(missing)
        raise WorkbenchError(
            NOT_THE_SAME, test=test.name, found=found, count=len(known), name=train.name, missing=missing[0]
        )
    return known, {name: values[:horizon] for name, values in came.items()}


def usual_season(series: Sequence[Values]) -> int:
    """Return the season that most of the series show, the shorter of two; 1 if most show none."""
    chosen = [series[k] for k in np.linspace(0, len(series) - 1, min(len(series), SAMPLED)).astype(int)]
    counted = Counter(next(iter(detected_seasons(values, None)), 1) for values in chosen)
    return min(counted, key=lambda season: (-counted[season], season))
