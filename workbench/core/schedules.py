"""The learning rate over the course of a training."""

from __future__ import annotations

import math
from typing import final

from workbench.core.project import TrainSpec


@final
class Schedule:
    """The learning rate of each batch: a function of the settings in force, but for what a stall has done to it.

    Warm-up grows linearly to the full rate at its last batch (Goyal et al. 2017, arXiv 1706.02677, section 2.2). What
    follows is counted in epochs from its end and from the time the rate is held: × f^floor(t / n) in steps, f^(t / n)
    exponentially, and along half a cosine to the last epoch (Loshchilov & Hutter 2017, arXiv 1608.03983, eq. 5, without
    restarts).

    Parameters
    ----------
    batches
        Training steps of an epoch.
    """

    def __init__(self, batches: int) -> None:
        self._batches = batches
        self._stalled = 0
        self._reduced = 1.0

    def rate(self, settings: TrainSpec, position: float) -> float:
        """Return the learning rate of the batch after `position` epochs, e.g. 1.5 in the middle of the second."""
        rate = settings.learning_rate
        if settings.warm_up:
            rate *= min(1.0, (position + 1.0 / self._batches) / settings.warm_up)
        return rate if settings.schedule == "constant" else rate * self._share(settings, position)

    def _share(self, settings: TrainSpec, position: float) -> float:
        passed = max(0.0, position - settings.warm_up - settings.rate_hold)
        floor = settings.rate_floor
        match settings.schedule:
            case "step":
                share = settings.rate_factor ** math.floor(passed / settings.rate_every)
            case "exponential":
                share = settings.rate_factor ** (passed / settings.rate_every)
            case "cosine":
                length = settings.epochs - settings.warm_up - settings.rate_hold
                done = min(1.0, passed / length) if length > 0 else 0.0
                share = floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * done))
            case _:
                share = self._reduced
        return max(share, floor)

    def validated(self, settings: TrainSpec, *, better: bool) -> None:
        """Take in whether the validation loss of an epoch was the best so far, and lower the rate if it stalls."""
        self._stalled = 0 if better else self._stalled + 1
        if self._stalled >= settings.rate_stall and settings.schedule == "plateau":
            self._stalled, self._reduced = 0, self._reduced * settings.rate_factor

    def state(self) -> dict[str, float | int]:
        """Return what :meth:`load` needs."""
        return {"stalled": self._stalled, "reduced": self._reduced}

    def load(self, state: dict[str, float | int]) -> None:
        """Go on where :meth:`state` was taken."""
        self._stalled, self._reduced = int(state["stalled"]), float(state["reduced"])
