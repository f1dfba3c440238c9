"""What a forecast looks like: lines and words, computed from run and dataset, without a widget."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import LABELS, last_value, seasonal_naive
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted, Probed
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number, span
from workbench.ui.text import translate as _
from workbench.ui.views.naming import steps_words
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.ticks import moment

Floats = NDArray[np.floating]
Line = tuple[NDArray[np.float64], NDArray[np.float64]]

HISTORY_SEASONS = 2
"""A forecast of the future is shown behind at least this many seasons."""

FEW = 3
"""So few steps ahead are drawn as dots as well: a line of one point cannot be seen."""

MOST_INPUTS = 6

NOTHING: Line = (np.zeros(0), np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """The picture of one forecast. Lines are rows and values.

    Attributes
    ----------
    history
        What the network read.
    naive_label
        Words for the naive forecast, or "" if there is none.
    origin
        Row after which the forecast begins.
    band
        The outline of where the truth lies with the probability `share`, closed; empty for a point forecast.
    dots
        True if truth and prediction are too short to be seen as lines.
    place
        Number of the series among those that were forecast.
    fed_back
        Row behind which the forecast was made from itself: it went past the horizon.
    """

    subtitle: str
    history: Line
    truth: Line
    prediction: Line
    origin: float
    naive: Line = NOTHING
    naive_label: str = ""
    facts: str = ""
    band: Line = NOTHING
    dots: bool = False
    saved: tuple[SavedColumn, ...] = field(default=())
    place: int = 0
    fed_back: float | None = None


def from_origin(dataset: Dataset, probe: Probed, column: int) -> Foretold:
    """Picture the forecast of one window: what came before, what came, what was foretold, what is naive."""
    spec = dataset.spec
    origin = probe.start + spec.origin
    ahead = np.arange(origin, origin + spec.horizon)
    values, last = dataset.values[:, column], dataset.carried[[origin - 1], column]
    past, known = np.arange(max(0, probe.start), origin), ahead[ahead < len(values)]
    prediction = probe.forecast[:, column].astype(np.float64)
    label, naive = _naive(dataset, probe.start, column)
    distance = span(spec.horizon, dataset.clock.step) or steps_words(spec.horizon)
    # The last known row is the moment at which the forecast is made.
    made = moment(dataset.clock, origin - 1)
    return Foretold(
        subtitle=made + ", " + _("{span} ahead").format(span=distance),
        history=_line(past, values[past]),
        truth=_line(np.append(origin - 1, known), np.append(last, values[known])),
        prediction=_line(np.append(origin - 1, ahead), np.append(last, prediction)),
        origin=origin - 1,
        naive=_line(ahead, naive),
        naive_label=label,
        band=_outline(ahead, probe.low, probe.high, column),
        dots=spec.horizon <= FEW,
        saved=(
            (_("time"), np.asarray(dataset.clock.at(ahead))),
            (_("truth"), values[known]),
            (_("prediction"), prediction),
            *_edges(probe.low, probe.high, column),
            (label, naive),
        ),
    )


def _naive(dataset: Dataset, start: int, column: int) -> tuple[str, Floats]:
    starts = np.array([start])
    if dataset.season > 1:
        return _(LABELS["seasonal"]), seasonal_naive(dataset, starts)[0, :, column]
    return _(LABELS["last"]), last_value(dataset, starts)[0, :, column]


def one_answer(dataset: Dataset, probe: Probed, column: int) -> Foretold:
    """Picture the answer to one sequence behind the inputs it follows from; the target itself is not read."""
    spec = dataset.spec
    rows = np.arange(probe.start, probe.start + spec.window)
    at = np.arange(probe.start + spec.origin, probe.start + spec.origin + spec.horizon)
    inputs = dataset.values[rows, dataset.targets :][:, :MOST_INPUTS]
    # Several curves in one, apart from each other by a missing value.
    x = np.tile(np.append(rows, rows[-1]).astype(np.float64), inputs.shape[1])
    y = np.concatenate([inputs, np.full((1, inputs.shape[1]), np.nan)]).T.ravel()
    truth, prediction = dataset.values[at, column], probe.forecast[:, column].astype(np.float64)
    number_of = int(dataset.sequence[probe.start]) + 1
    facts = DOT.join((
        _("truth {value}").format(value=number(float(truth[-1]), 3)),
        _("answer {value}").format(value=number(float(prediction[-1]), 3)),
    ))  # fmt: skip
    return Foretold(
        subtitle=_("sequence {number}").format(number=count(number_of)) + DOT + steps_words(spec.window),
        history=(x, y), truth=_line(at, truth), prediction=_line(at, prediction), origin=float(at[0]),
        facts=facts, dots=True,
        saved=((_("truth"), truth), (_("prediction"), prediction)),
    )  # fmt: skip


def beyond(dataset: Dataset, future: Forecasted, column: int, window: int | None = None) -> Foretold:
    """Picture the forecast beyond the last row, joined to the last known value; of several series, that of `window`."""
    spec = dataset.spec
    origins = future.starts + spec.origin
    of = dataset.sequence[np.minimum(origins, dataset.split.rows) - 1]
    here = np.flatnonzero(of == dataset.sequence[window]) if window is not None else origins[:0]
    place = int(here[0]) if len(here) else 0
    origin = int(origins[place])
    prediction = future.values[place, :, column].astype(np.float64)
    ahead = np.arange(origin, origin + len(prediction))
    back = max(spec.window, HISTORY_SEASONS * max(len(prediction), dataset.season))
    past = np.arange(max(0, origin - min(back, 4 * spec.window + len(prediction))), min(origin, dataset.split.rows))
    past = past[dataset.sequence[past] == of[place]]
    values = dataset.values[:, column]
    last = dataset.carried[[min(origin, dataset.split.rows) - 1], column]
    low, high = (None if edge is None else edge[place] for edge in (future.low, future.high))
    until = _("until {time}").format(time=moment(dataset.clock, int(ahead[-1])))
    if dataset.names:
        until = _("series {name}").format(name=dataset.names[int(of[place])])
    return Foretold(
        subtitle=until,
        history=NOTHING,
        truth=_line(past, values[past]),
        prediction=_line(np.append(origin - 1, ahead), np.append(last, prediction)),
        origin=origin - 1,
        facts=_fed_words(len(prediction), spec.horizon),
        band=_outline(ahead, low, high, column),
        dots=len(prediction) <= FEW,
        place=place,
        fed_back=None if len(prediction) <= spec.horizon else origin + spec.horizon - 0.5,
        saved=(
            (_("time"), np.asarray(dataset.clock.at(ahead))),
            (_("prediction"), prediction),
            *_edges(low, high, column),
        ),
    )


def _fed_words(steps: int, horizon: int) -> str:
    words = _("{steps} ahead").format(steps=steps_words(steps))
    if steps <= horizon:
        return words
    return words + DOT + _("from step {step} on fed back").format(step=count(horizon + 1))


def predictions_along(run: Run, dataset: Dataset, column: int, ahead: int) -> tuple[NDArray[np.int64], Floats]:
    """Return rows and predictions made `ahead` steps before each row, of the validation and test part, by row."""
    rows, values = [], []
    for part in ("valid", "test"):
        if part in run.forecasts:
            made = run.forecasts[part]
            rows.append(made.starts + dataset.spec.origin + ahead - 1)
            values.append(made.values[:, ahead - 1, column].astype(np.float64))
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    joined = np.concatenate(rows)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(values)[order]


def with_breaks(rows: NDArray[np.int64], values: Floats) -> Line:
    """Put a NaN wherever rows are further apart than usual, so that a line does not cross a gap."""
    x, y = _line(rows, values)
    if len(rows) < 3:
        return x, y
    distance = np.diff(rows)
    wide = np.flatnonzero(distance > 3 * max(1.0, float(np.median(distance)))) + 1
    return np.insert(x, wide, x[wide - 1]), np.insert(y, wide, np.nan)


def _outline(ahead: NDArray[np.int64], low: Floats | None, high: Floats | None, column: int) -> Line:
    """Return the closed outline of a band, there along its upper edge and back along its lower one."""
    return NOTHING if low is None or high is None else outline(ahead, low[:, column], high[:, column])


def outline(rows: NDArray[np.int64], low: Floats, high: Floats) -> Line:
    """Return the closed outline of a band at `rows`."""
    there_and_back = np.concatenate([rows, rows[::-1], rows[:1]])
    return _line(there_and_back, np.concatenate([high, low[::-1], high[:1]]))


def _edges(low: Floats | None, high: Floats | None, column: int) -> tuple[SavedColumn, ...]:
    if low is None or high is None:
        return ()
    return (_("lower edge"), low[:, column].astype(np.float64)), (_("upper edge"), high[:, column].astype(np.float64))


def band_share(run: Run) -> str:
    """Return in words how much of the truth the band of a run should hold."""
    levels = run.project.model.levels
    return _("{share} % band").format(share=f"{100 * (levels[-1] - levels[0]):g}")


def _line(x: NDArray[np.generic], y: NDArray[np.generic]) -> Line:
    return x.astype(np.float64), y.astype(np.float64)
