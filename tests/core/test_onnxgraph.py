"""The ONNX graph forecasts what the program forecasts, for every cell, option, decoder and scaling, at every batch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnxruntime
import pytest
from test_combinations import AXES, CASES, table_for

from handover import untrained
from series import table_of, tiny_project, tiny_table, wave
from workbench.core.bands import in_original_units
from workbench.core.bundle import Bundle
from workbench.core.cells import CELLS, arithmetic
from workbench.core.forecaster import foreseen, normalisations, outputs
from workbench.core.forecasting import restored
from workbench.core.handover import settings_of
from workbench.core.onnxgraph import OPSET, meaning, model_bytes, network, recurrent
from workbench.core.proof import TOLERANCE, difference, sizes
from workbench.core.quantiles import student_quantile
from workbench.core.rawwindows import RawWindows, drawn, program_forecast, whole_windows, windows_of


def settings_for(case: dict[str, int]) -> dict[str, Any]:
    settings: dict[str, Any] = {"window": 12, "horizon": 6, "hidden": 4}
    for axis, place in case.items():
        settings |= AXES[axis][place]
    if settings.get("bidirectional") and settings["decoder"] != "direct":
        settings["bidirectional"] = False
    return settings


def run_onnx(content: bytes, raw: RawWindows) -> list[np.ndarray]:
    found: list[np.ndarray] = onnxruntime.InferenceSession(content).run(None, raw.arrays())
    return found


def largest_difference(bundle: Bundle, content: bytes, raw: RawWindows) -> float:
    wanted = [edge for edge in program_forecast(bundle, raw) if edge is not None]
    found = run_onnx(content, raw)
    assert [part.shape for part in found] == [edge.shape for edge in wanted]
    size = sizes(bundle, raw, wanted[0])
    return max(difference(one, two, size)[0] for one, two in zip(found, wanted, strict=True))


@pytest.mark.parametrize("case", CASES, ids=["-".join(str(place) for place in case.values()) for case in CASES])
def test_that_any_two_settings_give_the_same_forecasts(case: dict[str, int]) -> None:
    settings = settings_for(case)
    bundle, dataset = untrained(tiny_project(**settings), table_for(settings))
    content = model_bytes(bundle, {})
    # A layer normalised over 4 units divides by next to nothing now and then; rounding is then seen a hundredfold.
    most = 100 * TOLERANCE if bundle.project.model.cell_options.layer_norm else TOLERANCE
    real = windows_of(bundle, dataset, whole_windows(bundle, dataset)[:7])
    assert len(real) == 7
    for raw in (real, drawn(bundle, 1, 12), drawn(bundle, 64, 18)):
        assert largest_difference(bundle, content, raw) <= most


@pytest.mark.parametrize("case", CASES[::4], ids=str)
def test_that_raw_windows_are_what_the_program_reads(case: dict[str, int]) -> None:
    settings = settings_for(case)
    bundle, dataset = untrained(tiny_project(**settings), table_for(settings))
    start = whole_windows(bundle, dataset)[:40]
    found = program_forecast(bundle, windows_of(bundle, dataset, start))
    scaled = foreseen(restored(bundle), dataset.x[start], dataset.ahead[start + dataset.spec.origin])
    for one, two in zip(found, in_original_units(dataset, start, *scaled), strict=True):
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("more", [{}, {"bidirectional": True}], ids=["one way", "both ways"])
def test_that_operators_and_the_loop_over_the_formula_agree(cell: str, more: Any, monkeypatch: Any) -> None:
    """The formula is the cell's own; the operator is somebody else's implementation of it."""
    bundle, _dataset = untrained(tiny_project(cell=cell, layers=2, **more), tiny_table())
    raw = drawn(bundle, 7, 10)
    by_operator = model_bytes(bundle, {})
    monkeypatch.setattr(recurrent, "OPERATORS", {})
    by_loop = model_bytes(bundle, {})
    assert by_operator != by_loop
    for content in (by_operator, by_loop):
        assert largest_difference(bundle, content, raw) <= TOLERANCE


def test_that_every_fused_cell_has_an_operator() -> None:
    """Without one it would still be exported, as a slower loop."""
    assert {cell.fused for cell in CELLS if cell.fused} == set(recurrent.OPERATORS)


@pytest.mark.parametrize("output", ["point", "classes"])
def test_that_answers_are_exported(output: str) -> None:
    more = {"loss": "cross-entropy", "normalisation": "none", "scaling": "none"} if output == "classes" else {}
    rows = np.arange(240)
    table = table_of(a=rows // 12 % 2, b=wave(240), id=rows // 12)
    project = tiny_project(inputs=("b",), series="id", framing="label", horizon=2, output=output, **more)
    bundle, _dataset = untrained(project, table)
    assert largest_difference(bundle, model_bytes(bundle, {}), drawn(bundle, 20, 10)) <= TOLERANCE


def test_that_missing_values_of_marked_inputs_are_read_as_the_mean() -> None:
    settings = {"inputs": ("c",), "mask_inputs": True, "targets": ("a",)}
    bundle, _dataset = untrained(tiny_project(**settings), table_for(settings))
    raw = drawn(bundle, 20, 10)
    raw.x[::2, ::3, 1] = np.nan
    assert largest_difference(bundle, model_bytes(bundle, {}), raw) <= TOLERANCE


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_that_quantiles_of_student_are_those_of_the_program(level: float) -> None:
    from onnx import helper

    from workbench.core.onnxgraph.graph import Graph

    graph, degrees = Graph(), np.array([2.0, 2.0001, 2.5, 4.0, 4.9, 5.1, 30.0, 1e4])
    if level == 0.5:
        pytest.skip("the middle is the location itself and is never asked for")
    graph.output(meaning.student_quantile(level, graph.input("n", (None,), "float64")), "t")
    made = helper.make_graph(
        graph.nodes, "t", [graph.info("n", ("k",), "float64")], [graph.info("t", ("k",), "float64")], graph.initializers
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    (found,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"n": degrees})
    np.testing.assert_allclose(found, student_quantile(level, degrees), rtol=1e-9)


def test_that_constants_said_twice_are_the_same() -> None:
    assert meaning.SMALLEST_SCALE == outputs.SMALLEST_SCALE
    assert network.EPSILON == normalisations.EPSILON
    assert recurrent.EPSILON == arithmetic.EPSILON


def test_that_the_file_says_what_it_takes() -> None:
    bundle, _dataset = untrained(tiny_project(targets=("a",), inputs=("b",)), tiny_table())
    session = onnxruntime.InferenceSession(model_bytes(bundle, {"settings": settings_of(bundle)}))
    (x,) = session.get_inputs()
    assert (x.name, x.shape, x.type) == ("x", ["batch", "rows", 2], "tensor(double)")
    (forecast,) = session.get_outputs()
    assert (forecast.name, forecast.shape) == ("forecast", ["batch", 3, 1])
    told = json.loads(session.get_modelmeta().custom_metadata_map["settings"])
    assert (told["columns"], told["window"], told["horizon"]) == (["a", "b"], 10, 3)
    assert told["step"] == {"count": 3600.0, "unit": "second"}
    assert len(told["fingerprint"]) == 64
