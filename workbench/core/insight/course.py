"""The learning rate over the epochs of a training, as its settings plan it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.project import TrainSpec
from workbench.core.schedules import Schedule

POINTS = 400


def course(train: TrainSpec) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions in epochs, from 0 to the last, and the learning rate there; (POINTS,) each.

    What a stall would do to the rate is not in it: nobody knows when one comes.
    """
    positions = np.linspace(0.0, float(train.epochs), POINTS)
    # The first batch of a warm-up does not start at 0; at this resolution a step is a point.
    schedule = Schedule(max(1, POINTS // train.epochs))
    return positions, np.array([schedule.rate(train, float(place)) for place in positions])
