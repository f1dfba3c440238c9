"""A loss that is no number has a cause with a name: a value of the data, the gradient, or the learning rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from series import ending, hourly, table_of, tiny_project, tiny_table, train, wave
from workbench.core.dataset import prepare
from workbench.core.divergence import cause
from workbench.core.events import EpochEnded, Event, Improved
from workbench.core.problems import Problem
from workbench.core.project import Project, TrainSpec
from workbench.core.steering import Steering


def found(project: Project, dataset: object) -> Problem:
    end = ending(train(project, dataset))  # type: ignore[arg-type]
    assert end.outcome == "diverged"
    assert end.problem is not None
    assert end.problem.text()
    assert end.problem.remedy()
    return end.problem


@pytest.mark.parametrize("row", [15, 47, 71])
def test_that_a_value_too_large_for_the_network_is_named_with_its_row_and_time(row: int) -> None:
    values = wave(120)
    values[row] = 1e30
    project = tiny_project(scaling="none", normalisation="none", loss="mse")
    problem = found(project, table_of(times=hourly(120), a=values))
    assert (problem.key, problem.values["column"], problem.values["row"]) == ("diverged-data", "a", row + 1)
    time = str(hourly(120)[row].astype("datetime64[h]"))
    assert time.replace("T", " ") in str(problem.values["at"]).replace("T", " ")


def test_that_a_value_of_another_input_is_named() -> None:
    project = tiny_project(inputs=("b",))
    dataset = prepare(tiny_table(), project.data)
    scaled = dataset.scaled.copy()
    scaled[20, 1] = np.inf
    problem = found(project, replace(dataset, scaled=scaled))
    assert problem.key == "diverged-data"
    assert (problem.values["column"], problem.values["row"], problem.values["scaled"]) == ("b", 21, "inf")
    assert problem.values["value"] == f"{dataset.values[20, 1]:g}"


def test_that_a_bad_value_of_the_validation_part_is_named() -> None:
    project = tiny_project()
    dataset = prepare(tiny_table(), project.data)
    row = dataset.split.train + 4
    labels = dataset.labels.copy()
    labels[row] = np.nan
    problem = found(project, replace(dataset, labels=labels))
    assert (problem.key, problem.values["row"], problem.values["epoch"]) == ("diverged-data", row + 1, 1)


def test_that_a_gradient_that_nothing_clips_is_named_with_its_norm() -> None:
    def explode(event: Event, steering: Steering) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            steering.train = steering.train.changed(learning_rate=10.0, clip=0.0)

    project = tiny_project(cell="rnn-relu", epochs=500, loss="mse", patience=1000, window=40, hidden=16)
    events = train(project, prepare(tiny_table(200), project.data), on=explode)
    end = ending(events)
    assert end.problem is not None
    assert end.problem.key == "diverged-gradient"
    assert end.problem.values["norm"] == "∞" or float(str(end.problem.values["norm"])) > 1e3
    assert end.problem.values["clip"] == 1.0
    assert [event for event in events if isinstance(event, Improved)]


def test_that_what_clipping_cannot_mend_is_the_learning_rate() -> None:
    project = tiny_project(
        cell="rnn-relu", learning_rate=10.0, loss="mse", clip=1.0, epochs=400, patience=400, optimiser="sgd", window=60
    )
    problem = found(project.changed(model=project.model.changed(hidden=32, layers=2)), tiny_table(200))
    assert problem.key in ("diverged-rate", "diverged-overflow")
    assert problem.values["learning_rate"] == 1.0


@pytest.mark.parametrize(
    ("clip", "norms", "key"),
    [
        (1.0, [1.0, 2.0, np.nan], "diverged-rate"),
        (1.0, [1.0, np.inf, np.nan], "diverged-overflow"),
        (0.0, [1.0, 2.0, np.nan], "diverged-gradient"),
        (0.0, [1.0, 5e4, 7e8], "diverged-gradient"),
        (0.0, [1.0, 2.0, 3.0], "diverged-rate"),
        (1.0, [1.0, 5e4, np.nan], "diverged-rate"),
    ],
)
def test_that_the_norms_before_tell_the_gradient_from_the_rate(clip: float, norms: list[float], key: str) -> None:
    dataset = prepare(tiny_table(), tiny_project().data)
    settings = TrainSpec(clip=clip, learning_rate=0.5)
    said = cause(settings, dataset, dataset.train.start[:4], np.array(norms), epoch=3, batch=7)
    assert said.key == key
    assert said.values["learning_rate"] == pytest.approx(0.05)
    assert "epoch 3, batch 7" in said.text()
