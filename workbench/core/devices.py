"""Where a training can run, and with how many threads."""

from __future__ import annotations

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
    found = [Device("cpu", f"CPU · {torch.get_num_threads()} thread" + "s" * (torch.get_num_threads() > 1))]
    if torch.cuda.is_available():
        found.append(Device("cuda", torch.cuda.get_device_name(0)))
    return tuple(found)


def chosen(key: str) -> torch.device:
    """Return the device for the setting ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    WorkbenchError
        ``no-cuda``.
    """
    if key == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if key == "cuda":
        raise WorkbenchError(NO_CUDA)
    return torch.device("cpu")


def as_set(project: Project) -> Place:
    """Return where the settings say that a training runs, with the threads in force and without measuring.

    Raises
    ------
    WorkbenchError
        ``no-cuda``.
    """
    device = chosen(project.train.device)
    slow = slow_on(device, project.model)
    return Place(device, torch.get_num_threads(), warnings=() if slow is None else (slow,))


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


def use_few_threads() -> None:
    """Keep torch to one thread.

    torch's OpenMP threads spin while they wait; with as many threads as cores the training and the window
    starve each other (measured: 30 steps/s with one thread, 6 with two on a busy two-core machine).
    """
    torch.set_num_threads(1)
