"""What the last numbers of a network mean, as nodes: twins of :mod:`workbench.core.forecaster.outputs`."""

from __future__ import annotations

import math

from workbench.core.onnxgraph.graph import Value, joined, where
from workbench.core.project import ModelSpec
from workbench.core.quantiles import FEWEST_DEGREES, normal_quantile

SMALLEST_SCALE = 1e-4
"""As :data:`workbench.core.forecaster.outputs.SMALLEST_SCALE`, which cannot be read here: it needs torch."""


def placed(model: ModelSpec, raw: Value, shift: Value | None, scale: Value | None) -> Value:
    """Give (B, Q, C, P) raw numbers the level (B, 1, C) of their windows."""
    if model.output == "classes":
        return raw
    if model.output in ("point", "quantiles"):
        return _moved(raw, shift, scale)
    middle = _moved(raw.cut(3, 0, 1), shift, scale)
    spread = raw.cut(3, 1, 2).each("Softplus") + SMALLEST_SCALE
    if scale is not None:
        spread = spread * scale.each("Abs").unsqueezed(3)
    parts = [middle, spread]
    if model.output == "student-t":
        parts.append(raw.cut(3, 2, 3).each("Softplus") + FEWEST_DEGREES)
    return joined(parts, 3)


def _moved(raw: Value, shift: Value | None, scale: Value | None) -> Value:
    if scale is not None:
        raw = raw * scale.unsqueezed(3)
    return raw if shift is None else raw + shift.unsqueezed(3)


def pointed(model: ModelSpec, parameters: Value) -> Value:
    """Return the forecast (B, Q, C) that stands for parameters (B, Q, C, P)."""
    if model.output == "classes":
        best = parameters.graph.op("ArgMax", parameters, shape=parameters.shape[:-1], dtype="int64", axis=3, keepdims=0)
        return best.as_type("float32")
    if model.output == "quantiles":
        place = model.levels.index(0.5)
        return _sorted(model, parameters).cut(3, place, place + 1).squeezed(3)
    return parameters.cut(3, 0, 1).squeezed(3)


def edges(model: ModelSpec, parameters: Value) -> tuple[Value | None, Value | None]:
    """Return the band (B, Q, C) between the outer quantiles; None for a forecast without one."""
    if model.output in ("point", "classes"):
        return None, None
    low, high = model.levels[0], model.levels[-1]
    if model.output == "quantiles":
        found, count = _sorted(model, parameters), len(model.levels)
        return found.cut(3, 0, 1).squeezed(3), found.cut(3, count - 1, count).squeezed(3)
    middle, spread = (parameters.cut(3, place, place + 1).squeezed(3) for place in (0, 1))
    if model.output == "gaussian":
        return middle + spread * normal_quantile(low), middle + spread * normal_quantile(high)
    degrees = parameters.cut(3, 2, 3).squeezed(3).as_type("float64")
    two = (student_quantile(level, degrees).as_type("float32") for level in (low, high))
    below, above = (middle + spread * z for z in two)
    return below, above


def _sorted(model: ModelSpec, parameters: Value) -> Value:
    count = parameters.graph.constant([len(model.levels)], "int64")
    found, _places = parameters.graph.ops(
        "TopK", (parameters, count), [parameters.shape, parameters.shape], axis=3, largest=0, sorted=1
    )
    return found


def student_quantile(level: float, degrees: Value) -> Value:
    """Return quantiles of Student's t; the lines of :func:`workbench.core.quantiles.student_quantile`."""
    n = degrees.maximum(FEWEST_DEGREES)
    p = 2.0 * min(level, 1.0 - level)
    a = 1.0 / (n - 0.5)
    b = (48.0 / a) / a
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * (math.pi / 2.0)).each("Sqrt") * n
    y = (d * p) ** (2.0 / n)
    near = ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0) * (
        n + 1.0
    ) / (n + 2.0) + 1.0 / y
    around = _around_normal(n, normal_quantile(p / 2.0), (a, b, c, d))
    far = _compared("Greater", y, a + 0.05)
    found = (n * where(far, around, near)).each("Sqrt")
    limit = n.graph.constant(math.sqrt(2.0 / (p * (2.0 - p)) - 2.0), n.dtype)
    found = where(_compared("LessOrEqual", n, n.graph.constant(FEWEST_DEGREES, n.dtype)), limit, found)
    return found if level > 0.5 else -found


def _compared(kind: str, left: Value, right: Value) -> Value:
    return left.graph.op(kind, left, right, shape=left.shape, dtype="bool")


def _around_normal(n: Value, x: float, parts: tuple[Value, Value, Value, Value]) -> Value:
    a, b, c, d = parts
    square = x * x
    c = where(_compared("Less", n, n.graph.constant(5.0, n.dtype)), c + 0.3 * (n - 4.5) * (x + 0.6), c)
    c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c
    z = (((((0.4 * square + 6.3) * square + 36.0) * square + 94.5) / c - square - 3.0) / b + 1.0) * x
    return (a * z * z).each("Exp") - 1.0
