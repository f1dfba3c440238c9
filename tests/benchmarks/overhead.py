"""How much slower is train() than a bare PyTorch loop on the same model, batches and seed?

Both run one epoch after the other in alternation in one process, so that load hits both alike. The supervised training
is kept on disk (checkpoints, event log, probes) and looks at a window now and then, as in the window.
Goal: a median of at most 1.03 for every cell and size.
Run: python tests/benchmarks/overhead.py [--cells lstm] [--sizes small] [--epochs 20] [--bare-run] [--window]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from workbench.core.dataset import Dataset, prepare
from workbench.core.devices import use_few_threads
from workbench.core.forecaster import Forecaster
from workbench.core.keeping import Keeper
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.steering import Request, Steering, Stride
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised
from workbench.core.table import Column, Table

ROWS = 8_000
Clock = Callable[[], float]


SIZES = {"small": (32, 48, 32, 8_000), "medium": (64, 96, 64, 6_000), "large": (64, 168, 128, 3_000)}
"""Batch, window, units, and rows, so that an epoch takes about a second."""
CELLS = ("lstm", "gru", "rnn")
MOST_RATIO = 1.03
SETTLE_S = 0.3
"""The thread that writes checkpoints has ended by then, and does not slow the bare loop."""


def project(epochs: int, cell: str = "lstm", size: str = "small") -> Project:
    """One layer of `cell`; the small size is LSTM-32 at batch 32 and window 48."""
    batch, window, hidden, _rows = SIZES[size]
    return Project(
        data=DataSpec(targets=("value",), window=window, horizon=24),
        model=ModelSpec(cell=cell, hidden=hidden),
        train=TrainSpec(epochs=epochs, batch=batch, patience=10_000, device="cpu", threads="1"),
    )


def table(count: int = ROWS) -> Table:
    """A noisy daily rhythm."""
    rows = np.arange(count)
    values = np.sin(2 * np.pi * rows / 24) + np.random.default_rng(0).normal(0, 0.1, count)
    return Table("sine", (Column("value", "number", values, 0),), None, (), "0" * 64)


def dataset(spec: DataSpec, rows: int = ROWS) -> Dataset:
    """Return its windows."""
    return prepare(table(rows), spec)


def bare_epochs(what: Project, data: Dataset, clock: Clock = time.perf_counter) -> Iterator[float]:
    """Yield the seconds of each epoch of the plainest loop that trains and validates the same model."""
    torch.manual_seed(what.train.seed)
    shuffler = torch.Generator().manual_seed(what.train.seed)
    model = Forecaster(what.model, 1, 1, what.data.horizon)
    optimiser = torch.optim.Adam(model.parameters(), lr=what.train.learning_rate, fused=True)
    window = what.data.window
    both = torch.from_numpy(data.scaled).unfold(0, window + what.data.horizon, 1)
    train, valid = torch.from_numpy(data.train.start), torch.from_numpy(data.valid.start)
    while True:
        began = clock()
        model.train()
        for rows in train[torch.randperm(len(train), generator=shuffler)].split(what.train.batch):
            cut = both[rows].transpose(1, 2)
            optimiser.zero_grad()
            loss = torch.nn.functional.l1_loss(model(cut[:, :window]), cut[:, window:])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), what.train.clip)
            optimiser.step()
        model.eval()
        with torch.inference_mode():
            for rows in valid.split(256):
                cut = both[rows].transpose(1, 2)
                torch.nn.functional.l1_loss(model(cut[:, :window]), cut[:, window:]).item()
        yield clock() - began


class Stopping(Steering):
    """Tells when the training waits behind an epoch, by its own clock and without being asked: asking costs it time."""

    def __init__(self, project: Project, probe: int | None, clock: Clock) -> None:
        super().__init__(project.train, probe)
        self._clock, self.at, self.reached = clock, 0.0, threading.Event()

    def await_turn(self, done: Stride | None) -> tuple[Request, float]:
        """Take the time of the end of an epoch."""
        if done == "epoch":
            self.at = self._clock()
            self.reached.set()
        return super().await_turn(done)


def our_epochs(what: Project, data: Dataset, folder: Path | None, clock: Clock) -> Generator[float, None, None]:
    """Yield the seconds of each epoch of the supervised training; with `folder` it is kept there and probed.

    It has a thread of its own and is paused while it is not asked for: a clock that went on would leave it more
    time for probes and checkpoints, which are a share of the time that has passed.
    """
    keeper = None if folder is None else Keeper.begun(RunFolder(folder), what, data)
    steering = Stopping(what, None if folder is None else int(data.valid.start[-1]), clock)
    began: list[float] = []

    def train() -> None:
        began.append(clock())
        deque(supervised(what, data, steering, keeper=keeper), maxlen=0)

    thread = threading.Thread(target=train)
    steering.step("epoch")
    thread.start()
    before = 0.0
    try:
        while True:
            steering.reached.wait()
            steering.reached.clear()
            seconds = steering.at - (before or began[0])
            time.sleep(SETTLE_S if keeper is not None else 0.0)
            yield seconds
            # A thread's own CPU time stands still while it waits; the other clock goes on.
            before = steering.at if clock is time.thread_time else clock()
            steering.step("epoch")
    finally:
        steering.stop()
        thread.join()


def shown_epochs(what: Project, series: Table) -> Generator[float, None, None]:
    """Yield the seconds of each epoch trained in the real window, all views live, one epoch at a time."""
    from PySide6.QtCore import QEventLoop, QTimer

    from workbench.ui.application import SWITCH_INTERVAL_S, spare_pauses, start

    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    path = Path(tempfile.mkdtemp()) / "sine.csv"
    path.write_text("value\n" + "".join(f"{value!r}\n" for value in series["value"].values.tolist()))
    _application, session, window = start(str(path))
    spare_pauses(session)
    ready: list[bool] = []
    session.ready.connect(lambda: ready.append(True))
    window.resize(1440, 900)
    window.show()

    def until(done: Callable[[], bool]) -> None:
        loop, timer = QEventLoop(), QTimer()
        timer.timeout.connect(lambda: loop.quit() if done() else None)
        timer.start(5)
        loop.exec()

    until(lambda: bool(ready) and session.dataset is not None)
    session.edit("data", window=what.data.window, horizon=what.data.horizon)
    session.edit("model", **what.model.model_dump())
    session.edit("train", **what.train.model_dump())
    try:
        for epoch in range(1, what.train.epochs + 1):
            session.step("epoch")
            run = session.runs[-1]
            until(lambda run=run, epoch=epoch: len(run.epochs) >= epoch)  # type: ignore[misc]
            yield run.epochs[-1].seconds
    finally:
        session.close()
        window.close()


def measured(
    what: Project,
    data: Dataset,
    ours: Generator[float, None, None],
    epochs: int,
    name: str,
    clock: Clock = time.perf_counter,
) -> float:
    """Print and return the median ratio of `epochs` epochs, after two that do not count."""
    bare = bare_epochs(what, data, clock)
    pairs = [(next(ours), next(bare)) for _ in range(epochs + 2)][2:]
    ours.close()
    ratios = [first / second for first, second in pairs]
    own, plain = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    middle = statistics.median(ratios)
    # The least of each is what a busy machine disturbs least.
    print(
        f"{name:<14} ours {own:.3f} s, bare {plain:.3f} s an epoch; ratio: median {middle:.3f}, "
        f"{min(ratios):.3f} to {max(ratios):.3f}, of medians {own / plain:.3f}, "
        f"of least {min(own for own, _ in pairs) / min(plain for _, plain in pairs):.3f}",
        flush=True,
    )
    return middle


def main() -> int:
    """Print the median ratios; return 0 if the goal is met."""
    parser = argparse.ArgumentParser(description="Compare a training with a bare PyTorch loop.")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=tuple(SIZES))
    parser.add_argument("--bare-run", action="store_true", help="without checkpoints and probes")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="count the thread's own CPU time, for a busy machine; writing is left out",
    )
    parser.add_argument("--window", action="store_true", help="train in the window, with all views live")
    options = parser.parse_args()
    use_few_threads()
    # Numbers too small to matter make kernels slow; a training switches that off for its own thread, which is this one.
    torch.set_flush_denormal(True)
    if options.window:
        what = project(options.epochs + 2)
        measured(what, dataset(what.data), shown_epochs(what, table()), options.epochs, "window")
        return 0
    worst, clock = 0.0, time.thread_time if options.cpu_time else time.perf_counter
    for cell in options.cells:
        for size in options.sizes:
            what = project(options.epochs + 3, cell, size)
            data = dataset(what.data, SIZES[size][3])
            with tempfile.TemporaryDirectory() as folder:
                ours = our_epochs(what, data, None if options.bare_run else Path(folder) / "run", clock)
                worst = max(worst, measured(what, data, ours, options.epochs, f"{cell}-{size}", clock))
    print(f"largest median {worst:.3f}: goal {'met' if worst <= MOST_RATIO else 'missed'}")
    return 0 if worst <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
