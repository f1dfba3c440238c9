"""Options of the cells: how weights start, and what may be done to the state between steps."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from workbench.core.fields import Spec, setting
from workbench.core.problems import N_


class CellOptions(Spec):
    """Options of every cell; each cell declares a final class of them."""

    orthogonal: bool = setting(
        False,
        title=N_("Orthogonal start"),
        level="advanced",
        help=N_("Start every recurrent matrix as a rotation, which neither shrinks nor grows what it is given."),
    )
    bias: bool = setting(
        True,
        title=N_("Bias"),
        level="advanced",
        help=N_("Add a learned constant inside every gate. Without it, a forget or update bias has no effect."),
    )
    initial_state: Literal["zero", "learned"] = setting(
        "zero",
        title=N_("First state"),
        level="advanced",
        labels={"zero": N_("zero"), "learned": N_("learned")},
        help=N_("What the cell holds before the first step: nothing, or values that are trained with the weights."),
    )
    recurrent_dropout: float = setting(
        0.0,
        title=N_("Dropout between steps"),
        ge=0.0,
        le=0.9,
        level="advanced",
        help=N_(
            "Share of the old hidden state hidden from the gates while training, the same units at every step of a "
            "window. Training then runs step by step and takes three to four times as long."
        ),
    )
    zoneout: float = setting(
        0.0,
        title=N_("Zoneout"),
        ge=0.0,
        le=0.9,
        level="advanced",
        help=N_(
            "Share of the state that keeps its old value at a step: drawn at random while training, the average "
            "afterwards. The cell then runs step by step and takes three to five times as long."
        ),
    )
    layer_norm: bool = setting(
        False,
        title=N_("Layer normalisation"),
        level="advanced",
        help=N_(
            "Bring what each gate gets from the old state, and the cell state that is shown, to mean 0 and deviation "
            "1 over the units. The cell then runs step by step and takes four to six times as long."
        ),
    )

    @property
    def stepwise(self) -> bool:
        """True if the arithmetic of every step differs from that of the fused kernels, trained or not."""
        return self.layer_norm or self.zoneout > 0.0


def chrono_setting() -> Any:
    """Declare the longest dependency Tmax of chrono initialisation; 0 switches it off."""
    return setting(
        0,
        title=N_("Longest memory (chrono)"),
        unit=N_("steps"),
        ge=0,
        le=1_000_000,
        help=N_(
            "Draw the gates' biases so that units remember for 1 to this many steps; about the window's length suits "
            "tasks of long memory. It takes the place of the other gate bias. 0 is off."
        ),
    )


def checked_chrono(value: int, info: ValidationInfo) -> int:
    """Refuse a Tmax that leaves nothing to draw from, and one whose biases are switched off."""
    if value == 1:
        raise ValueError("a memory has 2 steps or more; 0 switches it off")
    if value and not info.data.get("bias", True):
        raise ValueError("it sets biases, and Bias is off; switch Bias on, or set this to 0")
    return value


class PlainOptions(CellOptions):
    """Options of a cell without gates."""


class ForgetOptions(CellOptions):
    """Options of a cell with a forget gate."""

    forget_bias: float = setting(
        1.0,
        title=N_("Forget bias"),
        ge=-10.0,
        le=20.0,
        help=N_("Bias of the forget gate before training. 1 lets the cell remember from the start; 0 is torch's."),
    )
    chrono: int = chrono_setting()
    _chrono = field_validator("chrono")(checked_chrono)


class GruOptions(CellOptions):
    """Options of the GRU."""

    form: Literal["torch", "original"] = setting(
        "torch",
        title=N_("Reset gate"),
        labels={"torch": N_("after U h (torch)"), "original": N_("before U h (Cho 2014)")},
        help=N_(
            "Where the reset gate acts: on what the recurrent matrix returns, or on the state it is given (published). "
            "The published form runs step by step and takes about three times as long."
        ),
    )
    update_bias: float = setting(
        0.0,
        title=N_("Update bias"),
        ge=-10.0,
        le=20.0,
        help=N_("Bias of the update gate before training. 1 lets the cell remember from the start; 0 is torch's."),
    )
    chrono: int = chrono_setting()
    _chrono = field_validator("chrono")(checked_chrono)
