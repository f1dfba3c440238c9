"""What a forecast hangs on, as a picture needs it. T steps, F inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """How one step of a forecast hangs on each input, everything on the scale the network reads.

    Attributes
    ----------
    start, step, target
        Row at which the window starts, step of the horizon from 0, and the target.
    epoch
        Of the weights.
    columns
        Names of the F inputs.
    gradient
        (T, F) d forecast / d input.
    integrated
        (T, F) integrated gradients from the mean of the training rows, None where they were not asked for.
    difference
        Forecast of the window less that of the mean: what `integrated` should add up to.
    """

    start: int
    step: int
    target: int
    epoch: int
    columns: tuple[str, ...]
    gradient: Floats
    integrated: Floats | None
    difference: float

    @property
    def completeness_error(self) -> float:
        """How far the integrated gradients are from adding up, as a share of the difference."""
        return abs(self.sum - self.difference) / max(abs(self.difference), 1e-12)

    @property
    def sum(self) -> float:
        """What the integrated gradients add up to; NaN without any."""
        return float("nan") if self.integrated is None else float(np.asarray(self.integrated, dtype=np.float64).sum())

    def influence(self, *, integrated: bool, column: int | None = None) -> NDArray[np.float64]:
        """Return the size (T,) of the influence of each step, of one column or of all together (sum of sizes)."""
        chosen = self.integrated if integrated and self.integrated is not None else self.gradient
        values = np.abs(np.asarray(chosen, dtype=np.float64))
        found: NDArray[np.float64] = values.sum(axis=1) if column is None else values[:, column]
        return found


def half_within(influence: Floats) -> int:
    """Return how many of the newest steps hold half of the influence (T,)."""
    values = np.asarray(influence, dtype=np.float64)[::-1]
    total = values.sum()
    if not total > 0:
        return 0
    return int(np.searchsorted(np.cumsum(values), 0.5 * total)) + 1
