"""The proof of a script: fresh processes run it on files, and what they write is what the program forecasts."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.bundle import Bundle
from workbench.core.clock import advance
from workbench.core.handover import settings_of
from workbench.core.proof import LONGEST_S, TOLERANCE, Proof, difference, run_fresh
from workbench.core.rawwindows import drawn
from workbench.core.table import Column, Step, Table, TimeAxis

FILES = 3
EXTRA_ROWS = 5
"""Rows before the first that the model reads."""

START = np.datetime64("2001-01-01T00:00", "us")


def script_proven(path: Path, bundle: Bundle, proof: Proof, files: int = FILES) -> Proof:
    """Add to the `proof` of its model that the script at `path` forecasts files as the program does."""
    from workbench.core.forecasting import beyond, view

    worst = proof.difference or 0.0
    for seed in range(files):
        table = example(bundle, seed)
        wanted = beyond(bundle, view(bundle, table))
        edges = [edge for edge in (wanted.values, wanted.low, wanted.high) if edge is not None]
        expected = np.concatenate([np.concatenate(list(edge)) for edge in edges], axis=1)
        with tempfile.TemporaryDirectory() as name:
            reason, found = _ran(path, bundle, table, Path(name))
        if not reason and found.shape != expected.shape:
            reason = f"the script wrote {found.shape[0]} rows and {found.shape[1]} columns of numbers"
        if not reason:
            own = np.stack([table[target].values for target in bundle.project.data.targets], axis=1).astype(np.float64)
            level, spread = np.nanmean(own, axis=0), np.nanstd(own, axis=0)
            many = len(edges)
            size = np.maximum(np.abs(expected - np.tile(level, many)), np.tile(np.maximum(spread, 1e-300), many))
            share, text = difference(found[None], expected[None], size[None])
            worst = max(worst, share)
            reason = "" if share <= TOLERANCE else f"the script on a file: {text}"
        if reason:
            return proof.model_copy(update={"passed": False, "reason": reason})
    return proof.model_copy(update={"scripts": files, "difference": float(worst)})


def _ran(path: Path, bundle: Bundle, table: Table, folder: Path) -> tuple[str, NDArray[np.float64]]:
    """Run the script on `table`; return why that failed, or "" and the numbers it wrote (rows, columns)."""
    data, out = folder / "data.csv", folder / "forecast.csv"
    write_table(data, table)
    nothing = np.zeros((0, 0))
    try:
        done = run_fresh(["script", str(path.resolve()), str(data), "--out", str(out)], folder)
    except (OSError, subprocess.TimeoutExpired):
        return f"the script could not be run, or did not end within {LONGEST_S} seconds", nothing
    if done.returncode or not out.exists():
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or [f"exit code {done.returncode}"]
        return f"the script failed: {last[0][:300]}", nothing
    with out.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    first = 1 if not bundle.project.data.series else 3
    return "", np.array([[float(cell) for cell in row[first:]] for row in rows]).reshape(len(rows), len(header) - first)


def example(bundle: Bundle, seed: int) -> Table:
    """Return a table the model can forecast from: one series, or two where there are several, with times if it has any.

    Where something is known ahead, the last rows hold nothing else.
    """
    settings, data, facts = settings_of(bundle), bundle.project.data, bundle.facts
    horizon = data.horizon if data.known_future and settings["ahead"] else 0
    known = facts.series[:2] or (("1", "2") if data.series else ("",))
    rows = settings["rows"] + EXTRA_ROWS + seed + horizon
    numbers, names, times = [], [], []
    step = None if facts.data.step is None else Step(facts.data.step.count, facts.data.step.unit)
    for place, name in enumerate(known):
        raw = drawn(bundle, 64, rows - bundle.fit.transform.lag, seed=seed * 10 + place)
        own = 0 if raw.series is None else int(np.flatnonzero(raw.series == place)[0])
        values = raw.x[own, :, : len(data.columns)].copy()
        if horizon:
            values[-horizon:, : len(data.targets)] = np.nan
        numbers.append(values)
        names += [name] * rows
        times.append(advance(START, step or Step(3600.0, "second"), np.arange(rows)))
    stacked, moments = np.concatenate(numbers), np.concatenate(times)
    columns = [
        Column(name, "number", stacked[:, place].copy(), int(np.isnan(stacked[:, place]).sum()))
        for place, name in enumerate(data.columns)
    ]
    if data.series and data.series not in data.columns:
        columns.append(Column(data.series, "text", np.array(names, dtype=object), 0))
    axis = None
    if settings["time"]:
        columns += [Column(name, "time", moments, 0) for name in settings["time"]]
        axis = TimeAxis(tuple(settings["time"]), data.understood.time_format, moments, step)
    return Table("example.csv", tuple(columns), axis, (), "0" * 64)


def write_table(path: Path, table: Table) -> None:
    """Write a table as CSV; a time that was read from several columns stands in the first of them."""
    names = [column.name for column in table.columns]
    times = list(table.time.columns) if table.time else []
    cells = []
    for column in table.columns:
        if column.name in times:
            whole = column.name == times[0]
            cells.append([str(value).removesuffix(".000000") if whole else "" for value in column.values])
        elif column.kind == "number":
            cells.append(["" if np.isnan(value) else repr(float(value)) for value in column.values])
        else:
            cells.append([str(value) for value in column.values])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(zip(*cells, strict=True))
