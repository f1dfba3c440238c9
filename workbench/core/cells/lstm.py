"""The long short-term memory cell: a conveyor belt c, and three gates that guard it."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.cells.cell import AbstractCell, Array, Gate, Operations, State
from workbench.core.fields import Spec, setting
from workbench.core.problems import N_


class LstmOptions(Spec):
    """Options of the LSTM."""

    forget_bias: float = setting(
        1.0,
        title=N_("Forget bias"),
        ge=-10.0,
        le=20.0,
        help=N_("Bias of the forget gate before training. 1 lets the cell remember from the start; 0 is torch's."),
    )


class Lstm(AbstractCell):
    """The LSTM with forget gate, as in ``torch.nn.LSTM``."""

    key = "lstm"
    label = "LSTM"
    gates = (
        Gate("f", N_("Forget gate"), 0.0, 1.0, "forget", N_("Share of the old cell state that is kept.")),
        Gate("i", N_("Input gate"), 0.0, 1.0, "input", N_("Share of the candidate that is written.")),
        Gate("g", N_("Candidate"), -1.0, 1.0, "candidate", N_("What could be written to the cell state.")),
        Gate("o", N_("Output gate"), 0.0, 1.0, "output", N_("Share of the cell state that is shown as h.")),
    )
    states = (
        State("c", N_("Cell state"), None, None, "cell", N_("The conveyor belt: changed only by f and i.")),
        State("h", N_("Hidden state"), -1.0, 1.0, "hidden", N_("What the next layer and the next step see.")),
    )
    weight_blocks = ("i", "f", "g", "o")
    equations = (
        "iₜ = σ(Wᵢ xₜ + Uᵢ hₜ₋₁ + bᵢ)",
        "fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)",
        "gₜ = tanh(W_g xₜ + U_g hₜ₋₁ + b_g)",
        "oₜ = σ(Wₒ xₜ + Uₒ hₜ₋₁ + bₒ)",
        "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "hₜ = oₜ ⊙ tanh(cₜ)",
    )
    references = (
        "Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9(8), 1735-1780.",
        "Gers, F. A., Schmidhuber, J., Cummins, F. (2000). Learning to forget: continual prediction with LSTM. "
        "Neural Computation 12(10), 2451-2471.",
    )
    fused = "lstm"
    Options = LstmOptions

    def prepare(self, weights: Mapping[str, Array], options: Spec) -> None:
        """Set the forget gate's bias; torch adds two biases, so one of them is cleared. 0 leaves torch's draw."""
        assert isinstance(options, LstmOptions)
        if options.forget_bias:
            hidden = len(weights["bias_ih"]) // 4
            weights["bias_ih"][hidden : 2 * hidden] = options.forget_bias
            weights["bias_hh"][hidden : 2 * hidden] = 0.0

    def step(
        self, weights: Mapping[str, Array], x: Array, state: Mapping[str, Array], ops: Operations
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """c = f c + i g; h = o tanh(c)."""
        a = x @ weights["weight_ih"].T + weights["bias_ih"] + state["h"] @ weights["weight_hh"].T + weights["bias_hh"]
        hidden = a.shape[-1] // 4
        i = ops.sigmoid(a[..., :hidden])
        f = ops.sigmoid(a[..., hidden : 2 * hidden])
        g = ops.tanh(a[..., 2 * hidden : 3 * hidden])
        o = ops.sigmoid(a[..., 3 * hidden :])
        c = f * state["c"] + i * g
        h = o * ops.tanh(c)
        return {"c": c, "h": h}, {"f": f, "i": i, "g": g, "o": o}
