"""What can be wrong with a forecast or a training, in one catalogue; the view that shows it stands beside it."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.problems import N_, ProblemKind

_KINDS = (
    ProblemKind(
        "leak",
        "error",
        N_(
            "“{column}” is “{target}” {ahead} steps later ({explained} of its variance): it holds the future, which "
            "nobody has when the forecast is made."
        ),
        N_("Take the column out of Inputs, or mark it as known ahead if it really is."),
        action="drop-input",
    ),
    ProblemKind(
        "flat-line",
        "error",
        N_("The forecast is a flat line: it varies {share} as much as the truth."),
        N_("Subtract the last value of each window, train longer, or use a higher learning rate."),
        action="subtract-last",
    ),
    ProblemKind(
        "lagged-copy",
        "warning",
        N_(
            "The forecast is a copy of the past: {ahead} steps ahead it is most like the truth {lag} steps before "
            "(correlation {at_lag} against {at_zero} with what came), and {skill} better than the last value."
        ),
        N_("Give it inputs that say more than the last value, or accept that there is nothing to learn."),
    ),
    ProblemKind(
        "drift",
        "warning",
        N_(
            "The forecast drifts away: in the last third of the part it is off by {bias} on average, in the first by "
            "{before}; the mean error there is {error}."
        ),
        N_("Subtract the last value of each window, and train again with newer rows."),
        action="subtract-last",
    ),
    ProblemKind(
        "under-covering",
        "warning",
        N_("The band is too narrow: it should hold {level} of the truth and holds {coverage}."),
        N_("Use calibrated intervals, or do not rely on the band."),
    ),
)
FINDINGS: Mapping[str, ProblemKind] = {kind.key: kind for kind in _KINDS}

SHOWN_BY: Mapping[str, str] = {
    "leak": "series",
    "flat-line": "forecast",
    "lagged-copy": "residuals",
    "drift": "residuals",
    "under-covering": "forecast",
}
"""The view that shows what a finding says."""
