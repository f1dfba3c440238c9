"""The series is on the device once; windows are views on it, and a batch is cut by one index."""

from __future__ import annotations

import numpy as np
import torch

from series import tiny_project, tiny_table
from workbench.core.batches import Batches
from workbench.core.dataset import prepare

CPU = torch.device("cpu")


def test_that_all_windows_are_views_on_one_copy_of_the_series() -> None:
    project = tiny_project(window=40, targets=("a", "b"))
    dataset = prepare(tiny_table(2000), project.data)
    batches = Batches(dataset, CPU, ahead=False)
    for views, series in ((batches._inputs, dataset.scaled), (batches._labels, dataset.labels)):
        assert views.untyped_storage().nbytes() == series.nbytes, "no window was copied"
        assert views.untyped_storage().data_ptr() == series.ctypes.data, "on a CPU not even the series"
        assert len(views) > 1900


def test_that_a_batch_holds_the_windows_that_were_asked_for() -> None:
    project = tiny_project(window=12, horizon=3)
    dataset = prepare(tiny_table(), project.data)
    rows = dataset.train.start[[7, 0, 31]]
    x, ahead, y = Batches(dataset, CPU, ahead=False).cut(torch.from_numpy(rows))
    assert ahead is None
    for index, row in enumerate(rows):
        assert np.array_equal(x[index].numpy(), dataset.scaled[row : row + 12])
        assert np.array_equal(y[index].numpy(), dataset.labels[row + 12 : row + 15])
