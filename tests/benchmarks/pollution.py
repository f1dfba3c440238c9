"""How much of polluted files is read right: record, cell and header F1 by kind, and how many files are silently wrong.

Run ``python -m tests.benchmarks.pollution [ROUNDS] [KIND ...]``; with kinds, the worst files of these are shown.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.pollution import KINDS, Polluted, cell_f1, clean_tables, header_f1, polluted, record_f1
from workbench.core import sources
from workbench.core.problems import Problem, WorkbenchError


def read(data: bytes, folder: Path) -> tuple[list[str], list[list[str]], list[Problem]]:
    """Read as ``inspect --rows`` does; a Problem is a report of no rows."""
    path = folder / "a.csv"
    path.write_bytes(data)
    try:
        table, header, rows = sources.examined(path)
        return header, list(rows), list(table.notes)
    except WorkbenchError as error:
        return [], [], [error.problem]


def _scores(file: Polluted, folder: Path) -> tuple[float, float, float | None, bool, float]:
    start = time.process_time()
    header, rows, notes = read(file.data, folder)
    seconds = time.process_time() - start
    cells = cell_f1(rows, file.rows)
    told = any(note.severity != "note" for note in notes)
    names = header_f1(header, file.header) if file.header is not None else None
    silent = (cells < 0.95 or file.reported) and not told
    return record_f1(rows, file.rows), cells, names, silent, seconds


def main(rounds: int, kinds: list[str]) -> None:
    """Print one line a kind."""
    found: dict[str, list[tuple[float, float, float | None, bool, float]]] = defaultdict(list)
    worst: list[tuple[float, Polluted]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(rounds):
            for clean in clean_tables(seed, ((84, 12, 200, 30), (20, 60, 10, 100))[seed % 2]):
                for kind in kinds or KINDS:
                    file = polluted(clean, kind, random.Random(f"{seed} {kind} {clean.name}"))
                    if file is None:
                        continue
                    scores = _scores(file, folder)
                    found[kind].append(scores)
                    if min(scores[:2]) < 0.99 or scores[3]:
                        worst.append((scores[1], file))
        if kinds:
            _show(worst, folder)
    print(f"{'kind':24} files records  cells  names  silent  slowest")
    for kind, scores in found.items():
        names = [s[2] for s in scores if s[2] is not None]
        print(
            f"{kind:24} {len(scores):5} {_mean([s[0] for s in scores]):7.3f} {_mean([s[1] for s in scores]):6.3f}"
            f" {_mean(names):6.3f} {sum(s[3] for s in scores):7} {max(s[4] for s in scores):8.3f}"
        )
    means = [_mean([(s[0] + s[1]) / 2 for s in scores]) for scores in found.values()]
    silent = sum(s[3] for scores in found.values() for s in scores)
    print(f"mean over kinds {_mean(means):.4f}; files {sum(map(len, found.values()))}; silent {silent}")


def _show(worst: list[tuple[float, Polluted]], folder: Path) -> None:
    for score, file in sorted(worst, key=lambda pair: pair[0])[:8]:
        header, rows, notes = read(file.data, folder)
        odd = next((r for r in rows if r not in file.rows), None)
        lost = next((r for r in file.rows if r not in rows), None)
        print(f"--- {file.kind} {file.name} {score:.3f} rows {len(rows)} of {len(file.rows)}")
        print(file.data[:500].decode("utf-8", errors="replace"))
        print("  header", header, "\n  odd ", odd, "\n  lost", lost)
        for note in notes:
            print("  ", note.severity, note.text())


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2, sys.argv[2:])
