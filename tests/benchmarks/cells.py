"""How fast does each cell train, against torch's bare modules?

One thread, forward and backward, all in alternation in one process. Times are CPU time of the thread: on a shared
machine it leaves out the time others take, and with one thread it is what a quiet machine would show.
Run: python tests/benchmarks/cells.py [--rounds N]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from workbench.core.cells import CELLS
from workbench.core.layers import RecurrentLayer

SHAPES = ((32, 48, 1, 32), (64, 96, 7, 64), (448, 30, 64, 64))
"""(B, T, F, H)."""

BARE: dict[str, Callable[[int, int], nn.RNNBase]] = {
    "rnn": lambda inputs, hidden: nn.RNN(inputs, hidden, batch_first=True),
    "rnn-relu": lambda inputs, hidden: nn.RNN(inputs, hidden, nonlinearity="relu", batch_first=True),
    "gru": lambda inputs, hidden: nn.GRU(inputs, hidden, batch_first=True),
}
TWIN = {"rnn": "rnn", "rnn-relu": "rnn-relu", "gru": "gru"}
"""The bare module a cell is held against; all others against nn.LSTM."""

MOST: dict[tuple[str, tuple[int, int, int, int]], float] = {
    ("lstm-coupled", SHAPES[1]): 1.10,
    ("lstm-peephole", SHAPES[1]): 2.0,
    ("lstm-peephole", SHAPES[2]): 1.15,
}
MOST_STANDARD = 1.02


def trained(run: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor, module: nn.Module) -> float:
    """Return the milliseconds of one forward and backward run."""
    began = time.thread_time()
    module.zero_grad(set_to_none=True)
    run(x).backward(grad)
    return (time.thread_time() - began) * 1e3


def measured(shape: tuple[int, int, int, int], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of every round for every cell and bare module."""
    batch, steps, inputs, hidden = shape
    torch.manual_seed(0)
    x, grad = torch.randn(batch, steps, inputs), torch.randn(batch, steps, hidden)
    runs: dict[str, tuple[nn.Module, Callable[[Tensor], Tensor]]] = {}
    for name, make in {**BARE, "lstm": lambda i, h: nn.LSTM(i, h, batch_first=True)}.items():
        module = make(inputs, hidden)
        runs[f"bare {name}"] = module, lambda x, module=module: module(x)[0]
    for cell in CELLS:
        layer = RecurrentLayer(cell, cell.Options(), inputs, hidden)
        runs[cell.key] = layer, layer
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 3):
        for name, (module, run) in runs.items():
            found[name].append(trained(run, x, grad, module))
    return {name: values[3:] for name, values in found.items()}


def main() -> int:
    """Print medians and ratios; returns 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
    gc.disable()
    broken = 0
    for shape in SHAPES:
        times = measured(shape, options.rounds)
        print(f"(B, T, F, H) = {shape}: ms, ratio to the bare module (median over the rounds), limit")
        for cell in CELLS:
            bare = "bare " + TWIN.get(cell.key, "lstm")
            ratio = statistics.median(own / other for own, other in zip(times[cell.key], times[bare], strict=True))
            most = MOST.get((cell.key, shape), MOST_STANDARD if cell.key in (*TWIN, "lstm") else None)
            failed = most is not None and ratio > most
            broken += failed
            limit = f"{most:.2f} {'BROKEN' if failed else 'held'}" if most else "-"
            own, other = statistics.median(times[cell.key]), statistics.median(times[bare])
            print(f"  {cell.key:22s} {own:8.2f}  {bare:13s} {other:8.2f}  {ratio:6.3f}  {limit}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
