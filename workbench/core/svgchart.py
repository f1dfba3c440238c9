"""A chart of lines as inline SVG: no script, no file beside it, readable in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]

WIDTH, HEIGHT = 860, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 40
MOST_POINTS = 1_500
TICKS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line; NaN breaks it. `role` is the class that colours it: truth, model, or base and a number."""

    x: Floats
    y: Floats
    role: str
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The space between two lines."""

    x: Floats
    low: Floats
    high: Floats
    role: str = "band"
    label: str = ""


def chart(
    curves: Sequence[Curve],
    *,
    title: str,
    x_label: str,
    y_label: str,
    areas: Sequence[Area] = (),
    x_names: Sequence[tuple[float, str]] = (),
) -> str:
    """Return a figure; every text is escaped.

    Parameters
    ----------
    x_names
        Places on the horizontal axis and what is written there; numbers by default.
    """
    told: list[Curve | Area] = [*curves, *areas]
    x_all = np.concatenate([entry.x for entry in told])
    y_all = np.concatenate([*(c.y for c in curves), *(a.low for a in areas), *(a.high for a in areas)])
    x_low, x_high = _range(x_all)
    y_low, y_high = _range(y_all)
    space = (y_high - y_low) * 0.04
    frame = _Frame(x_low, x_high, y_low - space, y_high + space)
    body = [frame.axes(x_names, x_label, y_label)]
    for area in areas:
        points = " ".join(frame.points(np.append(area.x, area.x[::-1]), np.append(area.low, area.high[::-1])))
        body.append(f'<polygon class="{escape(area.role)}" points="{points}"/>')
    body += [f'<path class="{escape(curve.role)}" d="{frame.path(curve)}"/>' for curve in curves]
    legend = "".join(
        f'<span class="{escape(entry.role)}"><i></i>{escape(entry.label)}</span>' for entry in told if entry.label
    )
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(body)}</svg><p class="legend">{legend}</p></figure>'
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def points(self, x: Floats, y: Floats) -> list[str]:
        across = LEFT + (np.asarray(x, float) - self.x_low) / (self.x_high - self.x_low) * (WIDTH - LEFT - RIGHT)
        down = (
            HEIGHT - BOTTOM - (np.asarray(y, float) - self.y_low) / (self.y_high - self.y_low) * (HEIGHT - TOP - BOTTOM)
        )
        return [f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True)]

    def path(self, curve: Curve) -> str:
        stride = max(1, -(-len(curve.x) // MOST_POINTS))
        x, y = curve.x[::stride], curve.y[::stride]
        known = np.isfinite(x) & np.isfinite(y)
        words, pen_up = [], True
        for there, point in zip(known, self.points(np.where(known, x, 0), np.where(known, y, 0)), strict=True):
            if there:
                words.append(("M" if pen_up else "L") + point)
            pen_up = not there
        return " ".join(words)

    def axes(self, x_names: Sequence[tuple[float, str]], x_label: str, y_label: str) -> str:
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        body = [f'<path class="axis" d="M{LEFT},{TOP} V{bottom} H{right}"/>']
        for value in _ticks(self.y_low, self.y_high):
            _, down = self.points(np.array([self.x_low]), np.array([value]))[0].split(",")
            body.append(f'<path class="grid" d="M{LEFT},{down} H{right}"/>')
            body.append(f'<text x="{LEFT - 6}" y="{down}" dy="4" text-anchor="end">{value:g}</text>')
        names = list(x_names) or [(value, f"{value:g}") for value in _ticks(self.x_low, self.x_high)]
        for place, name in names:
            across, _ = self.points(np.array([place]), np.array([self.y_low]))[0].split(",")
            anchor = "end" if float(across) > right - 1 else "middle"
            body.append(f'<text x="{across}" y="{bottom + 16}" text-anchor="{anchor}">{escape(name)}</text>')
        body.append(f'<text x="{right}" y="{HEIGHT - 6}" text-anchor="end">{escape(x_label)}</text>')
        body.append(f'<text x="{LEFT + 4}" y="{TOP + 10}">{escape(y_label)}</text>')
        return "".join(body)


def _range(values: Floats) -> tuple[float, float]:
    seen = values[np.isfinite(values)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between `low` and `high`."""
    rough = (high - low) / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(power * factor) for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = np.ceil(low / step)
    # Adding 0 makes a plain 0 of -0.
    return [float(f"{k * step:.10g}") + 0.0 for k in np.arange(first, np.floor(high / step) + 1)]
