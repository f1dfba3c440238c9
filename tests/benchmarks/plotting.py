"""How fast do ten million points pan and zoom in the Series view?

Puts a real SeriesView with a real dataset of ROWS rows on the screen, drags and zooms it 200 times each, and measures
each frame from the change of the range to the end of painting. Goal: at least 30 frames a second.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/plotting.py [ROWS]
    xvfb-run -s "-screen 0 1600x1000x24" python tests/benchmarks/plotting.py     (a real window)
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

FRAMES = 200
GOAL_MS = 1000 / 30


def table(rows: int) -> Any:
    """Return three columns of a minute each row: noise on waves, one with gaps, one with a single spike."""
    from workbench.core.table import Column, Step, Table, TimeAxis

    random = np.random.default_rng(0)
    times = np.datetime64("2000-01-01", "us") + np.arange(rows) * np.timedelta64(60, "s")
    wave = np.sin(np.arange(rows) * 2 * np.pi / 1440)
    load = 100 + 30 * wave + random.normal(size=rows)
    gappy = load.copy()
    for start in random.integers(0, rows, 2000):
        gappy[start : start + int(random.integers(1, 4000))] = np.nan
    spike = wave.copy()
    spike[rows * 2 // 3] = 50.0
    columns = [Column("time", "time", times, 0)]
    for name, values in (("load", load), ("gappy", gappy), ("spike", spike)):
        columns.append(Column(name, "number", values, int(np.isnan(values).sum())))
    axis = TimeAxis(("time",), "stored", times, Step(60.0, "second"))
    return Table("ten million", tuple(columns), axis, (), "")


def resident_mb() -> float:
    """Return the memory of this process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def frames(view: Any, moves: list[Callable[[], None]]) -> np.ndarray:
    """Make each move; return the milliseconds until it was painted, and those the thread computed."""
    took = []
    for move in moves:
        begin, computed = time.perf_counter(), time.thread_time()
        move()
        view.refresh()
        view.plot.viewport().repaint()
        took.append(((time.perf_counter() - begin) * 1000, (time.thread_time() - computed) * 1000))
    return np.array(took)


def until(done: Callable[[], bool]) -> None:
    """Let Qt live until `done`."""
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() else None)
    timer.start(5)
    loop.exec()


def main() -> int:
    """Measure pan and zoom of each column; return 1 if one is below the goal."""
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
    from workbench.app.session import Session
    from workbench.core.opening import Opened, proposed
    from workbench.ui.appearance import wear
    from workbench.ui.views.series import SeriesView

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    application = QApplication.instance() or QApplication([])
    made = table(rows)
    theme = wear("dark")
    session = Session()
    begin = resident_mb()
    project = proposed(made, "ten-million.csv")
    data = project.data.model_copy(update={"targets": ("load",), "inputs": ("gappy", "spike")})
    session._take(Opened(made, project.model_copy(update={"data": data})))
    until(lambda: session.dataset is not None)
    prepared = resident_mb()
    view = SeriesView(session, theme)
    view.resize(1400, 500)
    view.show()
    until(view.isVisible)
    worst = 0.0
    for column, name in enumerate(view._sources.names):
        view._chosen(column)
        first = time.perf_counter()
        view.refresh()
        view.plot.viewport().repaint()
        first = (time.perf_counter() - first) * 1000
        worst = max(worst, report(view, name, rows, first))
    drawn = resident_mb() - prepared
    print(f"memory: {prepared - begin:.0f} MB to prepare {rows} rows, {drawn:.0f} MB more to draw three columns")
    view.close()
    session.close()
    application.quit()
    return int(worst > GOAL_MS)


def report(view: Any, name: str, rows: int, first: float) -> float:
    """Print the frames of one column; return the largest median."""
    span = rows // 3
    shift = span / FRAMES
    pans = [lambda k=k: view.plot.show_x(k * shift, k * shift + span) for k in range(FRAMES)]
    widths = np.geomspace(rows, 50, FRAMES)
    zooms = [lambda w=w: view.plot.show_x(rows * 0.6 - w * 0.6, rows * 0.6 + w * 0.4) for w in widths]
    found = 0.0
    for kind, moves in (("pan", pans), ("zoom", zooms), ("zoom out", zooms[::-1])):
        took, computed = frames(view, moves).T
        p50, p95 = np.percentile(took, [50, 95])
        found = max(found, float(p50))
        print(
            f"{name:6} {kind:8} first {first:6.0f} ms   p50 {p50:5.1f}  p95 {p95:5.1f}  max {took.max():5.1f} ms"
            f"   {1000 / took.mean():4.0f} frames/s   computed p50 {np.median(computed):5.1f} ms",
            flush=True,
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
