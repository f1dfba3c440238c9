"""How long large files take to open, beside polars, pandas and DuckDB with known types.

    python tests/benchmarks/reading.py [ROWS] [--rounds N] [--shapes]

Each reader runs in a process of its own; the readers take turns, round after round, and medians are printed, because
a machine with other work on it slows now one and now the other. Memory is that of a run of its own. `--shapes` also
measures other files, against polars with known types. pandas and DuckDB are left out with a sentence where they are
not installed. The computing time is that of all threads: where the machine is busy, it tells more than the clock.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]

START = """
import sys, threading, time, resource
path = sys.argv[1]
def computed():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
"""
# Pages of the mapped file are the system's to take back, so only the process's own memory is counted.
END = """
def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
peak, done = 0, threading.Event()
def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, anonymous())
begin = anonymous()
watcher = threading.Thread(target=watch)
if sys.argv[2] == "memory":
    watcher.start()
clock, used = time.perf_counter(), computed()
kept = read()
seconds, used = time.perf_counter() - clock, computed() - used
done.set()
print(seconds, used, (peak - begin) / 1024)
"""
WORKBENCH = """
import polars, numpy
from workbench.core import sources
def read():
    return sources.read(path)
"""
POLARS = """
import polars as pl, numpy
def read():
    scan = pl.scan_csv(path, separator="{separator}", decimal_comma={comma}, schema={{{schema}}})
    return scan.with_columns({times}).collect(engine="streaming")
"""
READERS = {
    "polars": POLARS.format(
        separator=",",
        comma=False,
        schema='"time": pl.String, "a": pl.Float64, "b": pl.Float64, "c": pl.Float64',
        times='pl.col("time").str.to_datetime("%Y-%m-%d %H:%M:%S")',
    ),
    "workbench": WORKBENCH,
    "pandas": """
import pandas
def read():
    frame = pandas.read_csv(path, dtype={"a": float, "b": float, "c": float})
    frame["time"] = pandas.to_datetime(frame["time"], format="%Y-%m-%d %H:%M:%S")
    return frame
""",
    "duckdb": """
import duckdb
TYPES = {"time": "TIMESTAMP", "a": "DOUBLE", "b": "DOUBLE", "c": "DOUBLE"}
def read():
    return duckdb.read_csv(path, columns=TYPES, timestamp_format="%Y-%m-%d %H:%M:%S").fetchnumpy()
""",
}


def write(path: Path, rows: int) -> None:
    """Write a clean file of `rows` rows: a time a minute and three numbers."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(0)
    pl.DataFrame(
        {
            "time": np.datetime64("2015-01-01", "us") + np.arange(rows) * np.timedelta64(60, "s"),
            "a": random.normal(size=rows).round(4),
            "b": (100 * random.normal(size=rows)).round(2),
            "c": random.integers(0, 1000, rows),
        }
    ).write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")


def _times(rows: int):
    import numpy as np

    return np.datetime64("2015-01-01", "us") + np.arange(rows) * np.timedelta64(60, "s")


def _epoch(path: Path, rows: int) -> str:
    """Write milliseconds since 1970 and two numbers."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(1)
    ms = _times(rows).astype("M8[ms]").astype(np.int64)
    values = {name: random.normal(size=rows).round(4) for name in ("a", "b")}
    pl.DataFrame({"time": ms, **values}).write_csv(path)
    return POLARS.format(
        separator=",", comma=False, schema='"time": pl.Int64, "a": pl.Float64, "b": pl.Float64',
        times='pl.col("time").cast(pl.Datetime("ms"))',
    )  # fmt: skip


def _german(path: Path, rows: int) -> str:
    """Write semicolons, decimal commas and days first."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(2)
    values = {name: random.normal(size=rows).round(3) for name in ("a", "b", "c")}
    pl.DataFrame({"time": _times(rows), **values}).write_csv(
        path, separator=";", decimal_comma=True, datetime_format="%d.%m.%Y %H:%M"
    )
    return POLARS.format(
        separator=";", comma=True, schema='"time": pl.String, "a": pl.Float64, "b": pl.Float64, "c": pl.Float64',
        times='pl.col("time").str.to_datetime("%d.%m.%Y %H:%M")',
    )  # fmt: skip


def _single(path: Path, rows: int) -> str:
    """Write one column."""
    import numpy as np
    import polars as pl

    pl.DataFrame({"a": np.random.default_rng(3).normal(size=rows).round(4)}).write_csv(path)
    return POLARS.format(separator=",", comma=False, schema='"a": pl.Float64', times="")


def _wide(path: Path, rows: int) -> str:
    """Write a time and 200 columns."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(4)
    values = {f"x{k}": random.normal(size=rows).round(3) for k in range(200)}
    pl.DataFrame({"time": _times(rows), **values}).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S")
    schema = ", ".join(['"time": pl.String', *(f'"x{k}": pl.Float64' for k in range(200))])
    return POLARS.format(
        separator=",", comma=False, schema=schema, times='pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S")'
    )


def _packed(path: Path, rows: int) -> str:
    """Write the first shape, packed."""
    plain = path.with_suffix(".plain")
    write(plain, rows)
    path.write_bytes(gzip.compress(plain.read_bytes(), 1))
    plain.unlink()
    return READERS["polars"]


SHAPES: dict[str, tuple[Callable[[Path, int], str], float, int]] = {
    "epoch ms": (_epoch, 1.0, 3),
    "; and decimal comma": (_german, 1.0, 4),
    "one column": (_single, 4.0, 1),
    "200 columns": (_wide, 0.02, 201),
    "gz": (_packed, 1.0, 4),
}
"""How to write it, rows for each row of the first shape, and columns."""


def measured(code: str, path: Path, what: str) -> list[float]:
    """Return seconds, computing seconds and peak megabytes of one run in a fresh process, which may print before."""
    command = [sys.executable, "-c", START + code + END, str(path), what]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [float(number) for number in run.stdout.split()[-3:]]


def compare(title: str, readers: dict[str, str], path: Path, table_mb: float, rounds: int) -> None:
    """Let the readers take turns, and print medians beside those of polars."""
    runs = [{name: measured(code, path, "time") for name, code in readers.items()} for _ in range(rounds)]
    peaks = {name: measured(code, path, "memory")[2] for name, code in readers.items()}
    print(f"{title}: {path.stat().st_size / 2**20:.0f} MB on disk, {table_mb:.0f} MB as numbers; {rounds} rounds")
    for name in readers:
        clock, used = (median(run[name][k] for run in runs) for k in (0, 1))
        ratios = [median(run[name][k] / run["polars"][k] for run in runs) for k in (0, 1)]
        print(
            f"  {name:10} {clock:6.2f} s = {ratios[0]:4.2f} x polars   computing {used:6.2f} s = {ratios[1]:4.2f} x"
            f"   peak {peaks[name]:6.0f} MB = {peaks[name] / table_mb:4.1f} x the table",
            flush=True,
        )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shapes", action="store_true", help="other files, beside polars alone")
    options = parser.parse_args()
    present = {name: code for name, code in READERS.items() if name == "workbench" or importlib.util.find_spec(name)}
    for name in READERS.keys() - present.keys():
        print(f"{name} is not installed and was left out.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, options.rows)
        title = f"{options.rows} rows x 4 columns"
        compare(title, present, path, options.rows * 4 * 8 / 2**20, options.rounds)
        for shape, (make, share, width) in SHAPES.items() if options.shapes else ():
            rows = round(options.rows * share)
            polars = make(path, rows)
            readers = {"polars": polars, "workbench": WORKBENCH}
            compare(f"{shape}, {rows} rows", readers, path, rows * width * 8 / 2**20, options.rounds)


if __name__ == "__main__":
    main()
