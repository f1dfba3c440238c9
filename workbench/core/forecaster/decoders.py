"""From what the recurrent layers remember to the horizon.

N rows of a batch (B, or B * C with shared channels), H units, m = Q / p segments, C' columns of one row, P parameters
of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

States = list[dict[str, Tensor]]
Read = Callable[[Tensor, States], tuple[Tensor, States]]
"""Read tokens (N, T, W) on from the states; returns the top layer's output (N, T, H) and the states after it."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a window left in the network, and what is known of the steps ahead.

    Attributes
    ----------
    last
        (N, H) output of the top layer at the last step.
    states
        Last states of every layer.
    series
        (N, T, W) what was read, before it became tokens.
    known
        (N, Q, K) or None.
    truth
        (N, Q, C') targets without the window's level, while training; for teacher forcing.
    """

    last: Tensor
    states: States
    series: Tensor
    known: Tensor | None
    truth: Tensor | None = None


@final
class KnownAhead(nn.Module):
    """Add to each step what is known of it: W relu(A known + B h), the same weights for all steps.

    The dense decoder of temporal fusion in its simplest form (Wen et al. 2017, arXiv 1711.11053, local decoder).
    """

    def __init__(self, known: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.known = nn.Linear(known, hidden)
        self.context = nn.Linear(hidden, hidden, bias=False)
        self.mix = nn.Linear(hidden, outputs, bias=False)
        nn.init.zeros_(self.mix.weight)

    def forward(self, known: Tensor, h: Tensor) -> Tensor:
        """Map (N, Q, K) and (N, H) to what is added, (N, Q, outputs)."""
        added: Tensor = self.mix(torch.relu(self.known(known) + self.context(h)[:, None]))
        return added


@final
class DirectDecoder(nn.Module):
    """All steps at once by one linear map of the last output, the head (Chevillon 2007; Zeng et al. 2023)."""

    def __init__(self, hidden: int, outputs: int, known: int, channels: int) -> None:
        super().__init__()
        self.channel = channel_vectors(channels, hidden)
        self.ahead = KnownAhead(known, hidden, outputs) if known else None

    def forward(self, seen: Seen, read: Read, head: Callable[[Tensor], Tensor]) -> Tensor:
        """Return (N, Q * C' * P) raw numbers."""
        last = marked(seen.last, self.channel)
        found = head(last)
        if self.ahead is not None and seen.known is not None:
            found = found + self.ahead(seen.known, last).flatten(1)
        return found


@final
class RecursiveDecoder(nn.Module):
    """Segment by segment: each forecast is read as if it had happened (Sutskever et al. 2014, arXiv 1409.3215).

    While training, each segment of each window is replaced by the truth with probability `forcing` before it is
    read (teacher forcing, Williams & Zipser 1989; scheduled sampling with a constant share, Bengio et al. 2015).
    Inputs whose future is unknown keep the last row's values; known ones and the calendar go on.
    """

    def __init__(
        self, hidden: int, outputs: int, known: int, channels: int, *, tokens: nn.Module, steps: int,
        point: Callable[[Tensor], Tensor], forcing: float, places: Sequence[int], columns: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.steps, self.point, self.forcing, self.columns = steps, point, forcing, columns
        self.channel = channel_vectors(channels, hidden)
        self.ahead = KnownAhead(known, hidden, outputs) if known else None
        # Kept from registering as parts of their own: tokens belong to the network, places are no weights.
        self._tokens, self._places = (tokens,), tuple(places)

    def forward(self, seen: Seen, read: Read, head: Callable[[Tensor], Tensor]) -> Tensor:
        """Return (N, Q * C' * P) raw numbers, in order of time."""
        (tokens,), last, states = self._tokens, seen.last, seen.states
        size = int(tokens.segment)  # type: ignore[arg-type]
        found: list[Tensor] = []
        for step in range(self.steps):
            rows = slice(step * size, (step + 1) * size)
            marked_last = marked(last, self.channel)
            raw = head(marked_last)
            if self.ahead is not None and seen.known is not None:
                raw = raw + self.ahead(seen.known[:, rows], marked_last).flatten(1)
            found.append(raw)
            if step + 1 < self.steps:
                output, states = read(tokens(self._row(raw, seen, rows)), states)
                last = output[:, -1]
        return torch.cat(found, dim=1)

    def _row(self, raw: Tensor, seen: Seen, rows: slice) -> Tensor:
        """Return the series (N, p, W) that goes on with the forecast `raw`."""
        count = rows.stop - rows.start
        forecast = self.point(raw.view(len(raw), count, self.columns, -1))
        if self.training and seen.truth is not None and self.forcing > 0.0:
            forced = torch.rand(len(raw), 1, 1, device=raw.device) < self.forcing
            forecast = torch.where(forced, seen.truth[:, rows], forecast)
        others = seen.series[:, -1:, self.columns :].expand(-1, count, -1)
        if seen.known is not None and self._places:
            others = others.clone()
            others[..., list(self._places)] = seen.known[:, rows]
        return torch.cat([forecast, others], dim=-1)


@final
class ParallelDecoder(nn.Module):
    """All segments at once: the cell takes one step from the last state for each of them.

    What it reads there is a learnt vector for the segment's position, beside one for the channel (SegRNN: Lin et al.
    2023, arXiv 2308.11200, eq. 6-8), plus a linear map of what is known of the segment.
    """

    def __init__(self, hidden: int, known: int, channels: int, *, segment: int, segments: int) -> None:
        super().__init__()
        self.segment, self.segments = segment, segments
        own = hidden // 2 if channels > 1 else 0
        self.position = nn.Parameter(torch.randn(segments, hidden - own))
        self.channel = nn.Embedding(channels, own) if own else None
        self.ahead = nn.Linear(segment * known, hidden) if known else None

    def forward(self, seen: Seen, read: Read, head: Callable[[Tensor], Tensor]) -> Tensor:
        """Return (N, m * p * C' * P) raw numbers, in order of time."""
        rows, hidden = seen.last.shape
        query = self._queries(rows)
        if self.ahead is not None and seen.known is not None:
            query = query + self.ahead(seen.known.reshape(rows, self.segments, -1))
        states = [
            {name: value.repeat_interleave(self.segments, dim=0) for name, value in layer.items()}
            for layer in seen.states
        ]
        output, _states = read(query.reshape(rows * self.segments, 1, hidden), states)
        return head(output[:, 0]).view(rows, -1)

    def _queries(self, rows: int) -> Tensor:
        """Return (N, m, H)."""
        if self.channel is None:
            return self.position.expand(rows, -1, -1)
        channels = self.channel.weight
        count = len(channels)
        both = torch.cat(
            [
                self.position.expand(count, -1, -1),
                channels[:, None].expand(-1, self.segments, -1),
            ],
            dim=-1,
        )
        return both.repeat(rows // count, 1, 1)


def channel_vectors(channels: int, width: int) -> nn.Embedding | None:
    """Return one small learnt vector for each channel, None if there is only one."""
    if channels == 1:
        return None
    vectors = nn.Embedding(channels, width)
    nn.init.normal_(vectors.weight, std=0.1)
    return vectors


def marked(last: Tensor, channel: nn.Embedding | None) -> Tensor:
    """Return (N, H) with the vector of its channel added to each row."""
    if channel is None:
        return last
    return last + channel.weight.repeat(len(last) // channel.num_embeddings, 1)
