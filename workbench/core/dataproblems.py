"""What can be wrong with a table, or with the way it is cut into windows."""

from __future__ import annotations

from workbench.core.problems import N_, ProblemKind

NO_TARGET = ProblemKind(
    "no-target",
    "error",
    N_("No column is chosen to forecast."),
    N_("Choose a target. Columns with numbers: {columns}."),
)
NO_WINDOWS = ProblemKind(
    "no-windows",
    "error",
    N_(
        "No window fits: the {part} part has {rows} rows, the longest run without a gap is {run} rows, and window plus "
        "horizon need {needed} in the series, with the horizon inside the part."
    ),
    N_("{advice}"),
    action="shorten",
)
NO_ANSWER = ProblemKind(
    "no-answer",
    "error",
    N_("One answer a sequence needs inputs besides the target, and a horizon inside the window."),
    N_("Choose more inputs and a horizon from 1 to {window}, or set Question to “what comes next”."),
)
CONSTANT_TARGET = ProblemKind(
    "constant-target",
    "error",
    N_("{column} has the same value, {value}, in every training row: there is nothing to learn."),
    N_("Choose another target, or a training part in which it changes."),
)
CONSTANT_INPUT = ProblemKind(
    "constant-input",
    "warning",
    N_("{column} never changes in the training rows, so the network cannot use it."),
    N_("Leave it out of the inputs."),
)
NO_DIFFERENCE = ProblemKind(
    "no-difference",
    "error",
    N_("One answer a sequence has no value before it, so there is no difference to learn."),
    N_("Set Difference to none, or Question to “what comes next”."),
)
NO_SEASON = ProblemKind(
    "no-season",
    "error",
    N_("No season was found in the training rows, and {setting} needs one."),
    N_("Set Season to the steps of one period, or choose something else in {setting}."),
)
SEASON_TOO_LONG = ProblemKind(
    "season-too-long",
    "error",
    N_("A season of {season} steps is not there twice in the {rows} training rows."),
    N_("Set Season to {most} steps or fewer, or to 0 to have it detected."),
)
NO_CALENDAR = ProblemKind(
    "no-calendar",
    "error",
    N_("The calendar needs the time of each row, and this table has none in one line."),
    N_("Set Calendar to none, or choose the time column."),
)
NO_FUTURE = ProblemKind(
    "no-future",
    "error",
    N_("This model gives one answer a sequence; it does not forecast what comes behind the last row."),
    N_("Set Question to “what comes next” and train again."),
)
UNKNOWN_SERIES = ProblemKind(
    "unknown-series",
    "error",
    N_("The model scales each series by itself, and was trained on none of these: {names}."),
    N_("Train with Scale each series switched off to forecast series that are new."),
)
SERIES_LEFT_OUT = ProblemKind(
    "series-left-out",
    "warning",
    N_("{count} series that the model was not trained on have no scale of their own and are left out: {names}."),
    N_("Train with Scale each series switched off to forecast series that are new."),
)
SPLIT_OUTSIDE = ProblemKind(
    "split-outside",
    "error",
    N_("The dates of the split leave a part without rows; the series runs from {first} to {last}."),
    N_("Choose two dates in this range, the first one earlier, or leave them empty."),
)
NO_TEST = ProblemKind(
    "no-test",
    "warning",
    N_("No window fits in the test part, so scores come from the validation part and flatter the model."),
    N_("Shorten the horizon, or make the training and validation parts smaller."),
)
CUT_WINDOWS = ProblemKind(
    "cut-windows",
    "warning",
    N_("Gaps cost {lost} of {all} windows: {missing} values are missing."),
    N_("Set Gaps to “hold the last value” to keep windows across short gaps."),
    action="hold-gaps",
)
