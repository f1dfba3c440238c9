"""Train the plain cell in one autograd function: two small operations a step, forwards and backwards."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from workbench.core.kernels_time import MINUS_ONE, by_time, chunk, dot, totals


class TanhRnnFunction(torch.autograd.Function):
    """h_t = tanh(W x_t + b + U h_(t-1)); returns hidden states (T, B, H)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w_ih: Tensor, w_hh: Tensor, bias: Tensor | None, h_0: Tensor
    ) -> Tensor:
        """Run over time; `x` is (B, T, F), `h_0` (B, H)."""
        batch, steps, _ = x.shape
        xt = by_time(x)
        hs = x.new_empty(steps + 1, batch, w_hh.shape[1])
        hs[0] = h_0
        # tanh(a) = 2 sigma(2 a) - 1: see kernels_time.
        dot(xt, 2.0 * w_ih, None if bias is None else 2.0 * bias, hs[1:].view(len(xt), -1))
        recurrent, minus_one = (2.0 * w_hh).t(), MINUS_ONE.to(x)
        h, *later = hs.unbind(0)
        for a in later:
            h = torch.add(minus_one, a.addmm_(h, recurrent).sigmoid_(), alpha=2.0, out=a)
        ctx.save_for_backward(xt, w_ih, w_hh, hs)
        ctx.has_bias = bias is not None
        return hs[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Go back in time in chunks that stay in the cache; weight gradients are matrix products of a chunk."""
        xt, w_ih, w_hh, hs = ctx.saved_tensors
        steps, batch, hidden = grad.shape
        found = totals(xt, w_ih, w_hh, hidden, needs_x=ctx.needs_input_grad[0])
        size = chunk(steps, batch * hidden)
        slopes, deltas = grad.new_empty(size, batch, hidden), grad.new_empty(size, batch, hidden)
        one, nothing = grad.new_ones(()), grad.new_zeros(())
        grads, each = grad.unbind(0), list(zip(slopes.unbind(0), deltas.unbind(0), strict=True))
        dh = grads[-1].clone()
        for last in range(steps, 0, -size):
            first = max(last - size, 0)
            h = hs[first + 1 : last + 1]
            torch.addcmul(one, h, h, value=-1.0, out=slopes[: last - first])
            for step in range(last - 1, first - 1, -1):
                slope, delta = each[step - first]
                torch.mul(dh, slope, out=delta)
                torch.addmm(grads[step - 1] if step else nothing, delta, w_hh, out=dh)
            found.add(deltas[: last - first].view(-1, hidden), hs, first, last)
        dx, dw_ih, dw_hh, db = found.result(steps, batch)
        return dx, dw_ih, dw_hh, db if ctx.has_bias else None, dh
