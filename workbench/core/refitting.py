"""Fit a model anew at each refit of a backtest, in processes of their own, with progress and a way out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbench.core.backtest import GIVEN_UP, Block, BlockForecasts
from workbench.core.bundle import Weights
from workbench.core.classical import methods_of
from workbench.core.dataset import Dataset, prepare
from workbench.core.delivery import band_of
from workbench.core.devices import use_few_threads
from workbench.core.events import Ended, Improved
from workbench.core.forecaster import blank
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.steering import Steering
from workbench.core.supervision import supervised
from workbench.core.table import Table

NO_REFIT = ProblemKind(
    "refit-failed",
    "error",
    N_("At refit {number} the training ended without a model: {reason}"),
    N_("Fewer origins, a longer stride or other training settings may help."),
)
POLL_S = 0.2
DONE = "done-"


def refitted(
    table: Table,
    project: Project,
    blocks: tuple[Block, ...],
    *,
    names: Collection[str] | None = None,
    warm: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[BlockForecasts]:
    """Train `project` anew for each of `blocks` and forecast from their windows, beside the baselines fitted likewise.

    Parameters
    ----------
    names
        Baselines to fit, by default all plain ones.
    warm
        Go on from the weights of the block before; one process does all of them, in order.
    workers
        Processes; by default one less than there are cores, and no more than blocks.
    progress
        Called with the blocks done and all of them.

    Raises
    ------
    WorkbenchError
        ``backtest-given-up``, ``refit-failed``, or whatever preparing the data refuses.
    """
    table = replace(table, notes=())  # notes are not for other processes
    workers = min(workers or max(1, (os.cpu_count() or 2) - 1), len(blocks))
    jobs: list[tuple[Block, ...]] = [blocks] if warm else [(block,) for block in blocks]
    # Fresh processes: one that is forked from a process with threads may hang.
    context, done = multiprocessing.get_context("spawn"), 0
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers, mp_context=context) as pool:
        stop = Path(folder) / "stop"
        running: set[Future[list[BlockForecasts]]] = set()
        with _deaf_to_interrupts():
            running |= {pool.submit(_work, table, project, job, names, warm, str(stop)) for job in jobs}
        progress(0, len(blocks))
        try:
            while running:
                ended, running = wait(running, timeout=POLL_S, return_when=FIRST_COMPLETED)
                if cancelled():
                    raise WorkbenchError(GIVEN_UP)
                done = _told(Path(folder), done, len(blocks), progress)
                for future in ended:
                    yield from future.result()
        except BrokenProcessPool:
            reason = "its process was ended from outside, perhaps for lack of memory"
            raise WorkbenchError(NO_REFIT, number=done + 1, reason=reason) from None
        finally:
            stop.touch()  # those that train look for it
            pool.shutdown(wait=True, cancel_futures=True)


def _told(folder: Path, before: int, count: int, progress: Callable[[int, int], None]) -> int:
    """Tell of blocks that are done since: each leaves a file, because a warm start hands all over at the end."""
    done = len(list(folder.glob(f"{DONE}*")))
    for number in range(before, done):
        progress(number + 1, count)
    return done


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let the processes that are begun here ignore Ctrl+C: they are told to stop by us, and print no traceback."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(
    table: Table, project: Project, blocks: tuple[Block, ...], names: Collection[str] | None, warm: bool, stop: str
) -> list[BlockForecasts]:
    """Train for `blocks`, one after the other; runs in a process of its own."""
    use_few_threads()
    found, weights = [], None
    for block in blocks:
        begun = time.perf_counter()
        if Path(stop).exists():
            raise WorkbenchError(GIVEN_UP)
        dataset = prepare(table, project.data, places=block.places)
        weights = trained(project, dataset, weights if warm else None, block.number, Path(stop))
        forecaster = blank(project.model, project.data)
        forecaster.restore(weights)
        forecasts = {"model": band_of(forecaster.eval(), dataset, block.start)[0]}
        forecasts |= {name: method(dataset, block.start) for name, method in methods_of(dataset, names).items()}
        found.append(BlockForecasts(block.number, forecasts, time.perf_counter() - begun))
        Path(stop).with_name(f"{DONE}{block.number}").touch()
    return found


def trained(project: Project, dataset: Dataset, start: Weights | None, number: int, stop: Path) -> Weights:
    """Train to the end and return the best weights.

    Raises
    ------
    WorkbenchError
        ``refit-failed``, or ``backtest-given-up`` once `stop` exists.
    """
    best: Improved | None = None
    reason = ""
    if not len(dataset.train) or not len(dataset.valid):
        raise WorkbenchError(NO_REFIT, number=number + 1, reason="no window without a gap lies before it")
    stream = supervised(project, dataset, Steering(project.train), start)
    for event in stream:
        if stop.exists():
            stream.close()
            raise WorkbenchError(GIVEN_UP)
        if isinstance(event, Improved):
            best = event
        elif isinstance(event, Ended) and event.problem is not None:
            reason = event.problem.text()
    if best is None:
        raise WorkbenchError(NO_REFIT, number=number + 1, reason=reason or "nothing was learnt")
    return best.weights
