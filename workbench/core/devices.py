"""Where a training can run, and with how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from workbench.core.cells import CELLS
from workbench.core.events import Speed
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import ModelSpec, Project

NO_CUDA = ProblemKind(
    "no-cuda",
    "error",
    N_("This machine has no CUDA device that torch can use."),
    N_("Set Device to automatic or CPU."),
    action="use-cpu",
)
NO_MPS = ProblemKind(
    "no-mps",
    "error",
    N_("This machine has no MPS device that torch can use."),
    N_("Set Device to automatic or CPU."),
    action="use-cpu",
)
SLOW_ON_GPU = ProblemKind(
    "slow-on-gpu",
    "warning",
    N_("On this device the cell runs step by step: no library has a kernel for {cell} with these options."),
    N_("Set Device to CPU, which may well be faster, or choose an LSTM or GRU with plain options."),
    action="use-cpu",
)


@dataclass(frozen=True, slots=True)
class Device:
    """One place to train on; `key` is the value of the setting Device."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where one training runs.

    Attributes
    ----------
    speeds
        What was measured to choose it.
    warnings
        What the person should know about it.
    """

    device: torch.device
    threads: int
    speeds: tuple[Speed, ...] = ()
    warnings: tuple[Problem, ...] = ()


def devices() -> tuple[Device, ...]:
    """Return the devices of this machine, the CPU first."""
    found = [Device("cpu", "CPU")]
    if torch.cuda.is_available():
        found.append(Device("cuda", torch.cuda.get_device_name(0)))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple MPS"))
    return tuple(found)


def chosen(key: str) -> torch.device:
    """Return the device for a value of the setting Device; nothing is measured, so ``auto`` is the CPU.

    Raises
    ------
    WorkbenchError
        ``no-cuda`` or ``no-mps``.
    """
    if key == "cuda":
        if not torch.cuda.is_available():
            raise WorkbenchError(NO_CUDA)
        return torch.device("cuda", 0)
    if key == "mps":
        if not torch.backends.mps.is_available():
            raise WorkbenchError(NO_MPS)
        return torch.device("mps")
    return torch.device("cpu")


def as_set(project: Project) -> Place:
    """Return where the settings say that a training runs, with the threads in force and without measuring.

    Raises
    ------
    WorkbenchError
        ``no-cuda`` or ``no-mps``.
    """
    threads = project.train.threads
    count = torch.get_num_threads() if threads == "auto" else int(threads)
    return on_device(chosen(project.train.device), count, project.model)


def on_device(device: torch.device, threads: int, model: ModelSpec, speeds: tuple[Speed, ...] = ()) -> Place:
    """Return the place with what is to be said of `model` there."""
    slow = slow_on(device, model)
    return Place(device, threads, speeds, () if slow is None else (slow,))


def slow_on(device: torch.device, model: ModelSpec) -> Problem | None:
    """Return what to tell of a training of `model` on a GPU that has no kernel for it, else None."""
    cell = CELLS[model.cell]
    if device.type == "cpu" or not cell.loops_on_gpu(model.cell_options):
        return None
    return problem(SLOW_ON_GPU, cell=cell.label)


def device_bytes(device: torch.device) -> int:
    """Return the bytes of a GPU's memory that torch holds; 0 on a CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    return torch.mps.driver_allocated_memory() if device.type == "mps" else 0


def cores() -> int:
    """Return how many cores this program may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def use_few_threads() -> None:
    """Keep torch to one thread, until a training has measured that more are faster.

    torch's OpenMP threads spin while they wait; with as many threads as cores the training and the window
    starve each other (measured: 30 steps/s with one thread, 6 with two on a busy two-core machine).
    """
    torch.set_num_threads(1)
