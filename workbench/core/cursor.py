"""The one place all views look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """A point in a run.

    Attributes
    ----------
    run
        Number of the run, or None before the first.
    epoch
        Recorded epoch, or None to follow the training live.
    window
        Row at which the looked-at window starts, or None to follow the proposal.
    step
        Step inside the window, 0 is the oldest; None where the cursor is in no window.
    layer, unit
        Recurrent layer from 0, unit from 0 (None: no unit is chosen).
    target
        Which target column, from 0.
    pinned
        True after a click: hovering does not move it until the next click.
    """

    run: int | None = None
    epoch: int | None = None
    window: int | None = None
    step: int | None = None
    layer: int = 0
    unit: int | None = None
    target: int = 0
    pinned: bool = False
