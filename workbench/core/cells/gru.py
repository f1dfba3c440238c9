"""The gated recurrent unit: one state, two gates."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.cells.cell import AbstractCell, Array, Gate, Operations, State
from workbench.core.problems import N_


class Gru(AbstractCell):
    """The GRU as in ``torch.nn.GRU``: the reset gate acts behind the recurrent product, z keeps the old state."""

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
    references = (
        "Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for statistical machine "
        "translation. EMNLP 2014, 1724-1734.",
    )
    fused = "gru"

    def step(
        self, weights: Mapping[str, Array], x: Array, state: Mapping[str, Array], ops: Operations
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """h = (1 - z) n + z h."""
        from_x = x @ weights["weight_ih"].T + weights["bias_ih"]
        from_h = state["h"] @ weights["weight_hh"].T + weights["bias_hh"]
        hidden = from_x.shape[-1] // 3
        r = ops.sigmoid(from_x[..., :hidden] + from_h[..., :hidden])
        z = ops.sigmoid(from_x[..., hidden : 2 * hidden] + from_h[..., hidden : 2 * hidden])
        n = ops.tanh(from_x[..., 2 * hidden :] + r * from_h[..., 2 * hidden :])
        return {"h": (1.0 - z) * n + z * state["h"]}, {"r": r, "z": z, "n": n}
