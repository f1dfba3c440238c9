"""When the forecasts of a backtest are made, and when what makes them is fitted anew."""

from __future__ import annotations

from workbench.core.fields import Spec, setting
from workbench.core.problems import N_


class Plan(Spec):
    """Settings of a rolling-origin backtest."""

    origins: int = setting(
        20,
        title=N_("Origins"),
        ge=1,
        le=100_000,
        help=N_("How many times a forecast is made. The last one ends with the last row."),
    )
    stride: int = setting(
        0,
        title=N_("Stride"),
        unit=N_("steps"),
        ge=0,
        le=1_000_000,
        help=N_("Steps from one origin to the next; 0 is one horizon, so that no row is forecast twice."),
    )
    refit: int = setting(
        0,
        title=N_("Refit every"),
        unit=N_("origins"),
        ge=0,
        le=100_000,
        help=N_(
            "Fit everything anew at every so many origins, on rows before the origin alone; 0 never does, and "
            "forecasts the test part with what was fitted once."
        ),
    )
    warm: bool = setting(
        False,
        title=N_("Warm start"),
        help=N_("At a refit, go on from the weights of the one before instead of from drawn ones."),
    )
    gap: int = setting(
        0,
        title=N_("Gap"),
        unit=N_("steps"),
        ge=0,
        le=1_000_000,
        help=N_("Steps right before an origin that are read, but neither trained on nor validated."),
    )
    embargo: int = setting(
        0,
        title=N_("Embargo"),
        unit=N_("steps"),
        ge=0,
        le=1_000_000,
        help=N_("Steps behind each horizon that no later refit may train on."),
    )
