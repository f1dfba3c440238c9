"""How often faults are injected: a few times in the suite, as often as it was promised with ``FAULTS=long``."""

from __future__ import annotations

import os

LONG = os.environ.get("FAULTS") == "long"


def count(short: int, promised: int) -> int:
    """Return how often to inject a fault."""
    return promised if LONG else short
