"""The picture of a cell and its evaluated equations, against a NumPy recomputation from the exported weights."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from byhand import by_hand, sigma
from recorded import recorded_events, small_dataset, small_project
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.insight.diagram import diagram_of, part_values, route
from workbench.core.insight.size import shapes_for
from workbench.core.insight.stepping import evaluated, figure, lines, tokens
from workbench.core.project import ModelSpec, Project
from workbench.core.run import Run

OPTIONS = {"layer_norm": True, "zoneout": 0.1, "initial_state": "learned"}
SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"layers": 2},
    {"options": OPTIONS},
    {"bidirectional": True, "layers": 2},
    {"segment": 6, "decoder": "parallel", "normalisation": "revin"},
)


def ended(project: Project) -> Run:
    run = Run(1, project)
    for event in recorded_events(project):
        run.apply(event)
    return run


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_what_is_shown_is_what_the_exported_weights_give(cell: str, tmp_path: Path) -> None:
    project = small_project(cell)
    run, dataset = ended(project), small_dataset(project)
    WbmExport().write(tmp_path / "m.wbm", Package(bundled(run, dataset), None, None))
    weights = dict(read_model(tmp_path / "m.wbm").weights)
    probe = run.probe()
    assert probe is not None
    window = dataset.x[probe.start].astype(np.float64)
    levels = project.data.levels
    window[:, :levels] -= window[-1, :levels].copy()
    truth = by_hand(cell, weights, window)
    for step in (0, 1, 17, 35):
        found = evaluated(
            project.model, project.data, weights, probe.traces, dataset.x[probe.start], layer=0, step=step
        )
        assert found.exact
        for key, values in truth.items():
            np.testing.assert_allclose(found.values[key], values[step], atol=1e-5, err_msg=f"{key} at {step}")
            np.testing.assert_allclose(found.step.made[key].value[0], values[step], atol=1e-5)
        for line in lines(project.model, found, 3):
            assert line.value == pytest.approx(truth[line.key][step, 3], abs=1e-5)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_equations_and_network_agree_with_every_option(cell: str, settings: dict[str, object]) -> None:
    project = small_project(cell, epochs=1, **settings)
    run, dataset = ended(project), small_dataset(project)
    probe = run.probe()
    assert probe is not None
    assert run.best is not None
    for layer in range(project.model.layers):
        for back in (False, True) if project.model.bidirectional else (False,):
            for step in (0, 7, 35):
                found = evaluated(
                    project.model, project.data, run.best.weights, probe.traces, dataset.x[probe.start],
                    layer=layer, step=step, back=back,
                )  # fmt: skip
                assert found.difference < 1e-5


NUMBER = r"\(?(−?\d+\.?\d*)\)?"


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("options", [{}, {"zoneout": 0.25}], ids=str)
def test_that_the_numbers_of_a_line_give_its_result(cell: str, options: dict[str, object]) -> None:
    project = small_project(cell, epochs=1, options=options)
    run, dataset = ended(project), small_dataset(project)
    probe = run.probe()
    found = evaluated(
        project.model, project.data, run.best.weights, probe.traces, dataset.x[probe.start], layer=0, step=20
    )
    written = [line for line in lines(project.model, found, 5) if line.key]
    assert [line.key for line in written] == [line.key for line in sorted(written, key=written.index)]
    assert {line.key for line in written} == {signal.key for signal in CELLS[cell].signals}
    for line in written:
        code = (
            line.numbers.replace("−", "-").replace("·", "*").replace("σ(", "sigma(").replace("max(0,", "np.maximum(0,")
        )
        code = re.sub(r"\btanh\(", "np.tanh(", code)
        value = float(eval(code, {"sigma": sigma, "np": np}))
        assert value == pytest.approx(line.value, abs=4e-3), (line.equation, line.numbers)


def test_that_weights_of_another_epoch_are_noticed() -> None:
    project = small_project("lstm")
    run, dataset = ended(project), small_dataset(project)
    probe = run.probe()
    zeros = {name: np.zeros(shape) for name, shape in shapes_for(project.model, project.data).items()}
    found = evaluated(project.model, project.data, zeros, probe.traces, dataset.x[probe.start], layer=0, step=9)
    assert not found.exact
    by_key = {line.key: line for line in lines(project.model, found, 0)}
    assert by_key["f"].numbers == ""
    left, right = by_key["c"].numbers.split(" + ")
    assert by_key["c"].value == pytest.approx(
        sum(
            np.prod([float(part.strip("()").replace("−", "-")) for part in side.split(" · ")]) for side in (left, right)
        ),
        abs=4e-3,
    )


def test_that_shared_channels_are_read_one_by_one() -> None:
    project = small_project(targets=("load", "temp"), epochs=1, channels="shared")
    window = np.random.default_rng(0).normal(size=(36, 4))
    found = tokens(project.model, project.data, {}, window, target=1)
    np.testing.assert_allclose(found[:, 0], window[:, 1] - window[-1, 1])
    assert found.shape[1] == 1 + window.shape[1] - 2


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("options", [{}, OPTIONS], ids=["plain", "options"])
def test_that_every_cell_has_a_picture(cell: str, options: dict[str, object]) -> None:
    diagram = diagram_of(ModelSpec(cell=cell, options=options))
    named = [part.key for part in diagram.parts if part.key and part.kind in ("gate", "operation")]
    assert sorted(named) == sorted(signal.key for signal in CELLS[cell].signals)
    assert len({(part.column, part.row) for part in diagram.parts}) == len(diagram.parts)
    gates = [part for part in diagram.parts if part.kind == "gate"]
    assert len(gates) == len(CELLS[cell].weight_blocks)
    assert all("x" in part.reads for part in gates)
    assert sum(wire.peephole for wire in diagram.wires) == len(CELLS[cell].peepholes)
    for part in diagram.parts:
        assert 0 <= part.column <= diagram.columns
        assert 0 <= part.row <= diagram.rows


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_no_wire_runs_through_a_part(cell: str) -> None:
    diagram = diagram_of(ModelSpec(cell=cell))
    for wire in diagram.wires:
        corners = route(diagram, wire)
        for (ax, ay), (bx, by) in pairwise(corners):
            for share in np.linspace(0, 1, 41):
                x, y = ax + share * (bx - ax), ay + share * (by - ay)
                for part in diagram.parts:
                    if part.number not in (wire.source, wire.target):
                        assert abs(part.column - x) >= 0.25 or abs(part.row - y) >= 0.25, (wire, part)


def test_that_the_picture_of_an_lstm_is_the_one_of_the_books() -> None:
    diagram = diagram_of(ModelSpec(cell="lstm"))
    parts = {part.number: part for part in diagram.parts}
    into = lambda key: sorted(  # noqa: E731
        parts[wire.source].symbol for wire in diagram.wires if wire.target == diagram.part(key, "operation").number
    )
    assert into("c") == ["×", "×"]
    assert into("h") == ["tanh", "σ"] or into("h") == ["σ", "tanh"]
    assert diagram.part("c", "before").row == diagram.part("c", "after").row == diagram.part("c", "operation").row == 0


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_parts_carry_the_values_of_the_step(cell: str) -> None:
    project = small_project(cell, epochs=1)
    run, dataset = ended(project), small_dataset(project)
    probe = run.probe()
    found = evaluated(
        project.model, project.data, run.best.weights, probe.traces, dataset.x[probe.start], layer=0, step=20
    )
    values = part_values(project.model, found, 4)
    for part in diagram_of(project.model).parts:
        if part.kind == "before":
            assert values[part.number] == pytest.approx(float(probe.traces[0].values[part.key][19, 4]), abs=1e-5)
        elif part.key:
            assert values[part.number] == pytest.approx(float(probe.traces[0].values[part.key][20, 4]), abs=1e-5)
    if cell == "lstm":
        one = {part.number: part for part in diagram_of(project.model).parts}
        kept = next(n for n, part in one.items() if part.symbol == "×" and part.row == 0)
        v = probe.traces[0].values
        assert values[kept] == pytest.approx(float(v["f"][20, 4] * v["c"][19, 4]), abs=1e-5)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.000"), (-0.0001, "0.000"), (-1.5, "−1.500"), (12345.6, "1.23e+04")]
)
def test_that_figures_are_short(value: float, text: str) -> None:
    assert figure(value) == text
