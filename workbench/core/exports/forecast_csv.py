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
    """Return header and rows of a forecast beyond `dataset`; numbers are as fine as seven digits of the spread."""
    values, digits = future.values[0], _digits(dataset)
    times = dataset.clock.at(np.arange(len(values)) + int(future.starts[0]) + dataset.spec.origin)
    header = ["row" if dataset.clock.values is None else "time", *dataset.spec.targets]
    rows: list[list[object]] = []
    for time, row in zip(times, values, strict=True):
        stamp = iso(time, dataset.clock.step) if isinstance(time, np.datetime64) else int(time) + 1
        rows.append([stamp, *(f"{value:.{digit}g}" for value, digit in zip(row, digits, strict=True))])
    return header, rows


def _digits(dataset: Dataset) -> list[int]:
    """Return how many significant digits tell values of each target apart: 7, and more for a high level."""
    count = dataset.targets
    level, spread = np.abs(dataset.scaler.shift[:count]), dataset.scaler.scale[:count]
    more = np.ceil(np.log10(np.maximum(level / spread, 1.0)))
    return [min(7 + int(digits), 17) for digits in more]
