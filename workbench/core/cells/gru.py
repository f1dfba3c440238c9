"""The gated recurrent unit: one state, two gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import Array, Operations, from_input, from_state, parts
from workbench.core.cells.cell import AbstractCell, Floats, remembered
from workbench.core.cells.options import CellOptions, GruOptions
from workbench.core.cells.signals import Gate, State
from workbench.core.problems import N_


class Gru(AbstractCell):
    """The GRU: as in ``torch.nn.GRU``, where the reset gate acts behind the recurrent product, or as published.

    In both forms z keeps the old state.
    """

    key = "gru"
    label = "GRU"
    gates = (
        Gate("r", N_("Reset gate"), 0.0, 1.0, "input", N_("Share of the old state the candidate may see.")),
        Gate("z", N_("Update gate"), 0.0, 1.0, "forget", N_("Share of the old state that is kept.")),
        Gate("n", N_("Candidate"), -1.0, 1.0, "candidate", N_("What could replace the old state.")),
    )
    states = (State("h", N_("Hidden state"), -1.0, 1.0, "hidden", N_("Memory and output in one.")),)
    weight_blocks = ("r", "z", "n")
    equations = (
        "rₜ = σ(Wᵣ xₜ + bᵢᵣ + Uᵣ hₜ₋₁ + bₕᵣ)",
        "zₜ = σ(W_z xₜ + bᵢ_z + U_z hₜ₋₁ + bₕ_z)",
        "nₜ = tanh(Wₙ xₜ + bᵢₙ + rₜ ⊙ (Uₙ hₜ₋₁ + bₕₙ))",
        "hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁",
    )
    references = (papers.CHO_2014, papers.CHUNG_2014)
    fused = "gru"
    Options = GruOptions

    def fused_with(self, options: CellOptions) -> str | None:
        """Return torch's kernel for torch's form; the original form has none."""
        assert isinstance(options, GruOptions)
        return super().fused_with(options) if options.form == "torch" else None

    def equations_with(self, options: CellOptions) -> tuple[str, ...]:
        """Return the equations of the form that is chosen."""
        assert isinstance(options, GruOptions)
        found = super().equations_with(options)
        if options.form == "torch":
            return found
        return (*found[:2], "nₜ = tanh(Wₙ xₜ + bᵢₙ + Uₙ (rₜ ⊙ hₜ₋₁) + bₕₙ)", *found[3:])

    def references_with(self, options: CellOptions) -> tuple[str, ...]:
        """Return the cell's papers and those of the options that are on."""
        assert isinstance(options, GruOptions)
        found = super().references_with(options)
        return (*found, papers.TALLEC_2018) if options.chrono else found

    def bias(
        self, weights: Mapping[str, Floats], options: CellOptions, random: Callable[[], np.random.Generator]
    ) -> None:
        """Set the update gate's bias, which keeps the state as a forget gate does. 0 leaves torch's draw."""
        assert isinstance(options, GruOptions)
        if options.chrono:
            self.set_bias(weights, "z", remembered(options.chrono, weights["weight_hh"].shape[1], random()))
        elif options.update_bias:
            self.set_bias(weights, "z", options.update_bias)

    def formula(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = (1 - z) n + z h."""
        assert isinstance(options, GruOptions)
        h = state["h"]
        hidden = h.shape[-1]
        x_r, x_z, x_n = parts(from_input(weights, x), hidden)
        h_r, h_z = parts(from_state(weights, h, ops, 0, 2), hidden)
        r, z = ops.sigmoid(x_r + h_r), ops.sigmoid(x_z + h_z)
        if options.form == "torch":
            n = ops.tanh(x_n + r * from_state(weights, h, ops, 2))
        else:
            n = ops.tanh(x_n + from_state(weights, r * h, ops, 2))
        return {"h": (1.0 - z) * n + z * h}, {"r": r, "z": z, "n": n}
