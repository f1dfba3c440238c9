"""What a training delivers: forecasts of the best weights, and their scores beside those of the baselines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.bands import Band, in_original_units, joined, of_windows
from workbench.core.baselines import baselines
from workbench.core.dataset import Dataset
from workbench.core.events import Event, Forecasted, Part, Scores
from workbench.core.forecaster import Forecaster, foreseen
from workbench.core.scoring import Tally, baseline_scores, chunks

MOST_FORECASTS = 400_000
"""Values in the final :class:`Forecasted` of a part; windows are thinned evenly to stay below."""

EVALUATION_BATCH = 256


def thinned(dataset: Dataset, part: Part, most: int) -> NDArray[np.int64]:
    """Return the starts of at most `most` windows of `part`, evenly taken."""
    start = dataset.part(part).start
    return start[np.linspace(0, len(start) - 1, min(len(start), most)).round().astype(np.int64)]


def band_of(forecaster: Forecaster, dataset: Dataset, start: NDArray[np.int64]) -> Band:
    """Return forecasts (N, Q, C) in original units and their band, as :func:`in_original_units` does."""
    ahead = dataset.ahead[start + dataset.spec.origin]
    found = foreseen(forecaster, dataset.x[start], ahead, EVALUATION_BATCH)
    return in_original_units(dataset, start, *found)


def delivered(
    forecaster: Forecaster, dataset: Dataset, epoch: int
) -> Generator[Event | Literal["chunk"], None, tuple[Scores, ...]]:
    """Forecast and score all windows of the validation and test parts with the weights of `epoch`."""
    parts: tuple[Part, ...] = ("valid", "test")
    classes = forecaster.model.output == "classes"
    scores: tuple[Scores, ...] = ()
    methods = baselines(dataset, classes=classes)
    for part in parts:
        if not len(dataset.part(part)):
            continue
        tally, kept = Tally(dataset, classes=classes), []
        shown = thinned(dataset, part, max(1, MOST_FORECASTS // (dataset.spec.horizon * dataset.targets)))
        for start in _pieces(dataset, part):
            band = band_of(forecaster, dataset, start)
            tally.add(dataset.truth(start), *band, series=dataset.sequence[start])
            kept.append(of_windows(band, np.isin(start, shown)))
            yield "chunk"
        scores += (tally.scores("model", part), *baseline_scores(dataset, part, classes=classes, methods=methods))
        values, low, high = joined(kept)
        yield Forecasted(epoch, part, shown, values, final=True, low=low, high=high)
    return scores


def _pieces(dataset: Dataset, part: Part) -> Iterator[NDArray[np.int64]]:
    for start in chunks(dataset.part(part).start, dataset):
        for first in range(0, len(start), EVALUATION_BATCH):
            yield start[first : first + EVALUATION_BATCH]
