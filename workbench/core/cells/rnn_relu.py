"""The plain recurrent cell with a rectifier: gradients do not shrink in tanh, but nothing bounds the state."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, sums
from workbench.core.cells.cell import AbstractCell
from workbench.core.cells.options import CellOptions, PlainOptions
from workbench.core.cells.signals import State
from workbench.core.problems import N_


class ReluRnn(AbstractCell):
    """Elman's cell with a rectifier, as in ``torch.nn.RNN(nonlinearity="relu")``."""

    key = "rnn-relu"
    label = N_("RNN (relu)")
    states = (
        State("h", N_("Hidden state"), 0.0, None, "hidden", N_("All the cell remembers, rewritten at every step.")),
    )
    gates = ()
    weight_blocks = ("h",)
    equations = ("hₜ = max(0, Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ)",)
    references = (papers.ELMAN_1990, papers.LE_2015)
    fused = "rnn-relu"
    Options = PlainOptions

    def formula(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = max(0, W x + b + W h + b)."""
        (a,) = sums(weights, x, state["h"], ops)
        return {"h": ops.relu(a)}, {}
