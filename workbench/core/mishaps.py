"""What stopped a training, in words: too little memory, a GPU that is gone, or an error of the program."""

from __future__ import annotations

import gc
import traceback
from contextlib import suppress

import torch

from workbench.core.events import Improved
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project

OUT_OF_MEMORY = ProblemKind(
    "out-of-memory",
    "error",
    N_("The {device} has not enough memory for batches of {batch} windows. What the training had taken is free again."),
    N_(
        "Train with batches of {half} and Accumulation {accumulate}: the same training step in about half the memory. "
        "Or choose a shorter window or fewer units."
    ),
    action="half-batch",
)
GPU_OUT_OF_MEMORY = ProblemKind(
    "gpu-out-of-memory",
    "error",
    N_("The GPU has not enough memory for batches of {batch} windows. What the training had taken is free again."),
    N_(
        "Train with batches of {half} and Accumulation {accumulate}: the same training step in about half the memory. "
        "Or train on the CPU."
    ),
    action="half-batch",
    other="use-cpu",
)
OUT_OF_MEMORY_AT_ONE = ProblemKind(
    "out-of-memory-at-one",
    "error",
    N_("The {device} has not enough memory for a single window of this network."),
    N_("Choose a shorter window or fewer units."),
)
GPU_LOST = ProblemKind(
    "gpu-lost",
    "error",
    N_("The GPU stopped answering: {reason}. The best weights, of epoch {epoch}, are safe in the computer's memory."),
    N_("Go on with them on the CPU. The GPU can often be used again once the program has been restarted."),
    action="go-on-cpu",
)
GPU_LOST_EARLY = ProblemKind(
    "gpu-lost-early",
    "error",
    N_("The GPU stopped answering: {reason}. The first epoch had not ended, so there was nothing to keep."),
    N_("Train on the CPU. The GPU can often be used again once the program has been restarted."),
    action="use-cpu",
)
FAILED = ProblemKind(
    "failed",
    "error",
    N_("The training failed: {reason}"),
    N_("The best weights so far are kept. Copy the details into a report so that it can be mended."),
    action="copy-details",
)
LOST = ("CUDA error", "cuDNN error", "CUBLAS_STATUS", "CUDNN_STATUS", "device-side assert", "MPS error")
"""How the errors of a GPU begin that does not compute any more, where torch has no kind of its own for them."""


def explained(error: Exception, project: Project, best: Improved | None) -> tuple[Problem, str]:
    """Return what to tell the person about `error`, and the details to copy into a report."""
    if isinstance(error, WorkbenchError):
        return error.problem, ""
    short = lacks_memory(error)
    if short:
        return _out_of_memory(short, project), str(error)
    if isinstance(error, torch.AcceleratorError) or (isinstance(error, RuntimeError) and str(error).startswith(LOST)):
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        kind = GPU_LOST if best is not None else GPU_LOST_EARLY
        return problem(kind, reason=reason, epoch=best.epoch if best else 0), traceback.format_exc()
    return problem(FAILED, reason=f"{type(error).__name__}: {error}"), traceback.format_exc()


def lacks_memory(error: Exception) -> str:
    """Return what has too little memory, ``GPU`` or ``computer``, or "" if `error` is something else."""
    if isinstance(error, torch.OutOfMemoryError) or "MPS backend out of memory" in str(error):
        return "GPU"
    # torch has no kind of its own for the computer's memory.
    return "computer" if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error) else ""


def _out_of_memory(device: str, project: Project) -> Problem:
    batch, accumulate = project.train.batch, 2 * project.train.accumulate
    if batch == 1:
        return problem(OUT_OF_MEMORY_AT_ONE, device=device)
    kind = GPU_OUT_OF_MEMORY if device == "GPU" else OUT_OF_MEMORY
    return problem(kind, device=device, batch=batch, half=batch // 2, accumulate=accumulate)


def give_back() -> None:
    """Give memory that nobody uses any more back to the computer and the GPU."""
    gc.collect()
    with suppress(RuntimeError):  # a GPU that is gone
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        elif torch.backends.mps.is_available():
            torch.mps.empty_cache()
