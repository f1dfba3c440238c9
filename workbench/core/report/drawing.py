"""Curves as SVG and heatmaps as PNG, inside a page."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
WIDTH, HEIGHT, LEFT, BOTTOM = 680, 200, 56, 20
MOST_POINTS = 1500

Curve = tuple[str, Floats, Floats]
"""Class of its colour in the page's style sheet, and its points."""


def chart(curves: Sequence[Curve], ends: tuple[str, str], band: tuple[Floats, Floats, Floats] | None = None) -> str:
    """Return curves in one frame, with the lowest and highest value and the `ends` of the horizontal axis in words.

    `band` is x, low and high.
    """
    xs = np.concatenate([x for _kind, x, _y in curves])
    ys = np.concatenate([y for _kind, _x, y in curves] + ([band[1], band[2]] if band else []))
    ys = ys[np.isfinite(ys)]
    if not len(ys):
        return "<p class=muted>Nothing to draw.</p>"
    low, high, first, last = float(ys.min()), float(ys.max()), float(xs.min()), float(xs.max())
    rise, run = (high - low) or 1.0, (last - first) or 1.0

    def points(x: Floats, y: Floats) -> str:
        keep = np.isfinite(y)
        x, y = x[keep], y[keep]
        step = max(1, len(x) // MOST_POINTS)
        across = LEFT + (x[::step] - first) / run * (WIDTH - LEFT)
        up = 4 + (high - y[::step]) / rise * (HEIGHT - BOTTOM - 4)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up, strict=True))

    parts = []
    if band is not None:
        edge = f"{points(band[0], band[2])} {points(band[0][::-1], band[1][::-1])}"
        parts.append(f'<polygon class="band" points="{edge}"/>')
    parts += [f'<polyline class="{kind}" points="{points(x, y)}"/>' for kind, x, y in curves if len(x)]
    for place, value in ((12, high), (HEIGHT - BOTTOM, low)):
        parts.append(f'<text x="{LEFT - 6}" y="{place}" text-anchor="end">{value:.4g}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 4}">{html.escape(ends[0])}</text>')
    parts.append(f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{html.escape(ends[1])}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def heatmap(values: Floats, low: float, high: float, title: str) -> str:
    """Return (T, H) as an image, units upwards and steps to the right, dark for `low`."""
    share = np.clip((values.T - low) / (high - low), 0.0, 1.0)
    ends = np.array([[18, 40, 60], [250, 240, 190]], dtype=np.float64)
    pixels = (ends[0] + share[..., None] * (ends[1] - ends[0])).astype(np.uint8)
    data = base64.b64encode(_png(pixels)).decode()
    caption = f"<figcaption>{html.escape(title)}</figcaption>"
    image = f'<img alt="{html.escape(title)}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}{caption}</figure>"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return an RGB image (rows, columns, 3) in the PNG format (ISO 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows, columns, _three = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
