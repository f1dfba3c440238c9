"""The LSTM that writes exactly as much as it forgets: one gate less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, shown, sums
from workbench.core.cells.cell import AbstractCell, Floats, remembered
from workbench.core.cells.options import CellOptions, ForgetOptions
from workbench.core.cells.signals import CANDIDATE, COUPLED_CELL, COUPLED_INPUT, COUPLED_SHOWN, FORGET, OUTPUT
from workbench.core.problems import N_


class CoupledLstm(AbstractCell):
    """The LSTM with coupled forget and input gate, i = 1 - f; ONNX couples the other way round, f = 1 - i."""

    key = "lstm-coupled"
    label = N_("LSTM, coupled gates")
    gates = (FORGET, COUPLED_INPUT, CANDIDATE, OUTPUT)
    states = (COUPLED_CELL, COUPLED_SHOWN)
    weight_blocks = ("f", "g", "o")
    complements = MappingProxyType({"i": "f"})
    equations = (
        "fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)",
        "iₜ = 1 − fₜ",
        "gₜ = tanh(W_g xₜ + U_g hₜ₋₁ + b_g)",
        "oₜ = σ(Wₒ xₜ + Uₒ hₜ₋₁ + bₒ)",
        "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "hₜ = oₜ ⊙ tanh(cₜ)",
    )
    references = (papers.GREFF_2017, papers.OLAH_2015)
    fused = "lstm-coupled"
    Options = ForgetOptions

    def bias(
        self, weights: Mapping[str, Floats], options: CellOptions, random: Callable[[], np.random.Generator]
    ) -> None:
        """Set the forget gate's bias; chrono's input bias is its negative, and here it is so by itself."""
        assert isinstance(options, ForgetOptions)
        if options.chrono:
            forget = remembered(options.chrono, weights["weight_hh"].shape[1], random())
            self.set_bias(weights, "f", forget)
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
        """c = f c + (1 - f) g; h = o tanh(c)."""
        a_f, a_g, a_o = sums(weights, x, state["h"], ops)
        f, g, o = ops.sigmoid(a_f), ops.tanh(a_g), ops.sigmoid(a_o)
        i = 1.0 - f
        c = f * state["c"] + i * g
        h = o * shown(weights, c, ops)
        return {"c": c, "h": h}, {"f": f, "i": i, "g": g, "o": o}
