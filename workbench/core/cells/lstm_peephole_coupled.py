"""The LSTM with both: gates that see the conveyor belt, and that write exactly as much as they forget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, parts, shown, sums
from workbench.core.cells.cell import AbstractCell, Floats, remembered
from workbench.core.cells.options import CellOptions, ForgetOptions
from workbench.core.cells.signals import CANDIDATE, COUPLED_CELL, COUPLED_INPUT, COUPLED_SHOWN, FORGET, OUTPUT
from workbench.core.problems import N_


class PeepholeCoupledLstm(AbstractCell):
    """The LSTM with peepholes and i = 1 - f: f looks at the old cell state, o at the new one."""

    key = "lstm-peephole-coupled"
    label = N_("LSTM, peephole and coupled")
    gates = (FORGET, COUPLED_INPUT, CANDIDATE, OUTPUT)
    states = (COUPLED_CELL, COUPLED_SHOWN)
    weight_blocks = ("f", "g", "o")
    complements = MappingProxyType({"i": "f"})
    peepholes = ("f", "o")
    equations = (
        "fₜ = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ cₜ₋₁ + b_f)",
        "iₜ = 1 − fₜ",
        "gₜ = tanh(W_g xₜ + U_g hₜ₋₁ + b_g)",
        "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "oₜ = σ(Wₒ xₜ + Uₒ hₜ₋₁ + pₒ ⊙ cₜ + bₒ)",
        "hₜ = oₜ ⊙ tanh(cₜ)",
    )
    references = (papers.GERS_2000_PEEPHOLE, papers.GREFF_2017, papers.OLAH_2015)
    fused = "lstm-peephole-coupled"
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
        """c = f c + (1 - f) g with f that sees the old c; h = o tanh(c) with o that sees the new c."""
        a_f, a_g, a_o = sums(weights, x, state["h"], ops)
        p_f, p_o = parts(weights["weight_ch"], a_f.shape[-1])
        f, g = ops.sigmoid(a_f + p_f * state["c"]), ops.tanh(a_g)
        i = 1.0 - f
        c = f * state["c"] + i * g
        o = ops.sigmoid(a_o + p_o * c)
        h = o * shown(weights, c, ops)
        return {"c": c, "h": h}, {"f": f, "i": i, "g": g, "o": o}
