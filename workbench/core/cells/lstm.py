"""The long short-term memory cell: a conveyor belt c, and three gates that guard it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, shown, sums
from workbench.core.cells.cell import AbstractCell, Floats, remembered
from workbench.core.cells.options import CellOptions, ForgetOptions
from workbench.core.cells.signals import CANDIDATE, CELL, FORGET, INPUT, OUTPUT, SHOWN


class Lstm(AbstractCell):
    """The LSTM with forget gate, as in ``torch.nn.LSTM``."""

    key = "lstm"
    label = "LSTM"
    gates = (FORGET, INPUT, CANDIDATE, OUTPUT)
    states = (CELL, SHOWN)
    weight_blocks = ("i", "f", "g", "o")
    equations = (
        "fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)",
        "iₜ = σ(Wᵢ xₜ + Uᵢ hₜ₋₁ + bᵢ)",
        "gₜ = tanh(W_g xₜ + U_g hₜ₋₁ + b_g)",
        "oₜ = σ(Wₒ xₜ + Uₒ hₜ₋₁ + bₒ)",
        "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "hₜ = oₜ ⊙ tanh(cₜ)",
    )
    references = (papers.HOCHREITER_1997, papers.GERS_2000_FORGET)
    fused = "lstm"
    Options = ForgetOptions

    def bias(
        self, weights: Mapping[str, Floats], options: CellOptions, random: Callable[[], np.random.Generator]
    ) -> None:
        """Set the forget gate's bias, and with chrono the input gate's to its negative. 0 leaves torch's draw."""
        assert isinstance(options, ForgetOptions)
        if options.chrono:
            forget = remembered(options.chrono, weights["weight_hh"].shape[1], random())
            self.set_bias(weights, "f", forget)
            self.set_bias(weights, "i", -forget)
        elif options.forget_bias:
            self.set_bias(weights, "f", options.forget_bias)

    def references_with(self, options: CellOptions) -> tuple[str, ...]:
        """Return the cell's papers and those of the options that are on."""
        assert isinstance(options, ForgetOptions)
        found = super().references_with(options)
        return (*found, papers.TALLEC_2018) if options.chrono else found

    def formula(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """c = f c + i g; h = o tanh(c)."""
        a_i, a_f, a_g, a_o = sums(weights, x, state["h"], ops)
        i, f, g, o = ops.sigmoid(a_i), ops.sigmoid(a_f), ops.tanh(a_g), ops.sigmoid(a_o)
        c = f * state["c"] + i * g
        h = o * shown(weights, c, ops)
        return {"c": c, "h": h}, {"f": f, "i": i, "g": g, "o": o}
