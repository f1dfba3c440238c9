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
    ),
    ProblemKind(
        "leak-suspected",
        "warning",
        N_(
            "Almost too good: “{column}” alone takes away {explained} of the error that the past of “{target}” leaves, "
            "{ahead} steps ahead. Is it known when the forecast is made, or was it worked out from “{target}”?"
        ),
        N_("If it was made from later rows, take it out of Inputs. If it really is known before, nothing is wrong."),
    ),
    ProblemKind(
        "flat-line",
        "error",
        N_("The forecast is a flat line: it varies {share} as much as the truth."),
        N_("Subtract the last value of each window, train longer, or use a higher learning rate."),
    ),
    ProblemKind(
        "lagged-copy",
        "warning",
        N_(
            "The forecast is a copy of the past: {ahead} steps ahead it is most like the truth {lag} steps before "
            "(correlation {at_lag} against {at_zero} with what came), and its gain over the last value is {skill}."
        ),
        N_("Give it inputs that say more than the last value, or accept that there is nothing to learn."),
    ),
    ProblemKind(
        "drift",
        "warning",
        N_(
            "The forecast drifts away: in the last third of the windows it is off by {bias} on average, in the first "
            "by {before}; the mean error there is {error}."
        ),
        N_("Subtract the last value of each window, and train again with newer rows."),
    ),
    ProblemKind(
        "under-covering",
        "warning",
        N_("The band is too narrow: it should hold {level} of the truth and holds {coverage}."),
        N_("Use calibrated intervals, or do not rely on the band."),
    ),
    ProblemKind(
        "window-short",
        "warning",
        N_("The window is too short: “{target}” repeats every {period} steps, and the network reads {window}."),
        N_("Let the window hold a whole period."),
    ),
    ProblemKind(
        "scale-drift",
        "warning",
        N_("“{target}” changes its scale: {what} of the test rows is {times} that of the training rows."),
        N_("Take the level, or level and spread, of each window away (Normalisation)."),
    ),
    ProblemKind(
        "level-drift",
        "warning",
        N_("“{target}” changes its level: the test rows lie {shift} standard deviations from the training rows."),
        N_("Subtract the last value of each window (Normalisation)."),
    ),
    ProblemKind(
        "over-fitting",
        "warning",
        N_(
            "The network learns by heart: since epoch {best} the training loss fell by {fell}, and the validation loss "
            "rose by {rose}."
        ),
        N_("The best epoch is kept. Use fewer units or more dropout."),
    ),
    ProblemKind(
        "rate-high",
        "warning",
        N_("The learning rate {rate} is too high: the training loss rose in {rises} of {epochs} epochs."),
        N_("Train with a third of it."),
    ),
    ProblemKind(
        "rate-diverged",
        "error",
        N_("The training broke at a learning rate of {rate}: the loss was no number in epoch {epoch}."),
        N_("Train with a tenth of the rate, and clip gradients."),
    ),
    ProblemKind(
        "rate-low",
        "warning",
        N_("The loss still fell by {fall} an epoch when the training ended: rate {rate} is low, or epochs are few."),
        N_("Train with three times the rate, or for longer."),
    ),
    ProblemKind(
        "saturated",
        "warning",
        N_("{gate} of layer {layer} is saturated: {share} of its values lie at the ends of its range."),
        N_("Gradients do not pass there. Use a lower learning rate, and clip gradients."),
    ),
    ProblemKind(
        "dead-units",
        "warning",
        N_("{count} of {units} units of layer {layer} are dead: they hardly move while the window is read."),
        N_("Use fewer units, or train longer."),
    ),
    ProblemKind(
        "exploding",
        "error",
        N_("Gradients explode: {times} times as large {lag} steps back as at the last step."),
        N_("Clip gradients, and use a lower learning rate."),
    ),
    ProblemKind(
        "vanishing",
        "warning",
        N_("Gradients vanish: {lag} steps back they are {share} of the largest; only {reach} steps teach anything."),
        N_("Use a cell with gates, or gates that start by remembering."),
    ),
)
FINDINGS: Mapping[str, ProblemKind] = {kind.key: kind for kind in _KINDS}

SHOWN_BY: Mapping[str, str] = {
    "leak": "series",
    "leak-suspected": "series",
    "flat-line": "forecast",
    "lagged-copy": "residuals",
    "drift": "residuals",
    "under-covering": "forecast",
    "window-short": "seasonality",
    "scale-drift": "series",
    "level-drift": "series",
    "over-fitting": "loss",
    "rate-high": "loss",
    "rate-diverged": "loss",
    "rate-low": "loss",
    "saturated": "gates",
    "dead-units": "states",
    "exploding": "gradients",
    "vanishing": "gradients",
}
"""The view that shows what a finding says."""
