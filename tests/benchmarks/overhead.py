"""How much slower is train() than a bare PyTorch loop on the same model, batches and seed?

Both run one epoch after the other in alternation in one process, so that load hits both alike.
Run: python tests/benchmarks/overhead.py [--window]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from workbench.core.dataset import Dataset, prepare
from workbench.core.devices import use_few_threads
from workbench.core.events import EpochEnded
from workbench.core.forecaster import Forecaster
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.steering import Steering
from workbench.core.supervision import supervised
from workbench.core.table import Column, Table

ROWS = 8_000


def project(epochs: int) -> Project:
    """LSTM-32 at batch 32 and window 48."""
    return Project(
        data=DataSpec(targets=("value",), window=48, horizon=24),
        model=ModelSpec(cell="lstm", hidden=32),
        train=TrainSpec(epochs=epochs, batch=32, patience=10_000, device="cpu"),
    )


def table() -> Table:
    """A noisy daily rhythm."""
    rows = np.arange(ROWS)
    values = np.sin(2 * np.pi * rows / 24) + np.random.default_rng(0).normal(0, 0.1, ROWS)
    return Table("sine", (Column("value", "number", values, 0),), None, (), "0" * 64)


def dataset(spec: DataSpec) -> Dataset:
    """Return its windows."""
    return prepare(table(), spec)


def bare_epochs(what: Project, data: Dataset) -> Iterator[float]:
    """Yield the seconds of each epoch of the plainest loop that trains and validates the same model."""
    torch.manual_seed(what.train.seed)
    shuffler = torch.Generator().manual_seed(what.train.seed)
    model = Forecaster(what.model, 1, 1, what.data.horizon)
    optimiser = torch.optim.Adam(model.parameters(), lr=what.train.learning_rate, fused=True)
    window = what.data.window
    both = torch.from_numpy(data.scaled).unfold(0, window + what.data.horizon, 1)
    train, valid = torch.from_numpy(data.train.start), torch.from_numpy(data.valid.start)
    while True:
        began = time.perf_counter()
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
        yield time.perf_counter() - began


def our_epochs(what: Project, data: Dataset) -> Generator[float, None, None]:
    """Yield the seconds of each epoch of the supervised training, without anybody looking."""
    began = time.perf_counter()
    for event in supervised(what, data, Steering(what.train)):
        if isinstance(event, EpochEnded):
            yield time.perf_counter() - began
            began = time.perf_counter()


def shown_epochs(what: Project, series: Table) -> Generator[float, None, None]:
    """Yield the seconds of each epoch trained in the real window, all views live, one epoch at a time."""
    from PySide6.QtCore import QEventLoop, QTimer

    from workbench.ui.application import SWITCH_INTERVAL_S, start

    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    path = Path(tempfile.mkdtemp()) / "sine.csv"
    path.write_text("value\n" + "".join(f"{value!r}\n" for value in series["value"].values.tolist()))
    _application, session, window = start(str(path))
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


def main() -> None:
    """Print the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--window", action="store_true", help="train in the window, with all views live")
    options = parser.parse_args()
    use_few_threads()
    what = project(options.epochs + 2)
    data = dataset(what.data)
    ours = shown_epochs(what, table()) if options.window else our_epochs(what, data)
    bare = bare_epochs(what, data)
    pairs = [(next(ours), next(bare)) for _ in range(options.epochs + 2)][2:]
    ours.close()
    ratios = [first / second for first, second in pairs]
    own, plain = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    print(f"epoch: ours {own:.3f} s, bare {plain:.3f} s")
    middle = statistics.median(ratios)
    print(f"ratio: median {middle:.3f}, {min(ratios):.3f} to {max(ratios):.3f}, {len(ratios)} epochs")


if __name__ == "__main__":
    main()
