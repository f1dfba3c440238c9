"""The plain recurrent cell: the new state is one squashed sum of the input and the old state."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, sums
from workbench.core.cells.cell import AbstractCell
from workbench.core.cells.options import CellOptions, PlainOptions
from workbench.core.cells.signals import State
from workbench.core.problems import N_


class TanhRnn(AbstractCell):
    """Elman's cell with tanh, as in ``torch.nn.RNN``."""

    key = "rnn"
    label = N_("RNN (tanh)")
    states = (
        State("h", N_("Hidden state"), -1.0, 1.0, "hidden", N_("All the cell remembers, rewritten at every step.")),
    )
    gates = ()
    weight_blocks = ("h",)
    equations = ("hₜ = tanh(Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ)",)
    references = (papers.ELMAN_1990,)
    fused = "rnn-tanh"
    Options = PlainOptions

    def formula(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = tanh(W x + b + W h + b)."""
        (a,) = sums(weights, x, state["h"], ops)
        return {"h": ops.tanh(a)}, {}
