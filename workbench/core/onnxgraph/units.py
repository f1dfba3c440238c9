"""From raw values to what the network reads, and from its forecast back to original units, in double precision.

B batch, T window, L rows before it that a difference needs, Q horizon, C targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.bundle import Bundle
from workbench.core.onnxgraph.graph import Graph, Value, joined, where

FLOAT64 = "float64"


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """What is given to the graph.

    Attributes
    ----------
    x
        (B, L + T, F) float64, the features of the data in their own units.
    ahead
        (B, Q, K) float64, or None.
    series
        (B,) int64 place among the names of the series, or None.
    """

    x: Value
    ahead: Value | None
    series: Value | None


def scales(graph: Graph, bundle: Bundle, series: Value | None) -> tuple[Value, Value]:
    """Return shift and scale of the columns, (1, 1, F) or (B, 1, F)."""
    fit = bundle.fit
    if fit.each is None or series is None:
        pair = (fit.scaler.shift, fit.scaler.scale)
        return tuple(graph.constant(values[None, None], FLOAT64) for values in pair)  # type: ignore[return-value]
    found = []
    for table in (fit.each.shift, fit.each.scale):
        rows = graph.constant(table, FLOAT64)
        found.append(
            graph.op("Gather", rows, series, shape=(None, table.shape[1]), dtype=FLOAT64, axis=0).unsqueezed(1)
        )
    return found[0], found[1]


def scaled(graph: Graph, bundle: Bundle, raw: Raw) -> tuple[Value, Value | None]:
    """Return what the network reads, (B, T, F) and (B, Q, K) float32."""
    data, transform = bundle.project.data, bundle.fit.transform
    targets, columns = len(data.targets), len(data.columns)
    shift, scale = scales(graph, bundle, raw.series)
    label = data.framing == "label"
    first = targets if label else 0
    own = raw.x.cut(2, 0, columns - first) if len(data.features) > columns else raw.x
    if not transform.plain and not label:
        levels = powered(own.cut(2, 0, targets), transform.exponents)
        if transform.lag:
            levels = levels.cut(1, transform.lag, None) - levels.cut(1, 0, -transform.lag)
            rest = own.cut(1, transform.lag, None).cut(2, targets, columns)
        else:
            rest = own.cut(2, targets, columns)
        own = levels if columns == targets else joined([levels, rest], 2)
    part = ((own - shift.cut(2, first, columns)) / scale.cut(2, first, columns)).as_type("float32")
    if data.mask_inputs:
        part = _without_missing(part, targets - first)
    if label:
        zeros = part.cut(2, 0, 1) * 0.0
        part = joined([zeros] * targets + [part], 2)
    pieces = [part]
    if len(data.features) > columns:
        flags = raw.x.cut(1, transform.lag, None) if transform.lag else raw.x
        pieces.append(flags.cut(2, columns - first, len(data.features) - first).as_type("float32"))
    return joined(pieces, 2), _scaled_ahead(bundle, raw, shift, scale)


def _without_missing(part: Value, first: int) -> Value:
    """Put the mean, 0, in the place of missing values of the columns from `first` on."""
    count = part.shape[2]
    assert count is not None
    others = part.cut(2, first, count)
    missing = others.graph.op("IsNaN", others, shape=others.shape, dtype="bool")
    filled = where(missing, others.graph.constant([[[0.0]]]), others)
    return joined([part.cut(2, 0, first), filled], 2) if first else filled


def _scaled_ahead(bundle: Bundle, raw: Raw, shift: Value, scale: Value) -> Value | None:
    data = bundle.project.data
    if raw.ahead is None:
        return None
    known, columns = len(data.known_future), len(data.columns)
    if not known:
        return raw.ahead.as_type("float32")
    own = raw.ahead.cut(2, 0, known)
    part = ((own - shift.cut(2, columns - known, columns)) / scale.cut(2, columns - known, columns)).as_type("float32")
    if data.mask_inputs:
        part = _without_missing(part, 0)
    if len(data.ahead) == known:
        return part
    return joined([part, raw.ahead.cut(2, known, len(data.ahead)).as_type("float32")], 2)


def powered(values: Value, exponents: NDArray[np.float64]) -> Value:
    """Return z for y (..., C): Box-Cox with one exponent a column, of which 0 is the logarithm and NaN nothing."""

    def one(column: Value, exponent: float) -> Value:
        if exponent == 0.0:
            return column.each("Log")
        return (column**exponent - 1.0) / exponent

    return _by_column(values, exponents, one)


def unpowered(values: Value, exponents: NDArray[np.float64]) -> Value:
    """Return y for z (..., C); where a power has no inverse, the nearest value that has one."""

    def one(column: Value, exponent: float) -> Value:
        if exponent == 0.0:
            return column.minimum(700.0).each("Exp")
        return (column * exponent + 1.0).maximum(1e-12) ** (1.0 / exponent)

    return _by_column(values, exponents, one)


def _by_column(values: Value, exponents: NDArray[np.float64], one: Any) -> Value:
    axis = len(values.shape) - 1
    found = []
    for place, exponent in enumerate(exponents.tolist()):
        column = values.cut(axis, place, place + 1) if len(exponents) > 1 else values
        found.append(column if np.isnan(exponent) else one(column, exponent))
    return joined(found, axis)


def original(graph: Graph, bundle: Bundle, raw: Raw, edges: tuple[Value, Value | None, Value | None]) -> list[Value]:
    """Return forecast and edges (B, Q, C) in original units, of scaled ones in float32.

    As :func:`workbench.core.bands.in_original_units`: errors of the steps that are summed add as squares.
    """
    data, transform = bundle.project.data, bundle.fit.transform
    count = len(data.targets)
    shift, scale = (part.cut(2, 0, count) for part in scales(graph, bundle, raw.series))
    found = [edge.as_type(FLOAT64) * scale + shift for edge in edges if edge is not None]
    if not transform.lag:
        return [unpowered(edge, transform.exponents) for edge in found]
    window = powered(raw.x.cut(2, 0, count), transform.exponents)
    before = window.cut(1, -transform.lag, None)
    middle = _summed(found[0], transform.lag, data.horizon, before)
    if len(found) == 1:
        return [unpowered(middle, transform.exponents)]
    values = unpowered(middle, transform.exponents)
    z = powered(values, transform.exponents)
    result = [values]
    for edge, sign in zip(found[1:], (1.0, -1.0), strict=True):
        distance = (sign * (found[0] - edge)).maximum(0.0)
        total = _summed(distance * distance, transform.lag, data.horizon, None).each("Sqrt")
        result.append(unpowered(z - sign * total, transform.exponents))
    return result


def _summed(values: Value, lag: int, horizon: int, before: Value | None) -> Value:
    """Return sums of (B, Q, C) over every `lag`-th step, on from `before` (B, lag, C)."""
    graph, count = values.graph, values.shape[2]
    turns = -(-horizon // lag)
    padding = turns * lag - horizon
    if padding:
        zeros = (values.cut(1, 0, 1) * 0.0).repeated(1, padding)
        values = joined([values, zeros], 1)
    folded = values.reshape(None, turns, lag, count)
    if before is not None:
        folded = joined([before.unsqueezed(1), folded], 1)
    axis = graph.constant(1, "int64")
    sums = graph.op("CumSum", folded, axis, shape=folded.shape)
    if before is not None:
        sums = sums.cut(1, 1, None)
    flat = sums.reshape(None, turns * lag, count)
    return flat.cut(1, 0, horizon) if padding else flat
