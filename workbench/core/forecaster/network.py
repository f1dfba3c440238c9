"""The forecaster: its parts put together, and its forecasts of many windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.cells import CELLS
from workbench.core.dataspec import DataSpec
from workbench.core.events import Trace
from workbench.core.forecaster.channels import JointChannels, SharedChannels
from workbench.core.forecaster.decoders import DirectDecoder, ParallelDecoder, RecursiveDecoder, Seen, States
from workbench.core.forecaster.losses import Loss
from workbench.core.forecaster.normalisations import normalisation
from workbench.core.forecaster.outputs import Output, output_of
from workbench.core.forecaster.tokens import EveryStep, Segments
from workbench.core.layers import RecurrentLayer
from workbench.core.project import ModelSpec
from workbench.core.tracing import by_rows, traced


class Forecaster(nn.Module):
    """Read a window, forecast all steps of the horizon.

    Parameters
    ----------
    inputs
        Number F of columns; the first `targets` of them are forecast.
    targets, horizon
        C and Q.
    levels
        Number of leading columns whose level normalisation takes away (by default all); what follows them, such
        as the calendar, keeps its values.
    ahead
        Places among the F columns of the K that are known for the steps ahead.

    Attributes
    ----------
    truncated
        While training, gradients go back through this many tokens of the window; 0 is all of them.
    """

    def __init__(
        self,
        model: ModelSpec,
        inputs: int,
        targets: int,
        horizon: int,
        *,
        levels: int | None = None,
        ahead: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.model, self.targets, self.horizon = model, targets, horizon
        self.truncated = 0
        known = len(ahead) if model.known_ahead else 0
        self.known = known
        self.normalisation = normalisation(model.normalisation, inputs if levels is None else levels)
        self.channels = (SharedChannels if model.channels == "shared" else JointChannels)(inputs, targets)
        width = self.channels.width
        self.tokens = Segments(model.segment, width, model.hidden) if model.embedded else EveryStep(width)
        cell, options = CELLS[model.cell], model.cell_options
        sizes = [self.tokens.width] + [model.width] * (model.layers - 1)
        self.layers = nn.ModuleList(
            RecurrentLayer(cell, options, below, model.hidden, bidirectional=model.bidirectional) for below in sizes
        )
        self.dropout = nn.Dropout(model.dropout)
        self.output: Output = output_of(model.output, model.levels, model.classes)
        self.decoder = self._decoder(known, horizon, ahead)
        steps = horizon if model.decoder == "direct" else model.segment
        self.head = nn.Linear(model.width, steps * self.channels.outputs * self.output.count)

    @classmethod
    def of(cls, model: ModelSpec, data: DataSpec) -> Forecaster:
        """Return a fresh network for the columns and the horizon of `data`."""
        features = {name: place for place, name in enumerate(data.features)}
        places = [features[name] for name in data.ahead]
        return cls(model, len(features), len(data.targets), data.horizon, levels=data.levels, ahead=places)

    def _decoder(self, known: int, horizon: int, ahead: Sequence[int]) -> nn.Module:
        model, channels = self.model, self.channels
        each = channels.outputs * self.output.count
        if model.decoder == "direct":
            return DirectDecoder(model.width, each, known, channels.count)
        if model.decoder == "parallel":
            return ParallelDecoder(
                model.hidden, known, channels.count, segment=model.segment, segments=horizon // model.segment
            )
        return RecursiveDecoder(
            model.hidden,
            each,
            known,
            channels.count,
            tokens=self.tokens,
            steps=horizon // model.segment,
            point=lambda raw: self.output.point(self.output.placed(raw, None, None)),
            forcing=model.teacher_forcing,
            places=[place - self.targets for place in ahead] if known else (),
            columns=channels.outputs,
        )

    def forward(self, x: Tensor, ahead: Tensor | None = None, truth: Tensor | None = None) -> Tensor:
        """Map scaled windows to scaled forecasts.

        Parameters
        ----------
        x
            (B, T, F).
        ahead
            (B, Q, K) what is known of the steps ahead, for a network that reads it.
        truth
            (B, Q, C) the targets, which a recursive decoder reads now and then while training.

        Returns
        -------
        (B, Q, C) for a point forecast, else (B, Q, C, P) parameters of the output.
        """
        if self.known and ahead is None:
            raise ValueError(f"this network reads {self.known} columns ahead")
        z, (shift, scale) = self.normalisation(x, self.targets)
        series = self.channels.split(z)
        known = self.channels.repeated(ahead) if self.known else None
        output, states = self._read_window(series)
        top = self.layers[-1]
        assert isinstance(top, RecurrentLayer)
        seen = Seen(top.final(output), states, series, known, self._forced(truth, shift, scale))
        raw = self.decoder(seen, self._read, self.head)
        raw = raw.view(len(series), self.horizon, self.channels.outputs, self.output.count)
        parameters = self.output.placed(self.channels.join(raw), shift, scale)
        return parameters.squeeze(-1) if self.model.output == "point" else parameters

    def force(self, share: float) -> None:
        """Let a recursive decoder read this share of its segments from the truth while training."""
        if isinstance(self.decoder, RecursiveDecoder):
            self.decoder.forcing = share

    def _read_window(self, series: Tensor) -> tuple[Tensor, States]:
        """Read the series (N, T, W) of a window; with truncation only its end is learnt from.

        There is one loss, behind the last step, so backpropagation through time that is truncated at the borders of
        chunks (Williams & Peng 1990) comes to this: what lies before the last chunk is read without a gradient.
        """
        rows = self.truncated * self.model.segment
        if not (self.training and 0 < rows < series.shape[1]):
            return self._read(self.tokens(series), [])
        states: States = []
        with torch.no_grad():
            for before in series[:, :-rows].split(rows, dim=1):  # in chunks: nothing of them is kept but the state
                _output, states = self._read(self.tokens(before), states)
        return self._read(self.tokens(series[:, -rows:]), states)

    def _read(self, tokens: Tensor, states: States) -> tuple[Tensor, States]:
        """Read tokens (N, T, W) with all layers, on from `states` if there are any."""
        after: States = []
        sequence = tokens
        for place, layer in enumerate(self.layers):
            sequence, state = layer.read(sequence, states[place] if states else None)  # type: ignore[operator]
            sequence = self.dropout(sequence)
            after.append(state)
        return sequence, after

    def _forced(self, truth: Tensor | None, shift: Tensor | None, scale: Tensor | None) -> Tensor | None:
        """Return the targets (N, Q, C') without the level of their windows, where a decoder may want them."""
        if truth is None or self.model.decoder != "recursive":
            return None
        z = truth if shift is None else truth - shift
        return self.channels.split_targets(z if scale is None else z / scale)

    def trace(
        self,
        windows: Tensor,
        answers: Tensor | None = None,
        loss: Loss | None = None,
        *,
        ahead: Tensor | None = None,
        target: int = 0,
        before: bool = True,
        memory: bool = False,
    ) -> tuple[tuple[tuple[Trace, ...], ...], Tensor]:
        """Look inside while scaled windows (N, T, F) are read; see :func:`workbench.core.tracing.traced`.

        Parameters
        ----------
        answers, loss
            Scaled targets (N, Q, C) and the training's loss of one window's forecast and targets, both (1, Q, C);
            without them no gradients are returned.
        ahead
            (N, Q, K), as for :meth:`forward`.
        target
            Whose traces are wanted, where the network reads each target by itself.
        before, memory
            As for :func:`traced`.
        """

        def run() -> tuple[Tensor, Tensor | None]:
            forecasts = self(windows, ahead)
            if answers is None or loss is None:
                return forecasts, None
            each = [loss(one, truth) for one, truth in zip(forecasts.split(1), answers.split(1), strict=True)]
            return forecasts, torch.stack(each).sum()

        row = target if self.model.channels == "shared" else 0
        gradients = answers is not None and loss is not None
        traces, forecasts = traced(self, len(windows), run, row=row, before=before, memory=memory, gradients=gradients)
        return tuple(tuple(by_rows(trace, self.model.segment) for trace in one) for one in traces), forecasts

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return a copy of all weights as numpy arrays."""
        return {name: value.detach().cpu().numpy().copy() for name, value in self.state_dict().items()}

    def restore(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Load weights that :meth:`snapshot` gave."""
        missing = next(self.parameters()).is_meta
        self.load_state_dict({name: torch.tensor(value) for name, value in weights.items()}, assign=missing)


def blank(model: ModelSpec, data: DataSpec) -> Forecaster:
    """Return a network that waits for :meth:`Forecaster.restore`; arguments as for :meth:`Forecaster.of`.

    It draws no random numbers: a training in another thread draws from the same generator, and would go on with others.
    """
    with torch.device("meta"):
        return Forecaster.of(model, data)


class Foreseen(NamedTuple):
    """Scaled forecasts of N windows: (N, Q, C) each; no band for a point forecast.

    Between `low` and `high` the truth lies with the probability between the outer quantiles of the model.
    """

    point: NDArray[np.float32]
    low: NDArray[np.float32] | None = None
    high: NDArray[np.float32] | None = None


def foreseen(
    forecaster: Forecaster, x: NDArray[np.float32], ahead: NDArray[np.float32] | None = None, batch: int = 256
) -> Foreseen:
    """Forecast scaled windows (N, T, F), of which `ahead` (N, Q, K) is known, in chunks of `batch`."""
    device = next(forecaster.parameters()).device
    was_training = forecaster.training
    forecaster.eval()
    pieces: list[list[NDArray[np.float32]]] = []
    with torch.inference_mode():
        for first in range(0, len(x), batch):
            part = slice(first, first + batch)
            known = torch.tensor(ahead[part], device=device) if ahead is not None and forecaster.known else None
            parameters = forecaster(torch.tensor(x[part], device=device), known)
            pieces.append([edge for edge in meant(forecaster, parameters) if edge is not None])
    forecaster.train(was_training)
    if not pieces:
        return Foreseen(np.zeros((0, forecaster.horizon, forecaster.targets), np.float32))
    return Foreseen(*(np.concatenate(values) for values in zip(*pieces, strict=True)))


def meant(forecaster: Forecaster, parameters: Tensor) -> Foreseen:
    """Return the forecast and the band that what a network returned stands for."""
    if forecaster.model.output == "point":
        return Foreseen(parameters.cpu().numpy())
    output, levels = forecaster.output, forecaster.model.levels
    edges = [output.quantile(parameters, level) for level in (levels[0], levels[-1])]
    return Foreseen(output.point(parameters).cpu().numpy(), *(edge.cpu().numpy() for edge in edges if edge is not None))


def strung(pieces: Sequence[Foreseen], steps: int) -> Foreseen:
    """Return the first `steps` steps of horizons that follow each other."""
    point, low, high = ([edge[:, :steps] for edge in edges if edge is not None] for edges in zip(*pieces, strict=True))
    whole = [np.concatenate(edges, axis=1)[:, :steps] for edges in (point, low, high) if edges]
    return Foreseen(*whole)


def predicted(
    forecaster: Forecaster, x: NDArray[np.float32], batch: int = 256, ahead: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return scaled point forecasts (N, Q, C) for scaled windows (N, T, F), in chunks of `batch`."""
    return foreseen(forecaster, x, ahead, batch).point
