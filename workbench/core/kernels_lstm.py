"""Train LSTMs with peepholes in one autograd function, as fast as the bare LSTM on large batches.

Gradients: with K_t the slope of each gate's pre-activation, and all that is known after the forward run put into

    M = o (1 - tanh(c)^2) + p_o K_o        D = f + p_i K_i + p_f K_f

a step back in time is dc += dh M; da_{i,f,g} = dc K_{i,f,g}; da_o = dh K_o; dc *= D; dh' = dh_out + da U.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from workbench.core.kernels_time import MINUS_ONE, by_time, chunk, dot, doubled, grads_before, totals


class PeepholeLstmFunction(torch.autograd.Function):
    """The LSTM of Gers & Schmidhuber 2000 with the blocks i, f, g, o; returns h (T, B, H) and the last c (B, H)."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        w_ih: Tensor,
        w_hh: Tensor,
        peep: Tensor,
        bias: Tensor | None,
        h_0: Tensor,
        c_0: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Run over time; `x` is (B, T, F), `peep` (3, H) in the order i, f, o, the states (B, H)."""
        (batch, steps, _), hidden = x.shape, w_hh.shape[1]
        xt, twice = by_time(x), doubled(4, 2, w_hh)
        gates, cs, squashed = _carved(
            x, (steps, batch, 4, hidden), (steps + 1, batch, 1, hidden), (steps, batch, hidden)
        )
        dot(xt, w_ih * twice, None if bias is None else bias * twice[:, 0], gates.view(-1, 4 * hidden))
        hs = x.new_empty(steps + 1, batch, hidden)
        hs[0], cs[0, :, 0] = h_0, c_0
        _run(gates, hs, cs, squashed, (w_hh * twice).t(), peep)
        ctx.save_for_backward(xt, w_ih, w_hh, peep, gates, hs, cs, squashed)
        ctx.has_bias = bias is not None
        return hs[1:], cs[steps, :, 0].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_c: Tensor) -> tuple[Tensor | None, ...]:
        """Go back in time in chunks that stay in the cache; weight gradients are matrix products of a chunk."""
        xt, w_ih, w_hh, peep, gates, hs, cs, squashed = ctx.saved_tensors
        steps, batch, hidden = grad.shape
        cs = cs[:, :, 0]
        found = totals(xt, w_ih, w_hh, 4 * hidden, needs_x=ctx.needs_input_grad[0])
        d_peep = torch.zeros_like(peep)
        work = _Work.of(grad, chunk(steps, batch * hidden))
        dh, dc = grad[-1].clone(), grad_c.clone()
        for last in range(steps, 0, -work.size):
            first = max(last - work.size, 0)
            part = slice(first, last)
            work.prepare(gates[part], cs[part], squashed[part], peep)
            _back(work, grad, w_hh, dh, dc, first, last)
            deltas = work.slopes[: last - first]
            before, after = cs[part].unsqueeze(2), cs[first + 1 : last + 1]
            d_peep[:2] += torch.mul(deltas[:, :, :2], before, out=work.bent[: last - first]).sum((0, 1))
            d_peep[2] += torch.mul(deltas[:, :, 3], after, out=work.m[: last - first]).sum((0, 1))
            found.add(deltas.view(-1, 4 * hidden), hs, first, last)
        dx, dw_ih, dw_hh, db = found.result(steps, batch)
        return dx, dw_ih, dw_hh, d_peep, db if ctx.has_bias else None, dh, dc


def _carved(like: Tensor, *shapes: tuple[int, ...]) -> Sequence[Tensor]:
    """Return uninitialised tensors cut from one block: the C library keeps a large block for the next batch.

    Of many smaller ones it gives the memory back to the system every time, and getting it anew costs 10 % of a batch.
    """
    sizes = [math.prod(shape) for shape in shapes]
    pieces = like.new_empty(sum(sizes)).split(sizes)
    return [piece.view(shape) for piece, shape in zip(pieces, shapes, strict=True)]


@torch.inference_mode()
def _run(gates: Tensor, hs: Tensor, cs: Tensor, squashed: Tensor, recurrent: Tensor, peep: Tensor) -> None:
    """Fill `gates` (holding W x + b), `hs`, `cs` and `squashed` = tanh(c) step by step."""
    minus_one, p_if, p_o = MINUS_ONE.to(gates), peep[:2], peep[2]
    flat, hidden = gates.flatten(2), hs.shape[2]
    i, f, g, o = gates.split(1, dim=2)
    views = zip(
        flat.unbind(0),
        flat[:, :, : 3 * hidden].unbind(0),
        gates[:, :, :2].unbind(0),
        i.unbind(0),
        f.unbind(0),
        g.unbind(0),
        o.squeeze(2).unbind(0),
        cs[1:].unbind(0),
        cs[1:, :, 0].unbind(0),
        squashed.unbind(0),
        hs[1:].unbind(0),
        strict=True,
    )
    h, c = hs[0], cs[0]
    add, mul = torch.add, torch.mul
    for a, a_ifg, a_if, i_t, f_t, g_t, o_t, c_t, c_flat, t_t, h_t in views:
        a.addmm_(h, recurrent)
        a_if.addcmul_(c, p_if)
        a_ifg.sigmoid_()
        add(minus_one, g_t, alpha=2.0, out=g_t)
        mul(f_t, c, out=c_t).addcmul_(i_t, g_t)
        o_t.addcmul_(c_flat, p_o).sigmoid_()
        add(minus_one, mul(c_flat, 2.0, out=t_t).sigmoid_(), alpha=2.0, out=t_t)
        h, c = mul(o_t, t_t, out=h_t), c_t


@dataclass(slots=True)
class _Work:
    """Buffers of one chunk: `slopes` (n, B, 4, H), which become the deltas, `m` and `d` (n, B, H)."""

    size: int
    slopes: Tensor
    bent: Tensor
    m: Tensor
    d: Tensor

    @classmethod
    def of(cls, grad: Tensor, size: int) -> _Work:
        """Return buffers for `size` steps of a gradient (T, B, H)."""
        _, batch, hidden = grad.shape
        return cls(
            size=size,
            slopes=grad.new_empty(size, batch, 4, hidden),
            bent=grad.new_empty(size, batch, 2, hidden),
            m=grad.new_empty(size, batch, hidden),
            d=grad.new_empty(size, batch, hidden),
        )

    def prepare(self, gates: Tensor, c: Tensor, t: Tensor, peep: Tensor) -> None:
        """Compute K, M and D of the steps of `gates`; `c` is the state before each step, `t` tanh of that after."""
        n = len(gates)
        i, f, g, o = gates.unbind(2)
        k_i, k_f, k_g, k_o = self.slopes[:n].unbind(2)
        bent, m, d = self.bent[:n], self.m[:n], self.d[:n]
        both = gates[:, :, :2]
        torch.addcmul(both, both, both, value=-1.0, out=bent)
        torch.mul(bent[:, :, 0], g, out=k_i)
        torch.mul(bent[:, :, 1], c, out=k_f)
        torch.addcmul(i, i, torch.mul(g, g, out=m), value=-1.0, out=k_g)
        torch.mul(torch.addcmul(o, o, o, value=-1.0, out=m), t, out=k_o)
        torch.addcmul(o, o, torch.mul(t, t, out=d), value=-1.0, out=m).addcmul_(k_o, peep[2])
        torch.addcmul(f, k_i, peep[0], out=d).addcmul_(k_f, peep[1])


@torch.inference_mode()
def _back(work: _Work, grad: Tensor, w_hh: Tensor, dh: Tensor, dc: Tensor, first: int, last: int) -> None:
    """Go back from step `last` to `first`, turning slopes into deltas; `dh` and `dc` are kept up to date."""
    n = last - first
    slopes, dc_wide, addmm = work.slopes[:n], dc.unsqueeze(1), torch.addmm
    views = zip(
        work.m[:n].unbind(0),
        work.d[:n].unbind(0),
        slopes[:, :, :3].unbind(0),
        slopes[:, :, 3].unbind(0),
        slopes.flatten(2).unbind(0),
        grads_before(grad, first, last),
        strict=True,
    )
    for m, d, k_ifg, k_o, deltas, earlier in reversed(list(views)):
        dc.addcmul_(dh, m)
        k_ifg.mul_(dc_wide)
        k_o.mul_(dh)
        dc.mul_(d)
        addmm(earlier, deltas, w_hh, out=dh)
