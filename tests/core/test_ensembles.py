"""Bands from dropout left on and from several models: repeatable, nothing else changed, and plain quantiles."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from series import run_of, table_of, tiny_project, wave
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import Dataset, prepare
from workbench.core.ensembles import of_members, with_dropout
from workbench.core.evaluation import evaluation
from workbench.core.forecasting import forecast_of
from workbench.core.problems import WorkbenchError
from workbench.core.steering import Steering
from workbench.core.supervision import supervised


def model(**changes: object) -> tuple[Bundle, Dataset]:
    project = tiny_project(**({"targets": ("a",), "epochs": 2, "hidden": 8, "layers": 2, "dropout": 0.3} | changes))
    dataset = prepare(table_of(a=wave(300)), project.data)
    run = run_of(list(supervised(project, dataset, Steering(project.train))), project)
    return bundled(run, dataset), dataset


def test_that_dropout_left_on_spreads_forecasts_the_same_way_each_time_and_changes_nothing_else() -> None:
    bundle, dataset = model()
    start, plain = dataset.test.start, forecast_of(bundle, dataset)
    before, state = plain(start)[0], torch.random.get_rng_state()
    forecast = with_dropout(bundle, dataset, 0.8, passes=30)
    (point, low, high), again = forecast(start), forecast(start)
    assert low is not None
    assert high is not None
    assert again[1] is not None
    assert (high > low).all()
    assert ((low <= point) & (point <= high)).mean() > 0.95
    assert low.tobytes() == again[1].tobytes()
    assert torch.equal(state, torch.random.get_rng_state())
    assert before.tobytes() == plain(start)[0].tobytes(), "dropout is off again"


def test_that_a_model_without_dropout_is_told_so() -> None:
    bundle, dataset = model(dropout=0.0)
    with pytest.raises(WorkbenchError) as caught:
        with_dropout(bundle, dataset, 0.8)
    assert caught.value.problem.key == "no-dropout"


def test_that_members_give_their_mean_and_their_quantiles() -> None:
    start = np.arange(3)
    members = [lambda at, k=k: (np.full((len(at), 2, 1), float(k)), None, None) for k in range(11)]
    point, low, high = of_members(members, 0.8)(start)
    np.testing.assert_array_equal(point, 5.0)
    np.testing.assert_allclose(low, 1.0)
    np.testing.assert_allclose(high, 9.0)


def test_that_a_band_of_its_own_is_measured_as_it_is_and_calibrated_beside() -> None:
    bundle, dataset = model()
    found = evaluation(
        dataset, "test", {"model": with_dropout(bundle, dataset, 0.8, passes=20)}, (0.8,), ("split",), {"model": 0.8}
    )
    own, split = found.bands["model"]
    assert (own.kind, split.kind) == ("own", "split")
    low, high = own.bands[0.8]
    truth = dataset.truth(dataset.test.start)
    assert own.report.value("coverage", 0.8) == pytest.approx(((truth >= low) & (truth <= high)).mean())
    assert len(own.calibration) == 0
