"""Where a training can run, and with how many threads."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from workbench.core.problems import N_, ProblemKind, WorkbenchError

NO_CUDA = ProblemKind(
    "no-cuda",
    "error",
    N_("This machine has no CUDA device that torch can use."),
    N_("Set Device to automatic or CPU."),
    action="use-cpu",
)


@dataclass(frozen=True, slots=True)
class Device:
    """One place to train on; `key` is the value of the setting Device."""

    key: str
    label: str


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


def use_few_threads() -> None:
    """Keep torch to one thread.

    torch's OpenMP threads spin while they wait; with as many threads as cores the training and the window
    starve each other (measured: 30 steps/s with one thread, 6 with two on a busy two-core machine).
    """
    torch.set_num_threads(1)
