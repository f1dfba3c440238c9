"""Use a trained model: the real future, and its scores on another file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.ahead import known_rows
from workbench.core.bands import Band, in_original_units, joined
from workbench.core.bundle import Bundle
from workbench.core.dataproblems import NO_FUTURE, SERIES_LEFT_OUT
from workbench.core.dataset import Dataset, applied, prepare
from workbench.core.events import Forecasted, Part, Scores
from workbench.core.forecaster import Forecaster, Foreseen, blank, foreseen, strung
from workbench.core.longfiles import OF_ONE_SERIES
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError
from workbench.core.reuse import OUT_OF_RANGE, checked, matched
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
NOT_KNOWN_AHEAD = ProblemKind(
    "not-known-ahead",
    "error",
    N_("A forecast of {steps} steps behind {last} needs {inputs} in the {steps} rows behind it; {missing} have none."),
    N_("Fill them in, or add rows with these columns and an empty target to the end of the file."),
    action="fill-future",
)
NOTHING_TO_SCORE = ProblemKind(
    "nothing-to-score",
    "error",
    N_("{name} has no run of {needed} rows without a gap, so there is no window to score."),
    N_("Open a longer file."),
)


NO_NUMBER = ProblemKind(
    "forecast-no-number",
    "error",
    N_("The model forecasts no finite numbers for {name}: its weights, or the values it reads, are too large."),
    N_("Check the values of the file. If they are right, the model is of no use: train another one."),
)


def restored(bundle: Bundle) -> Forecaster:
    """Rebuild the network of `bundle` on the CPU, ready to forecast."""
    forecaster = blank(bundle.project.model, bundle.project.data)
    forecaster.restore(bundle.weights)
    return forecaster.eval()


def beyond(bundle: Bundle, dataset: Dataset, steps: int | None = None) -> Forecasted:
    """Forecast `steps` rows (by default one horizon) behind the last row of each series of `dataset`.

    If inputs are known ahead, behind the last row with a target: the rows that follow hold them. Past one horizon
    the forecast is fed back as input, which needs a model that reads nothing whose future is unknown. Of several
    series, those whose last rows cannot be read are left out.

    Raises
    ------
    WorkbenchError
        ``last-window``, ``too-far``, ``not-known-ahead`` or ``no-future``.
    """
    data = bundle.project.data
    if data.framing == "label":
        raise WorkbenchError(NO_FUTURE)
    steps = data.horizon if steps is None else max(steps, 1)
    others = data.columns[len(data.targets) : data.levels]
    if steps > data.horizon and others:
        raise WorkbenchError(TOO_FAR, horizon=data.horizon, steps=steps, inputs=", ".join(others))
    turns = -(-steps // data.horizon)
    origins, windows, ahead = _last_windows(dataset, steps, turns * data.horizon)
    forecaster = restored(bundle)
    pieces: list[Foreseen] = []
    for first in range(0, turns * data.horizon, data.horizon):
        known = ahead[:, first : first + data.horizon]
        pieces.append(foreseen(forecaster, windows, known))
        if first + data.horizon < steps:
            read = np.concatenate([pieces[-1].point, known], axis=2)
            windows = np.concatenate([windows, read], axis=1)[:, -data.window :]
    start = origins - data.window
    found = strung(pieces, steps)
    values, low, high = _checked(dataset, in_original_units(dataset, start, *found))
    return Forecasted(bundle.facts.best_epoch, "future", start, values, final=True, low=low, high=high)


def forecastable(bundle: Bundle, dataset: Dataset) -> None:
    """Refuse, as :func:`beyond` would, where there can be no forecast of one horizon; it costs no forecast.

    Raises
    ------
    WorkbenchError
        ``last-window``, ``not-known-ahead`` or ``no-future``.
    """
    data = bundle.project.data
    if data.framing == "label":
        raise WorkbenchError(NO_FUTURE)
    _last_windows(dataset, data.horizon, data.horizon)


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """The future of a file that a model was given, and what has to be said about it."""

    dataset: Dataset
    future: Forecasted
    notes: tuple[Problem, ...]


def foretold(
    bundle: Bundle, table: Table, columns: Mapping[str, str] | None = None, steps: int | None = None
) -> Foretold:
    """Forecast what follows the rows of another file than the model was trained on.

    Parameters
    ----------
    columns
        Names in the file by names of the model, where they differ, as for :func:`workbench.core.reuse.matches`.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.core.reuse.matched`, ``checked`` and :func:`beyond`.
    """
    table, told = matched(table, bundle, columns)
    dataset = view(bundle, table)
    several = bool(bundle.project.data.series)
    read = [n for n in table.notes if n.severity != "note" and not (several and n.key in OF_ONE_SERIES)]
    unlike = [
        n for n in (*checked(dataset, bundle), *dataset.notes) if n.key in (SERIES_LEFT_OUT.key, OUT_OF_RANGE.key)
    ]
    return Foretold(dataset, beyond(bundle, dataset, steps), (*told, *read, *unlike))


def _last_windows(
    dataset: Dataset, steps: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return the first row of the future, what the network reads (N, T, F) and knows (N, `rows`, K), of each series."""
    found, refused = [], None
    for first, behind in _series(dataset):
        origin = _origin(dataset, first, behind)
        try:
            window = _last_window(dataset, first, origin)
            found.append((origin, window, _known_ahead(dataset, origin, (first, behind), steps, rows)))
        except WorkbenchError as error:
            refused = error
    if not found:
        raise refused or WorkbenchError(
            LAST_WINDOW, window=dataset.spec.window, name=dataset.name, reason="there are only 0 rows"
        )
    origins, windows, ahead = zip(*found, strict=True)
    return np.array(origins), np.stack(windows), np.stack(ahead)


def _series(dataset: Dataset) -> list[tuple[int, int]]:
    """Return the first row of each series and the row behind its last."""
    borders = [0, *(np.flatnonzero(np.diff(dataset.sequence)) + 1).tolist(), len(dataset.sequence)]
    return list(pairwise(borders))


def _origin(dataset: Dataset, first: int, behind: int) -> int:
    """Return the first row of the future of the series in rows [`first`, `behind`)."""
    if not dataset.spec.known_future:
        return behind
    there = np.flatnonzero(dataset.observed[first:behind, : dataset.targets].all(axis=1))
    return first + int(there[-1]) + 1 if len(there) else first


def _last_window(dataset: Dataset, first: int, origin: int) -> NDArray[np.float32]:
    """Return what the network reads (T, F) before row `origin` of the series that starts at row `first`."""
    size = dataset.spec.window
    window = dataset.scaled[max(origin - size, first) : origin]
    if len(window) < size:
        reason = f"there are only {len(window)} rows"
        raise WorkbenchError(LAST_WINDOW, window=size, name=dataset.name, reason=reason)
    if not np.isfinite(window).all() or not dataset.settled[origin - 1]:
        raise WorkbenchError(LAST_WINDOW, window=size, name=dataset.name, reason="values are missing in them")
    return window


def _known_ahead(dataset: Dataset, origin: int, series: tuple[int, int], steps: int, rows: int) -> NDArray[np.float32]:
    """Return what is known (rows, K) from row `origin` on, whole in at least `steps` rows, with 0 behind them.

    The `series` has its first row there and ends before that one; what follows is another's.
    """
    spec, (first, behind) = dataset.spec, series
    more, clock = max(0, origin + rows - behind), dataset.clock.of(*series)
    place = origin - first
    ahead = known_rows(dataset.scaled[first:behind], spec, clock, more)[place : place + rows]
    missing = int((~np.isfinite(ahead[:steps])).any(axis=1).sum())
    if missing:
        last, inputs = clock.text(place - 1), ", ".join(spec.known_future)
        raise WorkbenchError(NOT_KNOWN_AHEAD, steps=steps, last=last, inputs=inputs, missing=missing)
    return np.nan_to_num(ahead)


def view(bundle: Bundle, table: Table) -> Dataset:
    """Lay the model's columns, windows and scaler over `table`."""
    return applied(table, bundle.project.data, bundle.fit)


def forecast_of(bundle: Bundle, dataset: Dataset) -> Callable[[NDArray[np.int64]], Band]:
    """Return what forecasts any windows of `dataset` with the model of `bundle`, in original units, with its band."""
    forecaster = restored(bundle)

    def forecast(start: NDArray[np.int64]) -> Band:
        return joined([_band(forecaster, dataset, piece) for piece in chunks(np.asarray(start), dataset)])

    return forecast


def _band(forecaster: Forecaster, dataset: Dataset, start: NDArray[np.int64]) -> Band:
    found = foreseen(forecaster, dataset.x[start], dataset.ahead[start + dataset.spec.origin])
    return _checked(dataset, in_original_units(dataset, start, *found))


def _checked(dataset: Dataset, band: Band) -> Band:
    """Return `band`; what is no number is no forecast.

    Raises
    ------
    WorkbenchError
        ``forecast-no-number``.
    """
    if not np.isfinite(band[0]).all():
        raise WorkbenchError(NO_NUMBER, name=dataset.name)
    return band


def for_scoring(bundle: Bundle, table: Table) -> tuple[Dataset, Part, Literal["test", "valid", "all"]]:
    """Return the data of `table` as the model reads them, the part to score, and which rows these are.

    On the file the model was trained on, only the rows of the original test part count; on any other, all.

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
    return dataset, part, ("test" if part == "test" else "valid") if own else "all"


def evaluated(bundle: Bundle, table: Table) -> tuple[Dataset, Literal["test", "valid", "all"], tuple[Scores, ...]]:
    """Score the model and the baselines on `table`.

    Returns
    -------
    The dataset, which rows were scored, and the scores in original units, the model's first.

    Raises
    ------
    WorkbenchError
        ``nothing-to-score`` or ``unknown-column``.
    """
    dataset, part, rows = for_scoring(bundle, table)
    classes = bundle.project.model.output == "classes"
    forecaster, tally = restored(bundle), Tally(dataset, classes=classes)
    for start in chunks(dataset.part(part).start, dataset):
        band = _band(forecaster, dataset, start)
        tally.add(dataset.truth(start), *band, series=dataset.sequence[start])
    scores = (tally.scores("model", part), *baseline_scores(dataset, part, classes=classes))
    return dataset, rows, scores
