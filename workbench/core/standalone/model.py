"""A forecaster that Sequence Workbench trained, in plain torch: raw windows in, forecasts in original units out.

    from model import load
    forecaster = load("NAME.safetensors")
    print(forecaster.settings["features"], forecaster.settings["rows"])
    forecast = forecaster(x)[0]            # x: (batch, rows, features) float64; forecast: (batch, horizon, targets)
    forecast = forecaster(x, ahead)[0]     # where settings["ahead"] names columns: (batch, horizon, columns)

Needs torch and numpy. The weights are a plain state dict in the safetensors format; what they mean is in `settings`.
Shapes: B batch, L rows a difference needs, T window, F features, Q horizon, K known ahead, C targets, N rows of the
batch (B, or B * C where every target is read by itself), W numbers a step, H units, p segment, m = Q / p, P parameters.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

State = dict[str, Tensor]
EPSILON = 1e-5
RECURRENT = ("weight_hh", "bias_hh", "norm_hh")


def load(path: str | Path) -> Forecaster:
    """Read a model, ready to forecast."""
    settings, weights = read(path)
    forecaster = Forecaster(settings)
    forecaster.load_state_dict(weights)
    return forecaster.eval()


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a safetensors file: 8 bytes of header length, a header in JSON, and the numbers one behind the other."""
    content = Path(path).read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    settings: dict[str, Any] = json.loads(header.pop("__metadata__")["settings"])
    weights = {}
    for name, entry in header.items():
        first, behind = entry["data_offsets"]
        values = np.frombuffer(content[start + first : start + behind], dtype="<f4").reshape(entry["shape"])
        weights[name] = torch.tensor(values)
    return settings, weights


class Forecaster(nn.Module):
    """Scale → normalise → cut into tokens → recurrent layers → decode → original units."""

    shift: Tensor
    scale: Tensor

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.settings, self.network = settings, settings["network"]
        net, scaling = self.network, settings["scaling"]
        self.targets, self.columns = len(settings["targets"]), len(settings["columns"])
        self.features, self.answers = net["features"], settings["framing"] == "label"
        self.shared = net["channels"] == "shared"
        self.channels, self.own = (self.targets, 1) if self.shared else (1, self.targets)
        self.known = len(settings["ahead"])
        table = "series_" if settings["series"] else ""
        for name in ("shift", "scale"):
            values = torch.tensor(scaling[table + name], dtype=torch.float64)
            self.register_buffer(name, values.view(-1, 1, self.columns), persistent=False)
        hidden, width = net["hidden"], (1 + self.features - self.targets) if self.shared else self.features
        if net["normalisation"] == "revin":
            start = {"gain": torch.ones(net["levels"]), "offset": torch.zeros(net["levels"])}
            self.normalisation = nn.ParameterDict(start)
        if net["embedded"]:
            self.tokens = nn.ModuleDict({"embedding": nn.Linear(net["segment"] * width, hidden)})
            width = hidden
        sizes = [width] + [net["width"]] * (net["layers"] - 1)
        self.layers = nn.ModuleList(Layer(net, size) for size in sizes)
        self.decoder = Decoder(net, self.own * net["parameters"], self.known, self.channels, settings["horizon"])
        steps = settings["horizon"] if net["decoder"] == "direct" else net["segment"]
        self.head = nn.Linear(net["width"], steps * self.own * net["parameters"])

    def forward(self, x: Tensor, ahead: Tensor | None = None, series: Tensor | None = None) -> tuple[Tensor, ...]:
        """Map raw windows (B, L + T, F) to the forecast, and the edges of its band if it has one, (B, Q, C) each.

        `ahead` (B, Q, K) is what is known of the steps ahead, `series` (B,) the place of each window's series.
        """
        for name, given, columns in (("x", x, self.settings["features"]), ("ahead", ahead, self.settings["ahead"])):
            if columns and (given is None or given.dim() != 3 or given.shape[2] != len(columns)):
                raise ValueError(f"{name} must be (batch, steps, {len(columns)}), its columns {', '.join(columns)}")
        shift, scale = (self.shift, self.scale) if series is None else (self.shift[series], self.scale[series])
        z, level, spread = self.normalised(self.scaled(x, shift, scale))
        own = z
        if self.shared:
            own = z[..., : self.targets].transpose(1, 2).reshape(-1, z.shape[1], 1)
            if self.features > self.targets:
                others = z[..., self.targets :].repeat_interleave(self.targets, dim=0)
                own = torch.cat([own, others], dim=-1)
        known = None if ahead is None or not self.known else self.scaled_ahead(ahead, shift, scale)
        if known is not None and self.shared:
            known = known.repeat_interleave(self.targets, dim=0)
        raw = self.decoded(own, known).view(own.shape[0], self.settings["horizon"], self.own, -1)
        if self.shared:
            raw = raw.view(-1, self.targets, raw.shape[1], raw.shape[3]).transpose(1, 2)
        edges = self.edges(placed(self.network["output"], raw, level, spread))
        shift, scale = shift[..., : self.targets], scale[..., : self.targets]
        return self.original(x, [edge.double() * scale + shift for edge in edges])

    def scaled(self, x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
        """Map raw windows (B, L + T, F) to what the network reads, (B, T, F) float32."""
        x, lag, first = x.double(), self.settings["lag"], self.targets if self.answers else 0
        columns = x[:, lag:, : self.columns - first]
        if not self.answers:
            z = powered(x[..., : self.targets], self.settings["scaling"]["exponents"])
            levels = z[:, lag:] - z[:, : z.shape[1] - lag] if lag else z
            columns = torch.cat([levels, columns[..., self.targets :]], dim=-1)
        found = ((columns - shift[..., first:]) / scale[..., first:]).float()
        if self.settings["masked"]:
            others = torch.nan_to_num(found[..., self.targets - first :], nan=0.0)
            found = torch.cat([found[..., : self.targets - first], others], dim=-1)
        if self.answers:
            found = torch.cat([torch.zeros_like(found[..., :1]).expand(-1, -1, self.targets), found], dim=-1)
        return torch.cat([found, x[:, lag:, self.columns - first :].float()], dim=-1)

    def scaled_ahead(self, ahead: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
        """Map what is known ahead (B, Q, K) to what the network reads of it."""
        known, first = len(self.settings["known_future"]), self.columns - len(self.settings["known_future"])
        own = ((ahead[..., :known].double() - shift[..., first:]) / scale[..., first:]).float()
        if self.settings["masked"]:
            own = torch.nan_to_num(own, nan=0.0)
        return torch.cat([own, ahead[..., known:].float()], dim=-1)

    def normalised(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Take each window's own level away; return it and, of the targets, shift and scale (B, 1, C)."""
        kind, levels, count = self.network["normalisation"], self.network["levels"], self.targets
        if kind == "none":
            return x, None, None
        own, rest = x[..., :levels], x[..., levels:]
        if kind == "last":
            last = own[:, -1:]
            return torch.cat([own - last, rest], dim=-1), last[..., :count], None
        gain, offset = self.normalisation["gain"], self.normalisation["offset"]
        mean = own.mean(dim=1, keepdim=True)
        spread = torch.sqrt(own.var(dim=1, keepdim=True, unbiased=False) + EPSILON)
        z = (own - mean) / spread * gain + offset
        scale = spread[..., :count] / (gain + torch.where(gain < 0, -1.0, 1.0) * EPSILON**2)[:count]
        return torch.cat([z, rest], dim=-1), mean[..., :count] - offset[:count] * scale, scale

    def token(self, series: Tensor) -> Tensor:
        """Map (N, T, W) to what the first layer reads, (N, T / p, W)."""
        if not self.network["embedded"]:
            return series
        rows, steps, width = series.shape
        segment = self.network["segment"]
        return torch.relu(self.tokens["embedding"](series.reshape(rows, steps // segment, segment * width)))

    def reading(self, tokens: Tensor, states: list[State]) -> tuple[Tensor, Tensor, list[State]]:
        """Read tokens (N, T, W) with all layers; return outputs, what was known at the end (N, H), and the states."""
        after, last = [], tokens[:, -1]
        for place, layer in enumerate(self.layers):
            tokens, last, state = layer(tokens, states[place] if states else None)
            after.append(state)
        return tokens, last, after

    def decoded(self, series: Tensor, known: Tensor | None) -> Tensor:
        """Return raw numbers (N, Q * C' * P), in order of time."""
        _outputs, last, states = self.reading(self.token(series), [])
        if self.network["decoder"] == "direct":
            return self.part(last, known)
        if self.network["decoder"] == "parallel":
            query = self.decoder.queries(last.shape[0], known)
            many = [{name: value.repeat_interleave(query.shape[1], dim=0) for name, value in s.items()} for s in states]
            _outputs, found, _states = self.reading(query.reshape(-1, 1, query.shape[2]), many)
            return self.head(found).reshape(last.shape[0], -1)
        pieces, segment = [], self.network["segment"]
        for first in range(0, self.settings["horizon"], segment):
            here = None if known is None else known[:, first : first + segment]
            pieces.append(self.part(last, here))
            _outputs, last, states = self.reading(self.token(self.row(pieces[-1], series, here)), states)
        return torch.cat(pieces, dim=1)

    def part(self, last: Tensor, known: Tensor | None) -> Tensor:
        """Return raw numbers (N, steps * C' * P) of what was remembered, and of what is known of the steps."""
        marked = self.decoder.marked(last)
        found: Tensor = self.head(marked)
        if known is None:
            return found
        parts: Any = self.decoder.ahead
        added = parts["mix"](torch.relu(parts["known"](known) + parts["context"](marked)[:, None]))
        return found + added.flatten(1)

    def row(self, raw: Tensor, series: Tensor, known: Tensor | None) -> Tensor:
        """Return the rows (N, p, W) that go on with a forecast as if it had happened."""
        segment = self.network["segment"]
        parameters = placed(self.network["output"], raw.view(raw.shape[0], segment, self.own, -1), None, None)
        others = series[:, -1:, self.own :].expand(-1, segment, -1)
        if known is not None:
            others = others.clone()
            others[..., self.network["ahead_places"]] = known
        return torch.cat([self.edges(parameters)[0], others], dim=-1)

    def edges(self, parameters: Tensor) -> list[Tensor]:
        """Return the forecast (B, Q, C), and the edges of its band if it has one."""
        output, levels = self.network["output"], self.network["quantiles"]
        if output == "classes":
            return [parameters.argmax(dim=-1).float()]
        if output == "point":
            return [parameters[..., 0]]
        if output == "quantiles":
            found = parameters.sort(dim=-1).values
            return [found[..., levels.index(0.5)], found[..., 0], found[..., -1]]
        middle, spread, *degrees = parameters.unbind(dim=-1)
        if output == "gaussian":
            z = [torch.full_like(spread, NormalDist().inv_cdf(level)) for level in (levels[0], levels[-1])]
        else:
            z = [student_quantile(level, degrees[0].double()).float() for level in (levels[0], levels[-1])]
        return [middle, *(middle + spread * part for part in z)]

    def original(self, x: Tensor, edges: list[Tensor]) -> tuple[Tensor, ...]:
        """Sum differences up and undo powers, (B, Q, C) float64 each."""
        lag, exponents = self.settings["lag"], self.settings["scaling"]["exponents"]
        if not lag:
            return tuple(unpowered(edge, exponents) for edge in edges)
        before = powered(x[:, -lag:, : self.targets].double(), exponents)
        values = unpowered(summed(edges[0], before, lag), exponents)
        found, z = [values], powered(values, exponents)
        for edge, sign in zip(edges[1:], (1.0, -1.0), strict=False):
            squares = torch.clamp(sign * (edges[0] - edge), min=0.0) ** 2
            total = torch.sqrt(summed(squares, torch.zeros_like(before), lag))
            found.append(unpowered(z - sign * total, exponents))
        return tuple(found)


class Decoder(nn.Module):
    """What lies between the last state and the head."""

    def __init__(self, net: dict[str, Any], outputs: int, known: int, channels: int, horizon: int) -> None:
        super().__init__()
        hidden, self.channels = net["width"], channels
        if net["decoder"] == "parallel":
            half = hidden // 2 if channels > 1 else 0
            self.position = nn.Parameter(torch.zeros(horizon // net["segment"], hidden - half))
            self.ahead: nn.Module | None = nn.Linear(net["segment"] * known, hidden) if known else None
            self.channel = nn.Embedding(channels, half) if half else None
        else:
            sizes = {"known": (known, hidden), "context": (hidden, hidden), "mix": (hidden, outputs)}
            parts = {name: nn.Linear(*size, bias=name == "known") for name, size in sizes.items() if known}
            self.ahead = nn.ModuleDict(parts) if known else None  # W relu(A known + B h), the same for all steps
            self.channel = nn.Embedding(channels, hidden) if channels > 1 else None

    def marked(self, last: Tensor) -> Tensor:
        """Add the vector of its channel to each row (N, H)."""
        return last if self.channel is None else last + self.channel.weight.repeat(last.shape[0] // self.channels, 1)

    def queries(self, rows: int, known: Tensor | None) -> Tensor:
        """Return what the cell reads of each segment ahead, (N, m, H)."""
        query = self.position.expand(rows, -1, -1)
        if self.channel is not None:
            own = self.channel.weight[:, None].expand(-1, len(self.position), -1)
            both = torch.cat([self.position.expand(self.channels, -1, -1), own], dim=-1)
            query = both.repeat(rows // self.channels, 1, 1)
        if known is not None and self.ahead is not None:
            query = query + self.ahead(known.reshape(rows, len(self.position), -1))
        return query


class Layer(nn.Module):
    """One recurrent layer, in one direction or both; its weights have torch's names."""

    def __init__(self, net: dict[str, Any], inputs: int) -> None:
        super().__init__()
        self.net, self.kernel = net, nn.Module()
        for way in ("", "_reverse") if net["bidirectional"] else ("",):
            for name, shape in net["weights"].items():
                sizes = [inputs if size is None else size for size in shape]
                self.kernel.register_parameter(f"{name}_l0{way}", nn.Parameter(torch.zeros(sizes)))

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, Tensor, State]:
        """Map (N, T, W) to outputs (N, T, H or 2 H), the outputs when all was read (N, ...), and the last states."""
        found, last = self.run("", x, state)
        if not self.net["bidirectional"]:
            return found, found[:, -1], last
        behind, _last = self.run("_reverse", x.flip(1), None)
        return torch.cat([found, behind.flip(1)], dim=-1), torch.cat([found[:, -1], behind[:, -1]], dim=-1), last

    def run(self, way: str, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Read in one direction, with torch's own kernel where it has one for this cell."""
        w: State = {name: self.kernel.get_parameter(f"{name}_l0{way}") for name in self.net["weights"]}
        if state is None:
            zero = x.new_zeros(x.shape[0], self.net["hidden"])
            state = {key: zero + w[f"{key}_0"] if f"{key}_0" in w else zero for key in self.net["states"]}
        flat = [w[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if name in w]
        how = (len(flat) == 4, 1, 0.0, False, False, True)
        if self.net["fused"] == "lstm":
            outputs, h, c = torch.lstm(x, [state["h"][None], state["c"][None]], flat, *how)
            return outputs, {"h": h[0], "c": c[0]}
        if self.net["fused"]:
            kernel = {"gru": torch.gru, "rnn-tanh": torch.rnn_tanh, "rnn-relu": torch.rnn_relu}[self.net["fused"]]
            outputs, h = kernel(x, state["h"][None], flat, *how)
            return outputs, {"h": h[0]}
        found = []
        for x_t in x.unbind(dim=1):
            after, share = self.step(w, x_t, state), self.net["zoneout"]
            state = {key: share * state[key] + (1.0 - share) * value for key, value in after.items()}
            found.append(state["h"])
        return torch.stack(found, dim=1), state

    def step(self, w: State, x: Tensor, state: State) -> State:
        """Advance by one step, as the equations of the cell say."""
        blocks, h = self.net["blocks"], state["h"]
        sums = nn.functional.linear(x, w["weight_ih"], w.get("bias_ih"))
        a = dict(zip(blocks, sums.chunk(len(blocks), dim=-1), strict=True))
        u = {name: dict(zip(blocks, w[name].chunk(len(blocks)), strict=True)) for name in RECURRENT if name in w}

        def back(block: str, h: Tensor = h) -> Tensor:
            found = h @ u["weight_hh"][block].T
            if "norm_hh" in u:
                found = nn.functional.layer_norm(found, found.shape[-1:], eps=EPSILON) * u["norm_hh"][block]
            return found + u["bias_hh"][block] if "bias_hh" in u else found

        if blocks == ["h"]:
            return {"h": (torch.relu if self.net["relu"] else torch.tanh)(a["h"] + back("h"))}
        if blocks == ["r", "z", "n"]:
            r, z = torch.sigmoid(a["r"] + back("r")), torch.sigmoid(a["z"] + back("z"))
            n = torch.tanh(a["n"] + (back("n", r * h) if self.net["reset_first"] else r * back("n")))
            return {"h": (1.0 - z) * n + z * h}
        names, c = self.net["peepholes"], state["c"]
        p = dict(zip(names, w["weight_ch"].chunk(len(names)), strict=True)) if names else {}
        f = torch.sigmoid(a["f"] + back("f") + p.get("f", 0.0) * c)
        i = torch.sigmoid(a["i"] + back("i") + p.get("i", 0.0) * c) if "i" in a else 1.0 - f
        c = f * c + i * torch.tanh(a["g"] + back("g"))
        o = torch.sigmoid(a["o"] + back("o") + p.get("o", 0.0) * c)
        if "norm_c" not in w:
            return {"c": c, "h": o * torch.tanh(c)}
        shown = nn.functional.layer_norm(c, c.shape[-1:], w["norm_c"], w["shift_c"], EPSILON)
        return {"c": c, "h": o * torch.tanh(shown)}


def placed(output: str, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
    """Give raw numbers (B, Q, C, P) the level (B, 1, C) of their windows."""
    if output == "classes":
        return raw
    plain = output in ("point", "quantiles")
    middle = raw if plain else raw[..., :1]
    middle = middle if scale is None else middle * scale[..., None]
    middle = middle if shift is None else middle + shift[..., None]
    if plain:
        return middle
    spread = nn.functional.softplus(raw[..., 1:2]) + 1e-4
    spread = spread if scale is None else spread * scale.abs()[..., None]
    degrees = 2.0 + nn.functional.softplus(raw[..., 2:])  # of Student's distribution; none of the normal one
    return torch.cat([middle, spread, degrees], dim=-1)


def powered(values: Tensor, exponents: list[float | None]) -> Tensor:
    """Return z for y (..., C): Box-Cox, of which the exponent 0 is the logarithm; None leaves values as they are."""
    columns = zip(values.unbind(dim=-1), exponents, strict=True)
    found = [y if e is None else torch.log(y) if e == 0 else (y**e - 1.0) / e for y, e in columns]
    return torch.stack(found, dim=-1)


def unpowered(values: Tensor, exponents: list[float | None]) -> Tensor:
    """Return y for z (..., C); where a power has no inverse, the nearest value that has one."""
    found = []
    for z, e in zip(values.unbind(dim=-1), exponents, strict=True):
        if e is None:
            found.append(z)
        else:
            found.append(z.clamp(max=700.0).exp() if e == 0 else (z * e + 1.0).clamp(min=1e-12) ** (1.0 / e))
    return torch.stack(found, dim=-1)


def summed(values: Tensor, before: Tensor, lag: int) -> Tensor:
    """Return sums of (B, Q, C) over every `lag`-th step, on from `before` (B, lag, C)."""
    steps = [*before.unbind(dim=1)]
    for value in values.unbind(dim=1):
        steps.append(steps[-lag] + value)
    return torch.stack(steps[lag:], dim=1)


def student_quantile(level: float, n: Tensor) -> Tensor:
    """Return quantiles of Student's t with n > 2 degrees of freedom (Hill 1970, CACM algorithm 396)."""
    p = 2.0 * min(level, 1.0 - level)
    a = 1.0 / (n - 0.5)
    b = (48.0 / a) / a
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * torch.sqrt(a * (math.pi / 2.0)) * n
    y = (d * p) ** (2.0 / n)
    near = ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0) * (
        n + 1.0
    ) / (n + 2.0) + 1.0 / y
    x = NormalDist().inv_cdf(p / 2.0)
    c = torch.where(n < 5.0, c + 0.3 * (n - 4.5) * (x + 0.6), c)
    c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c
    z = (((((0.4 * x * x + 6.3) * x * x + 36.0) * x * x + 94.5) / c - x * x - 3.0) / b + 1.0) * x
    found = torch.sqrt(n * torch.where(y > a + 0.05, torch.expm1(a * z * z), near))
    found = torch.where(n <= 2.0, math.sqrt(2.0 / (p * (2.0 - p)) - 2.0), found)
    return found if level > 0.5 else -found
