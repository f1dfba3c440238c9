"""Train LSTMs with peepholes in one autograd function, as fast as the bare LSTM on large batches.

Gradients: with K_t the slope of each gate's pre-activation, and all that is known after the forward run put into

    M = o (1 - tanh(c)^2) + p_o K_o        D = f + p_i K_i + p_f K_f

a step back in time is dc += dh M; da_{i,f,g} = dc K_{i,f,g}; da_o = dh K_o; dc *= D; dh' = dh_out + da U.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from workbench.core.kernels_time import MINUS_ONE, chunk, doubled, grads_before


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
        (batch, steps, inputs), hidden = x.shape, w_hh.shape[1]
        twice = doubled(4, 2, w_hh)
        # One product a step for [h, x, 1]: the gates are written once, and the bias' gradient comes with the weights'.
        rows = x.new_empty(steps + 1, batch, hidden + inputs + (bias is not None))
        rows[:steps, :, hidden : hidden + inputs] = x.transpose(0, 1)
        if bias is not None:
            rows[:, :, -1] = 1.0
        weights = torch.cat((w_hh, w_ih) if bias is None else (w_hh, w_ih, bias.unsqueeze(1)), dim=1)
        gates, squashed = x.new_empty(steps, batch, 4, hidden), x.new_empty(steps, batch, hidden)
        cs = x.new_empty(steps + 1, batch, 1, hidden)
        rows[0, :, :hidden], cs[0, :, 0] = h_0, c_0
        _run(gates, rows, cs, squashed, (weights * twice).t(), peep)
        ctx.save_for_backward(w_ih, w_hh, peep, gates, rows, cs, squashed)
        ctx.has_bias = bias is not None
        return rows[1:, :, :hidden], cs[steps, :, 0].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_c: Tensor) -> tuple[Tensor | None, ...]:
        """Go back in time in chunks that stay in the cache; weight gradients are matrix products of a chunk."""
        w_ih, w_hh, peep, gates, rows, cs, squashed = ctx.saved_tensors
        steps, batch, hidden = grad.shape
        cs = cs[:, :, 0]
        d_weights = rows.new_zeros(rows.shape[2], 4 * hidden)
        dx = rows.new_empty(steps * batch, w_ih.shape[1]) if ctx.needs_input_grad[0] else None
        d_peep = torch.zeros_like(peep)
        work = _Work.of(grad, chunk(steps, batch * hidden))
        dh, dc = grad[-1].clone(), grad_c.clone()
        for last in range(steps, 0, -work.size):
            first = max(last - work.size, 0)
            part = slice(first, last)
            work.prepare(gates[part], cs[part], squashed[part], peep)
            _back(work, grad, w_hh, dh, dc, first, last)
            deltas = work.slopes[: last - first]
            for row, (gate, c) in enumerate(((0, cs[part]), (1, cs[part]), (3, cs[first + 1 : last + 1]))):
                d_peep[row] += torch.mul(deltas[:, :, gate], c, out=work.m[: last - first]).sum((0, 1))
            deltas = deltas.view(-1, 4 * hidden)
            d_weights.addmm_(rows[part].view(len(deltas), -1).t(), deltas)
            if dx is not None:
                torch.mm(deltas, w_ih, out=dx[first * batch : last * batch])
        d_hh, d_ih, d_bias = d_weights.split((hidden, w_ih.shape[1], int(ctx.has_bias)))
        dx = None if dx is None else dx.view(steps, batch, -1).transpose(0, 1)
        return dx, d_ih.t(), d_hh.t(), d_peep, d_bias[0] if ctx.has_bias else None, dh, dc


@torch.inference_mode()
def _run(gates: Tensor, rows: Tensor, cs: Tensor, squashed: Tensor, weights: Tensor, peep: Tensor) -> None:
    """Fill `gates`, `cs`, `squashed` = tanh(c) and the first columns of `rows`, which are h, step by step."""
    minus_one, p_if, p_o = MINUS_ONE.to(gates), peep[:2], peep[2]
    flat, hidden = gates.flatten(2), gates.shape[3]
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
        rows[:-1].unbind(0),
        rows[1:, :, :hidden].unbind(0),
        strict=True,
    )
    c, add, mul, mm = cs[0], torch.add, torch.mul, torch.mm
    for a, a_ifg, a_if, i_t, f_t, g_t, o_t, c_t, c_flat, t_t, row, h_t in views:
        mm(row, weights, out=a)
        a_if.addcmul_(c, p_if)
        a_ifg.sigmoid_()
        add(minus_one, g_t, alpha=2.0, out=g_t)
        mul(f_t, c, out=c_t).addcmul_(i_t, g_t)
        o_t.addcmul_(c_flat, p_o).sigmoid_()
        add(minus_one, mul(c_flat, 2.0, out=t_t).sigmoid_(), alpha=2.0, out=t_t)
        mul(o_t, t_t, out=h_t)
        c = c_t


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
