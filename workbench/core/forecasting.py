"""Use a trained model: the real future, and its scores on another file."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.bundle import Bundle
from workbench.core.calendar import calendar
from workbench.core.dataset import Dataset, applied, prepare
from workbench.core.events import Forecasted, Part, Scores
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.scoring import Tally, baseline_scores, chunks
from workbench.core.table import Table

LAST_WINDOW = ProblemKind(
    "last-window",
    "error",
    N_("The last {window} rows of {name} cannot be read as a window: {reason}."),
    N_(
        "Give the model at least {window} rows without missing values at the end, or train it with Gaps set to “hold "
        "the last value”."
    ),
)
TOO_FAR = ProblemKind(
    "too-far",
    "error",
    N_("The model forecasts {horizon} steps; going on to {steps} would need the future of {inputs}."),
    N_("Ask for at most {horizon} steps, or train a model without more inputs or with a longer horizon."),
)
NO_FUTURE = ProblemKind(
    "no-future",
    "error",
    N_("This model gives one answer a sequence; it does not forecast what comes behind the last row."),
    N_("Set Question to “what comes next” and train again."),
)
NOTHING_TO_SCORE = ProblemKind(
    "nothing-to-score",
    "error",
    N_("{name} has no run of {needed} rows without a gap, so there is no window to score."),
    N_("Open a longer file."),
)


def restored(bundle: Bundle) -> Forecaster:
    """Rebuild the network of `bundle` on the CPU, ready to forecast."""
    data = bundle.project.data
    forecaster = Forecaster(
        bundle.project.model, len(data.features), len(data.targets), data.horizon, levels=len(data.columns)
    )
    forecaster.restore(bundle.weights)
    return forecaster.eval()


def beyond(bundle: Bundle, dataset: Dataset, steps: int | None = None) -> Forecasted:
    """Forecast `steps` rows (by default one horizon) behind the last row of `dataset`.

    Past one horizon the forecast is fed back as input, which needs a model that reads nothing but its targets.

    Raises
    ------
    WorkbenchError
        ``last-window``, ``too-far`` or ``no-future``.
    """
    data = bundle.project.data
    if data.framing == "label":
        raise WorkbenchError(NO_FUTURE)
    steps = data.horizon if steps is None else max(steps, 1)
    others = data.columns[len(data.targets) :]
    if steps > data.horizon and others:
        raise WorkbenchError(TOO_FAR, horizon=data.horizon, steps=steps, inputs=", ".join(others))
    window = dataset.scaled[-data.window :]
    if len(window) < data.window:
        reason = f"there are only {len(window)} rows"
        raise WorkbenchError(LAST_WINDOW, window=data.window, name=dataset.name, reason=reason)
    if not np.isfinite(window).all() or not dataset.settled[-1]:
        raise WorkbenchError(LAST_WINDOW, window=data.window, name=dataset.name, reason="values are missing in them")
    forecaster = restored(bundle)
    pieces: list[NDArray[np.float32]] = []
    while sum(map(len, pieces)) < steps:
        pieces.append(predicted(forecaster, window[None])[0])
        if others:
            break
        window = np.concatenate([window, _read_ahead(dataset, pieces)])[-data.window :]
    start = np.array([len(dataset.values) - data.window])
    values = dataset.to_original(np.concatenate(pieces)[None, :steps], start)[0]
    return Forecasted(bundle.facts.best_epoch, "future", start, values[None], final=True)


def _read_ahead(dataset: Dataset, pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the last forecast (Q, C) as the network will read it: with what the calendar says about its rows."""
    if not dataset.spec.calendar or dataset.clock.values is None:
        return pieces[-1]
    behind = len(dataset.values) + sum(map(len, pieces))
    times = dataset.clock.at(np.arange(behind - len(pieces[-1]), behind)).astype("datetime64[us]")
    waves = calendar(times, dataset.spec.calendar).astype(np.float32)
    return np.concatenate([pieces[-1], waves], axis=1)


def view(bundle: Bundle, table: Table) -> Dataset:
    """Lay the model's columns, windows and scaler over `table`."""
    return applied(table, bundle.project.data, bundle.fit)


def evaluated(
    bundle: Bundle, table: Table
) -> tuple[Dataset, Literal["train", "valid", "test", "all"], tuple[Scores, ...]]:
    """Score the model and the baselines on `table`.

    On the file the model was trained on, only the rows of the original test part count; on any other, all.

    Returns
    -------
    The dataset, which rows were scored, and the scores in original units, the model's first.

    Raises
    ------
    WorkbenchError
        ``nothing-to-score`` or ``unknown-column``.
    """
    own = table.sha256 == bundle.facts.data.sha256
    dataset = prepare(table, bundle.project.data) if own else view(bundle, table)
    part: Part = "test" if len(dataset.test) else "valid"
    if not len(dataset.part(part)):
        needed = bundle.project.data.window + bundle.project.data.horizon
        raise WorkbenchError(NOTHING_TO_SCORE, name=table.name, needed=needed)
    forecaster, tally = restored(bundle), Tally(dataset)
    for start in chunks(dataset.part(part).start, dataset):
        tally.add(dataset.truth(start), dataset.to_original(predicted(forecaster, dataset.x[start]), start))
    scores = (tally.scores("model", part), *baseline_scores(dataset, part))
    return dataset, part if own else "all", scores
