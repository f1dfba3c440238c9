"""How fast are the pictures of what a network does, and what does keeping them cost?

- refresh: each view of the inside with 256 units over 512 steps, milliseconds of the window's thread (goal 8).
- scrub: 200 recorded epochs of LSTM-64 over 96 steps, pictures a second of each view alone (goal 30).
- bytes: what a look takes in memory and on disk (goal 100 kB at 64 units and 96 steps).
- looks: CPU time of the looks that belong to an epoch over that of training it, LSTM-64, T = 96 (goal 10 %).
Medians; the machine's load is in them, so read the order of size.
Run: QT_QPA_PLATFORM=offscreen python tests/benchmarks/dynamics.py [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.events import Ended, Probed, Started, Trace
from workbench.core.history import compact, size_of
from workbench.core.insight.weights import weight_facts
from workbench.core.opening import Opened
from workbench.core.probefile import probe_bytes

VIEWS_OF_THE_INSIDE = ("gates", "states", "patterns", "gradients", "memory", "weights", "phase")
GOAL_REFRESH_MS, GOAL_PICTURES_S, GOAL_BYTES, GOAL_SHARE = 8.0, 30.0, 100_000, 0.10


def look(epoch: int, steps: int, units: int) -> Probed:
    """Return a look at a LSTM with signals of noise that changes with the epoch."""
    random = np.random.default_rng(epoch)
    gates = {key: random.uniform(0, 1, (steps, units)).astype(np.float32) for key in "fio"}
    others = {key: np.tanh(random.normal(size=(steps, units))).astype(np.float32) for key in "gch"}
    norms = {key: (0.97 ** np.arange(steps)[::-1] * random.uniform(1, 2)).astype(np.float32) for key in "hc"}
    matrices = {
        "weight_ih_l0": random.normal(size=(4 * units, 3)).astype(np.float32),
        "weight_hh_l0": random.normal(size=(4 * units, units)).astype(np.float32) / 8,
    }
    facts = weight_facts(CELLS["lstm"], matrices, {name: 0.999 * value for name, value in matrices.items()})
    trace = Trace(0, {**gates, **others}, gradients=norms, flows=norms)
    forecast = random.normal(size=(48, 1)).astype(np.float32)
    return Probed(epoch, False, 0, (trace,), forecast, weights=(facts,), patterns={24: min(1.0, epoch / 100)})


def filled(steps: int, units: int, epochs: int) -> Session:
    """Return a session whose run has that many looks."""
    project = small_project().edited(data={"window": 96}, model={"hidden": units})
    session = Session()
    session._take(Opened(small_table(2_000), project))
    events = recorded_events()
    started = next(event for event in events if isinstance(event, Started))
    session.replay([replace(started, project=project), *(look(epoch, steps, units) for epoch in range(epochs))])
    session.replay([event for event in events if isinstance(event, Ended)])
    session.point(window=0, step=5, unit=3)
    return session


def opened(key: str, session: Session) -> object:
    """Return a view of the session that can be seen."""
    from workbench.ui.appearance import wear
    from workbench.ui.views import VIEWS

    view = VIEWS[key].load()(session, wear("dark"))
    view.resize(900, 420)
    view.show()
    return view


def refreshes(rounds: int) -> bool:
    """Print how long each view takes for a picture; returns False if one takes too long."""
    held, session = True, filled(512, 256, 3)
    for key in VIEWS_OF_THE_INSIDE:
        view, took = opened(key, session), []
        for _ in range(3 * rounds):
            began = time.thread_time()
            view.mark()  # type: ignore[attr-defined]
            view.refresh()  # type: ignore[attr-defined]
            took.append((time.thread_time() - began) * 1000)
        found = statistics.median(took[1:])
        held &= found < GOAL_REFRESH_MS
        print(f"refresh {key:12s} {found:6.1f} ms   {'' if found < GOAL_REFRESH_MS else 'above the goal of 8 ms'}")
        view.close()  # type: ignore[attr-defined]
    session.close()
    return held


def scrubs() -> bool:
    """Print how many of 200 epochs a second each view shows; returns False if one shows too few."""
    held, session = True, filled(96, 64, 200)
    for key in VIEWS_OF_THE_INSIDE:
        view = opened(key, session)
        view.grab()  # type: ignore[attr-defined]
        began = time.perf_counter()
        for epoch in range(200):
            session.point(epoch=epoch)
            view.refresh()  # type: ignore[attr-defined]
            view.grab()  # type: ignore[attr-defined]
        rate = 200 / (time.perf_counter() - began)
        held &= rate > GOAL_PICTURES_S
        print(f"scrub   {key:12s} {rate:6.0f} pictures/s {'' if rate > GOAL_PICTURES_S else 'below the goal of 30'}")
        view.close()  # type: ignore[attr-defined]
    session.close()
    return held


def sizes() -> bool:
    """Print what a look takes."""
    event = compact(look(1, 96, 64))
    memory, disk = size_of(event), len(probe_bytes(event))
    print(f"bytes   {memory / 1000:.1f} kB in memory, {disk / 1000:.1f} kB on disk")
    return max(memory, disk) < GOAL_BYTES


def looks(rounds: int) -> bool:
    """Print the CPU time of a look after an epoch beside that of an epoch of 100 batches."""
    import torch

    from workbench.core.averaging import Average
    from workbench.core.forecaster import Forecaster
    from workbench.core.forecaster.losses import loss_of
    from workbench.core.inspection import Inspection
    from workbench.core.steering import Steering

    torch.set_num_threads(1)
    project = small_project().edited(data={"window": 96}, model={"hidden": 64}, train={"batch": 64})
    dataset = prepare(small_table(4_000), project.data)
    network, loss = Forecaster.of(project.model, project.data), loss_of(project)
    optimiser = torch.optim.Adam(network.parameters())
    steering = Steering(project.train, int(dataset.valid.start[0]))
    inspection = Inspection(network, dataset, steering, Average(network, 0.0), loss)
    x = torch.tensor(dataset.x[dataset.train.start[:64]])
    y = torch.tensor(dataset.labels[(dataset.train.start[:64] + dataset.spec.origin)[:, None] + np.arange(12)])
    shares, looked_ms = [], []
    for _ in range(rounds):
        began = time.thread_time()
        for _batch in range(100):
            optimiser.zero_grad()
            loss(network(x), y).backward()
            optimiser.step()
        trained = time.thread_time() - began
        began = time.thread_time()
        list(inspection._looks(1, 0.0, live=False))
        taken = time.thread_time() - began
        shares.append(taken / trained)
        looked_ms.append(1000 * taken)
    share = statistics.median(shares)
    print(f"looks   {statistics.median(looked_ms):.0f} ms after an epoch, {share:.1%} of one of 100 batches of 64")
    return share < GOAL_SHARE


def main() -> int:
    """Print all figures; returns 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    held = [sizes(), refreshes(rounds), scrubs(), looks(rounds)]
    application.quit()
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
