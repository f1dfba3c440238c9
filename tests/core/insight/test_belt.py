"""What a unit keeps and writes, and what of its course a season explains."""

from __future__ import annotations

import numpy as np
import pytest

from recorded import recorded_events, small_dataset, small_project
from workbench.core.cells import CELLS
from workbench.core.insight.belt import Belt, belt_of, window_steps
from workbench.core.insight.unitfacts import seasonal_shares
from workbench.core.project import Project
from workbench.core.run import Run

UNIT = 5


def belt(project: Project, layer: int = 0, back: bool = False) -> tuple[Belt, dict[str, np.ndarray], Run]:
    run = Run(1, project)
    for event in recorded_events(project):
        run.apply(event)
    probe, dataset = run.probe(), small_dataset(project)
    steps = window_steps(
        project.model, project.data, run.best.weights, probe.traces, dataset.x[probe.start], layer=layer, back=back
    )
    assert steps.exact
    unit = UNIT + (project.model.hidden if back else 0)
    return belt_of(project.model, steps, UNIT), {k: v[:, unit] for k, v in probe.traces[layer].values.items()}, run


@pytest.mark.parametrize("cell", [cell.key for cell in CELLS if cell.key.startswith("lstm")])
def test_that_an_lstm_keeps_f_c_and_writes_i_g(cell: str) -> None:
    found, v, _run = belt(small_project(cell))
    before = np.append(0.0, v["c"][:-1])
    np.testing.assert_allclose(found.kept, v["f"] * before, atol=1e-6)
    np.testing.assert_allclose(found.written, v["i"] * v["g"], atol=1e-6)
    np.testing.assert_allclose(found.total, v["c"], atol=1e-6)
    assert found.difference < 1e-6
    assert (found.kept_words, found.written_words) == ("fₜ ⊙ cₜ₋₁", "iₜ ⊙ gₜ")


def test_that_a_gru_keeps_z_h_and_writes_the_rest_of_n() -> None:
    found, v, _run = belt(small_project("gru"))
    np.testing.assert_allclose(found.kept, v["z"] * np.append(0.0, v["h"][:-1]), atol=1e-6)
    np.testing.assert_allclose(found.written, (1 - v["z"]) * v["n"], atol=1e-6)
    assert not found.before_squashing


@pytest.mark.parametrize(("cell", "inverse"), [("rnn", np.arctanh), ("rnn-relu", None)])
def test_that_a_plain_cell_is_split_inside_its_squashing(cell: str, inverse) -> None:
    found, v, run = belt(small_project(cell))
    w = run.best.weights["layers.0.kernel.weight_hh_l0"][UNIT].astype(np.float64)
    h = run.probe().traces[0].values["h"]
    np.testing.assert_allclose(found.kept[1:], h[:-1] @ w, atol=1e-6)
    assert found.before_squashing
    squashed = np.tanh(found.total) if inverse is not None else np.maximum(found.total, 0)
    np.testing.assert_allclose(squashed, v["h"], atol=1e-5)
    assert found.difference < 1e-9


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize(
    "settings",
    [
        {"options": {"zoneout": 0.25, "layer_norm": True, "initial_state": "learned"}},
        {"segment": 6, "decoder": "parallel"},
    ],
    ids=str,
)
def test_that_kept_and_written_add_up_with_every_option(cell: str, settings: dict[str, object]) -> None:
    found, v, _run = belt(small_project(cell, epochs=1, **settings))
    assert found.difference < 1e-5
    assert len(found.total) == len(found.kept) == len(found.written) == 36
    if not found.before_squashing:
        np.testing.assert_allclose(found.kept + found.written, v[found.key], atol=1e-5)


def test_that_the_way_back_keeps_what_comes_later() -> None:
    found, v, _run = belt(small_project("lstm", epochs=1, bidirectional=True, layers=2), layer=1, back=True)
    np.testing.assert_allclose(found.kept, v["f"] * np.append(v["c"][1:], 0.0), atol=1e-6)


def test_that_a_season_is_told_from_drift_and_noise() -> None:
    noise, t = np.random.default_rng(0), np.arange(96)
    season = np.sin(2 * np.pi * t / 24 + 0.3) + 0.4 * np.cos(4 * np.pi * t / 24)
    values = np.column_stack([season, season + 0.05 * t, noise.normal(size=96), t / 10.0, np.zeros(96), -season])
    shares = seasonal_shares(values, 24)
    assert shares[[0, 1, 5]] == pytest.approx(1.0)
    assert shares[2] < 0.25
    assert shares[3] < 0.1 or np.isclose(np.ptp(values[:, 3] - values[:, 3].mean() - (t - t.mean()) / 10), 0)
    assert shares[4] == 0.0
    half = seasonal_shares((season + noise.normal(scale=season.std(), size=96))[:, None], 24)[0]
    assert 0.35 < half < 0.75


def test_that_a_short_window_or_no_season_says_nothing() -> None:
    values = np.random.default_rng(0).normal(size=(30, 4))
    assert np.isnan(seasonal_shares(values, 24)).all()
    assert np.isnan(seasonal_shares(values, 1)).all()
