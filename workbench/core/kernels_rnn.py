"""Train the plain cell in one autograd function: two small operations a step, forwards and backwards."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from workbench.core.kernels_time import MINUS_ONE, by_time, chunk, dot, grads_before, totals


class RnnFunction(torch.autograd.Function):
    """h_t = f(W x_t + b + U h_(t-1)) with f = tanh or max(0, .); returns hidden states (T, B, H)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w_ih: Tensor, w_hh: Tensor, bias: Tensor | None, h_0: Tensor, relu: bool
    ) -> Tensor:
        """Run over time; `x` is (B, T, F), `h_0` (B, H)."""
        batch, steps, _ = x.shape
        xt = by_time(x)
        hs = x.new_empty(steps + 1, batch, w_hh.shape[1])
        hs[0] = h_0
        scale = 1.0 if relu else 2.0  # tanh(a) = 2 sigma(2 a) - 1, see kernels_time
        dot(xt, scale * w_ih, None if bias is None else scale * bias, hs[1:].view(len(xt), -1))
        recurrent, minus_one = (scale * w_hh).t(), MINUS_ONE.to(x)
        with torch.inference_mode():
            h, *later = hs.unbind(0)
            for a in later:
                a.addmm_(h, recurrent)
                h = a.relu_() if relu else torch.add(minus_one, a.sigmoid_(), alpha=2.0, out=a)
        ctx.save_for_backward(xt, w_ih, w_hh, hs)
        ctx.has_bias, ctx.relu = bias is not None, relu
        return hs[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Go back in time in chunks that stay in the cache; weight gradients are matrix products of a chunk."""
        xt, w_ih, w_hh, hs = ctx.saved_tensors
        steps, batch, hidden = grad.shape
        found = totals(xt, w_ih, w_hh, hidden, needs_x=ctx.needs_input_grad[0])
        size = chunk(steps, batch * hidden)
        slopes = grad.new_empty(size, batch, hidden)
        one, dh, addmm = grad.new_ones(()), grad[-1].clone(), torch.addmm
        for last in range(steps, 0, -size):
            first = max(last - size, 0)
            h, part = hs[first + 1 : last + 1], slopes[: last - first]
            if ctx.relu:
                part.copy_(h > 0)
            else:
                torch.addcmul(one, h, h, value=-1.0, out=part)
            views = zip(part.unbind(0), grads_before(grad, first, last), strict=True)
            for delta, earlier in reversed(list(views)):
                addmm(earlier, delta.mul_(dh), w_hh, out=dh)
            found.add(part.view(-1, hidden), hs, first, last)
        dx, dw_ih, dw_hh, db = found.result(steps, batch)
        return dx, dw_ih, dw_hh, db if ctx.has_bias else None, dh, None
