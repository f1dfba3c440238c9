"""A step's time is measured on the very network that trains, and leaves no trace in one."""

from __future__ import annotations

import pytest
import torch

from series import tiny_project
from workbench.core.cells import CELLS
from workbench.core.measuring import step_ms


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("options", [{}, {"recurrent_dropout": 0.3, "zoneout": 0.2}], ids=["plain", "drawn"])
def test_that_measuring_draws_nothing(cell: str, options: dict[str, object]) -> None:
    project = tiny_project(cell=cell, layers=2, dropout=0.4, options=options, bidirectional=True)
    before = torch.get_rng_state()
    found = step_ms(project)
    assert found is not None
    assert 0.01 < found < 5_000
    assert torch.equal(torch.get_rng_state(), before)


def test_that_larger_networks_and_loops_take_longer() -> None:
    small = step_ms(tiny_project(cell="lstm", hidden=8, window=10))
    large = step_ms(tiny_project(cell="lstm", hidden=256, window=80, batch=64))
    looped = step_ms(tiny_project(cell="lstm", hidden=8, window=80, options={"recurrent_dropout": 0.1}))
    assert small is not None
    assert large is not None
    assert looped is not None
    assert large > 2 * small, "a hundred times the arithmetic"
    assert looped > 2 * small, "dropout between steps needs the loop, and its time is what is told"


def test_that_measuring_can_be_cancelled() -> None:
    assert step_ms(tiny_project(), lambda: True) is None
