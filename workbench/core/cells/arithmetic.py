"""The arithmetic of a step: the operations it may use, and what the cells share of it.

Everything is written against ``@ + - *``, slicing and :class:`Operations`, so that NumPy and torch both evaluate it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

Array = Any
"""A numpy array or a torch tensor."""

EPSILON = 1e-5
"""Added to a variance before its root is taken, as in torch."""


class Operations(Protocol):
    """What a step may use beside ``@ + - *`` and slicing, and where training and evaluation differ."""

    def sigmoid(self, x: Array, /) -> Array:
        """Return 1 / (1 + exp(-x))."""

    def tanh(self, x: Array, /) -> Array:
        """Return the hyperbolic tangent."""

    def relu(self, x: Array, /) -> Array:
        """Return max(x, 0)."""

    def normalised(self, x: Array, /) -> Array:
        """Return `x` shifted and scaled to mean 0 and variance 1 along its last axis."""

    def recalled(self, h: Array, /) -> Array:
        """Return the old hidden state as the gates see it: dropout hides units of it while training."""

    def held(self, old: Array, new: Array, share: float, /) -> Array:
        """Keep `share` of the old state: units drawn at random while training, else that part of each."""


class NumpyOperations:
    """:class:`Operations` on numpy arrays, as a trained network is evaluated."""

    def sigmoid(self, x: Array, /) -> Array:
        """Return 1 / (1 + exp(-x)), written with tanh so that nothing overflows."""
        return 0.5 * (1.0 + np.tanh(0.5 * x))

    def tanh(self, x: Array, /) -> Array:
        """Return the hyperbolic tangent."""
        return np.tanh(x)

    def relu(self, x: Array, /) -> Array:
        """Return max(x, 0)."""
        return np.maximum(x, 0)

    def normalised(self, x: Array, /) -> Array:
        """Return (x - mean) / sqrt(variance + epsilon) along the last axis (Ba 2016, eq. 4)."""
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + EPSILON)

    def recalled(self, h: Array, /) -> Array:
        """Return `h`: nothing is dropped when a network is evaluated."""
        return h

    def held(self, old: Array, new: Array, share: float, /) -> Array:
        """Return the mean over all draws of zoneout."""
        return share * old + (1.0 - share) * new


NUMPY = NumpyOperations()


def from_input(weights: Mapping[str, Array], x: Array) -> Array:
    """Return W x + b of all gates, (B, blocks * H)."""
    product = x @ weights["weight_ih"].T
    return product + weights["bias_ih"] if "bias_ih" in weights else product


def from_state(
    weights: Mapping[str, Array], h: Array, ops: Operations, first: int = 0, last: int | None = None
) -> Array:
    """Return U h + b of the gates `first` to `last` (exclusive), (B, gates * H).

    With layer normalisation, U h becomes gain * LN(U h) for each gate by itself. The input's share is left alone: of
    a single column, LN(w x) would keep no more than the sign.
    """
    hidden = weights["weight_hh"].shape[1]
    rows = slice(first * hidden, None if last is None else last * hidden)
    product = ops.recalled(h) @ weights["weight_hh"][rows].T
    if "norm_hh" in weights:
        gates = product.reshape(*product.shape[:-1], -1, hidden)
        product = ops.normalised(gates).reshape(product.shape) * weights["norm_hh"][rows]
    return product + weights["bias_hh"][rows] if "bias_hh" in weights else product


def sums(weights: Mapping[str, Array], x: Array, h: Array, ops: Operations) -> Sequence[Array]:
    """Return W x + b + U h + b' of each gate, each (B, H), in the order of the cell's blocks."""
    return parts(from_input(weights, x) + from_state(weights, h, ops), weights["weight_hh"].shape[1])


def parts(stacked: Array, hidden: int) -> Sequence[Array]:
    """Cut (..., blocks * H) into its blocks."""
    return [stacked[..., first : first + hidden] for first in range(0, stacked.shape[-1], hidden)]


def shown(weights: Mapping[str, Array], c: Array, ops: Operations) -> Array:
    """Return tanh(c), or tanh(gain * LN(c) + shift) with layer normalisation (Ba 2016, eq. 22)."""
    if "norm_c" in weights:
        c = ops.normalised(c) * weights["norm_c"] + weights["shift_c"]
    return ops.tanh(c)
