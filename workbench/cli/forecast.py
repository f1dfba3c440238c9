"""``forecast``: forecast the rows that follow the last row of a file, once or each time that it grows."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file, add_reading, positive
from workbench.cli.reuse import add_map, reread_for
from workbench.cli.say import tell
from workbench.core.boundary import opened
from workbench.core.problems import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle

LOOK_S = 0.5
"""How often a watched file is looked at."""

LOOKS_AMID_A_LINE = 20
"""Looks, five times as frequent, before a last line without an end is taken for a whole one: two seconds."""

State = tuple[int, int, int]


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("forecast", help="forecast the rows that follow the last row of a file")
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    add_file(parser)
    parser.add_argument("--steps", type=positive, help="how many rows (by default the model's horizon)")
    parser.add_argument("--out", metavar="OUT.csv", type=Path, required=True, help="the forecast, with dates")
    parser.add_argument(
        "--watch", action="store_true", help="stay, and forecast again whenever the file has changed, until Ctrl+C"
    )
    add_map(parser)
    add_reading(parser)
    parser.set_defaults(command=_forecast)


def _forecast(options: argparse.Namespace) -> int:
    from workbench.core.exports.wbm import read_model

    bundle = read_model(options.model)
    if not options.watch:
        return _once(bundle, options)
    with suppress(KeyboardInterrupt):  # it is how a watch ends
        _watch(bundle, options)
    return 0


def _watch(bundle: Bundle, options: argparse.Namespace) -> None:
    """Forecast whenever the file is another one than before and nobody writes it any more."""
    seen, there = None, True
    while True:
        now = _state(options.file)
        if (now is not None) is not there:
            there = now is not None
            print(f"{options.file} is {'there again' if there else 'not there; waiting for it'}", file=sys.stderr)
        if now is not None and now != seen and _settled(options.file, now):
            seen = now
            try:
                _once(bundle, options)
            except WorkbenchError as error:
                tell(error.problem)
            sys.stdout.flush()
        time.sleep(LOOK_S)


def _settled(file: str, state: State) -> bool:
    """Wait until a file has stayed as it is for a moment, longer where it ends amid a line; False if it has not."""
    for _look in range(1 if _ends_a_line(file) else LOOKS_AMID_A_LINE):
        time.sleep(LOOK_S / 5)
        if _state(file) != state:
            return False
    return True


def _ends_a_line(file: str) -> bool:
    try:
        with opened(Path(file)) as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) in b"\r\n"
    except (OSError, ValueError):
        return True


def _state(file: str) -> State | None:
    """Return what changes when a file is written or replaced; None while there is none."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _once(bundle: Bundle, options: argparse.Namespace) -> int:
    data, table = bundle.project.data, reread_for(bundle, options)
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load
    from workbench.core.exports.forecast_csv import forecast_table
    from workbench.core.files import check_not_over, write_csv
    from workbench.core.forecasting import foretold

    use_few_threads()
    found = foretold(bundle, table, dict(options.map), options.steps)
    for note in found.notes:
        tell(note)
    dataset, future = found.dataset, found.future
    check_not_over(options.out, options.file)
    write_csv(options.out, *forecast_table(dataset, future))
    rows, steps = len(dataset.values), future.values.shape[1]
    if data.series:
        forecast, there = len(future.starts), len(dataset.names)
        print(f"{steps} steps of each of {forecast} series: {options.out}")
        if forecast < there:
            print(
                f"{there - forecast} of {there} series were left out: their last rows cannot be read", file=sys.stderr
            )
    else:
        first, last = dataset.clock.text(rows), dataset.clock.text(rows + steps - 1)
        print(f"{steps} rows, {first} to {last}: {options.out}")
    if steps > data.horizon:
        print(f"from row {data.horizon + 1} on, the forecast was fed back to the model", file=sys.stderr)
    return 0
