"""A morphed network forecasts what it did before, and can learn more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from series import run_of, tiny_project, tiny_table, train
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.insight.size import MOST_HIDDEN, hidden_for, parameter_count, weight_shapes
from workbench.core.morphs import Morphed, grown, morphed, offers, with_peepholes
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec
from workbench.core.steering import Steering
from workbench.core.supervision import supervised

X = np.random.default_rng(1).normal(size=(6, 30, 3)).astype(np.float32)


def trained(cell: str, **settings: Any) -> Forecaster:
    torch.manual_seed(0)
    made = Forecaster(ModelSpec(cell=cell, hidden=8, layers=2, **settings), 3, 2, 4)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return made


def rebuilt(found: Morphed) -> Forecaster:
    model, weights = found
    assert {name: value.shape for name, value in weights.items()} == weight_shapes(model, 3, 8)
    made = Forecaster(model, 3, 2, 4)
    made.restore(weights)
    return made


def learns(network: Forecaster) -> bool:
    """True if a step of training changes the forecasts."""
    before = predicted(network, X)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    network(torch.from_numpy(X)).square().mean().backward()
    optimiser.step()
    return bool(np.abs(predicted(network, X) - before).max() > 1e-3)


@pytest.mark.parametrize("cell", ["lstm", "lstm-coupled"])
def test_that_peepholes_of_zero_change_nothing_and_can_open(cell: str) -> None:
    old = trained(cell)
    new = rebuilt(with_peepholes(old.model, old.snapshot()))
    assert new.model.cell == cell.replace("lstm", "lstm-peephole")
    np.testing.assert_allclose(predicted(new, X), predicted(old, X), atol=1e-6)
    assert learns(new)
    assert new.layers[0].kernel.get_parameter("weight_ch_l0").abs().max() > 0


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("options", [{}, {"initial_state": "learned", "zoneout": 0.1}, {"bias": False}], ids=str)
def test_that_new_units_change_nothing_and_are_used_later(cell: str, options: dict[str, object]) -> None:
    old = trained(cell, options=options)
    new = rebuilt(grown(old.model, old.snapshot(), 13, np.random.default_rng(0)))
    np.testing.assert_allclose(predicted(new, X), predicted(old, X), atol=1e-6, rtol=1e-5)
    head = new.head.weight
    assert learns(new)
    assert head[:, 8:].abs().max() > 0, "the new units are listened to after a step"


def test_that_what_would_change_the_forecast_is_refused() -> None:
    for cell, options, hidden in (("lstm", {}, 7), ("lstm", {"layer_norm": True}, 9)):
        old = trained(cell, options=options)
        with pytest.raises(WorkbenchError, match="without changing its forecasts"):
            grown(old.model, old.snapshot(), hidden, np.random.default_rng(0))
    old = trained("gru")
    with pytest.raises(WorkbenchError, match="no version with peepholes"):
        with_peepholes(old.model, old.snapshot())


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("parameters", [200, 5_000, 60_000])
def test_that_units_are_found_for_a_number_of_weights(cell: str, parameters: int) -> None:
    model = ModelSpec(cell=cell, layers=2)
    found = hidden_for(model, 3, 8, parameters)

    def off(hidden: int) -> int:
        return abs(parameter_count(model.changed(hidden=hidden), 3, 8) - parameters)

    assert off(found) <= min(off(hidden) for hidden in (found - 1, found + 1) if hidden >= 1)


def test_that_units_stay_within_what_a_model_takes() -> None:
    assert hidden_for(ModelSpec(), 3, 8, 1) == 1
    assert hidden_for(ModelSpec(), 3, 8, 10**12) == MOST_HIDDEN
    ModelSpec(hidden=MOST_HIDDEN)


@pytest.mark.parametrize("key", ["same", "peephole", "wider"])
def test_that_a_training_goes_on_from_a_morphed_network(key: str) -> None:
    project = tiny_project(cell="lstm", hidden=6, epochs=3, learning_rate=0.01)
    dataset = prepare(tiny_table(), project.data)
    first = run_of(train(project, dataset), project)
    changes = offers(project.model)[key]
    assert first.best is not None
    wanted = project.model.changed(**changes)
    model, weights = morphed(project.model, first.best.weights, wanted, np.random.default_rng(0))
    assert model == wanted
    again = project.model_copy(update={"model": model})
    events = list(supervised(again, dataset, Steering(again.train), weights))
    best = [event for event in events if isinstance(event, Improved)]
    assert best[0].epoch == 0
    assert best[0].valid_loss == pytest.approx(first.best.valid_loss, abs=1e-6), "it begins where the other ended"
    assert {name: value.shape for name, value in best[0].weights.items()} == weight_shapes(model, 1, 3)
    assert best[-1].epoch > 0, "and goes on learning"
    assert best[-1].valid_loss < first.best.valid_loss


def test_that_a_training_that_only_makes_it_worse_keeps_what_it_began_with() -> None:
    project = tiny_project(cell="gru", epochs=2, learning_rate=5.0, clip=0.0)
    dataset = prepare(tiny_table(), project.data)
    good = run_of(train(project.changed(train=project.train.changed(learning_rate=0.01)), dataset), project)
    assert good.best is not None
    run = run_of(list(supervised(project, dataset, Steering(project.train), good.best.weights)), project)
    assert run.best is not None
    assert run.best.epoch == 0
    assert all(run.best.weights[name].tobytes() == value.tobytes() for name, value in good.best.weights.items())


@pytest.mark.parametrize(
    "changes",
    [{"cell": "gru"}, {"layers": 3}, {"hidden": 3}, {"bidirectional": True}, {"options": {"bias": False}}],
    ids=str,
)
def test_that_other_changes_are_refused_by_name(changes: dict[str, object]) -> None:
    old = trained("lstm")
    with pytest.raises(WorkbenchError, match="without changing its forecasts") as found:
        morphed(old.model, old.snapshot(), old.model.changed(**changes), np.random.default_rng(0))
    assert found.value.problem.remedy()
