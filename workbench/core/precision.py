"""Numbers of half the size while training: which operations use them, and the scaling of the loss they need."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import final

import torch
from torch import Tensor

from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import TrainSpec

NO_HALF = ProblemKind(
    "no-half-precision",
    "error",
    N_("Precision {precision} needs a CUDA device; this training would run on {device}."),
    N_("Set Precision to float32."),
    action="full-precision",
)
_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@final
class Precision:
    """The numbers in which a training computes; weights, loss, optimiser and validation stay in float32.

    Attributes
    ----------
    scaler
        Scales the loss so that small gradients do not become 0, and leaves out a step whose gradients overflow
        (Micikevicius et al. 2018, arXiv 1710.03740); None in float32. torch's autocast may run cuDNN's recurrent
        kernels in float16 also where bfloat16 was asked for, so both are scaled.

    Raises
    ------
    WorkbenchError
        ``no-half-precision`` for half precision on anything but a CUDA device.
    """

    def __init__(self, spec: TrainSpec, device: torch.device) -> None:
        self._device, self._type = device, _TYPES.get(spec.precision)
        self.scaler: torch.amp.GradScaler | None = None
        if self._type is None:
            return
        if device.type != "cuda":
            raise WorkbenchError(NO_HALF, precision=spec.precision, device=device.type.upper())
        self.scaler = torch.amp.GradScaler(device.type)

    def forwards(self) -> AbstractContextManager[object]:
        """Return the context for a pass of the network; its result is to be made float32 before the loss."""
        return nullcontext() if self._type is None else torch.autocast(self._device.type, self._type)


def halved(x: Tensor) -> bool:
    """Return whether operations on `x` would be done in half precision."""
    return torch.is_autocast_enabled(x.device.type)
