"""How long an operation takes until forecast, states and error are there, beside forecasting the same windows.

    python tests/benchmarks/surgery.py

Both are measured in alternation, so that the load of the machine is in both; medians of nine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from recorded import small_project, small_table
from workbench.core.dataset import prepare
from workbench.core.delivery import band_of, thinned
from workbench.core.forecaster import Forecaster
from workbench.core.operating import MOST_WINDOWS, tried
from workbench.core.operations import operation_of
from workbench.core.project import Project

ROUNDS = 9


def measured_ms(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def compare(cell: str, operation: str, hidden: int, window: int) -> None:
    """Print the medians of one network."""
    data = {"window": window, "horizon": 24}
    project: Project = small_project(cell).edited(data=data, model={"hidden": hidden})
    dataset = prepare(small_table(6000), project.data)
    network = Forecaster.of(project.model, project.data).eval()
    weights, start = network.snapshot(), int(dataset.valid.start[-1])
    starts = thinned(dataset, "valid", MOST_WINDOWS)
    done = (operation_of(operation),)
    surgery, forecast = [], []
    for _round in range(ROUNDS):
        surgery.append(measured_ms(lambda: tried(project, weights, dataset, start, done, epoch=1)))
        forecast.append(measured_ms(lambda: band_of(network, dataset, starts)))
    middle, plain = sorted(surgery)[ROUNDS // 2], sorted(forecast)[ROUNDS // 2]
    sys.stdout.write(
        f"{cell:<14} H {hidden} T {window} {operation:<10} {middle:6.1f} ms, forecasts alone {plain:6.1f} ms, "
        f"ratio {middle / plain:.2f}\n"
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    for entry in (("lstm", "f = 1", 64, 96), ("gru", "z = 1", 64, 96), ("lstm-peephole", "f = 1", 64, 96)):
        compare(*entry)
