"""A model from a file over other data: as a run that every view can show, and beside a run on the same windows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from series import HOUR, hourly, run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core.adoption import Laid, adopted, contest, laid
from workbench.core.bundle import ModelFile, bundled
from workbench.core.dataset import Dataset, prepare
from workbench.core.forecasting import beyond, evaluated, view
from workbench.core.handover import fingerprint
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec
from workbench.core.run import Run
from workbench.core.table import Table


@lru_cache(maxsize=1)
def trained() -> tuple[Run, Dataset]:
    project = tiny_project(targets=("a",), inputs=("b",), sha256="1" * 64)
    dataset = prepare(tiny_table(), project.data)
    return run_of(train(project, dataset), project), dataset


def model() -> ModelFile:
    bundle = bundled(*trained())
    return ModelFile("m.wbm", bundle, fingerprint(bundle), 0.0)


def other(rows: int = 80, **names: str) -> Table:
    columns = {names.get("a", "a"): wave(rows), names.get("b", "b"): wave(rows, period=7)}
    later = hourly(rows) + np.timedelta64(1000, "h")
    return replace(table_of(times=later, step=HOUR, name="other.csv", **columns), sha256="2" * 64)


def over(table: Table, **chosen: str) -> Laid:
    return laid(model(), table, DataSpec(source="other.csv"), chosen)


def test_that_a_model_over_a_file_is_a_run_with_the_scores_of_the_command_line() -> None:
    found = over(other())
    run = adopted(found, score=True, future=True)
    _dataset, rows, scores = evaluated(model().bundle, other())
    assert rows == "all"
    assert [(entry.name, entry.mae) for entry in scores] == [
        (name, entry.mae) for name, entry in run.scores("test").items()
    ]
    assert run.future is not None
    plain = beyond(model().bundle, view(model().bundle, other()))
    assert np.array_equal(run.future.values, plain.values)
    assert run.started is not None
    assert run.started.origin == model().fingerprint
    assert run.project.data.sha256 == "2" * 64
    # Exported again, it is still the model of the file and says what it was trained on.
    assert fingerprint(bundled(run, found.dataset)) == model().fingerprint
    assert bundled(run, found.dataset).facts.data == model().bundle.facts.data


def test_that_columns_keep_the_names_of_the_file() -> None:
    found = over(other(a="x", b="B"), a="x")
    assert found.project.data.targets == ("x",)
    assert found.project.data.inputs == ("B",)
    same = over(other())
    assert np.array_equal(found.dataset.scaled, same.dataset.scaled)
    with pytest.raises(WorkbenchError, match="is to be read as"):
        over(other(a="x", b="b"), a="b")


def test_that_a_file_too_short_to_be_scored_is_still_forecast() -> None:
    found = over(other(10))
    assert [note.key for note in found.notes] == ["nothing-to-score"]
    run = adopted(found, score=True, future=True)
    assert run.future is not None
    assert not run.scores()


def test_that_rows_of_the_time_of_the_training_are_warned_of() -> None:
    early = replace(tiny_table(90, seed=3), sha256="3" * 64)
    assert [note.key for note in over(early).notes] == ["maybe-seen"]


def test_that_a_model_is_no_better_than_itself_on_the_windows_of_both() -> None:
    run, dataset = trained()
    found = contest(over(tiny_table()), run, dataset)
    assert found.windows == len(dataset.test)
    assert found.own == pytest.approx(found.other, rel=1e-6)
    assert found.own == pytest.approx(run.scores("test")["model"].mae, rel=1e-6)
    with pytest.raises(WorkbenchError, match="another file"):
        contest(over(other()), run, dataset)
