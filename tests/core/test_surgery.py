"""Surgery against float64 loops from the papers in which the same is done to the values of every step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from series import run_of, tiny_project, tiny_table
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset, prepare
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.forecaster import blank, predicted
from workbench.core.moving import moved_window
from workbench.core.operating import operated_bundle, ranked, tried
from workbench.core.operations import (
    Clamp,
    Couple,
    CutPeepholes,
    Freeze,
    MovePoint,
    SetWeight,
    Silence,
    Start,
    operation_of,
    replaced,
)
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec, Project, project_from_json
from workbench.core.run import Run
from workbench.core.steering import Steering
from workbench.core.supervision import supervised
from workbench.core.surgery import operated, operated_project

Array = NDArray[np.float64]
Touch = Callable[[str, Array], Array]
"""Gets the name and the value of a gate or state at every step, and returns what it is from then on."""

H = 4


def trained(project: Project, start: dict[str, Array] | None = None) -> tuple[Run, Dataset]:
    dataset = prepare(tiny_table(), project.data)
    return run_of(supervised(project, dataset, Steering(project.train), start), project), dataset


def sigma(a: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-a))


def loop(cell: str, weights: dict[str, Array], x: Array, touch: Touch, coupled: bool = False) -> dict[str, Array]:
    """Run a cell over x (T, F) as its paper says, each value through `touch`; returns all signals (T, H)."""
    w = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    blocks = CELLS[cell].weight_blocks
    cut = lambda name: dict(zip(blocks, np.split(w[name], len(blocks)), strict=True))  # noqa: E731
    wi, wh, bi, bh = (cut(name) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    peep = dict(zip(CELLS[cell].peepholes, np.split(w["weight_ch"], len(CELLS[cell].peepholes)), strict=True)) \
        if "weight_ch" in w else {}  # fmt: skip
    h, c, out = touch("h0", np.zeros(H)), touch("c0", np.zeros(H)), []
    for x_t in x:
        a = {b: wi[b] @ x_t + bi[b] + wh[b] @ h + bh[b] for b in blocks}
        one: dict[str, Array] = {}
        if cell.startswith("rnn"):
            h = touch("h", np.tanh(a["h"]) if cell == "rnn" else np.maximum(a["h"], 0))
        elif cell == "gru":
            one["r"], one["z"] = touch("r", sigma(a["r"])), touch("z", sigma(a["z"]))
            n = np.tanh(wi["n"] @ x_t + bi["n"] + one["r"] * (wh["n"] @ h + bh["n"]))
            one["n"] = touch("n", n)
            h = touch("h", (1 - one["z"]) * one["n"] + one["z"] * h)
        else:
            one["f"] = touch("f", sigma(a["f"] + peep.get("f", 0) * c))
            one["i"] = 1 - one["f"]
            if "i" in blocks and not coupled:
                one["i"] = touch("i", sigma(a["i"] + peep.get("i", 0) * c))
            one["g"] = touch("g", np.tanh(a["g"]))
            c = touch("c", one["f"] * c + one["i"] * one["g"])
            one["o"] = touch("o", sigma(a["o"] + peep.get("o", 0) * c))
            h = touch("h", one["o"] * np.tanh(c))
            one["c"] = c
        out.append(one | {"h": h})
    return {key: np.array([step[key] for step in out]) for key in out[0]}


def project_of(cell: str, **settings: object) -> Project:
    return tiny_project(cell=cell, hidden=H, inputs=("b",), normalisation="none", **settings)


def layer_weights(weights: dict[str, Array]) -> dict[str, Array]:
    mark = "layers.0.kernel."
    return {name[len(mark) : -3]: value for name, value in weights.items() if name.startswith(mark)}


@pytest.fixture(scope="module", params=CELLS.keys())
def model(request: pytest.FixtureRequest):
    """A trained network of each cell: project, weights, dataset and the start of a window."""
    project = project_of(request.param)
    run, dataset = trained(project)
    return project, dict(run.best.weights), dataset, int(dataset.valid.start[-1])


def nothing(name: str, value: Array) -> Array:
    return value


def set_unit(keys: dict[str, float], unit: int) -> Touch:
    def touch(name: str, value: Array) -> Array:
        if name.rstrip("0") in keys:
            value = value.copy()
            value[unit] = keys[name.rstrip("0")]
        return value

    return touch


def check(model, operation, touch: Touch, coupled: bool = False) -> dict[str, Array]:
    """Compare the network's own trace after `operation` with the loop's; return the loop's signals."""
    project, weights, dataset, start = model
    trial = tried(project, weights, dataset, start, (operation,), epoch=1)
    found = loop(project.model.cell, layer_weights(weights), dataset.x[start], touch, coupled)
    for key, values in found.items():
        np.testing.assert_allclose(trial.probe.traces[0].values[key], values, atol=1e-5, err_msg=key)
    return found


def test_that_without_operations_the_loop_and_the_network_agree(model) -> None:
    project, weights, dataset, start = model
    trial = tried(project, weights, dataset, start, (), epoch=1)
    for key, values in loop(project.model.cell, layer_weights(weights), dataset.x[start], nothing).items():
        np.testing.assert_allclose(trial.probe.traces[0].values[key], values, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("unit", [None, 2])
def test_that_every_gate_can_be_clamped(model, value: float, unit: int | None) -> None:
    for gate in CELLS[model[0].model.cell].gates:
        if gate.key in CELLS[model[0].model.cell].complements:
            continue

        def touch(name: str, now: Array, key: str = gate.key) -> Array:
            return np.where(np.arange(H) == unit, value, now) if unit is not None and name == key else (
                np.full(H, value) if name == key else now
            )  # fmt: skip

        found = check(model, Clamp(gate=gate.key, value=value, unit=unit), touch)
        assert (found[gate.key][:, slice(None) if unit is None else unit] == value).all()


def test_that_a_unit_can_be_silenced(model) -> None:
    states = {state.key: 0.0 for state in CELLS[model[0].model.cell].states}
    project, weights, dataset, start = model
    trial = tried(project, weights, dataset, start, (Silence(unit=1),), epoch=1)
    found = loop(project.model.cell, layer_weights(weights), dataset.x[start], set_unit(states, 1))
    others = np.arange(H) != 1
    for key, values in found.items():
        np.testing.assert_allclose(trial.probe.traces[0].values[key][:, others], values[:, others], atol=1e-5)
    for key in states:
        assert np.abs(trial.probe.traces[0].values[key][:, 1]).max() < 1e-12


def test_that_a_unit_can_be_frozen(model) -> None:
    project, weights, dataset, start = model
    before = tried(project, weights, dataset, start, (), epoch=1).probe.traces[0].values
    states = {state.key: float(before[state.key][5, 3]) for state in CELLS[project.model.cell].states}
    trial = tried(project, weights, dataset, start, (Freeze(unit=3, states=states),), epoch=1)
    found = loop(project.model.cell, layer_weights(weights), dataset.x[start], set_unit(states, 3))
    for key, value in states.items():
        np.testing.assert_allclose(trial.probe.traces[0].values[key][:, 3], value, atol=1e-5)
        np.testing.assert_allclose(trial.probe.traces[0].values[key], found[key], atol=1e-5)


def test_that_gates_can_be_coupled(model) -> None:
    if "i" in CELLS[model[0].model.cell].weight_blocks:
        check(model, Couple(), nothing, coupled=True)
    else:
        with pytest.raises(WorkbenchError) as caught:
            check(model, Couple(), nothing)
        assert caught.value.problem.key == "no-operation"


def test_that_peepholes_can_be_cut(model) -> None:
    project, weights, dataset, start = model
    if not CELLS[project.model.cell].peepholes:
        with pytest.raises(WorkbenchError, match="no peepholes"):
            operated(project.model, weights, (CutPeepholes(),))
        return
    trial = tried(project, weights, dataset, start, (CutPeepholes(),), epoch=1)
    bare = {name: value for name, value in layer_weights(weights).items() if name != "weight_ch"}
    found = loop(project.model.cell, bare, dataset.x[start], nothing)
    for key, values in found.items():
        np.testing.assert_allclose(trial.probe.traces[0].values[key], values, atol=1e-5)


def test_that_the_first_state_can_be_another(model) -> None:
    check(model, Start(state="h", value=0.5, unit=1),
          lambda name, value: np.where(np.arange(H) == 1, 0.5, value) if name == "h0" else value)  # fmt: skip


def test_that_a_weight_can_be_edited(model) -> None:
    project, weights, dataset, start = model
    trial = tried(
        project, weights, dataset, start, (SetWeight(name="weight_hh", row=1, column=2, value=0.75),), epoch=1
    )
    own = {name: value.copy() for name, value in layer_weights(weights).items()}
    own["weight_hh"][1, 2] = 0.75
    found = loop(project.model.cell, own, dataset.x[start], nothing)
    np.testing.assert_allclose(trial.probe.traces[0].values["h"], found["h"], atol=1e-5)
    _model, changed = operated(project.model, weights, (SetWeight(name="head.bias", row=0, value=9.0),))
    assert changed["head.bias"][0] == 9.0
    assert weights["head.bias"][0] != 9.0


def test_that_one_operation_leaves_what_it_is_not_about_alone(model) -> None:
    project, weights, *_rest = model
    made, changed = operated(project.model, weights, (Silence(unit=0),))
    assert made == project.model
    for name, value in changed.items():
        if "layers.0" not in name:
            np.testing.assert_array_equal(value, weights[name])


@pytest.mark.parametrize(
    "settings",
    [
        {"options": {"layer_norm": True}},
        {"options": {"bias": False}},
        {"options": {"zoneout": 0.3}},
        {"options": {"initial_state": "learned"}},
        {"bidirectional": True, "layers": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_options_of_the_cell_change_nothing_about_it(cell: str, settings: dict[str, object]) -> None:
    project = project_of(cell, **settings)
    run, dataset = trained(project)
    weights, start = dict(run.best.weights), int(dataset.valid.start[-1])
    layer = project.model.layers - 1
    unit = project.model.width - 1
    trial = tried(project, weights, dataset, start, (Silence(layer=layer, unit=unit),), epoch=1)
    for state in CELLS[cell].states:
        assert np.abs(trial.probe.traces[layer].values[state.key][:, unit]).max() < 1e-12
    for gate in CELLS[cell].gates:
        if gate.key not in CELLS[cell].complements:
            clamp = Clamp(layer=layer, gate=gate.key, value=0.75)
            trial = tried(project, weights, dataset, start, (clamp,), epoch=1)
            np.testing.assert_allclose(trial.probe.traces[layer].values[gate.key], 0.75, atol=1e-6)


def test_that_a_clamped_complement_clamps_the_other_gate() -> None:
    project = project_of("lstm-coupled")
    run, dataset = trained(project)
    trial = tried(project, run.best.weights, dataset, 0, (Clamp(gate="i", value=0.25),), epoch=1)
    np.testing.assert_allclose(trial.probe.traces[0].values["f"], 0.75, atol=1e-6)


def test_that_coupled_gates_follow_a_clamped_one() -> None:
    project = project_of("lstm")
    run, dataset = trained(project)
    for order in ((Couple(), Clamp(gate="f", value=1.0)), (Clamp(gate="f", value=1.0), Couple())):
        values = tried(project, run.best.weights, dataset, 0, order, epoch=1).probe.traces[0].values
        assert np.abs(values["i"]).max() < 1e-12
        assert np.abs(values["c"]).max() < 1e-12


@pytest.mark.parametrize(
    "operation",
    [
        Clamp(gate="z", value=0.5),
        Clamp(gate="f", value=1.5),
        Clamp(gate="f", value=0.5, unit=99),
        Clamp(gate="f", value=0.5, layer=3),
        Freeze(unit=0, states={"h": 0.5}),
        Start(state="x", value=1.0),
        SetWeight(name="weight_xx", row=0, value=1.0),
        SetWeight(name="weight_hh", row=0, column=99, value=1.0),
        SetWeight(name="weight_hh", row=0, value=1.0),
    ],
    ids=lambda operation: operation.notation,
)
def test_that_what_cannot_be_done_is_refused_with_a_reason(operation) -> None:
    project = project_of("lstm")
    network = blank(project.model, project.data)
    weights = {name: np.zeros(tuple(value.shape), np.float32) for name, value in network.state_dict().items()}
    with pytest.raises(WorkbenchError) as caught:
        operated(project.model, weights, (operation,))
    assert caught.value.problem.key == "no-operation"
    assert operation.notation in caught.value.problem.text()


def test_that_a_moved_point_is_read_as_if_the_file_had_held_it() -> None:
    for settings in ({}, {"power": "log"}, {"difference": "step"}):
        project = tiny_project(cell="lstm", inputs=("b",), **settings)
        run, dataset = trained(project)
        start = int(dataset.valid.start[-1])
        moves = (
            MovePoint(window=start, step=9, column=0, value=12.5),
            MovePoint(window=start, step=4, column=1, value=8.0),
        )
        table = tiny_table()
        for move in moves:
            table.columns[1 + move.column].values[start + move.step] = move.value
        other = prepare(table, project.data, dataset.fit)
        np.testing.assert_allclose(moved_window(dataset, start, moves), other.x[start], atol=1e-5)
        mine = tried(project, run.best.weights, dataset, start, moves, epoch=1).probe
        theirs = tried(project, run.best.weights, other, start, (), epoch=1).probe
        np.testing.assert_allclose(mine.forecast, theirs.forecast, rtol=1e-5)
        np.testing.assert_array_equal(moved_window(dataset, start - 1, moves), dataset.x[start - 1])


def test_that_a_changed_model_is_exported_with_its_surgery_and_its_own_scores(tmp_path) -> None:
    project = project_of("lstm")
    run, dataset = trained(project)
    before = bundled(run, dataset)
    operations = (
        Clamp(gate="f", value=1.0),
        Start(state="c", value=0.5),
        MovePoint(window=0, step=0, column=0, value=1.0),
    )
    after = operated_bundle(before, dataset, operations)
    WbmExport().write(tmp_path / "m.wbm", Package(after, None, None))
    again = read_model(tmp_path / "m.wbm")
    assert again.project.surgery == operations[:2]
    old, new = (
        {entry.name: entry.mae for entry in one.facts.scores if entry.part == "valid"} for one in (before, again)
    )
    assert new["model"] != old["model"]
    assert new["last"] == old["last"]
    network = blank(again.project.model, again.project.data)
    network.restore(again.weights)
    trial = tried(project, run.best.weights, dataset, 3, operations[:2], epoch=1)
    np.testing.assert_allclose(
        dataset.to_original(predicted(network, dataset.x[[3]]), np.array([3]))[0], trial.probe.forecast, rtol=1e-6
    )
    assert operated_bundle(before, dataset, operations[2:]) is before


def test_that_a_changed_model_can_be_trained_on() -> None:
    project = project_of("lstm")
    run, _dataset = trained(project)
    made, weights = operated_project(
        project, run.best.weights, (Clamp(gate="f", value=1.0), Start(state="h", value=0.1))
    )
    again, _dataset = trained(made, weights)
    assert again.state == "finished"
    assert [entry.notation for entry in again.project.surgery] == ["f = 1", "h0 = 0.1"]
    assert project_from_json(again.project.to_json()) == again.project


def test_that_a_ranking_tells_what_each_unit_is_worth() -> None:
    project = project_of("lstm", epochs=8, learning_rate=0.02)
    run, dataset = trained(project)
    weights = {name: value.copy() for name, value in run.best.weights.items()}
    weights["head.weight"][:, 2] = 0  # nobody listens to unit 2
    weights["layers.0.kernel.weight_hh_l0"][:, 2] = 0
    found = ranked(project, weights, dataset, 0)
    assert sorted(entry.unit for entry in found) == [0, 1, 2, 3]
    changes = [entry.change for entry in found]
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 0
    for entry in found:
        alone = tried(project, weights, dataset, 3, (Silence(unit=entry.unit),), epoch=1).scores.mae
        assert entry.mae == pytest.approx(alone)
        assert (abs(entry.change) < 1e-6) is (entry.unit == 2)


@pytest.mark.parametrize(
    "text",
    ["f = 1", "f[12] = 0.5", "zero[3]", "peepholes = 0", "i = 1 - f", "c0 = 0.5", "h0[2] = -1", "2: z = 0",
     "weight_hh[3,4] = 0.2", "bias_ih[3] = -1e-05", "head.weight[0,1] = 2"],
)  # fmt: skip
def test_that_the_notation_reads_back(text: str) -> None:
    assert operation_of(text).notation == text
    assert operation_of(f"  {text.replace(' = ', '=')} ").notation == text


@given(st.text(max_size=30))
def test_that_no_text_breaks_the_reader(text: str) -> None:
    with suppress(WorkbenchError):
        assert operation_of(operation_of(text).notation)


@pytest.mark.parametrize("text", ["", "f", "f = x", "zero[]", "q[1", "0: f = 1", "f = 1e999", "weight_hh = 3"])
def test_that_what_is_no_operation_is_refused_with_examples(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        operation_of(text)
    assert caught.value.problem.remedy()


def test_that_a_later_operation_on_the_same_place_takes_the_place_of_the_earlier() -> None:
    operations = replaced(replaced((Clamp(gate="f", value=1.0),), Clamp(gate="f", value=0.5)), Silence(unit=3))
    assert [entry.notation for entry in operations] == ["f = 0.5", "zero[3]"]
    assert len(replaced(operations, Freeze(unit=3, states={"c": 0.0, "h": 0.0}))) == 2
    assert len(replaced(operations, Clamp(gate="f", value=0.5, unit=1))) == 3


def test_that_a_model_without_operations_is_left_as_it_is() -> None:
    model = ModelSpec(cell="gru", hidden=3)
    assert operated(model, {"a": np.ones(2)}, ())[0] is model
