"""Run a cell's own step and keep what passes: gates, states, pre-activations, and the places gradients arrive at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from workbench.core.cells import AbstractCell, CellOptions
from workbench.core.cells.arithmetic import Operations


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What passed while one direction of a layer read N rows of a batch, a list of T tensors (N, H) for each key.

    Attributes
    ----------
    values
        Gates and states. The states are nodes of autograd's graph: a loss has a gradient at each of them.
    before
        What went into the squashing function of a gate, or of a state that is made by one.
    inputs, first
        What was read, (N, T, F), and the states (N, H) before it.
    """

    inputs: Tensor
    first: Mapping[str, Tensor]
    values: dict[str, list[Tensor]] = field(default_factory=dict)
    before: dict[str, list[Tensor]] = field(default_factory=dict)


class WatchedOperations:
    """The operations of a step, which remember what went into each squashing function."""

    def __init__(self, ops: Operations) -> None:
        self._ops = ops
        self._seen: dict[int, tuple[Tensor, Tensor]] = {}
        self.normalised = ops.normalised
        self.recalled = ops.recalled

    def went_in(self, out: Tensor) -> Tensor | None:
        """Return what `out` was made of, if a squashing function made it."""
        found = self._seen.get(id(out))
        return None if found is None else found[0]

    def forget(self) -> None:
        """Start another step."""
        self._seen.clear()

    def _squashed(self, x: Tensor, out: Tensor) -> Tensor:
        self._seen[id(out)] = x, out  # `out` is kept, so that no other tensor can get its id
        return out

    def sigmoid(self, x: Tensor, /) -> Tensor:
        """Return 1 / (1 + exp(-x))."""
        return self._squashed(x, self._ops.sigmoid(x))

    def tanh(self, x: Tensor, /) -> Tensor:
        """Return the hyperbolic tangent."""
        return self._squashed(x, self._ops.tanh(x))

    def relu(self, x: Tensor, /) -> Tensor:
        """Return max(x, 0)."""
        return self._squashed(x, self._ops.relu(x))

    def held(self, old: Tensor, new: Tensor, share: float, /) -> Tensor:
        """Keep `share` of the old state; what the new one was made of stays known."""
        found, made = self.went_in(new), self._ops.held(old, new, share)
        return made if found is None else self._squashed(found, made)


def recorded(
    cell: AbstractCell,
    options: CellOptions,
    weights: Mapping[str, Tensor],
    x: Tensor,
    state: Mapping[str, Tensor],
    ops: Operations,
) -> tuple[tuple[Tensor, dict[str, Tensor]], Reading]:
    """Run a cell's step over inputs (N, T, F) from `state`; the weights take no part in gradients.

    Returns
    -------
    Hidden states (N, T, H) with the last states, as a layer returns them, and what was recorded.
    """
    reading, watched, minus = Reading(x.detach(), state), WatchedOperations(ops), cell.complements
    weights = {name: value.detach() for name, value in weights.items()}
    # Gradients pass through a state that another read left; a first state must have them too, or no step after it has.
    state = {key: value if value.requires_grad else value.detach().requires_grad_() for key, value in state.items()}
    for step in range(x.shape[1]):
        watched.forget()
        state, gates = cell.step(weights, x[:, step], state, watched, options)
        for key, value in (*gates.items(), *state.items()):
            reading.values.setdefault(key, []).append(value)
            a = watched.went_in(gates[minus[key]] if key in minus else value)
            if a is not None:
                reading.before.setdefault(key, []).append(-a.detach() if key in minus else a.detach())
    return (torch.stack(reading.values["h"], dim=1), dict(state)), reading


MOST_ENTRIES = 16_000_000
"""Entries of all Jacobians at once; larger layers are followed over their last steps only."""


def jacobians(
    cell: AbstractCell,
    options: CellOptions,
    weights: Mapping[str, Tensor],
    reading: Reading,
    row: int,
    ops: Operations,
) -> Tensor:
    """Return dh(t)/dh(t-1), (T, H, H) with the new state first, of what row `row` of a reading did.

    For cells whose only state is h: the Jacobian of their own step, by one batched pass back through it.
    """
    weights = {name: value.detach() for name, value in weights.items()}
    course = [reading.first["h"][row], *(h[row] for h in reading.values["h"][:-1])]
    units = course[0].shape[-1]
    steps = max(2, min(len(course), MOST_ENTRIES // (units * units)))
    h = torch.stack(course[-steps:]).detach().requires_grad_()
    after, _gates = cell.step(weights, reading.inputs[row, -steps:], {"h": h}, ops, options)
    every = torch.eye(units, dtype=h.dtype, device=h.device)[:, None].expand(units, len(h), units)
    (found,) = torch.autograd.grad(after["h"], h, every, is_grads_batched=True)
    turned: Tensor = found.transpose(0, 1)
    return turned
