"""From a table to windows: gaps, a split in time, a scaler fitted on training rows, strided views."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from workbench.core.clock import Clock
from workbench.core.events import Part
from workbench.core.grid import regular
from workbench.core.insight.seasonality import detected_season
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import DataSpec
from workbench.core.scaler import Fit, Scaler, fitted, mase_scale
from workbench.core.table import Table
from workbench.core.windows import Split, Windows, part_windows, sequences, usable_starts, whole_rows

Floats = NDArray[np.floating]

NO_TARGET = ProblemKind(
    "no-target",
    "error",
    N_("No column is chosen to forecast."),
    N_("Choose a target. Columns with numbers: {columns}."),
)
NO_WINDOWS = ProblemKind(
    "no-windows",
    "error",
    N_(
        "No window fits: the {part} part has {rows} rows, the longest run without a gap is {run} rows, and window plus "
        "horizon need {needed} in the series, with the horizon inside the part."
    ),
    N_("{advice}"),
    action="shorten",
)
NO_ANSWER = ProblemKind(
    "no-answer",
    "error",
    N_("One answer a sequence needs inputs besides the target, and a horizon inside the window."),
    N_("Choose more inputs and a horizon from 1 to {window}, or set Question to “what comes next”."),
)
CONSTANT_TARGET = ProblemKind(
    "constant-target",
    "error",
    N_("{column} has the same value, {value}, in every training row: there is nothing to learn."),
    N_("Choose another target, or a training part in which it changes."),
)
CONSTANT_INPUT = ProblemKind(
    "constant-input",
    "warning",
    N_("{column} never changes in the training rows, so the network cannot use it."),
    N_("Leave it out of the inputs."),
)
NO_TEST = ProblemKind(
    "no-test",
    "warning",
    N_("No window fits in the test part, so scores come from the validation part and flatter the model."),
    N_("Shorten the horizon, or make the training and validation parts smaller."),
)
CUT_WINDOWS = ProblemKind(
    "cut-windows",
    "warning",
    N_("Gaps cost {lost} of {all} windows: {missing} values are missing."),
    N_("Set Gaps to “hold the last value” to keep windows across short gaps."),
    action="hold-gaps",
)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """All that training and the pictures read; R rows, F columns, of which the first C are targets.

    Attributes
    ----------
    clock
        Times of the R rows. Missing time steps of a regular series are rows of NaN here.
    file_rows
        (R,) row in the table, -1 for rows that were missing in the file.
    values
        (R, F) float64 in original units, NaN where missing.
    observed
        (R, F) bool: False where a value was missing in the file, even if it is held in `scaled`.
    scaled
        (R, F) float32 as the network reads it, NaN in gaps that are not held. Where one answer a sequence is asked
        for, the targets are 0 here: the network must not see them.
    labels
        (R, C) float32 scaled targets, NaN where a value was missing.
    sequence
        (R,) number of the sequence a row belongs to; all 0 if there is one.
    carried
        (R, C) float64 targets in original units, each missing value replaced by the last one before it; for
        baselines.
    season
        Period in steps found in the training rows of the first target, 1 if there is none.
    mase_scale
        (C,) mean absolute error of the seasonal naive forecast inside the training rows; NaN or 0 where it
        says nothing.
    """

    name: str
    spec: DataSpec
    clock: Clock
    file_rows: NDArray[np.int64]
    values: NDArray[np.float64]
    observed: NDArray[np.bool_]
    scaled: NDArray[np.float32]
    labels: NDArray[np.float32]
    sequence: NDArray[np.int64]
    carried: NDArray[np.float64]
    scaler: Scaler
    season: int
    mase_scale: NDArray[np.float64]
    split: Split
    train: Windows
    valid: Windows
    test: Windows
    notes: tuple[Problem, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the F columns."""
        return self.spec.columns

    @property
    def targets(self) -> int:
        """Number C of targets."""
        return len(self.spec.targets)

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

    def readable(self, start: int) -> bool:
        """Return whether the network can read the window that starts at row `start`; its targets may be unknown."""
        rows = self.scaled[start : start + self.spec.window]
        return start >= 0 and len(rows) == self.spec.window and bool(np.isfinite(rows).all())

    def truth(self, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the targets (N, Q, C) of the windows that start at `start`, in original units."""
        return self.y[np.asarray(start) + self.spec.origin]


def prepare(table: Table, spec: DataSpec) -> Dataset:
    """Cut `table` into windows as `spec` says. Nothing after the training rows influences scaler or season.

    Raises
    ------
    WorkbenchError
        ``no-target``, ``unknown-column``, ``constant-target`` or ``no-windows``.
    """
    values, clock, file_rows, notes = regular(table, _columns(table, spec), ordered=not spec.series)
    sequence = sequences(table, spec.series, file_rows)
    rows = len(values)
    split = Split(round(rows * spec.train_share), round(rows * (spec.train_share + spec.valid_share)), rows)
    values[~np.isfinite(values)] = np.nan
    train = values[: split.train]
    notes += _constant_columns(train, spec)
    dataset = _assembled(table.name, spec, clock, file_rows, sequence, values, _fit(train, spec, clock), split, notes)
    parts: tuple[Part, ...] = ("train", "valid")
    for part in parts:
        if not len(dataset.part(part)):
            raise _no_windows(part, dataset)
    return replace(dataset, notes=dataset.notes + _window_notes(dataset))


def _fit(train: NDArray[np.float64], spec: DataSpec, clock: Clock) -> Fit:
    scaler = fitted(train, spec.scaling)
    if spec.framing == "label":
        # Answers of independent sequences have no season, and no last value to be naive with.
        return Fit(scaler, 1, np.full(len(spec.targets), np.nan))
    season = detected_season(train[:, 0], clock.step)
    return Fit(scaler, season, mase_scale(train[:, : len(spec.targets)], season))


def applied(table: Table, spec: DataSpec, fit: Fit) -> Dataset:
    """Lay a trained model's view over another file: its scaler, no training part, every window in ``test``.

    Raises
    ------
    WorkbenchError
        ``unknown-column`` if the file lacks a column that the model reads.
    """
    values, clock, file_rows, notes = regular(table, _columns(table, spec), ordered=not spec.series)
    sequence = sequences(table, spec.series, file_rows)
    values[~np.isfinite(values)] = np.nan
    return _assembled(table.name, spec, clock, file_rows, sequence, values, fit, Split(0, 0, len(values)), notes)


def _assembled(
    name: str,
    spec: DataSpec,
    clock: Clock,
    file_rows: NDArray[np.int64],
    sequence: NDArray[np.int64],
    values: NDArray[np.float64],
    fit: Fit,
    split: Split,
    notes: tuple[Problem, ...],
) -> Dataset:
    targets = len(spec.targets)
    observed = np.isfinite(values)
    whole = bool(observed.all())
    filled = hold(values, spec.gap_limit) if spec.gaps == "hold" and not whole else values
    scaled = fit.scaler.forward(filled).astype(np.float32)
    labels = np.where(observed[:, :targets], scaled[:, :targets], np.float32(np.nan))
    if spec.framing == "label":
        scaled[:, :targets] = 0.0
    starts = usable_starts(whole_rows(np.isfinite(scaled)), whole_rows(observed[:, :targets]), sequence, spec)
    return Dataset(
        name=name,
        spec=spec,
        clock=clock,
        file_rows=file_rows,
        values=values,
        observed=observed,
        scaled=scaled,
        labels=labels,
        sequence=sequence,
        carried=values[:, :targets] if whole else hold(values[:, :targets], len(values)),
        scaler=fit.scaler,
        season=fit.season,
        mase_scale=fit.mase_scale,
        split=split,
        notes=notes,
        train=part_windows("train", starts, spec, split),
        valid=part_windows("valid", starts, spec, split),
        test=part_windows("test", starts, spec, split),
    )


def _window_notes(dataset: Dataset) -> tuple[Problem, ...]:
    notes: tuple[Problem, ...] = ()
    spec, rows = dataset.spec, len(dataset.values)
    if not len(dataset.test):
        notes += (problem(NO_TEST),)
    readable, known = whole_rows(np.isfinite(dataset.scaled)), whole_rows(dataset.observed[:, : dataset.targets])
    found = len(usable_starts(readable, known, dataset.sequence, spec))
    if spec.series:
        return notes
    whole = max(rows - spec.window - spec.horizon + 1, 0)
    if found < 0.8 * whole and spec.gaps == "cut":
        missing = int((~dataset.observed).sum())
        notes += (problem(CUT_WINDOWS, lost=whole - found, all=whole, missing=missing),)
    return notes


def _columns(table: Table, spec: DataSpec) -> tuple[str, ...]:
    if spec.framing == "label" and (len(spec.columns) == len(spec.targets) or spec.horizon > spec.window):
        raise WorkbenchError(NO_ANSWER, window=spec.window)
    if not spec.targets:
        raise WorkbenchError(NO_TARGET, columns=", ".join(table.numeric) or "none")
    return spec.columns


def hold(values: Floats, limit: int) -> NDArray[np.float64]:
    """Fill up to `limit` missing values in a row with the value before them; the rest of a longer gap stays missing.

    A row is filled from the rows before it alone, so nothing after a row decides about it.
    """
    filled = np.array(values, dtype=np.float64)
    rows = np.arange(len(filled))
    for column in filled.T:
        bad = ~np.isfinite(column)
        last = np.maximum.accumulate(np.where(bad, -1, rows))
        age = rows - last
        take = bad & (last >= 0) & (age <= limit)
        column[take] = column[last[take]]
    return filled


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


def _no_windows(part: Part, dataset: Dataset) -> WorkbenchError:
    spec, (first, behind) = dataset.spec, dataset.split.bounds(part)
    readable = whole_rows(np.isfinite(dataset.scaled))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], readable.astype(np.int8), [0]])))
    run = int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
    window, horizon = _shortened(dataset, readable, run) or (spec.window, spec.horizon)
    advice = (
        f"Shorten the window to {window} and the horizon to {horizon} steps, or open a longer series."
        if (window, horizon) != (spec.window, spec.horizon)
        else "Open a longer series, or one with fewer gaps; “hold the last value” in Gaps closes short ones."
    )
    return WorkbenchError(
        NO_WINDOWS,
        part=part,
        rows=behind - first,
        run=run,
        needed=spec.window + spec.horizon,
        advice=advice,
        window=window,
        horizon=horizon,
    )


def _shortened(dataset: Dataset, readable: NDArray[np.bool_], run: int) -> tuple[int, int] | None:
    """Return a window and a horizon that fit into training and validation, as long as halving finds, or None."""
    spec, split = dataset.spec, dataset.split
    known = whole_rows(dataset.observed[:, : dataset.targets])
    room = min(run, split.train)
    horizon = max(1, min(spec.horizon, (split.valid - split.train) // 2, room // 3))
    window = max(1, min(spec.window, room - horizon))
    while True:
        shorter = spec.model_copy(update={"window": window, "horizon": horizon})
        starts = usable_starts(readable, known, dataset.sequence, shorter)
        if len(part_windows("train", starts, shorter, split)) and len(part_windows("valid", starts, shorter, split)):
            return window, horizon
        if window == horizon == 1:
            return None
        window, horizon = max(1, window // 2), max(1, horizon // 2)
