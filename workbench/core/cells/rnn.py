"""The plain recurrent cell: the new state is one squashed sum of the input and the old state."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.cells.cell import AbstractCell, Array, Operations, State
from workbench.core.problems import N_

_REFERENCE = "Elman, J. L. (1990). Finding structure in time. Cognitive Science 14(2), 179-211."


def _preactivation(weights: Mapping[str, Array], x: Array, h: Array) -> Array:
    return x @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]


class TanhRnn(AbstractCell):
    """Elman's cell with tanh, as in ``torch.nn.RNN``."""

    key = "rnn"
    label = N_("RNN (tanh)")
    states = (
        State(
            "h",
            N_("Hidden state"),
            -1.0,
            1.0,
            "hidden",
            N_("All the cell remembers, rewritten at every step."),
        ),
    )
    gates = ()
    weight_blocks = ("h",)
    equations = ("hₜ = tanh(Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ)",)
    references = (_REFERENCE,)
    fused = "rnn-tanh"

    def step(
        self, weights: Mapping[str, Array], x: Array, state: Mapping[str, Array], ops: Operations
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = tanh(W x + b + W h + b)."""
        return {"h": ops.tanh(_preactivation(weights, x, state["h"]))}, {}


class ReluRnn(AbstractCell):
    """Elman's cell with a rectifier: gradients do not shrink in tanh, but nothing bounds the state."""

    key = "rnn-relu"
    label = N_("RNN (relu)")
    states = (
        State(
            "h",
            N_("Hidden state"),
            0.0,
            None,
            "hidden",
            N_("All the cell remembers, rewritten at every step."),
        ),
    )
    gates = ()
    weight_blocks = ("h",)
    equations = ("hₜ = max(0, Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ)",)
    references = (
        _REFERENCE,
        "Le, Q. V., Jaitly, N., Hinton, G. E. (2015). A simple way to initialize recurrent networks of "
        "rectified linear units. arXiv:1504.00941.",
    )
    fused = "rnn-relu"

    def step(
        self, weights: Mapping[str, Array], x: Array, state: Mapping[str, Array], ops: Operations
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = max(0, W x + b + W h + b)."""
        return {"h": ops.relu(_preactivation(weights, x, state["h"]))}, {}
