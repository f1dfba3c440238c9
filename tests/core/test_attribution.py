"""What a forecast hangs on, against finite differences and the axioms of integrated gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recorded import small_dataset, small_project
from workbench.core.attribution import attributed
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.insight.attribution import half_within


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_that_the_gradient_is_that_of_finite_differences(cell: str) -> None:
    project = small_project(cell)
    dataset = small_dataset(project)
    torch.manual_seed(1)
    network = Forecaster.of(project.model, project.data)
    start = int(dataset.test.start[3])
    found = attributed(project, Improved(3, 0.1, network.snapshot()), dataset, start, 7, integrate=False)
    assert (found.epoch, found.step, found.columns) == (3, 7, ("load", "temp"))
    assert found.integrated is None
    network.double()
    x = dataset.x[start].astype(np.float64)
    for step, column in ((0, 0), (20, 1), (35, 0), (35, 1)):
        both = np.stack([x, x])
        both[0, step, column] += 1e-3
        both[1, step, column] -= 1e-3
        high, low = predicted(network, both)[:, 7, 0]
        assert found.gradient[step, column] == pytest.approx((high - low) / 2e-3, rel=1e-2, abs=1e-5)


def test_that_integrated_gradients_add_up_to_the_forecast() -> None:
    project = small_project("lstm", normalisation="none")
    dataset = small_dataset(project)
    torch.manual_seed(0)
    network = Forecaster.of(project.model, project.data)
    start = int(dataset.test.start[0])
    found = attributed(project, Improved(1, 0.1, network.snapshot()), dataset, start, 0)
    ends = predicted(network, np.stack([dataset.x[start], np.zeros_like(dataset.x[start])]))[:, 0, 0]
    assert found.difference == pytest.approx(float(ends[0] - ends[1]), abs=1e-6)
    assert found.completeness_error < 0.01
    assert found.sum == pytest.approx(found.difference, rel=0.01)


def test_that_half_of_the_influence_is_counted_from_the_newest_step() -> None:
    assert half_within(np.array([0.0, 0.0, 1.0, 1.0])) == 1
    assert half_within(np.array([3.0, 0.0, 0.0, 1.0])) == 4
    assert half_within(np.zeros(3)) == 0
