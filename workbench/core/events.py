"""What a training tells the world: a closed union of frozen events carrying numpy arrays.

The command line prints them, the window draws them, a file replays them. Nothing else leaves a training.
Dimensions: T steps of the window, F inputs, H units, Q horizon, C targets, N windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import Problem
from workbench.core.project import Project

Floats = NDArray[np.floating]
Part = Literal["train", "valid", "test"]
Outcome = Literal["finished", "early", "stopped", "diverged", "failed"]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """All signals of one layer while it reads one window.

    Attributes
    ----------
    layer
        0 is nearest to the input.
    values
        (T, H) float32 for each gate and state of the cell, by key; (T, 2 H) if the layer is bidirectional, the units
        of the way back behind the others. Where the cell reads segments of rows, each row has the values after its
        segment was read.
    before
        The same of what went into the squashing function of each gate; empty where nobody asked for it.
    gradients
        (T,) norms over the units of the gradient of the window's training loss at ``h`` and ``c`` after each step, in a
        bidirectional layer also ``h_reverse`` and ``c_reverse``; empty where the window's answer is not known.
    flows
        The same, (T,) root mean squares over a fixed batch of validation windows; looks after an epoch have them.
    half_lives
        (H,) or (2 H,) rows after which half of a change of each unit is left: from the forget gate, or the Jacobians of
        the steps for cells whose only state is ``h``; looks after an epoch have them. In half precision, in which
        gates are kept, a long memory cannot be told from an endless one.
    """

    layer: int
    values: Mapping[str, Floats]
    before: Mapping[str, Floats] = field(default_factory=dict)
    gradients: Mapping[str, Floats] = field(default_factory=dict)
    flows: Mapping[str, Floats] = field(default_factory=dict)
    half_lives: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WeightFacts:
    """The weights of one recurrent layer after an epoch, as far as a picture needs them.

    Attributes
    ----------
    codes, scales
        Each matrix, by its name in :meth:`AbstractCell.named_shapes`, as int8 codes and what they are multiplied by: an
        error of at most 0.4 % of the largest weight.
    radius
        Spectral radius of each block of the recurrent matrix, ``"f"`` or ``"f_reverse"``; one of a cell without gates
        is that of the whole matrix.
    updates
        Norm of the epoch's last change over the norm of the weights, by name of the matrix; empty before training.
    counts, edges
        Histogram (48,) of all weights by matrix, and the half width of its range.
    exact
        The matrices themselves; only the newest look has them.
    """

    codes: Mapping[str, NDArray[np.int8]]
    scales: Mapping[str, float]
    radius: Mapping[str, float]
    updates: Mapping[str, float]
    counts: Mapping[str, NDArray[np.int64]]
    edges: Mapping[str, float]
    exact: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Errors of one forecaster on one part, in original units.

    Attributes
    ----------
    mae, rmse, mase
        Over all windows, steps and targets; `mase` is None where the training rows never change.
    mae_by_step
        (Q,), over all windows and targets.
    windows
        Number of windows scored.
    season
        Steps of the seasonal naive forecast that scales MASE.
    coverage
        Share of the true values inside the band, None for a point forecast.
    accuracy
        Share of right answers, None where they are no classes.
    """

    name: str
    part: Part
    mae: float
    rmse: float
    mase: float | None
    mae_by_step: Floats
    windows: int
    season: int
    coverage: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """What one training step took when it was measured before a training.

    Attributes
    ----------
    device
        ``cpu``, ``cuda`` or ``mps``.
    step_ms
        Milliseconds of one batch; None where it could not be run, such as for lack of memory.
    """

    device: str
    threads: int
    step_ms: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Started:
    """A training begins.

    Attributes
    ----------
    at_s
        Unix time.
    device
        As torch names it, e.g. ``cpu`` or ``cuda:0``.
    threads
        Threads of the CPU; on a CPU the same number gives the same bits.
    windows
        Number of windows in each part.
    baselines
        Validation loss of each baseline, on the training's own scale: the lines to beat.
    speeds
        What was measured to choose device and threads; empty where there was nothing to choose.
    origin
        What its weights began as: the fingerprint of a model file, or words; empty if they were drawn.
    """

    project: Project
    at_s: float
    device: str
    threads: int
    parameters: int
    batches: int
    windows: Mapping[Part, int]
    baselines: Mapping[str, float]
    speeds: tuple[Speed, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Progressed:
    """Some batches are done; at most 20 such events a second.

    Attributes
    ----------
    epoch, batch
        Running epoch (from 1) and batches done in it.
    losses
        Training loss of each batch since the last such event.
    gradient_norm
        Norm of the last gradient before clipping.
    windows_per_s
        Training windows a second over the last seconds of training time.
    left_s
        Estimated time to the last epoch in seconds; early stopping may end sooner. Smoothed: it does not jump.
    memory_bytes, device_bytes
        What the whole program takes of the computer's memory, and this training of the GPU's; 0 if unknown or none.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    losses: Floats
    gradient_norm: float
    learning_rate: float
    windows_per_s: float
    left_s: float
    memory_bytes: int = 0
    device_bytes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class EpochEnded:
    """One pass over the training windows is done and validated. Losses are on the scaled values."""

    epoch: int
    train_loss: float
    valid_loss: float
    learning_rate: float
    seconds: float
    best: bool


@dataclass(frozen=True, slots=True, eq=False)
class Probed:
    """The network was looked at while it read one window.

    Attributes
    ----------
    epoch
        Epochs done when it was taken; `live` if it was taken inside an epoch.
    start
        Row at which the probed window starts.
    traces
        One per layer.
    forecast
        (Q, C) in original units, from this window.
    target
        Number of the target the traces belong to, if the network reads each by itself.
    low, high
        (Q, C) edges of the band, None for a point forecast.
    weights
        One entry a layer; looks after an epoch have them.
    patterns
        By length of a period in steps: how much of the period's shape the validation forecasts have, 0 for none, 1 for
        as much as the truth has.
    """

    epoch: int
    live: bool
    start: int
    traces: tuple[Trace, ...]
    forecast: Floats
    target: int = 0
    low: Floats | None = None
    high: Floats | None = None
    weights: tuple[WeightFacts, ...] = ()
    patterns: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Forecasted:
    """Forecasts from many windows of one part, in original units.

    Attributes
    ----------
    starts
        (N,) rows at which the windows start.
    values
        (N, Q, C).
    part
        ``future``: one window at the very end, whose targets lie beyond the data; Q is then as long as asked.
    final
        True if made with the best weights after the training.
    low, high
        (N, Q, C) edges of the band between the outer quantiles, None for a point forecast.
    """

    epoch: int
    part: Part | Literal["future"]
    starts: NDArray[np.int64]
    values: Floats
    final: bool
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Improved:
    """The validation loss is the best so far; these are the weights to keep."""

    epoch: int
    valid_loss: float
    weights: Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class Steered:
    """A setting was changed while the training runs; it is in force from this batch on.

    Attributes
    ----------
    epoch, batch
        The batch, from 1, that is the first to be trained with it.
    setting
        Name of a live field of :class:`TrainSpec`, or ``teacher_forcing``.
    """

    epoch: int
    batch: int
    setting: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Warned:
    """Something the user should know; the training goes on."""

    problem: Problem


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """The last event of every training, exactly once.

    Attributes
    ----------
    outcome
        ``finished`` (all epochs, or asked to finish), ``early`` (no better validation loss), ``stopped``
        (asked to stop), ``diverged`` (a loss that is not finite) or ``failed``.
    problem
        Cause and remedy of ``diverged`` and ``failed``.
    scores
        Test and validation scores of the best weights and of every baseline; empty if there are none.
    details
        Text to copy into a report: the traceback of ``failed``.
    """

    outcome: Outcome
    epoch: int
    best_epoch: int
    seconds: float
    windows_per_s: float
    problem: Problem | None = None
    scores: tuple[Scores, ...] = field(default=())
    details: str = ""


Event = Started | Progressed | EpochEnded | Probed | Forecasted | Improved | Steered | Warned | Ended
EVENTS: tuple[type, ...] = (Started, Progressed, EpochEnded, Probed, Forecasted, Improved, Steered, Warned, Ended)
EventName = Literal[
    "Started", "Progressed", "EpochEnded", "Probed", "Forecasted", "Improved", "Steered", "Warned", "Ended"
]
"""Names of the events, for those who want to know which kinds arrived."""
