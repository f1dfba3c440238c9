"""Choose where a training runs by trying it: how many threads of the CPU, or a GPU, and is it right there?"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from workbench.core import devices
from workbench.core.backends import check_backend
from workbench.core.devices import Place, chosen, on_device
from workbench.core.events import Speed
from workbench.core.measuring import Stepper
from workbench.core.problems import N_, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project

WORTH_S = 10.0
"""A training that one thread ends sooner stays there: nothing is measured further for it."""

GAIN = 0.9
"""More threads must take at most this share of the time to be worth keeping cores busy."""

TRIAL_S, MOST_TRIALS = 0.1, 7
"""How long one place is tried, after a step that warms it up."""

WRONG_SO_CPU = ProblemKind(
    "wrong-so-cpu",
    "warning",
    N_(
        "The GPU computes this network wrongly (forecasts off by {forward:.1e} of their size, gradients by "
        "{gradient:.1e}), so the CPU trains it."
    ),
    N_("A newer driver, another cell or plain options of the cell may be computed rightly."),
)


def placed(
    project: Project,
    batches: int,
    *,
    before: tuple[str, int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Place:
    """Return where to train `project`, after its network was tried and found right there.

    No random numbers are drawn. The number of threads is left in force for the calling thread.

    Parameters
    ----------
    batches
        Training steps in an epoch.
    before
        Device and threads of the earlier part of a run that goes on: kept, unless the settings now name another
        device or that one is not here, so that the bits are the same.

    Raises
    ------
    WorkbenchError
        ``no-cuda``, ``no-mps``, ``wrong-gpu`` or ``wrong-cpu``.
    """
    compute_in_full_precision()
    found = _found(project, batches, before, cancelled)
    torch.set_num_threads(found.threads)
    check = check_backend(project, found.device)
    if check.passed:
        return found
    if found.device.type == "cpu" or project.train.device != "auto":
        raise WorkbenchError(check.refusal().kind, **check.refusal().values)
    warning = problem(WRONG_SO_CPU, forward=check.forward, gradient=check.gradient)
    count = _best([speed for speed in found.speeds if speed.device == "cpu"]).threads
    torch.set_num_threads(count)
    again = check_backend(project, torch.device("cpu"))
    if not again.passed:
        raise WorkbenchError(again.refusal().kind, **again.refusal().values)
    return Place(torch.device("cpu"), count, found.speeds, (warning,))


def tried(project: Project, batches: int, cancelled: Callable[[], bool] = lambda: False) -> Place | None:
    """Find out where `project` trains before anybody presses Train; the threads in force are left as they were.

    Returns
    -------
    What :func:`placed` would find; None where it is to be asked again, as a GPU may be lost or full by then.

    Raises
    ------
    WorkbenchError
        As :func:`placed`.
    """
    threads = torch.get_num_threads()
    try:
        found = placed(project, batches, cancelled=cancelled)
    finally:
        torch.set_num_threads(threads)
    return None if cancelled() or found.device.type != "cpu" or found.warnings else found


def compute_in_full_precision() -> None:
    """Let a GPU compute float32 as such.

    By default cuDNN rounds the factors of recurrent layers to 10 bits (TF32), so that a network forecasts otherwise on
    a CPU by a thousandth. Who wants that speed chooses half precision.
    """
    torch.backends.cudnn.rnn.fp32_precision = "ieee"  # type: ignore[attr-defined]
    torch.backends.cuda.matmul.fp32_precision = "ieee"


def _found(project: Project, batches: int, before: tuple[str, int] | None, cancelled: Callable[[], bool]) -> Place:
    train = project.train
    if before is not None and _kept(train.device, torch.device(before[0]).type):
        return on_device(torch.device(before[0]), before[1], project.model)
    threads = None if train.threads == "auto" else int(train.threads)
    gpu = train.device == "auto" and torch.cuda.is_available()
    # Half precision is for CUDA alone; where there is none, the training says so.
    device = chosen("cuda" if gpu and train.precision != "float32" else train.device)
    if device.type != "cpu":
        return on_device(device, threads or 1, project.model)
    ladder = rungs(devices.cores()) if threads is None else (threads,)
    if len(ladder) == 1 and not gpu:
        return on_device(device, ladder[0], project.model)
    speeds = _speeds(project, ladder, batches * train.epochs, cancelled, gpu=gpu)
    best = _best(speeds)
    return on_device(chosen(best.device), best.threads, project.model, tuple(speeds))


def _kept(wanted: str, before: str) -> bool:
    """Say whether a run can go on on the device it was on."""
    if wanted not in ("auto", before):
        return False
    if before == "cuda":
        return torch.cuda.is_available()
    return before != "mps" or torch.backends.mps.is_available()


def rungs(cores: int) -> tuple[int, ...]:
    """Return the numbers of threads worth trying: doubled up to all cores but one, which is the window's."""
    most = max(cores - 1, 1)
    doubled = [1 << power for power in range(most.bit_length()) if 1 << power <= most]
    return tuple(doubled) if doubled[-1] == most else (*doubled, most)


def _best(speeds: list[Speed]) -> Speed:
    """Return the fastest; more threads count as faster only if they gain enough."""
    best = speeds[0]
    for speed in speeds[1:]:
        gain = GAIN if speed.device == "cpu" else 1.0
        if speed.step_ms is not None and (best.step_ms is None or speed.step_ms < gain * best.step_ms):
            best = speed
    return best


def _speeds(
    project: Project, ladder: tuple[int, ...], steps: int, cancelled: Callable[[], bool], *, gpu: bool
) -> list[Speed]:
    """Try the CPU with ever more threads while that gains, then the GPU."""
    cpu = Stepper(project, torch.device("cpu"))
    speeds: list[Speed] = []
    for count in ladder:
        torch.set_num_threads(count)
        speeds.append(Speed("cpu", count, _trial_ms(cpu, cancelled)))
        first = speeds[0].step_ms
        if cancelled() or (first is not None and first * steps < WORTH_S * 1e3):
            return speeds
        if len(speeds) > 1 and _best(speeds) is not speeds[-1]:
            break
    if gpu:
        torch.set_num_threads(1)
        speeds.append(Speed("cuda", 1, _gpu_ms(project, cancelled)))
    return speeds


def _gpu_ms(project: Project, cancelled: Callable[[], bool]) -> float | None:
    try:
        return _trial_ms(Stepper(project, chosen("cuda")), cancelled)
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        return None


def _trial_ms(stepper: Stepper, cancelled: Callable[[], bool]) -> float | None:
    """Return the milliseconds of the fastest of a few steps; None if there is no time for one."""
    stepper.step()
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < MOST_TRIALS and (not taken or time.perf_counter() - began < TRIAL_S) and not cancelled():
        start = time.perf_counter()
        stepper.step()
        taken.append((time.perf_counter() - start) * 1e3)
    return min(taken, default=None)
