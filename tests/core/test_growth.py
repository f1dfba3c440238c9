"""A training goes on with a file that has grown: old rows are compared, and what becomes of the scaler is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from series import HOUR, hourly, run_of, table_of, tiny_project, train, wave
from workbench.cli import main
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded
from workbench.core.exports.wbm import read_model
from workbench.core.growth import continued
from workbench.core.table import Table

PROJECT = tiny_project(inputs=("b",))


def table(rows: int, *, change: int | None = None, level: float = 0.0) -> Table:
    from dataclasses import replace

    a, b = wave(200), wave(200, seed=1, period=7)
    a[100:] += level
    if change is not None:
        a[change] += 1e-9
    a[20] = np.nan
    return replace(table_of(times=hourly(rows), step=HOUR, a=a[:rows], b=b[:rows]), sha256=f"{rows}{change}"[:1] * 64)


@pytest.fixture(scope="module")
def model() -> Bundle:
    dataset = prepare(table(100), PROJECT.data)
    return bundled(run_of(train(PROJECT, dataset), PROJECT), dataset)


def test_that_a_file_that_has_grown_keeps_the_scaler_and_says_so(model: Bundle) -> None:
    grown = table(200, level=50.0)
    found = continued(grown, PROJECT.data, model)
    assert found.told is not None
    assert found.told.key == "grown-kept"
    assert (found.told.values["rows"], found.told.values["before"]) == (100, 100)
    assert np.array_equal(found.dataset.scaler.scale, model.fit.scaler.scale)
    fresh = prepare(grown, PROJECT.data)
    assert not np.array_equal(fresh.scaler.scale, model.fit.scaler.scale)
    assert np.array_equal(found.dataset.train.start, fresh.train.start), "the parts are those of the longer file"
    refitted = continued(grown, PROJECT.data, model, "refit")
    assert refitted.told is not None
    assert refitted.told.key == "grown-refitted"
    assert np.array_equal(refitted.dataset.scaled, fresh.scaled, equal_nan=True)


def test_that_scaled_values_of_old_rows_are_the_same_bits_with_the_kept_scaler(model: Bundle) -> None:
    before = prepare(table(100), PROJECT.data)
    kept = continued(table(200, level=50.0), PROJECT.data, model).dataset
    assert np.array_equal(kept.scaled[:100], before.scaled, equal_nan=True)


@pytest.mark.parametrize("row", [0, 50, 99])
def test_that_a_changed_old_row_is_noticed(model: Bundle, row: int) -> None:
    found = continued(table(200, change=row), PROJECT.data, model)
    assert found.told is not None
    assert found.told.key == "rows-changed"
    assert "fitted anew" in found.told.text()
    kept = continued(table(200, change=row), PROJECT.data, model, "keep")
    assert kept.told is not None
    assert "kept" in kept.told.text()
    assert np.array_equal(kept.dataset.scaler.scale, model.fit.scaler.scale)


def test_that_a_changed_new_row_is_no_change(model: Bundle) -> None:
    found = continued(table(200, change=150), PROJECT.data, model)
    assert found.told is not None
    assert found.told.key == "grown-kept"


def test_that_fewer_rows_and_models_of_older_versions_are_told_apart(model: Bundle) -> None:
    found = continued(table(90), PROJECT.data, model)
    assert found.told is not None
    assert "fewer rows" in found.told.text()
    facts = model.facts.model_copy(update={"data": model.facts.data.model_copy(update={"rows_sha256": ""})})
    found = continued(table(200), PROJECT.data, Bundle(facts, model.weights))
    assert found.told is not None
    assert "older version" in found.told.text()


def test_that_shifted_times_are_other_rows(model: Bundle) -> None:
    a, b = wave(200), wave(200, seed=1, period=7)
    a[20] = np.nan
    shifted = table_of(times=hourly(201)[1:], step=HOUR, a=a, b=b)
    found = continued(shifted, PROJECT.data, model)
    assert found.told is not None
    assert found.told.key == "rows-changed"


def test_that_the_command_line_goes_on_with_a_longer_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, values = tmp_path / "a.csv", wave(200)
    values[150:] += 20

    def write(rows: int) -> None:
        lines = [f"{time},{value!r}" for time, value in zip(hourly(rows), values[:rows].tolist(), strict=True)]
        path.write_text("time,a\n" + "\n".join(lines) + "\n")

    def trained(*options: str) -> str:
        assert main(["train", str(path), "--epochs", "1", "--device", "cpu", *options]) == 0
        return capsys.readouterr().err

    write(120)
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    trained("--target", "a", "--window", "10", "--horizon", "2", "--hidden", "4", "--out", str(one))
    write(200)
    told = trained("--from", str(one / "model.wbm"), "--out", str(two))
    assert "80 new rows; the 120 rows before them are unchanged. The scaler of the model is kept" in told
    told = trained("--from", str(one / "model.wbm"), "--scaler", "refit", "--out", str(three))
    assert "fitted anew" in told
    first, kept, refitted = (read_model(folder / "model.wbm").facts for folder in (one, two, three))
    assert kept.scale == first.scale != refitted.scale
    assert kept.data.rows == 200
    assert main(["train", str(path), "--scaler", "keep", "--out", str(tmp_path / "four")]) == 2
    assert "--from" in capsys.readouterr().err


def test_that_an_interrupted_run_with_a_kept_scaler_goes_on_with_it(tmp_path: Path) -> None:
    from workbench.core.keeping import Keeper
    from workbench.core.project import Project
    from workbench.core.resuming import resumption
    from workbench.core.sources import read
    from workbench.core.steering import Steering
    from workbench.core.store import RunFolder
    from workbench.core.supervision import supervised

    path, values = tmp_path / "a.csv", wave(200)
    path.write_text("a\n" + "\n".join(f"{value!r}" for value in values.tolist()) + "\n")
    grown = read(path)
    data = tiny_project().data.changed(source=str(path), sha256=grown.sha256)
    project: Project = tiny_project().model_copy(update={"data": data})
    other = prepare(table_of(a=wave(200) * 3), data).fit
    dataset, folder = prepare(grown, data, other), RunFolder(tmp_path / "run")
    keeper = Keeper.begun(folder, project, dataset)
    keeper.leaving = True
    steering = Steering(project.train)
    for event in supervised(project, dataset, steering, keeper=keeper):
        if isinstance(event, EpochEnded):
            steering.stop()
    found = resumption(folder)
    assert np.array_equal(found.dataset.scaler.scale, other.scaler.scale)
    assert found.dataset.scaled.tobytes() == dataset.scaled.tobytes()
