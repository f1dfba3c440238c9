"""The self-check passes on a healthy machine and fails on a broken cell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

from workbench.core.cells import CELLS, CellOptions
from workbench.core.cells.cell import Array, Operations
from workbench.core.selfcheck import check_cell, check_cells


def test_that_every_cell_passes_here() -> None:
    checks = check_cells()
    assert [check.key for check in checks] == list(CELLS.keys())
    for check in checks:
        assert check.passed
        assert max(check.forward, check.explained) <= 1e-12


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_a_cell_whose_step_is_wrong_fails(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(CELLS[cell])
    right = kind.step

    def wrong(
        self: object,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions | None = None,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        found, gates = right(CELLS[cell], weights, x, state, ops, options)
        return {**found, "h": found["h"] * (1 + 1e-7)}, gates

    monkeypatch.setattr(kind, "step", wrong)
    check = check_cell(CELLS[cell])
    assert not check.passed
    assert min(check.forward, check.explained) > 1e-10


def test_that_checking_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    check_cells()
    assert torch.equal(torch.rand(4), expected)
