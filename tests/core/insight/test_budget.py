"""Another cell of the same size is the nearest there is."""

from __future__ import annotations

import pytest

from series import tiny_project
from workbench.core.cells import CELLS
from workbench.core.forecaster import Forecaster
from workbench.core.insight.budget import parameters, with_budget, with_cell
from workbench.core.project import ModelSpec


@pytest.mark.parametrize("before", ["lstm", "rnn"])
@pytest.mark.parametrize("after", CELLS.keys())
@pytest.mark.parametrize("more", [{}, {"layers": 3}, {"bidirectional": True, "layers": 2}], ids=str)
def test_that_the_nearest_number_of_units_is_found(before: str, after: str, more: dict[str, object]) -> None:
    data = tiny_project(inputs=("b",)).data
    model = ModelSpec(cell=before, hidden=40).changed(**more)
    found, wanted = with_cell(model, data, after), parameters(model, data)

    def off(hidden: int) -> int:
        return abs(parameters(found.changed(hidden=hidden), data) - wanted)

    assert found.cell == after
    assert off(found.hidden) == min(off(hidden) for hidden in range(1, 150))
    if before == after:
        assert found.hidden == model.hidden


def test_that_the_count_is_that_of_the_network() -> None:
    project = tiny_project(inputs=("b",), hidden=9, cell="gru")
    network = Forecaster(project.model, 2, 1, 3)
    assert parameters(project.model, project.data) == sum(weight.numel() for weight in network.parameters())


def test_that_a_budget_sets_the_units() -> None:
    data = tiny_project().data
    for budget in (100, 5_000, 100_000):
        found = with_budget(ModelSpec(), data, budget)
        assert abs(parameters(found, data) - budget) < 0.3 * budget
    assert ModelSpec(options={"chrono": 7}) == with_budget(ModelSpec(options={"chrono": 7}), data, 10184).changed(
        hidden=48
    )
