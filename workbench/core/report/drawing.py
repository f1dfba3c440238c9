"""Heatmaps as PNG, inside a page."""

from __future__ import annotations

import base64
import html
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def heatmap(values: Floats, low: float, high: float, title: str) -> str:
    """Return (T, H) as an image, units upwards and steps to the right, dark for `low`."""
    share = np.clip((values.T - low) / (high - low), 0.0, 1.0)
    ends = np.array([[18, 40, 60], [250, 240, 190]], dtype=np.float64)
    pixels = (ends[0] + share[..., None] * (ends[1] - ends[0])).astype(np.uint8)
    data = base64.b64encode(_png(pixels)).decode()
    caption = f"<figcaption>{html.escape(title)}</figcaption>"
    image = f'<img alt="{html.escape(title)}" src="data:image/png;base64,{data}">'
    return f'<figure class="heat">{image}{caption}</figure>'


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return an RGB image (rows, columns, 3) in the PNG format (ISO 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows, columns, _three = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
