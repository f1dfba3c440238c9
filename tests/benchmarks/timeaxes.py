"""How many generated time columns are read right, asked about, or silently wrong; beside pandas, if it is installed.

    python -m tests.benchmarks.timeaxes [columns a family, 10] [--show]

Right: every time, the zone and (for tables without times) the absence are as written. Asked: another reading was
chosen, but a warning says so and names the true one among its alternatives. A column whose days and months can be
exchanged throughout counts as silent if nothing says so, even if the choice was lucky (“unasked”).
"""

from __future__ import annotations

import random
import sys
import tempfile
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from tests.timecases import Case, case
from tests.timefamilies import FAMILIES
from workbench.core import sources
from workbench.core.problems import WorkbenchError
from workbench.core.table import Table

VERDICTS = ("right", "asked", "refused", "unasked", "wrong")


def cases(count: int) -> list[Case]:
    """Make `count` columns of every family, always the same."""
    return [case(random.Random(zlib.crc32(f"{f.name} {k}".encode())), f) for f in FAMILIES for k in range(count)]


def verdict(one: Case, path: Path) -> tuple[str, Table | None]:
    """Read a case and judge the reading."""
    path.write_text(one.text, encoding="utf-8")
    try:
        table = sources.read(path)
    except WorkbenchError:
        return "refused", None
    warned = any(note.key == "time-unsure" for note in table.notes)
    if _right(one, table):
        settled = not one.swaps or warned or _settled(one)
        return ("right" if settled else "unasked"), table
    for form, _first, _last in table.time.alternatives if table.time and warned else ():
        if _right(one, sources.read(path, hints=sources.Hints(time_format=form))):
            return "asked", table
    return "wrong", table


def _settled(one: Case) -> bool:
    """Tell whether the constant step settles day and month: many rows, and the other reading has no step."""
    assert one.truth is not None
    other = [t.replace(day=t.month, month=t.day) for t in one.truth if t is not None]
    apart = np.diff(np.array(other, dtype="M8[us]")).astype(np.int64)
    months = np.diff(np.array(other, dtype="M8[M]").astype(np.int64))
    regular = len(set(apart.tolist())) == 1 or (len(set(months.tolist())) == 1 and months[0] != 0)
    return len(other) > 12 and not regular


def _right(one: Case, table: Table) -> bool:
    if one.times is None or table.time is None:
        return (one.times is None) == (table.time is None)
    found, wanted = table.time.values, one.times
    if len(found) != len(wanted):
        return False
    near = [np.abs((found - times).astype(np.int64)) <= 2_000 for times in (wanted, wanted[::-1])]
    same = [(close | (np.isnat(found) & np.isnat(times))).all() and (np.isnat(found) == np.isnat(times)).all()
            for close, times in zip(near, (wanted, wanted[::-1]), strict=True)]  # fmt: skip
    step = table.time.step
    stepped = one.step is None or (step is not None and (round(step.count, 6), step.unit) == one.step)
    return any(same) and table.time.timezone == one.zone and stepped


def by_pandas(one: Case) -> str:
    """Judge what `pandas.to_datetime` makes of the column when it is told which one it is."""
    import io
    import warnings

    import pandas as pd

    if one.truth is None or not one.column:
        return "refused"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells = pd.read_csv(io.StringIO(one.text), sep=None, engine="python")[one.column]
            found = pd.to_datetime(cells)
            if one.zone == "UTC" and found.dtype == object:
                return "refused"
            times = found.dt.tz_localize(None).to_numpy().astype("M8[us]")
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError, IndexError):
        return "refused"
    wanted = one.times
    assert wanted is not None
    same = len(times) == len(wanted) and np.array_equal(times[~np.isnat(wanted)], wanted[~np.isnat(wanted)])
    return "right" if same else "wrong"


def main() -> None:
    """Print the score of every family and the totals."""
    counts = [int(text) for text in sys.argv[1:] if text.isdigit()]
    made = cases(counts[0] if counts else 10)
    scores: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        for one in made:
            found, table = verdict(one, Path(folder) / "a.csv")
            scores[one.family][found] += 1
            if "--show" in sys.argv and found in ("wrong", "unasked", "refused"):
                _show(one, found, table)
    for name, score in scores.items():
        print(f"{name:24}", *(f"{key} {score[key]:3}" for key in VERDICTS))
    _print_total("workbench", sum(scores.values(), Counter()))
    try:
        import pandas as pd
    except ImportError:
        print("pandas is not installed")
        return
    _print_total(f"pandas {pd.__version__} (told the column; {len(made)} cases)", Counter(map(by_pandas, made)))


def _show(one: Case, found: str, table: Table | None) -> None:
    lines = one.text.split("\n")[:4]
    axis = table.time if table else None
    read = (axis.format, str(axis.values[:3]), axis.step, axis.timezone, axis.alternatives[:3]) if axis else None
    print(f"-- {one.family}: {found}, {len(one.truth or [])} rows\n   {lines}\n   read {read}; true {one.zone}"
          f" {one.step} {[str(t) for t in (one.truth or [])[:3]]}")  # fmt: skip


def _print_total(name: str, score: Counter[str]) -> None:
    total = sum(score.values())
    print(f"{name}:", ", ".join(f"{key} {score[key]} ({100 * score[key] / total:.1f} %)" for key in VERDICTS))


if __name__ == "__main__":
    main()
