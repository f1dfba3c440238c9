"""How long a large clean file takes to open, beside polars, pandas and DuckDB with known types.

    python tests/benchmarks/reading.py [ROWS]

Each reader runs in a process of its own, in turn, three times; the best time and its peak memory are printed.
pandas and DuckDB are left out with a sentence where they are not installed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

START = """
import sys, threading, time
path = sys.argv[1]
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
clock = time.perf_counter()
kept = read()
seconds = time.perf_counter() - clock
done.set()
print(seconds, (peak - begin) / 1024)
"""
READERS = {
    "polars": """
import polars as pl, numpy
SCHEMA = {"time": pl.String, "a": pl.Float64, "b": pl.Float64, "c": pl.Float64}
def read():
    scan = pl.scan_csv(path, schema=SCHEMA)
    return scan.with_columns(pl.col("time").str.to_datetime("%Y-%m-%d %H:%M:%S")).collect(engine="streaming")
""",
    "workbench": """
import polars, numpy
from workbench.core import sources
def read():
    return sources.read(path)
""",
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
    return duckdb.read_csv(path, columns=TYPES, timestampformat="%Y-%m-%d %H:%M:%S").fetchnumpy()
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


def measured(reader: str, path: Path) -> tuple[float, float]:
    """Return seconds of one run, and the peak megabytes of another, each in a fresh process."""
    code = START + READERS[reader] + END
    found = []
    for what in ("time", "memory"):
        command = [sys.executable, "-c", code, str(path), what]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found.append([float(number) for number in run.stdout.split()])
    return found[0][0], found[1][1]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    present = [name for name in READERS if name == "workbench" or importlib.util.find_spec(name)]
    for name in READERS.keys() - present:
        print(f"{name} is not installed and was left out.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, rows)
        runs = [{name: measured(name, path) for name in present} for _ in range(3)]
        size = path.stat().st_size
    table_mb = rows * 4 * 8 / 2**20
    print(f"{rows} rows x 4 columns, {size / 2**20:.0f} MB of text, {table_mb:.0f} MB as numbers")
    best = {name: min(run[name] for run in runs) for name in present}
    for name, (seconds, megabytes) in best.items():
        print(
            f"{name:10} {seconds:6.2f} s  {seconds / best['polars'][0]:5.2f} x polars"
            f"  peak {megabytes:6.0f} MB, {megabytes / table_mb:4.1f} x the table"
        )


if __name__ == "__main__":
    main()
