"""What does looking inside cost a training?

LSTM-64 over 96 steps, batch 64, one thread. For a second of training two looks at one window are taken, with all gates,
states and gradients; the share is their CPU time over that of the training alone, median over the rounds, measured in
alternation. The limit is 10 %.
Run: python tests/benchmarks/traces.py [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import torch
from torch import nn

from workbench.core.cells import CELLS
from workbench.core.forecaster import Forecaster
from workbench.core.project import ModelSpec

BATCH, STEPS, INPUTS, HIDDEN, HORIZON = 64, 96, 7, 64, 24
LOOKS, MOST = 2, 0.10


def trained(network: Forecaster, optimiser: torch.optim.Optimizer, seconds: float) -> int:
    """Train for CPU `seconds`; returns the number of batches."""
    began, done = time.thread_time(), 0
    while time.thread_time() - began < seconds:
        x, y = torch.randn(BATCH, STEPS, INPUTS), torch.randn(BATCH, HORIZON, INPUTS)
        optimiser.zero_grad(set_to_none=True)
        nn.functional.l1_loss(network(x), y).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        done += 1
    return done


def looks(network: Forecaster, windows: int) -> float:
    """Return the CPU seconds of the looks that belong to one second of training."""
    x, y = torch.randn(windows, STEPS, INPUTS), torch.randn(windows, HORIZON, INPUTS)
    began = time.thread_time()
    for _ in range(LOOKS):
        network.trace(x, y, nn.functional.l1_loss, before=False)
    return time.thread_time() - began


def main() -> int:
    """Print the shares; returns 1 if that of the LSTM is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    broken = 0
    for key in ("lstm", *(cell.key for cell in CELLS if cell.key != "lstm")):
        network = Forecaster(ModelSpec(cell=key, hidden=HIDDEN), INPUTS, INPUTS, HORIZON)
        optimiser = torch.optim.Adam(network.parameters(), fused=True)
        for windows in (1, 8):
            shares = []
            for _ in range(options.rounds):
                began = time.thread_time()
                trained(network, optimiser, 0.5)
                training = 2 * (time.thread_time() - began)
                shares.append(looks(network, windows) / training)
            share = statistics.median(shares)
            failed = key == "lstm" and windows == 1 and share > MOST
            broken += failed
            mark = f"limit {MOST:.0%} {'BROKEN' if failed else 'held'}" if key == "lstm" and windows == 1 else ""
            print(f"{key:22s} {windows} window(s): {share:6.1%} at {LOOKS} looks a second  {mark}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
