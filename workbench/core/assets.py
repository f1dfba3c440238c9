"""Find bundled data: the only place that knows where ``resources/`` is."""

from __future__ import annotations

import sys
from pathlib import Path


def resource(name: str) -> Path:
    """Return the path of a bundled file or folder, in a checkout, a wheel or a frozen program.

    Raises
    ------
    FileNotFoundError
        If `name` is not bundled.
    """
    package = Path(__file__).resolve().parent.parent
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [package.parent / "resources", package / "resources"]
    if frozen is not None:
        roots.insert(0, Path(frozen) / "resources")
    for root in roots:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(name)
