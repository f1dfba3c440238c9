"""``forecast``: forecast the rows that follow the last row of a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from workbench.cli.flags import add_file, add_reading, positive, reading_of
from workbench.cli.say import tell
from workbench.core.dataproblems import SERIES_LEFT_OUT


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("forecast", help="forecast the rows that follow the last row of a file")
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    add_file(parser)
    parser.add_argument("--steps", type=positive, help="how many rows (by default the model's horizon)")
    parser.add_argument("--out", metavar="OUT.csv", type=Path, required=True, help="the forecast, with dates")
    add_reading(parser)
    parser.set_defaults(command=_forecast)


def _forecast(options: argparse.Namespace) -> int:
    from workbench.core.devices import use_few_threads
    from workbench.core.exports.forecast_csv import forecast_table
    from workbench.core.exports.wbm import read_model
    from workbench.core.files import write_csv
    from workbench.core.forecasting import beyond, view
    from workbench.core.opening import reread

    bundle = read_model(options.model)
    data = bundle.project.data
    table = reread(options.file, reading_of(options, data.reading), data.understood)
    use_few_threads()
    dataset = view(bundle, table)
    for note in dataset.notes:
        if note.key == SERIES_LEFT_OUT.key:
            tell(note)
    future = beyond(bundle, dataset, options.steps)
    write_csv(options.out, *forecast_table(dataset, future))
    rows, steps = len(dataset.values), future.values.shape[1]
    if data.series:
        found, there = len(future.starts), len(dataset.names)
        print(f"{steps} steps of each of {found} series: {options.out}")
        if found < there:
            print(f"{there - found} of {there} series were left out: their last rows cannot be read", file=sys.stderr)
    else:
        first, last = dataset.clock.text(rows), dataset.clock.text(rows + steps - 1)
        print(f"{steps} rows, {first} to {last}: {options.out}")
    if steps > bundle.project.data.horizon:
        print(f"from row {bundle.project.data.horizon + 1} on, the forecast was fed back to the model", file=sys.stderr)
    return 0
