"""Use a trained model: the real future, and its scores on another file."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch

from series import HOUR, ending, hourly, run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core.bundle import Bundle, bundled
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.events import Event, Improved
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.forecasting import beyond, evaluated, restored, view
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.steering import Steering
from workbench.core.supervision import warm_up
from workbench.core.table import Table


@lru_cache(maxsize=8)
def bundle(inputs: tuple[str, ...] = (), targets: tuple[str, ...] = ("a",), gaps: str = "cut") -> Bundle:
    project = tiny_project(targets=targets, inputs=inputs, cell="gru", epochs=3, gaps=gaps)
    project = project.changed(data=project.data.changed(sha256="1" * 64))
    dataset = prepare(tiny_table(), project.data)
    return bundled(run_of(train(project, dataset), project), dataset)


def other(table: Table) -> Table:
    return replace(table, sha256="2" * 64)


def refused(key: str, found: pytest.ExceptionInfo[WorkbenchError]) -> None:
    assert found.value.problem.key == key
    assert found.value.problem.text()
    assert found.value.problem.remedy()


def test_that_the_future_is_forecast_from_the_last_window() -> None:
    dataset = view(bundle(), tiny_table())
    future = beyond(bundle(), dataset)
    expected = dataset.scaler.inverse(predicted(restored(bundle()), dataset.scaled[None, -10:])[0])
    np.testing.assert_allclose(future.values[0], expected, rtol=1e-6)
    assert future.part == "future"
    assert future.starts.tolist() == [110]
    assert dataset.clock.text(int(future.starts[0]) + 10) == "2024-01-06 00:00"


def test_that_the_same_rows_give_the_same_future_whatever_comes_before_them() -> None:
    whole = tiny_table()
    tail = table_of(times=hourly(120)[-10:], step=HOUR, a=np.asarray(whole["a"].values[-10:], dtype=float))
    one, two = beyond(bundle(), view(bundle(), whole)), beyond(bundle(), view(bundle(), tail))
    assert one.values.tobytes() == two.values.tobytes()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 10, 31])
def test_that_a_longer_future_feeds_its_forecast_back(steps: int) -> None:
    dataset = view(bundle(), tiny_table())
    future = beyond(bundle(), dataset, steps)
    assert future.values.shape == (1, steps, 1)
    window, network = dataset.scaled[-10:], restored(bundle())
    rows: list[float] = []
    while len(rows) < steps:
        piece = predicted(network, window[None])[0]
        rows.extend(dataset.scaler.inverse(piece)[:, 0])
        window = np.concatenate([window, piece])[-10:]
    np.testing.assert_allclose(future.values[0, :, 0], rows[:steps], rtol=1e-6)


def test_that_the_future_of_other_inputs_is_not_invented() -> None:
    made = bundle(inputs=("b",))
    dataset = view(made, tiny_table())
    assert beyond(made, dataset).values.shape == (1, 3, 1)
    assert beyond(made, dataset, 2).values.shape == (1, 2, 1)
    with pytest.raises(WorkbenchError) as found:
        beyond(made, dataset, 4)
    refused("too-far", found)
    assert "future of b" in found.value.problem.text()


def test_that_several_targets_are_fed_back_together() -> None:
    made = bundle(targets=("a", "b"))
    assert beyond(made, view(made, tiny_table()), 8).values.shape == (1, 8, 2)


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_that_too_few_rows_are_a_problem(rows: int) -> None:
    with pytest.raises(WorkbenchError) as found:
        beyond(bundle(), view(bundle(), table_of(a=wave(rows))))
    refused("last-window", found)


def test_that_a_gap_in_the_last_window_is_a_problem_unless_it_is_held() -> None:
    values = wave(120)
    values[115] = np.nan
    with pytest.raises(WorkbenchError) as found:
        beyond(bundle(), view(bundle(), table_of(a=values)))
    refused("last-window", found)
    held = bundle(gaps="hold")
    assert np.isfinite(beyond(held, view(held, table_of(a=values))).values).all()


def test_that_scores_on_its_own_file_are_those_of_the_training() -> None:
    project = tiny_project(cell="gru", epochs=3)
    project = project.changed(data=project.data.changed(sha256="1" * 64))
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset)
    made = bundled(run_of(events, project), dataset)
    again, part, scores = evaluated(made, tiny_table())
    assert part == "test"
    assert again.test.start.tolist() == dataset.test.start.tolist()
    for score in ending(events).scores:
        if score.part == "test":
            (own,) = [entry for entry in scores if entry.name == score.name]
            assert (own.mae, own.rmse, own.mase) == pytest.approx((score.mae, score.rmse, score.mase), rel=1e-6)


def test_that_on_another_file_every_window_counts_in_the_models_own_scale() -> None:
    table = other(tiny_table(60, seed=5))
    dataset, part, scores = evaluated(bundle(), table)
    assert part == "all"
    assert scores[0].name == "model"
    assert scores[0].windows == 60 - 10 - 3 + 1
    start = dataset.test.start
    forecast = dataset.scaler.inverse(predicted(restored(bundle()), dataset.x[start]))
    error = np.abs(forecast - dataset.truth(start)).mean()
    assert scores[0].mae == pytest.approx(error, rel=1e-6)
    assert scores[0].mase == pytest.approx(error / bundle().fit.mase_scale[0], rel=1e-6)


@pytest.mark.parametrize("size", [50, 10_000])
def test_that_scores_do_not_depend_on_how_many_windows_are_held_at_a_time(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    expected = evaluated(bundle(), other(tiny_table()))[2]
    monkeypatch.setattr("workbench.core.scoring.CHUNK_VALUES", size)
    found = evaluated(bundle(), other(tiny_table()))[2]
    for own, reference in zip(found, expected, strict=True):
        assert (own.mae, own.mase) == pytest.approx((reference.mae, reference.mase), rel=1e-6)


def test_that_a_file_without_a_whole_window_cannot_be_scored() -> None:
    with pytest.raises(WorkbenchError) as found:
        evaluated(bundle(), other(tiny_table(12)))
    refused("nothing-to-score", found)
    assert "13 rows" in found.value.problem.text()
    with pytest.raises(WorkbenchError) as found:
        evaluated(bundle(), other(table_of(b=wave(50))))
    refused("unknown-column", found)


def with_known(rows: int, behind: int) -> tuple[Project, Table]:
    """Return a project with ``b`` known ahead, and a table with `behind` rows more than there are targets."""
    project = tiny_project(inputs=("b",), known_future=("b",))
    a, b = wave(rows + behind), wave(rows + behind, seed=1)
    a[rows:] = np.nan
    return project, table_of(times=hourly(rows + behind), step=HOUR, a=a, b=b)


def test_that_rows_without_a_target_are_the_known_future() -> None:
    project, table = with_known(120, 7)
    dataset = prepare(table, project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    for steps in (2, 3, 7):
        future = beyond(made, view(made, table), steps)
        assert future.values.shape == (1, steps, 1)
        assert future.starts.tolist() == [110]
        assert np.isfinite(future.values).all()
    assert forecast_table(dataset, future)[1][0][0] == "2024-01-06 00:00"
    with pytest.raises(WorkbenchError) as found:
        beyond(made, view(made, table), 8)
    refused("not-known-ahead", found)
    assert "1 have none" in found.value.problem.text()


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_restoring_and_warming_up_draw_no_random_numbers(cell: str) -> None:
    project = tiny_project(cell=cell, layers=2, dropout=0.3, options={"orthogonal": True})
    dataset = prepare(tiny_table(), project.data)
    network, run = Forecaster(project.model, 1, 1, 3), Run(1, project)
    run.apply(Improved(1, 0.5, network.snapshot()))
    before = torch.get_rng_state()
    again = restored(bundled(run, dataset))
    beyond(bundled(run, dataset), dataset)
    warm_up()
    assert torch.equal(torch.get_rng_state(), before)
    x = dataset.x[dataset.test.start]
    assert predicted(again, x).tobytes() == predicted(network, x).tobytes()


def test_that_forecasting_during_a_training_with_dropout_does_not_change_it() -> None:
    project = tiny_project(dropout=0.5, epochs=3, cell="lstm", options={"chrono": 20, "recurrent_dropout": 0.2})
    dataset = prepare(tiny_table(), project.data)
    bundles: list[Bundle] = []

    def forecast(event: Event, _steering: Steering) -> None:
        if isinstance(event, Improved):
            run = Run(1, project)
            run.apply(event)
            bundles.append(bundled(run, dataset))
        if bundles:
            beyond(bundles[-1], dataset)

    def last(events: list[Event]) -> list[bytes]:
        return [w.tobytes() for event in events if isinstance(event, Improved) for w in event.weights.values()]

    assert last(train(project, dataset)) == last(train(project, dataset, on=forecast))
    assert bundles
