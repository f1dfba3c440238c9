"""The forecaster once more, in numpy and for one window: what its parts do around the cell's own step.

Nothing here is trained, so it also says independently what a network computes. Names of weights are those of
:func:`workbench.core.insight.size.weight_shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS, NUMPY
from workbench.core.dataspec import DataSpec
from workbench.core.events import Floats
from workbench.core.insight.size import weight_name
from workbench.core.project import ModelSpec
from workbench.core.quantiles import FEWEST_DEGREES, normal_quantile, student_quantile

Weights = Mapping[str, NDArray[np.generic]]
States = Sequence[Mapping[str, Floats]]
Band = tuple[Floats, Floats | None, Floats | None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is forecast, and which of the F columns are what.

    Attributes
    ----------
    targets, levels
        The first C are forecast, the first `levels` have a level.
    horizon
        Q.
    ahead
        Sizes of the K columns that are known ahead.
    """

    targets: int
    levels: int
    horizon: int
    ahead: tuple[int, ...] = ()

    @staticmethod
    def of(data: DataSpec) -> Sizes:
        """Return the sizes of `data`."""
        features = {name: place for place, name in enumerate(data.features)}
        return Sizes(len(data.targets), data.levels, data.horizon, tuple(features[name] for name in data.ahead))


class Replay:
    """A network with its weights, ready to read windows.

    Parameters
    ----------
    weights
        As :meth:`workbench.core.forecaster.Forecaster.snapshot` gives them.
    """

    def __init__(self, model: ModelSpec, weights: Weights, sizes: Sizes) -> None:
        self.model, self.sizes = model, sizes
        self._weights: dict[str, NDArray[Any]] = {name: np.asarray(value) for name, value in weights.items()}
        self._cell, self._options = CELLS[model.cell], model.cell_options
        self._shared = model.channels == "shared"
        self._columns = 1 if self._shared else sizes.targets
        self._known = bool(sizes.ahead) and model.known_ahead

    def read(self, x: Floats, ahead: Floats | None) -> tuple[list[dict[str, Floats]], Band]:
        """Read a window (T, F), of which `ahead` (Q, K) is known.

        Returns
        -------
        For each layer (T / p, N, H) of each signal while it reads, N being C where channels are shared and else 1; and
        the forecast (Q, C) with the edges of its band.
        """
        if self._known and ahead is None:
            raise ValueError(f"this network reads {len(self.sizes.ahead)} columns ahead")
        with np.errstate(all="ignore"):  # a diverging network overflows; its pictures show that better than a warning
            z, shift, scale = self._normalised(x)
            series = self._series(z)
            known = np.broadcast_to(ahead, (len(series), *ahead.shape)) if self._known and ahead is not None else None
            signals, states = self._read(self._tokens(series), [])
            decode = {"direct": self._direct, "recursive": self._recursive, "parallel": self._parallel}
            raw = decode[self.model.decoder](signals[-1]["h"][-1], states, series, known)
            return signals, self._band(raw, shift, scale)

    def _band(self, raw: Floats, shift: Floats, scale: Floats) -> Band:
        """Return what the raw numbers (N, Q * C' * P) of all steps mean."""
        raw = raw.reshape(len(raw), self.sizes.horizon, self._columns, -1)
        raw = raw[:, :, 0].swapaxes(0, 1) if self._shared else raw[0]
        kind, levels = self.model.output, self.model.levels
        if kind in ("point", "quantiles"):
            placed = np.sort(raw * scale[:, None] + shift[:, None], axis=-1)
            if kind == "point":
                return placed[..., 0], None, None
            return placed[..., levels.index(0.5)], placed[..., 0], placed[..., -1]
        middle = raw[..., 0] * scale + shift
        deviation = (np.logaddexp(raw[..., 1], 0.0) + 1e-4) * np.abs(scale)
        if kind == "gaussian":
            edges = [np.full_like(middle, normal_quantile(level)) for level in (levels[0], levels[-1])]
        else:
            degrees = FEWEST_DEGREES + np.logaddexp(raw[..., 2], 0.0)
            edges = [student_quantile(level, degrees) for level in (levels[0], levels[-1])]
        return middle, middle + deviation * edges[0], middle + deviation * edges[1]

    def _point(self, raw: Floats) -> Floats:
        """Return the forecast (N, q, C') that raw numbers (N, q, C', P) without a level stand for."""
        if self.model.output == "quantiles":
            return np.asarray(np.sort(raw, axis=-1)[..., self.model.levels.index(0.5)])
        return raw[..., 0]

    def _normalised(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        levels, count = self.sizes.levels, self.sizes.targets
        z = np.array(x)
        shift, scale = np.zeros(count, x.dtype), np.ones(count, x.dtype)
        if self.model.normalisation == "last":
            z[:, :levels] -= x[-1, :levels]
            shift = x[-1, :count]
        elif self.model.normalisation == "revin":
            gain, offset = self._weights["normalisation.gain"], self._weights["normalisation.offset"]
            mean, spread = x[:, :levels].mean(axis=0), np.sqrt(x[:, :levels].var(axis=0) + 1e-5)
            z[:, :levels] = (x[:, :levels] - mean) / spread * gain + offset
            scale = spread[:count] / (gain + np.where(gain < 0, -1e-10, 1e-10))[:count]
            shift = mean[:count] - offset[:count] * scale
        return z, shift, scale

    def _series(self, z: Floats) -> Floats:
        """Return (N, T, W)."""
        if not self._shared:
            return z[None]
        count = self.sizes.targets
        others = np.broadcast_to(z[None, :, count:], (count, len(z), z.shape[1] - count))
        return np.concatenate([z[:, :count].T[..., None], others], axis=-1)

    def _tokens(self, series: Floats) -> Floats:
        """Return (N, T / p, W)."""
        if not self.model.embedded:
            return series
        weight, bias = self._weights["tokens.embedding.weight"], self._weights["tokens.embedding.bias"]
        rows = series.reshape(len(series), -1, weight.shape[1])
        return np.maximum(rows @ weight.T + bias, 0.0)

    def _read(self, tokens: Floats, states: States) -> tuple[list[dict[str, Floats]], States]:
        """Read (N, T, W) with all layers; returns (T, N, H) of each signal, and the last states."""
        sequence = np.swapaxes(tokens, 0, 1)
        found: list[dict[str, Floats]] = []
        after: list[Mapping[str, Floats]] = []
        for layer in range(self.model.layers):
            names = self._cell.shapes(1, 1, self._options)
            own = {name: self._weights[weight_name(layer, name)] for name in names}
            zero = np.zeros((sequence.shape[1], self.model.hidden), dtype=sequence.dtype)
            state = states[layer] if states else self._cell.start(own, zero)
            values: dict[str, list[Floats]] = {signal.key: [] for signal in self._cell.signals}
            for step in sequence:
                state, gates = self._cell.step(own, step, state, NUMPY, self._options)
                for key, value in (*gates.items(), *state.items()):
                    values[key].append(value)
            found.append({key: np.stack(steps) for key, steps in values.items()})
            after.append(state)
            sequence = found[-1]["h"]
        return found, after

    def _head(self, h: Floats) -> Floats:
        return np.asarray(h @ self._weights["head.weight"].T + self._weights["head.bias"])

    def _marked(self, last: Floats) -> Floats:
        vectors = self._weights.get("decoder.channel.weight")
        return last if vectors is None else last + vectors

    def _added(self, known: Floats, h: Floats) -> Floats:
        """Return (N, q, outputs) of what is known of q steps."""
        weights = self._weights
        inner = known @ weights["decoder.ahead.known.weight"].T + weights["decoder.ahead.known.bias"]
        inner = inner + (h @ weights["decoder.ahead.context.weight"].T)[:, None]
        return np.asarray(np.maximum(inner, 0.0) @ weights["decoder.ahead.mix.weight"].T)

    def _direct(self, last: Floats, _states: States, _series: Floats, known: Floats | None) -> Floats:
        h = self._marked(last)
        raw = self._head(h)
        return raw if known is None else raw + self._added(known, h).reshape(raw.shape)

    def _recursive(self, last: Floats, states: States, series: Floats, known: Floats | None) -> Floats:
        size, found = self.model.segment, []
        steps = self.sizes.horizon // size
        for step in range(steps):
            rows = slice(step * size, (step + 1) * size)
            h = self._marked(last)
            raw = self._head(h)
            if known is not None:
                raw = raw + self._added(known[:, rows], h).reshape(raw.shape)
            found.append(raw)
            if step + 1 < steps:
                others = np.repeat(series[:, -1:, self._columns :], size, axis=1)
                if known is not None:
                    others[..., [place - self.sizes.targets for place in self.sizes.ahead]] = known[:, rows]
                point = self._point(raw.reshape(len(raw), size, self._columns, -1))
                signals, states = self._read(self._tokens(np.concatenate([point, others], axis=-1)), states)
                last = signals[-1]["h"][-1]
        return np.concatenate(found, axis=1)

    def _parallel(self, last: Floats, states: States, _series: Floats, known: Floats | None) -> Floats:
        position, vectors = self._weights["decoder.position"], self._weights.get("decoder.channel.weight")
        count, segments = len(last), len(position)
        query = np.broadcast_to(position, (count, *position.shape))
        if vectors is not None:
            own = np.broadcast_to(vectors[:, None], (count, segments, vectors.shape[1]))
            query = np.concatenate([query, own], axis=-1)
        if known is not None:
            weight, bias = self._weights["decoder.ahead.weight"], self._weights["decoder.ahead.bias"]
            query = query + known.reshape(count, segments, -1) @ weight.T + bias
        start = [{key: np.repeat(value, segments, axis=0) for key, value in layer.items()} for layer in states]
        signals, _states = self._read(query.reshape(count * segments, 1, -1), start)
        return self._head(signals[-1]["h"][-1]).reshape(count, -1)
