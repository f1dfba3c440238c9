"""Each rule of the doctor fires where it must, and stays silent where it must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recorded import recorded_events, small_dataset, small_project
from series import HOUR, hourly, run_of, table_of, train
from workbench.core.cells.signals import CANDIDATE, FORGET, INPUT, SHOWN
from workbench.core.dataset import prepare
from workbench.core.insight.doctor import (
    RULES,
    Column,
    Patient,
    Reading,
    dead_units,
    examined,
    forecast,
    gradients,
    over_fitting,
    rate_high,
    rate_low,
    saturated,
    scale_drift,
    window_short,
)
from workbench.core.insight.findings import FINDINGS, SHOWN_BY
from workbench.core.insight.patients import patient_of
from workbench.core.problems import problem
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec

Floats = NDArray[np.float64]
RANDOM = np.random.default_rng(0)
STEPS, UNITS = 60, 8


def project(**settings: Any) -> Project:
    values: dict[str, dict[str, Any]] = {"data": {}, "model": {}, "train": {}}
    for section, spec in (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec)):
        values[section] = {key: value for key, value in settings.items() if key in spec.model_fields}
    return Project.model_validate(values)


def noise(rows: int = 1_000, mean: float = 0.0, spread: float = 1.0, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(mean, spread, rows)


def of(train_rows: Floats, test_rows: Floats, *, period: int = 1, **settings: Any) -> Patient:
    return Patient(project(**settings), (Column("a", period, train_rows, test_rows),))


def trained(losses: Any, valid: Any, outcome: str = "finished", **settings: Any) -> Patient:
    return Patient(project(**settings), (), train=np.array(losses), valid=np.array(valid), outcome=outcome)


def reading(gate: Floats | None = None, candidate: Floats | None = None, h: Floats | None = None) -> Reading:
    usual = RANDOM.uniform(0.2, 0.8, (STEPS, UNITS))
    return Reading({
        "f": (FORGET, usual if gate is None else gate),
        "i": (INPUT, usual),
        "g": (CANDIDATE, 2 * usual - 1 if candidate is None else candidate),
        "h": (SHOWN, usual - 0.5 if h is None else h),
    })  # fmt: skip


def network(layer: Reading, **settings: Any) -> Patient:
    return Patient(project(**settings), (), (layer,))


def backwards(factor: float, units: float = 1.0, **settings: Any) -> Patient:
    """A gradient that is multiplied by `factor` with each step back."""
    norms = units * factor ** np.arange(STEPS)[::-1]
    return network(Reading({}, {"h": norms}), **settings)


def half_still() -> Floats:
    values = RANDOM.uniform(-0.5, 0.5, (STEPS, UNITS))
    values[:, :5] = 0.3
    return values


def shifted_by_a_horizon() -> Floats:
    return np.cumsum(noise(spread=3.0, seed=5))


FALLING = 1 / np.arange(1, 13)
FIRES: list[tuple[Callable[[Patient], Any], Patient, str, dict[str, Any]]] = [
    (window_short, of(noise(), noise(), period=168, window=48), "window-short", {"data": {"window": 168}}),
    (window_short, of(noise(), noise(), period=100, window=48, segment=24), "window-short", {"data": {"window": 120}}),
    (scale_drift, of(noise(), noise(mean=3), normalisation="none"), "level-drift", {"model": {"normalisation": "last"}}),  # noqa: E501
    (scale_drift, of(noise(), noise(spread=4)), "scale-drift", {"model": {"normalisation": "revin"}}),
    (scale_drift, of(noise(), noise(spread=0.2), normalisation="none"), "scale-drift", {"model": {"normalisation": "revin"}}),  # noqa: E501
    (over_fitting, trained(FALLING, [1, 0.6, 0.5, 0.5, 0.52, 0.55, 0.6, 0.62, 0.65]), "over-fitting", {"model": {"hidden": 24, "dropout": 0.2}}),  # noqa: E501
    (rate_high, trained([1, 1.2, 0.9, 1.3, 0.8, 1.1, 0.9], np.ones(7)), "rate-high", {"train": {"learning_rate": 1e-3}}),  # noqa: E501
    (rate_high, trained([1.0], [1.0], "diverged"), "rate-diverged", {"train": {"learning_rate": 3e-4, "clip": 1.0}}),
    (rate_low, trained(FALLING, [1, 0.9, 0.8, 0.7, 0.6]), "rate-low", {"train": {"learning_rate": 9e-3}}),
    (saturated, network(reading(gate=np.full((STEPS, UNITS), 0.999))), "saturated", {"train": {"learning_rate": 1e-3, "clip": 1.0}}),  # noqa: E501
    (saturated, network(reading(candidate=np.sign(RANDOM.normal(size=(STEPS, UNITS))))), "saturated", {}),
    (dead_units, network(reading(h=half_still())), "dead-units", {"model": {"hidden": 4}}),
    (gradients, backwards(1.3), "exploding", {"train": {"clip": 1.0, "learning_rate": 1e-3}}),
    (gradients, backwards(0.6), "vanishing", {"model": {"options": {"chrono": 48}}}),
    (gradients, backwards(0.6, cell="rnn"), "vanishing", {"model": {"cell": "lstm", "options": {"chrono": 48}}}),
]  # fmt: skip
SILENT: list[tuple[Callable[[Patient], Any], Patient]] = [
    (window_short, of(noise(), noise(), period=48, window=48)),
    (window_short, of(noise(), noise(), period=1, window=48)),
    (scale_drift, of(noise(), noise(seed=2))),
    (scale_drift, of(noise(), noise(mean=3, seed=2))),  # the last value is taken away
    (scale_drift, of(noise(), noise(mean=3, spread=4), normalisation="revin")),
    (scale_drift, of(np.cumsum(noise()), np.cumsum(noise(seed=7)))),
    (over_fitting, trained(FALLING, [1, 0.6, 0.5, 0.45, 0.44, 0.44, 0.45, 0.44, 0.44])),
    (over_fitting, trained(FALLING, FALLING)),
    (over_fitting, trained(np.ones(9), [1, 0.6, 0.5, 0.5, 0.52, 0.55, 0.6, 0.62, 0.65])),
    (rate_high, trained(FALLING, FALLING)),
    (rate_high, trained(FALLING * (1 + 0.01 * np.cos(np.arange(12))), FALLING)),
    (rate_low, trained(FALLING, [1, 0.9, 0.8, 0.7, 0.6], "early")),
    (rate_low, trained(FALLING, [1, 0.5, 0.401, 0.4, 0.4, 0.3999])),
    (saturated, network(reading())),
    (saturated, network(reading(gate=np.where(RANDOM.random((STEPS, UNITS)) < 0.8, 0.99, 0.5)))),
    (dead_units, network(reading())),
    (gradients, backwards(0.9)),
    (gradients, backwards(1.01)),
    (gradients, network(Reading({}, {"h": np.zeros(STEPS)}))),
    (gradients, network(Reading({}, {"h": 0.5 ** np.arange(STEPS)[::-1], "c": np.ones(STEPS)}))),
]


@pytest.mark.parametrize(
    ("rule", "patient", "key", "edits"), FIRES, ids=[f"{n}-{case[2]}" for n, case in enumerate(FIRES)]
)
def test_that_a_rule_fires(rule: Callable[[Patient], Any], patient: Patient, key: str, edits: dict[str, Any]) -> None:
    (found,) = rule(patient)
    assert found.problem.key == key
    assert "{" not in found.problem.text() + found.problem.remedy()
    assert any(character.isdigit() for character in found.problem.text()), "no figure"
    assert found.view == SHOWN_BY[key]
    if edits:
        assert found.edits == edits
    patient.project.edited(**found.edits)  # a project that can be made


@pytest.mark.parametrize(("rule", "patient"), SILENT, ids=[f"{n}-{case[0].__name__}" for n, case in enumerate(SILENT)])
def test_that_a_rule_is_silent(rule: Callable[[Patient], Any], patient: Patient) -> None:
    assert rule(patient) == []


VALUES: dict[str, object] = {
    "share": "2 %",
    "column": "b",
    "target": "a",
    "ahead": 3,
    "explained": "99 %",
    "lag": 3,
    "at_lag": "1",
    "at_zero": "0.9",
    "skill": "0 %",
    "bias": "+3",
    "before": "0",
    "error": "3",
    "level": "80 %",
    "coverage": "60 %",
}


@pytest.mark.parametrize(
    ("key", "settings", "edits"),
    [
        ("leak", {"targets": ("a",), "inputs": ("b", "d")}, {"data": {"inputs": ("d",)}}),
        ("flat-line", {"normalisation": "none"}, {"model": {"normalisation": "last"}}),
        ("flat-line", {}, {"train": {"learning_rate": 9e-3}}),
        ("drift", {}, {"model": {"normalisation": "revin"}}),
        ("lagged-copy", {}, {"data": {"calendar": ("hour", "weekday", "month")}}),
        ("lagged-copy", {"calendar": ("hour",)}, {}),
        ("under-covering", {}, {}),
    ],
)
def test_that_what_the_verdict_found_has_a_remedy(key: str, settings: dict[str, Any], edits: dict[str, Any]) -> None:
    (found,) = forecast(
        Patient(
            project(**settings), (), findings=(problem(FINDINGS[key], **VALUES),), calendar=("hour", "weekday", "month")
        )
    )
    assert found.edits == edits
    assert found.view == SHOWN_BY[key]
    assert "{" not in found.problem.text()


def test_that_every_finding_has_a_view_and_errors_come_first() -> None:
    assert set(SHOWN_BY) == set(FINDINGS)
    sick = replace(trained([1.0], [1.0], "diverged"), columns=of(noise(), noise(), period=168, window=48).columns)
    assert [entry.problem.key for entry in examined(sick)] == ["rate-diverged", "window-short"]
    assert len(RULES) == 9


def test_that_a_healthy_training_is_left_alone() -> None:
    made = small_project(epochs=4)
    run = run_of(recorded_events(made), made)
    found = {entry.problem.key for entry in examined(patient_of(run, small_dataset(made), made))}
    assert found <= {"rate-low"}, "four epochs may be few, and nothing else is wrong"


def test_that_a_real_training_at_a_mad_rate_is_noticed() -> None:
    series = 10 + 3 * np.sin(2 * np.pi * np.arange(400) / 24) + noise(400, spread=0.3)
    table = table_of(times=hourly(400), step=HOUR, a=series)
    mad = project(
        targets=("a",),
        window=12,
        horizon=4,
        cell="rnn",
        hidden=6,
        epochs=8,
        batch=16,
        learning_rate=3.0,
        clip=0.0,
        device="cpu",
    )
    run = run_of(train(mad, table), mad)
    found = {entry.problem.key: entry for entry in examined(patient_of(run, prepare(table, mad.data), mad))}
    assert found.keys() & {"rate-high", "rate-diverged"}
    assert found["window-short"].edits == {"data": {"window": 24}}
