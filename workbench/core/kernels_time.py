"""What the hand-written kernels share: time-major inputs, and gradients gathered chunk by chunk.

Two measurements shape them (one thread, 64 x 64 floats): ``tanh`` takes 10 us and ``sigmoid`` 1.2 us, so tanh(a) is
computed as 2 sigmoid(2 a) - 1, the doubling moved into the weights; and a call costs 0.8 us, so a step is made of few
calls on views prepared before the loop, in inference mode, which makes each 0.12 us cheaper. All that does not depend
on later steps is computed for many steps at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CHUNK_VALUES = 131_072
"""Values (steps x batch x hidden) gone back through at once: the buffers of a chunk fit a level-2 cache."""

MINUS_ONE = torch.tensor(-1.0, dtype=torch.float64)


def by_time(x: Tensor) -> Tensor:
    """Return (B, T, F) as (T * B, F)."""
    return x.transpose(0, 1).reshape(-1, x.shape[-1])


def dot(x: Tensor, weight: Tensor, bias: Tensor | None, out: Tensor | None = None) -> Tensor:
    """Return x W^T + b."""
    if bias is None:
        return torch.mm(x, weight.t(), out=out)
    return torch.addmm(bias, x, weight.t(), out=out)


def doubled(blocks: int, block: int, like: Tensor) -> Tensor:
    """Return (blocks * H, 1) factors that double the rows of one block; `like` is (blocks * H, H)."""
    factors = like.new_ones(blocks, like.shape[1], 1)
    factors[block] = 2.0
    return factors.view(-1, 1)


def chunk(steps: int, values: int) -> int:
    """Return how many steps of `values` values to go back through at once."""
    return max(1, min(steps, CHUNK_VALUES // max(values, 1)))


def grads_before(grad: Tensor, first: int, last: int) -> list[Tensor]:
    """Return what comes from outside to the step before each of `first` to `last`; before step 0 that is nothing."""
    if first:
        return list(grad[first - 1 : last - 1].unbind(0))
    return [grad.new_zeros(()), *grad[: last - 1].unbind(0)]


@dataclass(slots=True)
class Totals:
    """Gradients of inputs and weights, summed over the chunks; weights transposed, which multiplies faster."""

    x: Tensor
    weight: Tensor
    dx: Tensor | None
    ih: Tensor
    hh: Tensor
    bias: Tensor

    def add(self, delta: Tensor, hs: Tensor, first: int, last: int) -> None:
        """Add steps `first` to `last`: `delta` is (n * B, rows), `hs` (T + 1, B, H) starts with the first state."""
        batch = hs.shape[1]
        rows = slice(first * batch, last * batch)
        self.hh.addmm_(hs[first:last].view(-1, hs.shape[2]).t(), delta)
        self.add_inputs(delta, rows)

    def add_inputs(self, delta: Tensor, rows: slice) -> None:
        """Add what belongs to the inputs of `rows` alone."""
        self.ih.addmm_(self.x[rows].t(), delta)
        self.bias.add_(delta.sum(0))
        if self.dx is not None:
            torch.mm(delta, self.weight, out=self.dx[rows])

    def result(self, steps: int, batch: int) -> tuple[Tensor | None, Tensor, Tensor, Tensor]:
        """Return the gradients of x (B, T, F), both weights and the bias."""
        dx = None if self.dx is None else self.dx.view(steps, batch, -1).transpose(0, 1)
        return dx, self.ih.t(), self.hh.t(), self.bias


def totals(x: Tensor, w_ih: Tensor, w_hh: Tensor, rows: int, *, needs_x: bool) -> Totals:
    """Return zeros to add to."""
    return Totals(
        x=x,
        weight=w_ih,
        dx=torch.empty_like(x) if needs_x else None,
        ih=w_ih.new_zeros(w_ih.shape[1], rows),
        hh=w_hh.new_zeros(w_hh.shape[1], rows),
        bias=w_ih.new_zeros(rows),
    )
