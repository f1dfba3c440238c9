"""Train and save in processes that are killed: a fork is as cheap as a real process is expensive, and dies as dead.

Run by the tests of faults in a process of its own, where no thread has been started before the fork:
python tests/killing.py train|save|stop FOLDER COUNT SEED [SECONDS]
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from series import tiny_project, tiny_table
from workbench.core import keeping
from workbench.core.checkpoint import captured
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded, Improved, Progressed
from workbench.core.keeping import Keeper
from workbench.core.problems import WorkbenchError
from workbench.core.saved import newest
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised
from workbench.core.training import Training

PROJECT = tiny_project(epochs=30, patience=30, cell="gru", hidden=8, dropout=0.3, batch=16, learning_rate=0.01)
EPOCH_APART_S, BATCH_APART_S = 0.05, 0.02
"""So that a training of seconds takes as many checkpoints as one of a night."""


def train(folder: RunFolder) -> list[object]:
    """Begin or go on with the run in `folder`, to its end."""
    dataset = prepare(tiny_table(400), PROJECT.data)
    checkpoint = newest(folder)[0] if folder.kept else None
    if checkpoint is None:
        keeper = Keeper.begun(folder, PROJECT, dataset)
    else:
        keeper = Keeper.gone_on(folder, dataset, checkpoint.facts.log_bytes)
    return list(supervised(PROJECT, dataset, Steering(PROJECT.train), keeper=keeper, checkpoint=checkpoint))


def save(folder: RunFolder) -> None:
    """Take checkpoints as fast as they can be written, until killed."""
    dataset = prepare(tiny_table(), PROJECT.data)
    training = Training(PROJECT, dataset, Steering(PROJECT.train))
    checkpoint = newest(folder)[0] if folder.kept else None
    log_bytes = checkpoint.facts.log_bytes if checkpoint is not None else 0
    keeper = Keeper.gone_on(folder, dataset, log_bytes)
    for item in training.train():
        if item == "batch":
            keeper.save(captured(training))
            time.sleep(0.001)
        elif not isinstance(item, str):
            keeper.tell(item)


def forked(act: Callable[[], object]) -> int:
    """Do it in a fork; returns its process number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def killed(
    folder: RunFolder, count: int, draw: random.Random, act: Callable[[RunFolder], object], longest: float
) -> dict:
    """Kill `act` at `count` random moments, and look at the folder each time."""
    lost, loaded, none = [], 0, 0
    for _kill in range(count):
        before = _written(folder)
        pid = forked(lambda: act(folder))
        if draw.random() < 0.8:  # most kills hit a process that is under way
            while _written(folder) == before and not _gone(pid):
                time.sleep(0.002)
        time.sleep(draw.uniform(0.0, longest))
        os.kill(pid, signal.SIGKILL)
        at = time.time()
        _pid, status = os.waitpid(pid, 0)
        ended = os.WIFEXITED(status)
        try:
            newest(folder)
        except WorkbenchError:
            if folder.kept:
                raise
            none += 1
            continue
        loaded += 1
        lost.append(at - max(path.stat().st_mtime for path in folder.checkpoints if path.exists()))
        if ended and folder.status == "finished":
            break
    return {"loaded": loaded, "none": none, "lost_s": max(lost, default=0.0)}


def _written(folder: RunFolder) -> int:
    return max((path.stat().st_mtime_ns for path in folder.checkpoints if path.exists()), default=0)


def _gone(pid: int) -> bool:
    """Return whether a child has ended, and leave it to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def facts(events: list) -> dict:
    """Return what must be the same with and without kills."""
    found = {event.epoch: [event.train_loss, event.valid_loss] for event in events if isinstance(event, EpochEnded)}
    best = [event for event in events if isinstance(event, Improved)]
    weights = {event.epoch: [value.tobytes().hex()[:64] for value in event.weights.values()] for event in best}
    return {"epochs": found, "weights": weights}


def stopped(folder: RunFolder, seconds: float) -> dict:
    """Stop a training's process for a while, as closing a laptop does; returns the smallest of all durations told."""
    pid = forked(lambda: train(folder))
    while len(folder.replayed().events) < 10:
        time.sleep(0.01)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
    _pid, status = os.waitpid(pid, 0)
    events = folder.replayed().events
    numbers = [event.seconds for event in events if isinstance(event, EpochEnded)]
    numbers += [
        value for event in events if isinstance(event, Progressed) for value in (event.left_s, event.windows_per_s)
    ]
    return {"code": os.waitstatus_to_exitcode(status), "least": min(numbers), "status": folder.status}


def main() -> None:
    """Do what is asked, and print one JSON object."""
    torch.set_num_threads(1)
    keeping.EPOCH_APART_S, keeping.BATCH_APART_S, keeping.MOST_SHARE = EPOCH_APART_S, BATCH_APART_S, 1.0
    what, folder, count, seed = sys.argv[1], RunFolder(Path(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
    draw = random.Random(seed)
    if what == "stop":
        found = stopped(folder, float(sys.argv[5]))
    elif what == "save":
        folder.path.mkdir(parents=True)
        found = killed(folder, count, draw, save, 0.25)
    else:
        found = killed(folder, count, draw, train, 0.5)
        whole, rest = facts(train(RunFolder(folder.path.with_name("whole")))), facts(train(folder))
        found["same"] = all(whole[name][key] == value for name in whole for key, value in rest[name].items())
        found["epochs"], found["status"] = len(rest["epochs"]), folder.status
        logged = [event.epoch for event in folder.replayed().events if isinstance(event, EpochEnded)]
        found["log"] = logged == list(range(1, PROJECT.train.epochs + 1))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
