"""Where the views stand: rows of docks for each purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.core.problems import N_

Row = tuple[int, tuple[tuple[str, int], ...]]
"""Share of the height, and each view's key with its share of the width."""


@dataclass(frozen=True, slots=True)
class Perspective:
    """An arrangement of views for one purpose; views it does not name are hidden.

    Attributes
    ----------
    behind
        Views that stand as tabs behind others, by the key of the one in front.
    """

    title: str
    help: str
    rows: tuple[Row, ...]
    in_toolbar: bool = True
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


PERSPECTIVES: Mapping[str, Perspective] = {
    "file": Perspective(
        N_("File"),
        N_("The series over the file it was read from: check what was guessed, and put columns into lanes"),
        ((32, (("series", 1),)), (68, (("reading", 1),))),
        in_toolbar=False,
    ),
    "data": Perspective(
        N_("Data"),
        N_("The series large, with what repeats in it"),
        ((58, (("series", 1),)), (42, (("seasonality", 1),))),
    ),
    "train": Perspective(
        N_("Train"),
        N_("All views: data, loss, forecast and the inside of the network"),
        (
            (27, (("series", 1),)),
            (35, (("loss", 1), ("forecast", 3))),
            (38, (("gates", 2), ("states", 1))),
        ),
    ),
    "inspect": Perspective(
        N_("Inspect"),
        N_("Gates and states large"),
        ((20, (("forecast", 1),)), (44, (("gates", 1),)), (36, (("states", 1),))),
    ),
    "cell": Perspective(
        N_("Cell"),
        N_("One step with real numbers and one unit over the window; operate on the network and see the forecast bend"),
        ((36, (("forecast", 1), ("unit", 1))), (64, (("cell", 1),))),
    ),
    "dynamics": Perspective(
        N_("Dynamics"),
        N_("How the network learns: patterns, gradients, memory, weights, paths and influence over the epochs"),
        (
            (32, (("patterns", 1), ("gradients", 1), ("memory", 1))),
            (36, (("weights", 3), ("phase", 2))),
            (32, (("connectivity", 1), ("match", 1))),
        ),
    ),
    "evaluate": Perspective(
        N_("Evaluate"),
        N_("The forecast with its scores beside all baselines, what it leaves unexplained, and what is wrong"),
        ((50, (("forecast", 3), ("scores", 2))), (50, (("residuals", 3), ("doctor", 2)))),
        behind={"forecast": ("backtest",), "residuals": ("anomalies",)},
    ),
}
