"""Which cells are told to be slow on a GPU. No GPU is needed to ask."""

from __future__ import annotations

import pytest
import torch

from workbench.core.cells import CELLS
from workbench.core.devices import slow_on
from workbench.core.project import ModelSpec

GPU = torch.device("cuda", 0)


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_a_cell_without_a_kernel_on_a_gpu_says_so(cell: str) -> None:
    plain = slow_on(GPU, ModelSpec(cell=cell))
    assert (plain is not None) == ("peephole" in cell)
    found = slow_on(GPU, ModelSpec(cell=cell, options={"layer_norm": True}))
    assert found is not None
    assert found.severity == "warning"
    assert CELLS[cell].label in found.text()
    assert "CPU" in found.remedy()
    assert slow_on(torch.device("cpu"), ModelSpec(cell=cell, options={"layer_norm": True})) is None
