"""The network as nodes: normalisation → channels → tokens → recurrent layers → decoder → head → output.

The same parts as in :mod:`workbench.core.forecaster`, of which each is checked against its twin.
B batch, T window, F features, Q horizon, K known ahead, C targets, N rows (B, or B * C with shared channels),
p segment, m = Q / p segments, C' columns of a row, P parameters of the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataspec import DataSpec
from workbench.core.onnxgraph.graph import Graph, Size, Value, joined
from workbench.core.onnxgraph.meaning import placed, pointed
from workbench.core.onnxgraph.recurrent import Layers, States
from workbench.core.project import ModelSpec

EPSILON = 1e-5
"""Added to a window's variance, as in :class:`workbench.core.forecaster.normalisations.RevIN`."""


@final
class Network:
    """The parts of one network, which write their nodes into `graph`."""

    def __init__(self, graph: Graph, model: ModelSpec, data: DataSpec, weights: Mapping[str, NDArray[Any]]) -> None:
        self._graph, self._model, self._data, self._weights = graph, model, data, weights
        self._targets = len(data.targets)
        self._shared = model.channels == "shared"
        self._channels = self._targets if self._shared else 1
        self._columns = 1 if self._shared else self._targets
        self._known = len(data.ahead) if model.known_ahead else 0
        self._layers = Layers(graph, model, weights)

    def forecast(self, x: Value, ahead: Value | None) -> Value:
        """Map scaled windows (B, T, F), and what is known ahead (B, Q, K), to parameters (B, Q, C, P)."""
        z, shift, scale = self._normalised(x)
        series = self._split(z)
        known = self._repeated(ahead) if self._known and ahead is not None else None
        _outputs, last, states = self._layers.read(self._tokens(series))
        raw = self._decoded(last, states, series, known)
        count = raw.shape[-1]
        assert count is not None
        each = count // (self._data.horizon * self._columns)
        parameters = raw.reshape(-1, self._data.horizon, self._columns, each)
        if self._shared:
            apart = raw.reshape(-1, self._targets, self._data.horizon, each)
            parameters = apart.transpose(0, 2, 1, 3)
        return placed(self._model, parameters, shift, scale)

    def _weight(self, name: str) -> Value:
        return self._graph.constant(self._weights[name])

    def _linear(self, x: Value, name: str, *, bias: bool = True) -> Value:
        product = x @ self._weight(f"{name}.weight").T
        return product + self._weight(f"{name}.bias") if bias else product

    def _normalised(self, x: Value) -> tuple[Value, Value | None, Value | None]:
        """Return windows without their level, and the level (B, 1, C) of the targets as shift and scale."""
        levels, features, count = self._data.levels, len(self._data.features), self._targets
        kind = self._model.normalisation
        if kind == "none":
            return x, None, None
        own = x.cut(2, 0, levels) if levels < features else x
        rest = [x.cut(2, levels, features)] if levels < features else []
        if kind == "last":
            last = own.cut(1, -1, None)
            last.shape = (last.shape[0], 1, last.shape[2])
            return joined([own - last, *rest], 2), last.cut(2, 0, count), None
        gain, offset = self._weight("normalisation.gain"), self._weight("normalisation.offset")
        mean = own.mean(1)
        centred = own - mean
        spread = ((centred * centred).mean(1) + EPSILON).each("Sqrt")
        z = centred / spread * gain + offset
        own_gain = self._weights["normalisation.gain"][:count]
        safe = own_gain + np.where(own_gain < 0, np.float32(-1.0), np.float32(1.0)) * np.float32(EPSILON**2)
        scale = spread.cut(2, 0, count) / self._graph.constant(safe)
        shift = mean.cut(2, 0, count) - offset[0:count] * scale
        return joined([z, *rest], 2), shift, scale

    def _split(self, x: Value) -> Value:
        """Map (B, T, F) to series (N, T, W)."""
        if not self._shared:
            return x
        count, features = self._targets, len(self._data.features)
        rows = x.size(1)
        own = x.cut(2, 0, count).transpose(0, 2, 1)
        merged = self._graph.op("Reshape", own, joined([_int(x, -1), rows, _int(x, 1)], 0), shape=(None, None, 1))
        if features == count:
            return merged
        others = self._repeated(x.cut(2, count, features))
        return joined([merged, others], 2)

    def _repeated(self, x: Value) -> Value:
        """Map (B, S, W) to (N, S, W), each row for every channel."""
        if self._channels == 1:
            return x
        wide = x.unsqueezed(1).repeated(1, self._channels)
        sizes = joined([_int(x, -1), x.size(1), x.size(2)], 0)
        return self._graph.op("Reshape", wide, sizes, shape=(None, x.shape[1], x.shape[2]))

    def _tokens(self, series: Value) -> Value:
        """Map series (N, T, W) to tokens (T / p, N, W')."""
        if not self._model.embedded:
            return series.transpose(1, 0, 2)
        width = series.shape[2]
        assert width is not None
        cut = series.reshape(None, -1, self._model.segment * width)
        return self._linear(cut, "tokens.embedding").each("Relu").transpose(1, 0, 2)

    def _token(self, row: Value) -> Value:
        """Map one segment (N, p, W) to a token (N, W')."""
        width = row.shape[2]
        assert width is not None
        flat = row.reshape(None, self._model.segment * width)
        return self._linear(flat, "tokens.embedding").each("Relu") if self._model.embedded else flat

    def _marked(self, last: Value) -> Value:
        """Add the vector of its channel to each row (N, H)."""
        if self._channels == 1:
            return last
        hidden = self._model.width
        apart = last.reshape(-1, self._channels, hidden) + self._weight("decoder.channel.weight")
        return apart.reshape(-1, hidden)

    def _decoded(self, last: Value, states: list[States], series: Value, known: Value | None) -> Value:
        """Return raw numbers (N, Q * C' * P)."""
        if self._model.decoder == "direct":
            marked = self._marked(last)
            found = self._linear(marked, "head")
            return found if known is None else found + _flat(self._known_part(known, marked), found)
        if self._model.decoder == "parallel":
            return self._parallel(states, known)
        return self._recursive(last, states, series, known)

    def _known_part(self, known: Value, h: Value) -> Value:
        """Return what is added to each step (N, S, C' * P) because of what is known of it (N, S, K)."""
        context = self._linear(h, "decoder.ahead.context", bias=False).unsqueezed(1)
        return self._linear(
            (self._linear(known, "decoder.ahead.known") + context).each("Relu"), "decoder.ahead.mix", bias=False
        )

    def _parallel(self, states: list[States], known: Value | None) -> Value:
        hidden, segment = self._model.hidden, self._model.segment
        segments = self._data.horizon // segment
        query = self._queries(segments)  # (1 or C, m, H)
        state = states[0]["h"]
        if self._channels > 1:
            batch = state.reshape(-1, self._channels, hidden).size(0)
            wide = query.unsqueezed(0).repeated(0, batch)
            query = wide.reshape(-1, segments, hidden)
        else:
            query = query.repeated(0, state.size(0))
        if known is not None:
            count = known.shape[2]
            assert count is not None
            query = query + self._linear(known.reshape(None, segments, segment * count), "decoder.ahead")
        copies = [
            {
                name: value.unsqueezed(1).repeated(1, segments).reshape(-1, hidden)
                for name, value in layer.items()
            }
            for layer in states
        ]  # fmt: skip
        output, _states = self._layers.step(query.reshape(-1, hidden), copies)
        head = self._linear(output, "head")
        each = head.shape[-1]
        assert each is not None
        return head.reshape(-1, segments * each)

    def _queries(self, segments: int) -> Value:
        """Return what the cell reads in each segment, (1, m, H) or (C, m, H)."""
        position = self._weights["decoder.position"]
        if "decoder.channel.weight" not in self._weights:
            one = position[None]
            return self._graph.constant(one)
        channel = self._weights["decoder.channel.weight"]
        count = len(channel)
        both = np.concatenate(
            [
                np.broadcast_to(position, (count, *position.shape)),
                np.broadcast_to(channel[:, None], (count, segments, channel.shape[1])),
            ],
            axis=-1,
        )
        return self._graph.constant(both)

    def _recursive(self, last: Value, states: list[States], series: Value, known: Value | None) -> Value:
        """Segment by segment: each forecast is read as if it had happened."""
        graph, segment = self._graph, self._model.segment
        steps, columns = self._data.horizon // segment, self._columns
        names = [[*layer] for layer in states]
        others = series.cut(1, -1, None).cut(2, columns, series.shape[2])  # (N, 1, E)
        others.shape = (others.shape[0], 1, others.shape[2])
        if known is None:
            sequence = graph.constant(np.zeros((steps, 1)))
        else:
            count = known.shape[2]
            sequence = known.reshape(None, steps, segment, count).transpose(1, 0, 2, 3)

        def step(held: list[Value], entry: Value) -> tuple[list[Value], Value]:
            own, behind = [], list(held[1:])
            for layer in names:
                own.append({name: behind.pop(0) for name in layer})
            marked = self._marked(held[0])
            raw = self._linear(marked, "head")
            if known is not None:
                raw = raw + _flat(self._known_part(entry, marked), raw)
            row = self._row(raw, others, None if known is None else entry)
            output, after = self._layers.step(self._token(row), own)
            flat = [state[name] for state, layer in zip(after, names, strict=True) for name in layer]
            return [output, *flat], raw

        flat = [state[name] for state, layer in zip(states, names, strict=True) for name in layer]
        _last, found = graph.scan([last, *flat], sequence, step)
        size = found.shape[2]
        assert size is not None
        return found.transpose(1, 0, 2).reshape(None, steps * size)

    def _row(self, raw: Value, others: Value, known: Value | None) -> Value:
        """Return the series (N, p, W) that goes on with the forecast `raw` (N, p * C' * P)."""
        segment, columns, total = self._model.segment, self._columns, raw.shape[-1]
        assert total is not None
        each = total // (segment * columns)
        parameters = placed(self._model, raw.reshape(None, segment, columns, each), None, None)
        forecast = pointed(self._model, parameters)
        width = others.shape[2]
        if not width:
            return forecast
        wide = others.repeated(1, segment)
        if known is not None:
            features, count = list(self._data.features), self._targets
            places = {features.index(name) - count: place for place, name in enumerate(self._data.ahead)}
            parts = [
                known.cut(2, places[place], places[place] + 1) if place in places else wide.cut(2, place, place + 1)
                for place in range(width)
            ]
            wide = joined(parts, 2)
        return joined([forecast, wide], 2)


def _int(beside: Value, number: int) -> Value:
    return beside.graph.constant([number], "int64")


def _flat(added: Value, like: Value) -> Value:
    """Return (N, S, A) as (N, S * A), the shape of `like`."""
    sizes: tuple[Size, ...] = (None, like.shape[-1])
    return added.reshape(*sizes)
