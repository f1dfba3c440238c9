"""A network as the papers say, in NumPy: what every number on screen is held to."""

from __future__ import annotations

import numpy as np

from workbench.core.cells import CELLS


def sigma(a: np.ndarray) -> np.ndarray:
    """Squash to 0 … 1."""
    return 1.0 / (1.0 + np.exp(-a))


def by_hand(cell: str, weights: dict[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    """Run the first layer over the normalised window x (T, F) as the papers say; returns signals (T, H)."""
    w = {
        name[16:-3]: value.astype(np.float64) for name, value in weights.items() if name.startswith("layers.0.kernel.")
    }
    blocks, hidden = CELLS[cell].weight_blocks, w["weight_hh"].shape[1]
    h, c, out = np.zeros(hidden), np.zeros(hidden), []
    for x_t in x:
        both = [w["weight_ih"] @ x_t + w["bias_ih"], w["weight_hh"] @ h + w["bias_hh"]]
        wx, uh = ({b: part[k * hidden : (k + 1) * hidden] for k, b in enumerate(blocks)} for part in both)
        a = {b: wx[b] + uh[b] for b in blocks}
        peep = {k: w["weight_ch"][n * hidden : (n + 1) * hidden] for n, k in enumerate(CELLS[cell].peepholes)}
        one: dict[str, np.ndarray] = {}
        if cell.startswith("rnn"):
            h = np.tanh(a["h"]) if cell == "rnn" else np.maximum(a["h"], 0)
        elif cell == "gru":
            one["r"], one["z"] = sigma(a["r"]), sigma(a["z"])
            one["n"] = np.tanh(wx["n"] + one["r"] * uh["n"])
            h = (1 - one["z"]) * one["n"] + one["z"] * h
        else:
            one["f"] = sigma(a["f"] + peep.get("f", 0) * c)
            one["i"] = sigma(a["i"] + peep.get("i", 0) * c) if "i" in blocks else 1 - one["f"]
            one["g"] = np.tanh(a["g"])
            c = one["f"] * c + one["i"] * one["g"]
            one["o"] = sigma(a["o"] + peep.get("o", 0) * c)
            h = one["o"] * np.tanh(c)
            one["c"] = c
        out.append(one | {"h": h})
    return {key: np.array([step[key] for step in out]) for key in out[0]}


def forecast_by_hand(cell: str, weights: dict[str, np.ndarray], x: np.ndarray, levels: int) -> np.ndarray:
    """Forecast the scaled window x (T, F) with one layer, a direct decoder and the last value as the level; (Q,)."""
    last = x[-1].copy()
    inside = x.astype(np.float64)
    inside[:, :levels] -= last[:levels]
    h = by_hand(cell, weights, inside)["h"][-1]
    return weights["head.weight"].astype(np.float64) @ h + weights["head.bias"] + last[0]
