"""Windows in original units, as a stranger gives them to a model, and the program's own forecast of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.bands import Band, undone
from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.dataspec import DataSpec

if TYPE_CHECKING:
    from workbench.core.forecaster import Forecaster

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RawWindows:
    """What exported models read; N windows of T rows, with the L rows before them that a difference of lag L needs.

    Attributes
    ----------
    x
        (N, L + T, F) float64: columns in their own units, then marks of missing inputs and the calendar as numbers.
        Where one answer a sequence is asked for, the targets are left out.
    ahead
        (N, Q, K) float64 what is known ahead, in its own units; None for a model that reads nothing ahead.
    series
        (N,) int64 place of the window's series among those the model knows; None where it needs none.
    """

    x: Values
    ahead: Values | None = None
    series: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def part(self, first: int, behind: int) -> RawWindows:
        """Return the windows from `first` to `behind`."""
        rows = slice(first, behind)
        return RawWindows(
            self.x[rows],
            None if self.ahead is None else self.ahead[rows],
            None if self.series is None else self.series[rows],
        )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is there, by the name of the input."""
        found = {"x": self.x, "ahead": self.ahead, "series": self.series}
        return {name: value for name, value in found.items() if value is not None}


def reads_ahead(bundle: Bundle) -> bool:
    """Say whether the network reads what is known of the steps ahead."""
    return bool(bundle.project.model.known_ahead and bundle.project.data.ahead)


def given(data: DataSpec) -> tuple[str, ...]:
    """Return the names of the features that a model is given: all but the answer, where one is asked for."""
    return data.features[len(data.targets) :] if data.framing == "label" else data.features


def drawn(bundle: Bundle, count: int, window: int, seed: int = 0) -> RawWindows:
    """Draw windows that look as large and as rough as the training rows, without missing values."""
    data, fit, draw = bundle.project.data, bundle.fit, np.random.default_rng(seed)
    lag, columns, targets = fit.transform.lag, len(data.columns), len(data.targets)
    series = draw.integers(len(fit.each.names), size=count) if fit.each is not None else None
    names = () if fit.each is None or series is None else tuple(fit.each.names[place] for place in series)
    scaler = fit.of(names)
    rough = draw.normal(size=(count, lag + window, columns))
    slow = np.cumsum(draw.normal(scale=0.1, size=rough.shape), axis=1)
    values = scaler.inverse(np.clip(draw.normal(size=(count, 1, columns)) + slow + 0.3 * rough, -4.0, 4.0))
    own = values[..., :targets]
    for step in range(lag, lag + window if lag else 0):
        own[:, step] += own[:, step - lag]
    if lag:  # a level the rows of a difference do not tell: high enough for a power
        own += np.where(np.nan_to_num(fit.transform.exponents) > 0, 20.0 * np.abs(scaler.scale[..., :targets]), 0.0)
    values[..., :targets] = fit.transform.unpower(own)
    marks, waves = len(data.masked), len(data.dated)
    more = [values, (draw.random((count, lag + window, marks)) < 0.1).astype(np.float64)]
    more.append(draw.uniform(-1.0, 1.0, (count, lag + window, waves)))
    x = np.concatenate(more, axis=2)[..., targets if data.framing == "label" else 0 :]
    ahead = None
    if reads_ahead(bundle):
        known = len(data.known_future)
        scaled = np.clip(draw.normal(size=(count, data.horizon, columns)), -4.0, 4.0)
        marked = len(data.ahead) - known - waves
        parts = [scaler.inverse(scaled)[..., columns - known :], np.zeros((count, data.horizon, marked))]
        ahead = np.concatenate([*parts, draw.uniform(-1.0, 1.0, (count, data.horizon, waves))], axis=2)
    return RawWindows(x, ahead, series)


def windows_of(bundle: Bundle, dataset: Dataset, start: NDArray[np.int64]) -> RawWindows:
    """Return windows of `dataset` that start at rows `start`; each must have `lag` rows of its series before it."""
    data, lag = bundle.project.data, bundle.fit.transform.lag
    rows = np.asarray(start)[:, None] + np.arange(-lag, data.window)
    columns = len(data.columns)
    parts = [dataset.filled[rows]]
    if len(data.features) > columns:
        parts.append(dataset.scaled[rows][..., columns:].astype(np.float64))
    x = np.concatenate(parts, axis=2)[..., len(data.targets) if data.framing == "label" else 0 :]
    ahead = None
    if reads_ahead(bundle):
        behind = np.asarray(start)[:, None] + data.window + np.arange(data.horizon)
        features, places = list(data.features), [list(data.features).index(name) for name in data.ahead]
        known = dataset.known[behind].astype(np.float64)
        inside = np.minimum(behind, len(dataset.filled) - 1)
        for place, name in enumerate(data.ahead):
            if features.index(name) < columns:
                known[..., place] = dataset.filled[inside][..., places[place]]
        ahead = known
    series = None
    if bundle.fit.each is not None:
        order = {name: place for place, name in enumerate(bundle.fit.each.names)}
        series = np.array([order[dataset.names[number]] for number in dataset.sequence[start]], dtype=np.int64)
    return RawWindows(x, ahead, series)


def whole_windows(bundle: Bundle, dataset: Dataset) -> NDArray[np.int64]:
    """Return where windows of `dataset` start that lack no value, with the rows before them that a difference needs."""
    data, lag = bundle.project.data, bundle.fit.transform.lag
    start = np.sort(np.concatenate([dataset.part(part).start for part in ("train", "valid", "test")]))
    start = start[start >= lag]
    if bundle.fit.each is not None and len(start):
        known = np.array([dataset.names[number] in bundle.fit.each.names for number in dataset.sequence[start]])
        start = start[known]
    missing = np.concatenate([[0], np.cumsum(~dataset.observed.all(axis=1))])
    behind = np.minimum(start + data.window + (data.horizon if reads_ahead(bundle) else 0), len(missing) - 1)
    found: NDArray[np.int64] = start[missing[behind] == missing[start - lag]]
    return found


def program_forecast(bundle: Bundle, raw: RawWindows, network: Forecaster | None = None) -> Band:
    """Return the program's own forecast of `raw` in original units: (N, Q, C), and the band if there is one.

    `network` is that of `bundle`, for who asks often.
    """
    from workbench.core.forecaster import foreseen
    from workbench.core.forecasting import restored

    data, fit = bundle.project.data, bundle.fit
    targets, lag = len(data.targets), fit.transform.lag
    names = () if fit.each is None or raw.series is None else [fit.each.names[place] for place in raw.series]
    scaler = fit.of(tuple(names))
    found = foreseen(network or restored(bundle), _scaled(bundle, raw), _scaled_ahead(bundle, raw))
    middle, *edges = (None if edge is None else scaler.inverse(edge.astype(np.float64)) for edge in found)
    assert middle is not None
    before = None if fit.transform.plain else raw.x[:, raw.x.shape[1] - lag :, :targets]
    if before is not None and data.framing == "label":
        before = raw.x[:, :0, :targets]  # an answer is no sum of differences
    return undone(fit.transform, before, middle, *edges)


def _scaled(bundle: Bundle, raw: RawWindows) -> NDArray[np.float32]:
    """Return what the network reads, as :mod:`workbench.core.dataset` makes it of a table."""
    data, fit = bundle.project.data, bundle.fit
    targets, columns, lag = len(data.targets), len(data.columns), fit.transform.lag
    names = () if fit.each is None or raw.series is None else [fit.each.names[place] for place in raw.series]
    scaler = fit.of(tuple(names))
    x = raw.x
    if data.framing == "label":
        x = np.concatenate([np.ones((*x.shape[:2], targets)), x], axis=2)
    own = x[:, lag:, :columns].copy()
    if not fit.transform.plain:
        z = fit.transform.power(x[..., :targets])
        own[..., :targets] = z[:, lag:] - z[:, : z.shape[1] - lag] if lag else z
    scaled = scaler.forward(own).astype(np.float32)
    if data.mask_inputs:
        others = scaled[..., targets:]
        others[~np.isfinite(others)] = 0.0
    if data.framing == "label":
        scaled[..., :targets] = 0.0
    return np.concatenate([scaled, x[:, lag:, columns:].astype(np.float32)], axis=2)


def _scaled_ahead(bundle: Bundle, raw: RawWindows) -> NDArray[np.float32] | None:
    data, fit = bundle.project.data, bundle.fit
    if raw.ahead is None:
        return None
    names = () if fit.each is None or raw.series is None else [fit.each.names[place] for place in raw.series]
    scaler, known, columns = fit.of(tuple(names)), len(data.known_future), len(data.columns)
    shift, scale = (part[..., columns - known : columns] for part in (scaler.shift, scaler.scale))
    own = ((raw.ahead[..., :known] - shift) / scale).astype(np.float32)
    if data.mask_inputs:
        own[~np.isfinite(own)] = 0.0
    return np.concatenate([own, raw.ahead[..., known:].astype(np.float32)], axis=2)
