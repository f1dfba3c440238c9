"""What every export promises: read back in a fresh process, it gives the same numbers."""

from __future__ import annotations

import json
import pickletools
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pytest

from handover import untrained
from recorded import recorded_events, small_dataset, small_project, small_table
from series import run_of, tiny_project, tiny_table
from workbench.core.bundle import bundled
from workbench.core.exports import EXPORTS, AbstractExport, Package, exported
from workbench.core.files import shell_word
from workbench.core.forecasting import beyond, evaluated
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project

ROOT = Path(__file__).parents[2]
PRELUDE = f"""
import json, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
"""

WBM = """
from pathlib import Path
from recorded import small_table
from workbench.core.exports.wbm import read_model
from workbench.core.files import shell_word
from workbench.core.forecasting import beyond, evaluated, view
bundle = read_model(Path(sys.argv[1]))
future = beyond(bundle, view(bundle, small_table()))
dataset, part, scores = evaluated(bundle, small_table())
print(json.dumps({
    "future": future.values[0].tolist(),
    "times": [str(t) for t in dataset.clock.at(future.starts[0] + 36 + __import__("numpy").arange(12))],
    "columns": list(bundle.project.data.columns),
    "scale": bundle.fit.scaler.scale.tolist(),
    "scores": {score.name: score.mae for score in scores}, "part": part,
}))
"""

CSV = """
import csv
with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    rows = list(csv.reader(stream))
print(json.dumps({"header": rows[0], "times": [row[0] for row in rows[1:]],
                  "future": [[float(cell) for cell in row[1:]] for row in rows[1:]]}))
"""

ONNX = """
import numpy as np, onnxruntime
from recorded import small_table
table, session = small_table(), onnxruntime.InferenceSession(sys.argv[1])
facts = session.get_modelmeta().custom_metadata_map
settings = json.loads(facts["settings"])
rows = np.column_stack([table[name].values for name in settings["features"]])[-settings["rows"]:]
future = session.run(["forecast"], {"x": rows[None]})[0]
step = np.timedelta64(int(settings["step"]["count"]), "s")
times = table.time.values[-1] + (1 + np.arange(settings["horizon"])) * step
header = ["time", *settings["targets"]]
print(json.dumps({"future": future[0].tolist(), "times": [str(t) for t in times], "header": header}))
"""

PYTORCH = """
import numpy as np, torch
from pathlib import Path
from recorded import small_table
sys.path.insert(0, str(Path(sys.argv[1]).parent))
sys.dont_write_bytecode = True
from model import load
table, forecaster = small_table(), load(sys.argv[1])
settings = forecaster.settings
rows = np.column_stack([table[name].values for name in settings["features"]])[-settings["rows"]:]
future = forecaster(torch.tensor(rows[None]))[0].detach().numpy()
step = np.timedelta64(int(settings["step"]["count"]), "s")
times = table.time.values[-1] + (1 + np.arange(settings["horizon"])) * step
header = ["time", *settings["targets"]]
print(json.dumps({"future": future[0].tolist(), "times": [str(t) for t in times], "header": header}))
"""
PT2 = """
import torch
from recorded import small_table
import numpy as np
extra = {"settings.json": ""}
program = torch.export.load(sys.argv[1], extra_files=extra).module()
settings, table = json.loads(extra["settings.json"]), small_table()
rows = np.column_stack([table[name].values for name in settings["features"]])[-settings["rows"]:]
future = program(x=torch.tensor(rows[None]))[0].detach().numpy()
step = np.timedelta64(int(settings["step"]["count"]), "s")
times = table.time.values[-1] + (1 + np.arange(settings["horizon"])) * step
header = ["time", *settings["targets"]]
print(json.dumps({"future": future[0].tolist(), "times": [str(t) for t in times], "header": header}))
"""
TABLE = """
import polars
table = polars.{read}(sys.argv[1])
assert table["time"].dtype == polars.Datetime, table["time"].dtype
print(json.dumps({{"header": table.columns, "times": [str(time) for time in table["time"]],
                  "future": [list(row) for row in table.drop("time").iter_rows()]}}))
"""
RESIDUALS = """
import polars
table = polars.{read}(sys.argv[1])
print(json.dumps({{"header": table.columns, "mae": table["residual"].abs().mean(), "rows": len(table),
                  "same": (table["truth"] - table["forecast"] - table["residual"]).abs().max()}}))
"""
REPORT = """
import html, re
text = open(sys.argv[1], encoding="utf-8").read().split("<h2>Forecast</h2>")[1].split("</section>")[0]
rows = re.findall("<tr><td>(.*?)</td><td class=\\"n\\">(.*?)</td></tr>", text)
header = [html.unescape(cell) for cell in re.findall("<th.*?>(.*?)</th>", text)]
print(json.dumps({"header": header, "times": [time for time, _value in rows],
                  "future": [[float(value)] for _time, value in rows]}))
"""
SCRIPT = """
import subprocess, tempfile
from pathlib import Path
from recorded import small_table
from workbench.core.scriptproof import write_table
folder = Path(tempfile.mkdtemp())
write_table(folder / "small.csv", small_table())
command = [sys.executable, "-B", "-I", sys.argv[1], "small.csv", "--out", "forecast.csv"]
subprocess.run(command, cwd=folder, check=True, capture_output=True)
sys.argv[1] = folder / "forecast.csv"
"""

READERS: dict[str, str] = {
    "wbm": WBM,
    "onnx": ONNX,
    "pytorch": PYTORCH,
    "script": SCRIPT + CSV,
    "pt2": PT2,
    "script-torch": SCRIPT + CSV,
    "forecast-csv": CSV,
    "report": REPORT,
    "forecast-parquet": TABLE.format(read="read_parquet"),
    "forecast-xlsx": TABLE.format(read="read_excel"),
    "residuals-csv": RESIDUALS.format(read="read_csv"),
    "residuals-parquet": RESIDUALS.format(read="read_parquet"),
    "residuals-xlsx": RESIDUALS.format(read="read_excel"),
}
"""What a stranger would write to read the file; an export without an entry fails."""


def secret_project() -> Project:
    """Return the small project, on a file in somebody's folder."""
    project = small_project()
    return project.changed(data=project.data.changed(source=str(Path.home() / "private" / "small.csv")))


@lru_cache(maxsize=1)
def package() -> Package:
    project = secret_project()
    dataset = small_dataset(project)
    bundle = bundled(run_of(recorded_events(project), project), dataset)
    return Package(bundle, dataset, beyond(bundle, dataset))


@pytest.fixture(params=EXPORTS.keys())
def export(request: pytest.FixtureRequest) -> AbstractExport:
    for name in EXPORTS[request.param].packages:
        pytest.importorskip(name)
    return EXPORTS[request.param]


@pytest.fixture(scope="module")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[AbstractExport], Path]:
    """The files of an export, written once: some take seconds. They are only read."""

    @cache
    def once(export: AbstractExport) -> Path:
        path = tmp_path_factory.mktemp("exported") / f"result{export.ending}"
        export.write(path, package())
        return path

    return once


@pytest.fixture
def written(export: AbstractExport, written_once: Callable[[AbstractExport], Path]) -> Path:
    """What the export has written, in the folder it was written to."""
    return written_once(export)


@pytest.fixture
def carried(written: Path, tmp_path: Path) -> Path:
    """A copy of what the export has written, in a folder that holds nothing else."""
    shutil.copytree(written.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / written.name


def told(export: AbstractExport, path: Path) -> dict:
    """Read `path` in a fresh process that knows nothing of this one."""
    assert export.key in READERS, "write what a stranger would write to read it into READERS"
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + READERS[export.key], str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout)
    return found


def test_that_a_fresh_process_reads_the_same_numbers(export: AbstractExport, carried: Path) -> None:
    found, future = told(export, carried), package().future
    assert future is not None
    dataset, bundle = package().dataset, package().bundle
    assert dataset is not None
    if export.key.startswith("residuals"):
        (score,) = (entry for entry in bundle.facts.scores if (entry.name, entry.part) == ("model", "test"))
        assert found["header"] == ["origin", "time", "step", "target", "truth", "forecast", "residual"]
        assert found["mae"] == pytest.approx(score.mae, rel=1e-6)
        assert found["rows"] == score.windows * 12
        assert found["same"] < 1e-6
        return
    np.testing.assert_allclose(found["future"], future.values[0], atol=1e-6 * dataset.scaler.scale[0])
    expected = [str(time)[:16] for time in dataset.clock.at(np.arange(12) + len(dataset.values))]
    assert [time.replace(" ", "T")[:16] for time in found["times"]] == expected
    if export.key == "wbm":
        assert found["columns"] == ["load", "temp"]
        np.testing.assert_array_equal(found["scale"], dataset.scaler.scale)
        _dataset, part, scores = evaluated(bundle, small_table())
        assert found["part"] == part == "test"
        for score in scores:
            assert found["scores"][score.name] == pytest.approx(score.mae, rel=1e-6)
        trained = {score.name: score.mae for score in bundle.facts.scores if score.part == "test"}
        assert found["scores"] == pytest.approx(trained, rel=1e-6)
    else:
        assert found["header"] == ["time", "load"]


def _contents(path: Path) -> list[bytes]:
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        assert not any(name.startswith(("/", "..")) or ":" in name for name in archive.namelist())
        return [archive.read(name) for name in archive.namelist()]


def test_that_no_path_of_this_machine_is_inside(written: Path) -> None:
    for content in _contents(written):
        for secret in (str(Path.home()), str(ROOT), str(written.parent), "private"):
            assert secret.encode() not in content


def test_that_no_pickle_is_inside(written: Path) -> None:
    for content in (written.read_bytes(), *_contents(written)):
        with pytest.raises(Exception):  # noqa: B017 - pickletools raises many kinds
            list(pickletools.genops(content))


def test_that_an_existing_file_is_replaced_whole(export: AbstractExport, carried: Path) -> None:
    before = carried.read_bytes()
    carried.write_bytes(b"x" * 1_000_000)
    export.write(carried, package())
    assert carried.read_bytes() == before
    assert {path.name for path in carried.parent.iterdir()} == {path.name for path in export.files(carried)}


def test_that_a_place_that_cannot_be_written_is_a_problem(export: AbstractExport, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkbenchError) as caught:
        export.write(tmp_path / "file" / f"x{export.ending}", package())
    assert caught.value.problem.key == "cannot-write"


def test_that_an_export_can_be_shown_in_a_menu(export: AbstractExport) -> None:
    assert export.label
    assert export.ending.startswith(".")
    assert export.hint.format(name="x", word="x").endswith(".")


def test_that_a_command_line_takes_any_name() -> None:
    assert shell_word("air.wbm") == "air.wbm"
    assert shlex.split(f"forecast {shell_word('Werk Köln & $HOME.wbm')} FILE")[1] == "Werk Köln & $HOME.wbm"


def test_that_a_forecast_that_cannot_be_made_is_refused_before_a_file_is_written() -> None:
    bundle, dataset = untrained(tiny_project(targets=("a",), inputs=("b",), known_future=("b",)), tiny_table())
    for export in (entry for entry in EXPORTS if entry.foretells and entry.group == "table"):
        with pytest.raises(WorkbenchError) as caught:
            export.check(Package(bundle, dataset, None))
        assert caught.value.problem.key == "not-known-ahead"


def test_that_the_format_follows_the_ending_or_the_key(tmp_path: Path) -> None:
    ours = package()
    for name, key, magic in (("a.wbm", None, b"PK"), ("A.CSV", None, b"time"), ("x.txt", "forecast-csv", b"time")):
        note = exported(tmp_path / name, ours.bundle, ours.dataset, ours.future, key)
        assert (tmp_path / name).read_bytes().startswith(magic)
        assert note.severity == "note"
        assert name in note.text()
        assert note.remedy()
        assert note.values["path"] == str(tmp_path / name)


@pytest.mark.parametrize("name", ["model.pt", "model"])
def test_that_an_unknown_ending_is_a_problem_that_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        exported(tmp_path / name, package().bundle, None, None)
    assert caught.value.problem.key == "unknown-format"
    assert ".wbm" in caught.value.problem.remedy()
    assert not list(tmp_path.iterdir())


def test_that_a_forecast_that_was_not_made_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        exported(tmp_path / "a.csv", package().bundle, package().dataset, None)
    assert caught.value.problem.key == "no-forecast"
