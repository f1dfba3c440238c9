"""The learning rate over the course of a training."""

from __future__ import annotations

from typing import final

from workbench.core.project import TrainSpec


@final
class Schedule:
    """The learning rate of each batch."""

    def rate(self, settings: TrainSpec, position: float) -> float:
        """Return the learning rate after `position` epochs, e.g. 1.5 in the middle of the second."""
        return settings.rate(int(position) + 1)

    def state(self) -> dict[str, float | int]:
        """Return what :meth:`load` needs."""
        return {}

    def load(self, state: dict[str, float | int]) -> None:
        """Go on where :meth:`state` was taken."""
