"""Rolling-origin backtests: where origins lie, what a refit may see, and that all are asked from the same windows."""

from __future__ import annotations

import numpy as np
import pytest

from series import table_of, wave
from workbench.core.backtest import Backtest, assembled, baselines_refitted, planned
from workbench.core.baselines import baselines
from workbench.core.dataset import Dataset, prepare
from workbench.core.plan import Plan
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec
from workbench.core.table import Table

SPEC = DataSpec(targets=("a",), window=12, horizon=6)


def table(rows: int = 400, **more: object) -> Table:
    return table_of(a=wave(rows), **more)  # type: ignore[arg-type]


def run(table: Table, dataset: Dataset, plan: Plan) -> Backtest:
    blocks = planned(dataset, plan)
    return assembled(dataset, plan, blocks, baselines_refitted(table, dataset, blocks))


def test_that_origins_end_one_horizon_before_the_end_and_are_a_stride_apart() -> None:
    dataset = prepare(table(), SPEC)
    (block,) = planned(dataset, Plan(origins=5))
    np.testing.assert_array_equal(block.start + 12, 400 - 6 - 6 * np.arange(4, -1, -1))
    assert block.places is None
    (block,) = planned(dataset, Plan(origins=3, stride=10))
    np.testing.assert_array_equal(block.start + 12, [374, 384, 394])


def test_that_without_refits_no_origin_lies_before_the_test_part() -> None:
    dataset = prepare(table(), SPEC)
    (block,) = planned(dataset, Plan(origins=1000, stride=1))
    assert set(block.start) == set(dataset.test.start)


@pytest.mark.parametrize(("every", "gap", "embargo"), [(1, 0, 0), (3, 5, 0), (2, 0, 4)])
def test_that_a_refit_sees_nothing_at_or_behind_its_origin(every: int, gap: int, embargo: int) -> None:
    own = table()
    dataset = prepare(own, SPEC)
    plan = Plan(origins=8, stride=10, refit=every, gap=gap, embargo=embargo)
    blocks = planned(dataset, plan)
    assert sum(len(block.start) for block in blocks) == 8
    assert all(len(block.start) <= every for block in blocks)
    before = np.concatenate([block.start for block in blocks])
    for block in blocks:
        assert block.places is not None
        origin = int(block.start[0]) + 12
        used = np.flatnonzero(block.places < 2)
        assert used.max() == origin - gap - 1 or embargo
        assert used.max() < origin - gap
        for start in before[before < block.start[0]].tolist() if embargo else ():
            behind = start + 12 + 6
            assert (block.places[behind : min(behind + embargo, origin)] == 3).all()
        refit = prepare(own, SPEC, places=block.places)
        assert len(refit.train)
        assert len(refit.valid)
        assert max(refit.train.start.max(), refit.valid.start.max()) + 12 + 6 <= origin - gap


def test_that_forecasts_owe_nothing_to_rows_behind_their_origin() -> None:
    values = wave(400)
    before = run(table_of(a=values), prepare(table_of(a=values), SPEC), Plan(origins=6, stride=10, refit=1))
    at = 3
    changed = values.copy()
    changed[int(before.start[at]) + 12 :] = 1e9
    spec = SPEC.changed(season=before.dataset.season)  # of the whole file's own training part, which is poisoned now
    changed_dataset = prepare(table_of(a=changed), spec)
    after = run(table_of(a=changed), changed_dataset, Plan(origins=6, stride=10, refit=1))
    same = run(table_of(a=values), prepare(table_of(a=values), spec), Plan(origins=6, stride=10, refit=1))
    assert set(same.forecasts) == set(after.forecasts) >= {"last", "drift", "average", "linear"}
    for name, values_before in same.forecasts.items():
        assert values_before[: at + 1].tobytes() == after.forecasts[name][: at + 1].tobytes(), name


def test_that_losses_and_measures_are_those_of_plain_arithmetic() -> None:
    own = table()
    dataset = prepare(own, SPEC)
    found = run(own, dataset, Plan(origins=7, stride=4))
    for name, method in baselines(dataset).items():
        error = np.abs(method(dataset, found.start) - dataset.truth(found.start))
        np.testing.assert_allclose(found.losses[name], error.mean(axis=(1, 2)), rtol=1e-12)
        assert found.reports[name].value("mae") == pytest.approx(error.mean())
    assert found.best() == min(found.losses, key=lambda name: found.losses[name].mean())
    comparison = found.comparison("last", "drift")
    assert comparison.skill == pytest.approx(1 - found.losses["last"].mean() / found.losses["drift"].mean())
    assert len(found.times()) == 7
    blocks = planned(dataset, Plan(refit=2, origins=4))
    (some, *_rest) = baselines_refitted(own, dataset, blocks, ("last", "drift"))
    assert set(some.forecasts) == {"last", "drift"}


def test_that_every_series_has_its_own_origin_as_many_steps_before_its_end() -> None:
    number = np.repeat([1.0, 2.0], [150, 220])
    values = np.concatenate([wave(150), 50 * wave(220)])
    own = table_of(s=number, a=values)
    dataset = prepare(own, SPEC.changed(series="s"))
    found = run(own, dataset, Plan(origins=3, refit=2, stride=6))
    np.testing.assert_array_equal(found.origin, [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(found.start[found.origin == 2], [150 - 18, 370 - 18])
    assert found.refits == (0, 2)
    scaled = (
        np.abs(found.forecasts["last"] - found.truth) / found.scale.absolute[dataset.sequence[found.start]][:, None]
    )
    np.testing.assert_allclose(found.losses["last"], scaled.mean(axis=(1, 2)).reshape(3, 2).mean(axis=1))


def test_that_a_file_without_room_for_an_origin_is_refused() -> None:
    dataset = prepare(table(80), SPEC)
    with pytest.raises(WorkbenchError) as caught:
        planned(dataset, Plan(refit=1, gap=60))
    assert caught.value.problem.key == "no-origins"
