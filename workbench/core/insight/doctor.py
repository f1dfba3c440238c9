"""The doctor: what is wrong with data, training and network of a run, why it matters, and what to change.

Each rule takes a :class:`Patient` and returns a :class:`Diagnosis`, or None where there is nothing to say. Thresholds
are named and explained in decision 096; each rule has a test in which it must fire and one in which it must not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells.signals import Signal
from workbench.core.insight.findings import FINDINGS, SHOWN_BY
from workbench.core.insight.heat import STILL, shares
from workbench.core.insight.judging import percent
from workbench.core.problems import Problem, problem
from workbench.core.project import Project

Floats = NDArray[np.floating]
Edits = Mapping[str, Mapping[str, object]]

SATURATED_GATE, SATURATED_CANDIDATE = 0.9, 0.5
"""Share of saturated values: a gate from 0 to 1 may well be open or closed most of the time, a candidate may not."""

DEAD = 0.5
"""Share of the units that hardly move."""

EXPLODING = 1e3
VANISHED = 1e-6
TEACHES = 0.01
"""A gradient below this share of the largest teaches nothing."""

LEVEL_SHIFT, SPREAD_TIMES = 1.5, 2.0
OVER_FIT_ROSE, OVER_FIT_EPOCHS = 0.05, 3
RISES, RISE_SIZE, LEAST_EPOCHS = 0.3, 0.02, 5
STILL_FALLS = 0.01
"""Relative fall of the validation loss in each of the last three epochs."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one layer did while it read a window.

    Attributes
    ----------
    signals
        Declaration and values (T, H) of gates and states, by key.
    gradients
        (T,) norms of the loss' gradient at the states after each step, by key; over a batch where there is one.
    """

    signals: Mapping[str, tuple[Signal, Floats]]
    gradients: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One target: its period in the training rows (1: none), and its training and test rows in original units."""

    name: str
    period: int
    train: Floats
    test: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """All that the doctor looks at.

    Attributes
    ----------
    train, valid
        (E,) losses of the epochs.
    outcome
        How the training ended, "" while it runs.
    longest_window
        The longest window that leaves enough windows to train on.
    findings
        What the verdict found wrong with the forecast.
    calendar
        Calendar inputs that the rows could have: those that differ from row to row.
    """

    project: Project
    columns: tuple[Column, ...]
    layers: tuple[Reading, ...] = ()
    train: Floats = field(default_factory=lambda: np.zeros(0))
    valid: Floats = field(default_factory=lambda: np.zeros(0))
    outcome: str = ""
    longest_window: int = 100_000
    findings: tuple[Problem, ...] = ()
    calendar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """Something that is wrong.

    Attributes
    ----------
    problem
        What it is, with its figure, and what can be done.
    view
        Key of the view that shows it.
    edits
        Sections and fields of the project that mend it; empty if there is no such thing.
    """

    problem: Problem
    view: str
    edits: Edits = field(default_factory=dict)


def examined(patient: Patient) -> tuple[Diagnosis, ...]:
    """Return what is wrong, errors first, in the order of the rules."""
    found = [entry for rule in RULES for entry in rule(patient)]
    return tuple(sorted(found, key=lambda entry: entry.problem.severity != "error"))


def _made(key: str, edits: dict[str, dict[str, Any]] | None = None, **values: object) -> list[Diagnosis]:
    return [Diagnosis(problem(FINDINGS[key], **values), SHOWN_BY[key], edits or {})]


# -- data -------------------------------------------------------------------------------------------------


def window_short(patient: Patient) -> list[Diagnosis]:
    """Fire if a target has a period that is longer than the window."""
    data, segment = patient.project.data, patient.project.model.segment
    for column in patient.columns:
        if not 1 < data.window < column.period:
            continue
        wished = -(-column.period // segment) * segment
        edits = {"data": {"window": wished}} if wished <= patient.longest_window else {}
        return _made("window-short", edits, target=column.name, period=column.period, window=data.window)
    return []


def scale_drift(patient: Patient) -> list[Diagnosis]:
    """Fire if level or spread of a target differ between training and test rows in a way the network does not see.

    Without normalisation both count; with the last value taken away, the spread of what happens within a horizon
    does; RevIN follows both.
    """
    kind, horizon = patient.project.model.normalisation, patient.project.data.horizon
    for column in patient.columns:
        train, test = (rows[np.isfinite(rows)] for rows in (column.train, column.test))
        if kind == "revin" or min(len(train), len(test)) <= max(horizon, 20):
            continue
        shift = abs(float(test.mean() - train.mean())) / max(float(train.std()), 1e-300)
        if kind == "none" and shift > LEVEL_SHIFT:
            edits = {"model": {"normalisation": "last"}}
            return _made("level-drift", edits, target=column.name, shift=f"{shift:.1f}")
        if kind == "last":
            train, test = train[horizon:] - train[:-horizon], test[horizon:] - test[:-horizon]
        times = float(test.std()) / max(float(train.std()), 1e-300)
        if not 1 / SPREAD_TIMES <= times <= SPREAD_TIMES:
            edits = {"model": {"normalisation": "revin"}}
            what = f"the spread over {horizon} steps" if kind == "last" else "the spread"
            return _made("scale-drift", edits, target=column.name, what=what, times=f"{times:.2g} times")
    return []


# -- loss -------------------------------------------------------------------------------------------------


def over_fitting(patient: Patient) -> list[Diagnosis]:
    """Fire if, since the best epoch, the training loss fell while the validation loss rose."""
    train, valid = patient.train, patient.valid
    if len(valid) < LEAST_EPOCHS or not np.isfinite(valid).all() or valid.min() <= 0:
        return []
    best = int(np.argmin(valid))
    if len(valid) - 1 - best < OVER_FIT_EPOCHS:
        return []
    rose, fell = float(valid[-3:].mean() / valid[best] - 1), float(1 - train[-1] / train[best])
    if rose < OVER_FIT_ROSE or fell <= 0:
        return []
    model = patient.project.model
    edits = {"model": {"hidden": max(4, model.hidden // 2), "dropout": max(model.dropout, 0.2)}}
    return _made("over-fitting", edits, best=best + 1, fell=percent(fell), rose=percent(rose))


def rate_high(patient: Patient) -> list[Diagnosis]:
    """Fire if the training broke, or the training loss rose in many epochs and by more than a little."""
    settings, train = patient.project.train, patient.train
    rate = settings.learning_rate
    if patient.outcome == "diverged":
        edits = {"train": {"learning_rate": _digits(rate / 10), "clip": min(settings.clip or 1.0, 1.0)}}
        return _made("rate-diverged", edits, rate=f"{rate:g}", epoch=len(train) + 1)
    if len(train) < LEAST_EPOCHS or not np.isfinite(train).all():
        return []
    change = np.diff(train) / np.maximum(train[:-1], 1e-300)
    rises = int((change > RISE_SIZE).sum())
    if rises < RISES * len(change):
        return []
    edits = {"train": {"learning_rate": _digits(rate / 3)}}
    return _made("rate-high", edits, rate=f"{rate:g}", rises=rises, epochs=len(change))


def rate_low(patient: Patient) -> list[Diagnosis]:
    """Fire if the validation loss fell in every one of the last epochs by more than a little, and then it was over."""
    valid, settings = patient.valid, patient.project.train
    if patient.outcome != "finished" or len(valid) < 4 or not np.isfinite(valid).all():
        return []
    falls = -np.diff(valid[-4:]) / np.maximum(valid[-4:-1], 1e-300)
    if falls.min() < STILL_FALLS or int(np.argmin(valid)) != len(valid) - 1:
        return []
    edits = {"train": {"learning_rate": _digits(min(3 * settings.learning_rate, 10.0))}}
    return _made("rate-low", edits, fall=percent(float(falls.mean())), rate=f"{settings.learning_rate:g}")


# -- gates and gradients ----------------------------------------------------------------------------------


def saturated(patient: Patient) -> list[Diagnosis]:
    """Fire for the gate or candidate of which too many values lie at the ends of its range."""
    worst: tuple[float, str, int] | None = None
    for layer, reading in enumerate(patient.layers):
        for signal, values in reading.signals.values():
            if signal.low is None or signal.high is None or signal.role == "cell":
                continue
            share = shares(values, signal.low, signal.high).saturated
            most = SATURATED_CANDIDATE if signal.low < 0 else SATURATED_GATE
            if share >= most and (worst is None or share > worst[0]):
                worst = (share, signal.label, layer + 1)
    if worst is None:
        return []
    settings = patient.project.train
    edits = {"train": {"learning_rate": _digits(settings.learning_rate / 3), "clip": min(settings.clip or 1.0, 1.0)}}
    return _made("saturated", edits, share=percent(worst[0]), gate=worst[1], layer=worst[2])


def dead_units(patient: Patient) -> list[Diagnosis]:
    """Fire if half of the units of a layer hardly move."""
    for layer, reading in enumerate(patient.layers):
        if "h" not in reading.signals:
            continue
        values = np.asarray(reading.signals["h"][1], dtype=np.float64)
        still = int((values.std(axis=0) < STILL).sum())
        if len(values) > 1 and still >= DEAD * values.shape[1]:
            alive = max(4, values.shape[1] - still)
            edits = {"model": {"hidden": alive}} if alive < patient.project.model.hidden else {}
            return _made("dead-units", edits, count=still, units=values.shape[1], layer=layer + 1)
    return []


def gradients(patient: Patient) -> list[Diagnosis]:
    """Fire if gradients grow a thousandfold on their way back, or shrink to a millionth while little is reached."""
    for reading in patient.layers[:1]:
        norms = [np.asarray(values, dtype=np.float64) for key, values in reading.gradients.items() if key in ("h", "c")]
        norms = [values for values in norms if len(values) > 2 and np.isfinite(values).all() and values.max() > 0]
        if not norms:
            continue
        # A cell state carries gradients where h does not: the better road counts.
        values = max(norms, key=lambda entry: float(entry[0] / entry.max()))[::-1]
        lag, reach = len(values) - 1, int(np.flatnonzero(values >= TEACHES * values.max())[-1])
        settings = patient.project.train
        if values[0] > 0 and values[lag] / values[0] > EXPLODING:
            edits = {"train": {"clip": 1.0, "learning_rate": _digits(settings.learning_rate / 3)}}
            return _made("exploding", edits, times=f"{values[lag] / values[0]:.0e}", lag=lag)
        if values[lag] / values.max() < VANISHED and reach < lag / 4:
            share = f"{values[lag] / values.max():.0e}"
            return _made("vanishing", _remembering(patient.project), lag=lag, share=share, reach=reach)
    return []


def _remembering(project: Project) -> dict[str, dict[str, Any]]:
    """Return edits that let gradients reach further back: gates, or gates that begin by remembering (chrono)."""
    if project.model.cell.startswith("rnn"):
        return {"model": {"cell": "lstm", "options": {"chrono": max(2, project.data.window)}}}
    options = dict(project.model.options)
    if options.get("chrono"):
        return {}
    return {"model": {"options": {**options, "chrono": max(2, project.data.window)}}}


# -- forecast ---------------------------------------------------------------------------------------------


def forecast(patient: Patient) -> list[Diagnosis]:
    """Pass on what the verdict found wrong, with what mends it."""
    return [Diagnosis(found, SHOWN_BY[found.key], _mending(patient, found)) for found in patient.findings]


def _mending(patient: Patient, found: Problem) -> dict[str, dict[str, Any]]:
    project = patient.project
    if found.key in ("leak", "leak-suspected"):
        left = tuple(name for name in project.data.inputs if name != found.values["column"])
        return {"data": {"inputs": left}}
    if found.key in ("flat-line", "drift") and project.model.normalisation == "none":
        return {"model": {"normalisation": "last"}}
    if found.key == "flat-line":
        return {"train": {"learning_rate": _digits(min(3 * project.train.learning_rate, 10.0))}}
    if found.key == "drift" and project.model.normalisation == "last":
        return {"model": {"normalisation": "revin"}}
    if found.key == "lagged-copy" and patient.calendar and not project.data.calendar:
        return {"data": {"calendar": patient.calendar}}
    return {}


def _digits(value: float) -> float:
    """Return a rate of two digits."""
    return float(f"{value:.1e}") if math.isfinite(value) else value


RULES: tuple[Callable[[Patient], list[Diagnosis]], ...] = (
    forecast, window_short, scale_drift, over_fitting, rate_high, rate_low, saturated, dead_units, gradients,
)  # fmt: skip
