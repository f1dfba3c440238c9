"""States along a series are those of windows that have read enough before."""

from __future__ import annotations

import numpy as np
import torch

from recorded import small_dataset, small_project
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster
from workbench.core.stateseries import states_along


def test_that_each_row_has_the_state_of_a_window_that_read_half_its_length_before() -> None:
    project = small_project("gru")
    dataset = small_dataset(project)
    torch.manual_seed(0)
    network = Forecaster.of(project.model, project.data)
    first, found = states_along(project, Improved(1, 0.1, network.snapshot()), dataset, 0, "h")
    assert (first, found.shape) == (0, (400, 12))
    assert not np.isnan(found[:380]).any()
    start = 18 * 4
    traces, _ = network.trace(torch.tensor(dataset.x[start][None]))
    np.testing.assert_allclose(found[start + 18 : start + 36], traces[0][0].values["h"][18:], atol=2e-3)


def test_that_it_can_be_given_up() -> None:
    project = small_project()
    dataset = small_dataset(project)
    network = Forecaster.of(project.model, project.data)
    _first, found = states_along(
        project, Improved(1, 0.1, network.snapshot()), dataset, 0, "c", cancelled=lambda: True
    )  # fmt: skip
    assert np.isnan(found).all()
