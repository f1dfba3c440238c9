"""What leaves the program runs without it: model.py and predict.py, compared with the program on the same numbers."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_combinations import CASES, table_for
from test_onnxgraph import settings_for

from handover import untrained
from series import HOUR, hourly, table_of, tiny_project, tiny_table, wave
from workbench.core.bundle import Bundle
from workbench.core.cells import CELLS
from workbench.core.exports import EXPORTS, Package, exported
from workbench.core.forecasting import beyond, view
from workbench.core.problems import WorkbenchError
from workbench.core.proof import TOLERANCE, Proof, difference, sizes
from workbench.core.rawwindows import RawWindows, drawn, program_forecast, whole_windows, windows_of
from workbench.core.scriptproof import example, script_proven, write_table
from workbench.core.standalone import predict
from workbench.core.standalone.model import load
from workbench.core.table import Table


def torch_difference(bundle: Bundle, folder: Path, raw: RawWindows) -> float:
    EXPORTS["pytorch"].write(folder / "m.safetensors", Package(bundle, None, None))
    forecaster = load(folder / "m.safetensors")
    with torch.inference_mode():
        found = [
            part.numpy() for part in forecaster(**{name: torch.tensor(value) for name, value in raw.arrays().items()})
        ]
    wanted = [edge for edge in program_forecast(bundle, raw) if edge is not None]
    assert [part.shape for part in found] == [edge.shape for edge in wanted]
    size = sizes(bundle, raw, wanted[0])
    return max(difference(one, two, size)[0] for one, two in zip(found, wanted, strict=True))


@pytest.mark.parametrize("case", CASES[::2], ids=lambda case: "-".join(str(place) for place in case.values()))
def test_that_model_py_gives_the_same_forecasts(case: dict[str, int], tmp_path: Path) -> None:
    settings = settings_for(case)
    bundle, dataset = untrained(tiny_project(**settings), table_for(settings))
    most = 100 * TOLERANCE if bundle.project.model.cell_options.layer_norm else TOLERANCE
    real = windows_of(bundle, dataset, whole_windows(bundle, dataset)[:7])
    for raw in (real, drawn(bundle, 1, 12), drawn(bundle, 20, 18)):
        assert torch_difference(bundle, tmp_path, raw) <= most


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_model_py_knows_every_cell(cell: str, tmp_path: Path) -> None:
    bundle, _dataset = untrained(tiny_project(cell=cell, layers=2, bidirectional=True), tiny_table())
    assert torch_difference(bundle, tmp_path, drawn(bundle, 7, 10)) <= TOLERANCE


def test_that_model_py_refuses_windows_without_all_columns(tmp_path: Path) -> None:
    bundle, _dataset = untrained(tiny_project(inputs=("b",), calendar=("hour",)), tiny_table())
    EXPORTS["pytorch"].write(tmp_path / "m.safetensors", Package(bundle, None, None))
    forecaster, raw = load(tmp_path / "m.safetensors"), drawn(bundle, 2, 10).arrays()
    x, ahead = torch.tensor(raw["x"]), torch.tensor(raw["ahead"])
    assert forecaster(x, ahead)[0].shape == (2, 3, 1)
    for given in ((x,), (x[..., :1], ahead), (x, ahead[..., :1]), (x[0], ahead)):
        with pytest.raises(ValueError, match=r"its columns .*hour sin"):
            forecaster(*given)


def test_that_the_code_that_leaves_imports_nothing_of_ours() -> None:
    for name in ("model.py", "predict.py", "prove.py"):
        path = Path(predict.__file__).with_name(name)
        code = path.read_text(encoding="utf-8")
        imported = {
            line.split()[1].split(".")[0] for line in code.splitlines() if line.startswith(("import ", "from "))
        }
        assert imported <= {"numpy", "torch", *sys.stdlib_module_names}, name
        assert "Sequence Workbench" in code.splitlines()[0] or name == "prove.py"


def test_that_somebody_elses_model_py_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("mine = 1\n")
    bundle, _dataset = untrained(tiny_project(), tiny_table())
    with pytest.raises(WorkbenchError) as caught:
        EXPORTS["pytorch"].write(tmp_path / "m.safetensors", Package(bundle, None, None))
    assert caught.value.problem.key == "foreign-code"
    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]


def ran(bundle: Bundle, table: Table, folder: Path) -> tuple[int, str, list[list[str]]]:
    """Export a script, run it on `table` in a fresh process; return its exit code, what it said, and its rows."""
    EXPORTS["script"].write(folder / "p.py", Package(bundle, None, None))
    write_table(folder / "data.csv", table)
    done = subprocess.run(
        [sys.executable, "-I", "p.py", "data.csv", "--out", "out.csv"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    rows = []
    if done.returncode == 0:
        with (folder / "out.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
    return done.returncode, done.stderr, rows


SCRIPTS: dict[str, dict[str, Any]] = {
    "calendar, known ahead, marked": {
        "targets": ("a", "b"), "inputs": ("c",), "known_future": ("c",), "mask_inputs": True,
        "calendar": ("hour", "day"), "harmonics": 2,
    },
    "several series of their own scale": {"series": "id", "scale_each": True, "targets": ("a",)},
    "difference, band": {"difference": "step", "power": "log", "output": "gaussian", "loss": "nll"},
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_that_the_script_forecasts_what_the_program_does(name: str, tmp_path: Path) -> None:
    settings = SCRIPTS[name]
    bundle, _dataset = untrained(tiny_project(**settings), table_for(settings))
    EXPORTS["script"].write(tmp_path / "p.py", Package(bundle, None, None))
    found = script_proven(tmp_path / "p.py", bundle, Proof(passed=True), files=2)
    assert found.passed, found.reason
    assert found.scripts == 2
    assert found.difference is not None
    assert found.difference <= TOLERANCE


def test_that_a_script_that_forecasts_something_else_is_not_proven(tmp_path: Path) -> None:
    bundle, _dataset = untrained(tiny_project(), tiny_table())
    other, _dataset = untrained(tiny_project(), tiny_table(), seed=1)
    EXPORTS["script"].write(tmp_path / "p.py", Package(other, None, None))
    found = script_proven(tmp_path / "p.py", bundle, Proof(passed=True), files=1)
    assert not found.passed
    assert "instead of" in found.reason


def test_that_gaps_are_held_as_the_model_learnt(tmp_path: Path) -> None:
    values = wave(60)
    values[-4] = np.nan
    table = table_of(times=hourly(60), step=HOUR, a=values)
    bundle, _dataset = untrained(tiny_project(gaps="hold"), tiny_table())
    code, said, rows = ran(bundle, table, tmp_path)
    assert code == 0, said
    wanted = beyond(bundle, view(bundle, table)).values[0, :, 0]
    np.testing.assert_allclose([float(row[1]) for row in rows[1:]], wanted, rtol=1e-5)
    assert [row[0] for row in rows] == ["time", "2024-01-03 12:00", "2024-01-03 13:00", "2024-01-03 14:00"]


@pytest.mark.parametrize(
    ("spoil", "word"),
    [("column", "no header"), ("gap", "has no value"), ("short", "there are only"), ("step", "do not stand")],
)
def test_that_a_file_that_does_not_fit_is_refused_with_a_reason(spoil: str, word: str, tmp_path: Path) -> None:
    bundle, _dataset = untrained(tiny_project(), tiny_table())
    rows, values = (5 if spoil == "short" else 60), wave(60)
    if spoil == "gap":
        values[-4] = np.nan
    times = hourly(60)
    if spoil == "step":
        times = times[0] + (times - times[0]) // 2
    named = {"z" if spoil == "column" else "a": values[:rows]}
    code, said, _rows = ran(bundle, table_of(times=times[:rows], step=HOUR, **named), tmp_path)
    assert code == 2
    assert word in said
    assert "Traceback" not in said


def test_that_numbers_and_times_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(
        'Messung\r\n"Datum";"Wert [kW]";=x\r\n31.12.2023;1.234,5;"a"\r\n01.01.2024;;b\r\n'.encode("cp1252")
    )
    places, rows = predict.read_rows(path, ["Wert", "Datum"])
    assert places == {"Wert": 1, "Datum": 0}
    assert predict.number(rows[0][1], ",") == 1234.5
    assert np.isnan(predict.number(rows[1][1], ","))
    assert predict.moment([rows[1][0]], "%d.%m.%Y") == np.datetime64("2024-01-01")
    assert predict.moment(["2009", "3"], "%Y %q") == np.datetime64("2009-07-01")
    assert predict.moment(["2024-01-01T01:00+01:00"], "") == np.datetime64("2024-01-01T00:00")
    assert [predict.harmless(text) for text in ("=1+1", "@x", "a")] == ["'=1+1", "'@x", "a"]


def test_that_an_answer_is_no_script(tmp_path: Path) -> None:
    rows = np.arange(240)
    table = table_of(a=rows // 12 % 2, b=wave(240), id=rows // 12)
    bundle, dataset = untrained(tiny_project(inputs=("b",), series="id", framing="label", horizon=2), table)
    with pytest.raises(WorkbenchError) as caught:
        exported(tmp_path / "p.py", bundle, dataset, None)
    assert caught.value.problem.key == "no-future"
    assert not list(tmp_path.iterdir())


def test_that_the_example_has_what_the_model_reads() -> None:
    settings = SCRIPTS["calendar, known ahead, marked"]
    bundle, _dataset = untrained(tiny_project(**settings), table_for(settings))
    table = example(bundle, 0)
    assert set(bundle.project.data.columns) <= {column.name for column in table.columns}
    assert np.isnan(table["a"].values[-3:].astype(float)).all()
    assert np.isfinite(table["c"].values.astype(float)).all()
