"""The network around the cells, composed of small parts: what a window goes through, in this order.

normalisation → channels → tokens → recurrent layers → decoder → head → output; the losses belong to the outputs.
"""

from __future__ import annotations

from workbench.core.forecaster.network import (
    Forecaster,
    Foreseen,
    blank,
    foreseen,
    meant,
    predicted,
    strung,
)

__all__ = ["Forecaster", "Foreseen", "blank", "foreseen", "meant", "predicted", "strung"]
