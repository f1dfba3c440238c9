"""What a recurrent cell has at every step: states it carries on, and gates; and those the LSTMs share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from workbench.core.problems import N_

Role = Literal["input", "forget", "candidate", "output", "cell", "hidden"]


@dataclass(frozen=True, slots=True)
class Signal:
    """A vector of `H` values a cell has at every step: a state it carries on, or a gate.

    Attributes
    ----------
    key
        The letter of the equations: ``h c i f g o r z n``.
    low, high
        Range of its values; None where it has no bound.
    role
        Decides its colour, the same in every view.
    meaning
        One sentence for tool tips and lessons.
    """

    key: str
    label: str
    low: float | None
    high: float | None
    role: Role
    meaning: str


class State(Signal):
    """A signal carried to the next step."""


class Gate(Signal):
    """A signal computed at every step and forgotten."""


FORGET = Gate("f", N_("Forget gate"), 0.0, 1.0, "forget", N_("Share of the old cell state that is kept."))
INPUT = Gate("i", N_("Input gate"), 0.0, 1.0, "input", N_("Share of the candidate that is written."))
COUPLED_INPUT = Gate(
    "i", N_("Input gate"), 0.0, 1.0, "input", N_("Share of the candidate that is written: what the forget gate frees.")
)
CANDIDATE = Gate("g", N_("Candidate"), -1.0, 1.0, "candidate", N_("What could be written to the cell state."))
OUTPUT = Gate("o", N_("Output gate"), 0.0, 1.0, "output", N_("Share of the cell state that is shown as h."))
CELL = State("c", N_("Cell state"), None, None, "cell", N_("The conveyor belt: changed only by f and i."))
COUPLED_CELL = State(
    "c",
    N_("Cell state"),
    -1.0,
    1.0,
    "cell",
    N_("The conveyor belt: a moving average of candidates, so it stays small."),
)
SHOWN = State("h", N_("Hidden state"), -1.0, 1.0, "hidden", N_("What the next layer and the next step see."))
COUPLED_SHOWN = State(
    "h",
    N_("Hidden state"),
    -math.tanh(1.0),
    math.tanh(1.0),
    "hidden",
    N_("What the next layer and the next step see; as c stays within 1, it stays within tanh 1."),
)
