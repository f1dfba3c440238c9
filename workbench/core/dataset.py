"""From a table to windows: gaps, a split in time, a scaler fitted on training rows, strided views."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from workbench.core.ahead import known_rows
from workbench.core.calendar import calendar
from workbench.core.clock import Clock
from workbench.core.dataproblems import (
    CONSTANT_INPUT,
    CONSTANT_TARGET,
    CUT_WINDOWS,
    NO_ANSWER,
    NO_CALENDAR,
    NO_DIFFERENCE,
    NO_TARGET,
    NO_TEST,
    SERIES_LEFT_OUT,
    SPLIT_OUTSIDE,
    UNKNOWN_SERIES,
)
from workbench.core.dataspec import DataSpec
from workbench.core.events import Part
from workbench.core.fits import fit_of, season_of
from workbench.core.gaps import filled, hold, settled
from workbench.core.grid import Grid, regular
from workbench.core.longfiles import by_sequence
from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.scaler import Fit, Scaler
from workbench.core.table import Table
from workbench.core.windowcount import WindowCount, no_windows, window_count
from workbench.core.windows import (
    Split,
    Windows,
    part_windows,
    sequence_names,
    sequences,
    split_each,
    usable_starts,
    whole_rows,
)

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """All that training and the pictures read: R rows, F features, of which the first C are the targets.

    Attributes
    ----------
    clock
        Times of the R rows. Missing time steps of a regular series are rows of NaN here.
    file_rows
        (R,) row in the table, -1 for rows that were missing in the file.
    sequence
        (R,) number of the sequence a row belongs to; all 0 if there is one.
    values
        (R, columns) float64 in original units, NaN where missing; the columns of the file, targets first.
    filled
        The same with gaps filled as the project says; `values` itself where there are none.
    observed
        (R, columns) bool: False where a value was missing in the file.
    scaled
        (R, F) float32 as the network reads it: transformed and scaled columns, masks, calendar. NaN in gaps that are
        not filled. Where one answer a sequence is asked for, the targets are 0 here: the network must not see them.
    labels
        (R, C) float32 transformed and scaled targets, NaN where a value was missing.
    known
        (R + Q, K) float32 of what is known ahead, the columns of `spec.ahead`, also behind the last row.
    settled
        (R,) bool: rows on which a window may end, because nothing read up to there owes anything to later rows.
    carried
        (R, C) float64 targets in original units, each missing value replaced by the last one before it; for
        baselines.
    fit
        What was learnt from the training rows.
    names
        What the file calls each sequence; none where there is only one.
    """

    name: str
    spec: DataSpec
    clock: Clock
    file_rows: NDArray[np.int64]
    sequence: NDArray[np.int64]
    values: NDArray[np.float64]
    filled: NDArray[np.float64]
    observed: NDArray[np.bool_]
    scaled: NDArray[np.float32]
    labels: NDArray[np.float32]
    known: NDArray[np.float32]
    settled: NDArray[np.bool_]
    carried: NDArray[np.float64]
    fit: Fit
    split: Split
    train: Windows
    valid: Windows
    test: Windows
    notes: tuple[Problem, ...]
    names: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `values`."""
        return self.spec.columns

    @property
    def targets(self) -> int:
        """Number C of targets."""
        return len(self.spec.targets)

    @property
    def season(self) -> int:
        """Period in steps found in the training rows of the first target, 1 if there is none."""
        return self.fit.season

    @property
    def mase_scale(self) -> NDArray[np.float64]:
        """Mean absolute error (C,) of the seasonal naive forecast inside the training rows; NaN where there is none."""
        return self.fit.mase_scale

    @property
    def scaler(self) -> Scaler:
        """The scaler of the columns, fitted on training rows."""
        return self.fit.scaler

    def part(self, part: Part) -> Windows:
        """Return the windows of `part`."""
        return {"train": self.train, "valid": self.valid, "test": self.test}[part]

    @property
    def x(self) -> NDArray[np.float32]:
        """Scaled inputs of every row as a window start, (R-T+1, T, F): a strided view, no copy."""
        return sliding_window_view(self.scaled, self.spec.window, axis=0).transpose(0, 2, 1)

    @property
    def y(self) -> NDArray[np.float64]:
        """Targets in original units by row of the first target, (R-Q+1, Q, C): a strided view, no copy."""
        return sliding_window_view(self.values[:, : self.targets], self.spec.horizon, axis=0).transpose(0, 2, 1)

    @property
    def ahead(self) -> NDArray[np.float32]:
        """What is known ahead, by row of the first target, (R+1, Q, K): a strided view, no copy."""
        return sliding_window_view(self.known, self.spec.horizon, axis=0).transpose(0, 2, 1)

    @property
    def scorable(self) -> NDArray[np.bool_]:
        """Rows (R,) that can be forecast and compared: the target is there, and what should be known ahead is."""
        return _scorable(self.labels, self.known)

    @property
    def window_count(self) -> WindowCount:
        """The runs of rows from which windows of any length are counted."""
        readable = whole_rows(np.isfinite(self.scaled))
        return window_count(readable, self.scorable, self.settled, self.sequence, self.split)

    def readable(self, start: int) -> bool:
        """Return whether the network can read the window that starts at row `start`; its targets may be unknown."""
        rows = self.scaled[start : start + self.spec.window]
        if start < 0 or len(rows) < self.spec.window or not self.settled[start + self.spec.window - 1]:
            return False
        if not np.isfinite(rows).all() or self.sequence[start] != self.sequence[start + self.spec.window - 1]:
            return False
        return bool(np.isfinite(self.ahead[start + self.spec.origin]).all()) and not self._known_of_another(start)

    def _known_of_another(self, start: int) -> bool:
        """Return whether what stands behind the window is known of another series."""
        last = min(start + self.spec.origin + self.spec.horizon, len(self.sequence)) - 1
        return bool(self.spec.ahead) and self.sequence[start] != self.sequence[last]

    def truth(self, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the targets (N, Q, C) of the windows that start at `start`, in original units."""
        return self.y[np.asarray(start) + self.spec.origin]

    def to_original(self, scaled: Floats, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return original units for scaled forecasts (N, Q, C) of the windows that start at `start`."""
        values = self.unscaled(scaled, start)
        return values if self.fit.transform.plain else self.fit.transform.inverse_at(values, self.before(start))

    def unscaled(self, scaled: Floats, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Undo the scaling, and no more, of forecasts (N, Q, C) of the windows that start at `start`."""
        return self.fit.of(self._names(start)).inverse(np.asarray(scaled, dtype=np.float64))

    def _names(self, start: NDArray[np.int64]) -> tuple[str, ...]:
        """Return what the series of each window is called, where each has a scale of its own."""
        if self.fit.each is None:
            return ()
        return tuple(self.names[place] for place in self.sequence[np.asarray(start)].tolist())

    def to_scaled(self, values: Floats, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what the loss compares for values (N, Q, C) in original units: the inverse of `to_original`."""
        if not self.fit.transform.plain:
            values = self.fit.transform.forward_at(values, self.before(start))
        return self.fit.of(self._names(start)).forward(values)

    def before(self, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the last values (N, lag, C) before the origin of each window."""
        back = np.arange(-self.fit.transform.lag, 0)
        return self.carried[np.asarray(start)[:, None] + self.spec.origin + back[None, :]]


def prepare(table: Table, spec: DataSpec, fit: Fit | None = None, places: NDArray[np.int8] | None = None) -> Dataset:
    """Cut `table` into windows as `spec` says. Nothing after the training rows influences what is fitted.

    With `fit` nothing is fitted: it is what a model has learnt from other training rows. With `places` (R,), the part
    of each row of the grid (0 training, 1 validation, 2 test, 3 none), it is split so; a part may then have no window.

    Raises
    ------
    WorkbenchError
        ``no-target``, ``unknown-column``, ``constant-target``, ``no-windows``, ``no-answer``, ``no-calendar``,
        ``not-positive``, ``no-season``, ``season-too-long``, ``repeated-times``, ``split-outside`` or
        ``step-too-short``.
    """
    grid = _checked(table, spec)
    split = _split(table, grid, spec) if places is None else Split.placed(places)
    train = grid.values[split.of("train")]
    notes = grid.notes + _constant_columns(train, spec)
    dataset = _assembled(table, spec, grid, fit or fit_of(train, spec, table, grid, split), split, notes)
    parts: tuple[Part, ...] = ("train", "valid")
    for part in parts:
        if places is None and not len(dataset.part(part)):
            raise no_windows(part, spec, dataset.window_count)
    return replace(dataset, notes=dataset.notes + _window_notes(dataset))


def recast(dataset: Dataset, table: Table, spec: DataSpec) -> Dataset:
    """Return what `dataset` would be with `spec`, which differs in how gaps are treated only; nothing is fitted anew.

    Raises
    ------
    WorkbenchError
        ``no-season``.
    """
    grid = Grid(dataset.values, dataset.clock, dataset.file_rows)
    season_of(dataset.values[dataset.split.of("train"), : dataset.targets], spec, grid)
    return _assembled(table, spec, grid, dataset.fit, dataset.split, ())


def applied(table: Table, spec: DataSpec, fit: Fit) -> Dataset:
    """Lay a trained model's view over another file: what it fitted, no training part, every window in ``test``.

    Raises
    ------
    WorkbenchError
        ``unknown-column`` if the file lacks a column that the model reads, ``unknown-series`` if the model scales each
        series by itself and knows none of the file's.
    """
    grid = _checked(table, spec)
    dataset = _assembled(table, spec, grid, fit, Split(0, 0, len(grid.values)), grid.notes)
    if fit.each is None:
        return dataset
    unknown = [name for name in dataset.names if name not in fit.each.names]
    values = {"count": len(unknown), "names": ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")}
    if unknown and len(unknown) == len(dataset.names):
        raise WorkbenchError(UNKNOWN_SERIES, **values)
    return replace(dataset, notes=(*dataset.notes, problem(SERIES_LEFT_OUT, **values))) if unknown else dataset


def _checked(table: Table, spec: DataSpec) -> Grid:
    """Return the rows on their grid, if there is something to forecast from them."""
    if not spec.targets:
        raise WorkbenchError(NO_TARGET, columns=", ".join(table.numeric) or "none")
    if spec.framing == "label" and (len(spec.columns) == len(spec.targets) or spec.horizon > spec.window):
        raise WorkbenchError(NO_ANSWER, window=spec.window)
    if spec.framing == "label" and spec.difference != "none":
        raise WorkbenchError(NO_DIFFERENCE)
    if spec.dated and table.time is None:
        raise WorkbenchError(NO_CALENDAR)
    grid = regular(table, spec)
    if spec.dated and grid.clock.times is None:
        raise WorkbenchError(NO_CALENDAR)
    return grid


def _split(table: Table, grid: Grid, spec: DataSpec) -> Split:
    if spec.series and spec.framing == "forecast":
        return split_each(table, spec, sequences(table, spec.series, grid.file_rows), grid.file_rows)
    clock = grid.clock
    rows = clock.rows
    train, valid = round(rows * spec.train_share), round(rows * (spec.train_share + spec.valid_share))
    borders = [_row_of(clock, text) for text in (spec.train_until, spec.valid_until)]
    train = train if borders[0] is None else borders[0]
    valid = valid if borders[1] is None else borders[1]
    if borders != [None, None] and not 0 < train < valid <= rows:
        raise WorkbenchError(SPLIT_OUTSIDE, first=clock.text(0), last=clock.text(rows - 1))
    return Split(train, valid, rows)


def _row_of(clock: Clock, text: str) -> int | None:
    """Return the first row at or behind the date `text`, None for no date."""
    if not text or clock.values is None:
        return None
    return int(np.searchsorted(clock.values, np.datetime64(text, "us")))


def _assembled(table: Table, spec: DataSpec, grid: Grid, fit: Fit, split: Split, notes: tuple[Problem, ...]) -> Dataset:
    count, values = len(spec.targets), grid.values
    sequence = sequences(table, spec.series, grid.file_rows)
    observed = np.isfinite(values)
    whole = bool(observed.all())
    full = (
        values
        if whole or spec.gaps == "cut"
        else by_sequence(values, sequence, lambda part: filled(part, spec.gaps, spec.gap_limit, fit.season))
    )
    names = sequence_names(table, spec.series, grid.file_rows, sequence)
    scaled = _scaled(full, observed, fit, spec, grid.clock, sequence, names)
    labels = np.where(observed[:, :count], scaled[:, :count], np.float32(np.nan))
    if spec.framing == "label":
        scaled[:, :count] = 0.0
    counted = observed[:, : count if spec.mask_inputs else None]
    safe = settled(counted, spec.gaps)
    last = int(np.searchsorted(sequence, sequence[-1])) if len(sequence) else 0
    ahead = known_rows(scaled, spec, grid.clock.of(last, len(values)), spec.horizon)
    starts = usable_starts(whole_rows(np.isfinite(scaled)), _scorable(labels, ahead), safe, sequence, spec)
    parts: tuple[Part, ...] = ("train", "valid", "test")
    train, valid, test = (part_windows(part, starts, spec, split) for part in parts)
    targets = values[:, :count]
    carried = targets if whole else by_sequence(targets, sequence, lambda part: hold(part, len(part)))
    return Dataset(
        table.name, spec, grid.clock, grid.file_rows, sequence, values, full, observed, scaled, labels, ahead,
        safe, carried, fit, split, train, valid, test, notes, names,
    )  # fmt: skip


def _scorable(labels: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.bool_]:
    return whole_rows(np.isfinite(labels)) & whole_rows(np.isfinite(known[: len(labels)]))


def _scaled(
    full: NDArray[np.float64], observed: NDArray[np.bool_], fit: Fit, spec: DataSpec, clock: Clock,
    sequence: NDArray[np.int64], names: tuple[str, ...],
) -> NDArray[np.float32]:  # fmt: skip
    """Return (R, F) float32: transformed and scaled columns, masks of missing inputs, calendar."""
    count = len(spec.targets)
    columns = full
    if not fit.transform.plain:
        columns = np.column_stack([by_sequence(full[:, :count], sequence, fit.transform.forward), full[:, count:]])
    with np.errstate(over="ignore"):  # what is too large is no finite number, and told as such
        pieces = [fit.scaled(columns, sequence, names).astype(np.float32)]
    if spec.masked:
        others = pieces[0][:, count:]
        others[~np.isfinite(others)] = 0.0
        pieces.append((~observed[:, count:]).astype(np.float32))
    if spec.dated and clock.times is not None:
        pieces.append(calendar(clock.times, spec.calendar, spec.holidays, spec.harmonics).astype(np.float32))
    return np.concatenate(pieces, axis=1) if len(pieces) > 1 else pieces[0]


def _window_notes(dataset: Dataset) -> tuple[Problem, ...]:
    notes: tuple[Problem, ...] = ()
    spec, rows = dataset.spec, len(dataset.values)
    if not len(dataset.test):
        notes += (problem(NO_TEST),)
    readable, known = whole_rows(np.isfinite(dataset.scaled)), dataset.scorable
    found = len(usable_starts(readable, known, dataset.settled, dataset.sequence, spec))
    if spec.series:
        return notes
    whole = max(rows - spec.window - spec.horizon + 1, 0)
    if found < 0.8 * whole and spec.gaps == "cut":
        missing = int((~dataset.observed).sum())
        notes += (problem(CUT_WINDOWS, lost=whole - found, all=whole, missing=missing),)
    return notes


def _constant_columns(train: Floats, spec: DataSpec) -> tuple[Problem, ...]:
    notes: tuple[Problem, ...] = ()
    for index, column in enumerate(spec.columns):
        seen = train[:, index][np.isfinite(train[:, index])]
        if len(seen) and np.ptp(seen) > 0:
            continue
        if column in spec.targets and len(seen) > 1:
            raise WorkbenchError(CONSTANT_TARGET, column=column, value=f"{seen[0]:g}")
        notes += (problem(CONSTANT_INPUT, column=column),)
    return notes
