"""The forecast of the future as a table: one row a step, with its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.core.clock import iso
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.exports.export import NO_FORECAST, AbstractExport, Package
from workbench.core.files import harmless, write_csv
from workbench.core.problems import N_, WorkbenchError


class ForecastCsvExport(AbstractExport):
    """Write the future forecast as RFC 4180 CSV in UTF-8."""

    key = "forecast-csv"
    label = N_("Forecast table")
    purpose = N_("The forecast of the future, one row a step, for any spreadsheet.")
    group = "table"
    ending = ".csv"
    adds, foretells = " forecast", True
    hint = N_("Any spreadsheet opens it.")

    def write(self, path: Path, package: Package) -> None:
        """Write time and one column per target."""
        if package.future is None or package.dataset is None:
            raise WorkbenchError(NO_FORECAST)
        header, rows = forecast_table(package.dataset, package.future)
        if package.dataset.spec.series:
            rows = [[harmless(str(row[0])), *row[1:]] for row in rows]
        write_csv(path, [harmless(name) for name in header], rows)


def forecast_table(dataset: Dataset, future: Forecasted) -> tuple[list[str], list[list[object]]]:
    """Return header and rows of a forecast beyond `dataset`; numbers are as fine as seven digits of the spread.

    A band gives two more columns a target. Several series stand one below the other, with the number of the step and
    its time, if their rows have times.
    """
    targets, digits = dataset.spec.targets, _digits(dataset)
    edges = [("", future.values)]
    if future.low is not None and future.high is not None:
        edges += [(" low", future.low), (" high", future.high)]
    header = ["row" if dataset.clock.values is None else "time"]
    if dataset.spec.series:
        header = [dataset.spec.series, "step"] + ["time"] * (dataset.clock.times is not None)
    header += [name + suffix for suffix, _values in edges for name in targets]
    rows: list[list[object]] = []
    for place, start in enumerate(future.starts.tolist()):
        origin = start + dataset.spec.origin
        stamps = _stamps(dataset, origin, future.values.shape[1])
        values = np.concatenate([edge[place] for _suffix, edge in edges], axis=1)
        for step, row in enumerate(values):
            numbers = (f"{value:.{digit}g}" for value, digit in zip(row, digits * len(edges), strict=True))
            rows.append([*stamps[step], *numbers])
    return header, rows


def _stamps(dataset: Dataset, origin: int, steps: int) -> list[list[object]]:
    """Return what names each row of a forecast: its time, or its series, step and time."""
    step, place, clock = dataset.clock.step, origin, dataset.clock
    own: list[list[object]] = [[] for _step in range(steps)]
    if dataset.spec.series:
        number = dataset.sequence[origin - 1]
        first, behind = np.searchsorted(dataset.sequence, [number, number + 1]).tolist()
        place, clock = origin - first, dataset.clock.of(first, behind)
        own = [[dataset.names[int(number)], ahead + 1] for ahead in range(steps)]
        if clock.values is None:
            return own
    times = clock.at(np.arange(place, place + steps))
    return [
        [*names, iso(time, step) if isinstance(time, np.datetime64) else int(time) + 1]
        for names, time in zip(own, times, strict=True)
    ]


def _digits(dataset: Dataset) -> list[int]:
    """Return how many significant digits tell values of each target apart: 7, and more for a high level."""
    count = dataset.targets
    level, spread = np.abs(dataset.scaler.shift[:count]), dataset.scaler.scale[:count]
    more = np.ceil(np.log10(np.maximum(level / spread, 1.0)))
    return [min(7 + int(digits), 17) for digits in more]
