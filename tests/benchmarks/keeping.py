"""How much slower is a training that is kept on disk (events, checkpoints, probes) than the same one that is not?

Both train in alternation in one process, in blocks of at least a second, so that load hits both alike and every block
of the kept one takes at least one checkpoint. Run: python tests/benchmarks/keeping.py [--blocks N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.overhead import table
from workbench.core.dataset import Dataset, prepare
from workbench.core.devices import use_few_threads
from workbench.core.events import EpochEnded
from workbench.core.keeping import Keeper
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised

SIZES = ((16, 1), (32, 1), (128, 2))
"""Units and layers."""

CASES = [(cell, *size) for cell in ("lstm", "gru", "rnn") for size in SIZES]
BLOCK_S = 1.2


def project(cell: str, hidden: int, layers: int) -> Project:
    """A training that never ends."""
    return Project(
        data=DataSpec(targets=("value",), window=48, horizon=24),
        model=ModelSpec(cell=cell, hidden=hidden, layers=layers),
        train=TrainSpec(epochs=100_000, batch=64, patience=100_000, device="cpu", threads="1"),
    )


def blocks(what: Project, data: Dataset, keeper: Keeper | None) -> Iterator[tuple[float, float]]:
    """Yield the seconds of an epoch on the clock and of all the program's threads, as means over a block."""
    steering = Steering(what.train, probe=int(data.valid.start[0]))
    began, worked, epochs = time.perf_counter(), time.process_time(), 0
    for event in supervised(what, data, steering, keeper=keeper):
        if not isinstance(event, EpochEnded):
            continue
        epochs += 1
        passed = time.perf_counter() - began
        if passed >= BLOCK_S:
            yield passed / epochs, (time.process_time() - worked) / epochs
            began, worked, epochs = time.perf_counter(), time.process_time(), 0


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=12)
    options = parser.parse_args()
    use_few_threads()
    print("cell  units      epoch s  checkpoint kB  clock ratio  processor ratio")
    for cell, hidden, layers in CASES:
        what = project(cell, hidden, layers)
        data = prepare(table(), what.data)
        with tempfile.TemporaryDirectory() as name:
            folder = RunFolder(Path(name) / "run")
            kept, plain = blocks(what, data, Keeper.begun(folder, what, data)), blocks(what, data, None)
            pairs = [(next(kept), next(plain)) for _ in range(options.blocks + 1)][1:]
            kept.close()  # type: ignore[attr-defined]
            size = folder.checkpoints[0].stat().st_size / 1000
        clock, processor = (statistics.median(one[k] / other[k] for one, other in pairs) for k in (0, 1))
        plain_s = statistics.median(other[1] for _one, other in pairs)
        print(
            f"{cell:<5} {hidden:>4} x {layers} {plain_s:9.3f} {size:14.0f} {clock:12.3f} {processor:16.3f}", flush=True
        )


if __name__ == "__main__":
    main()
