"""The forecast of the future as a table: one row a step, with its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.core.clock import iso
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.exports.export import NO_FORECAST, AbstractExport, Package
from workbench.core.files import write_csv
from workbench.core.problems import N_, WorkbenchError


class ForecastCsvExport(AbstractExport):
    """Write the future forecast as RFC 4180 CSV in UTF-8."""

    key = "forecast-csv"
    label = N_("Forecast table")
    ending = ".csv"
    hint = N_("Any spreadsheet opens it.")

    def write(self, path: Path, package: Package) -> None:
        """Write time and one column per target."""
        if package.future is None or package.dataset is None:
            raise WorkbenchError(NO_FORECAST)
        write_csv(path, *forecast_table(package.dataset, package.future))


def forecast_table(dataset: Dataset, future: Forecasted) -> tuple[list[str], list[list[object]]]:
    """Return header and rows of a forecast beyond `dataset`; numbers are as fine as seven digits of the spread.

    A band gives two more columns a target. Several series stand one below the other, with the number of the step.
    """
    targets, digits = dataset.spec.targets, _digits(dataset)
    edges = [("", future.values)]
    if future.low is not None and future.high is not None:
        edges += [(" low", future.low), (" high", future.high)]
    header = ["row" if dataset.clock.values is None else "time"]
    if dataset.spec.series:
        header = [dataset.spec.series, "step"]
    header += [name + suffix for suffix, _values in edges for name in targets]
    rows: list[list[object]] = []
    for place, start in enumerate(future.starts.tolist()):
        origin = start + dataset.spec.origin
        values = np.concatenate([edge[place] for _suffix, edge in edges], axis=1)
        for step, row in enumerate(values):
            numbers = (f"{value:.{digit}g}" for value, digit in zip(row, digits * len(edges), strict=True))
            rows.append([*_stamp(dataset, origin, step), *numbers])
    return header, rows


def _stamp(dataset: Dataset, origin: int, step: int) -> list[object]:
    """Return what names a row of the forecast: its time, or its series and step."""
    if dataset.spec.series:
        return [dataset.names[int(dataset.sequence[origin - 1])], step + 1]
    time = dataset.clock.at(np.array([origin + step]))[0]
    return [iso(time, dataset.clock.step) if isinstance(time, np.datetime64) else int(time) + 1]


def _digits(dataset: Dataset) -> list[int]:
    """Return how many significant digits tell values of each target apart: 7, and more for a high level."""
    count = dataset.targets
    level, spread = np.abs(dataset.scaler.shift[:count]), dataset.scaler.scale[:count]
    more = np.ceil(np.log10(np.maximum(level / spread, 1.0)))
    return [min(7 + int(digits), 17) for digits in more]
