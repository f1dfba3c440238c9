"""A bundle holds all that belongs to a model, and nothing about the machine it was made on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recorded import recorded_events, small_dataset, small_project
from series import ending, run_of, table_of, tiny_project, train, wave
from workbench.core.bundle import bundled
from workbench.core.dataset import prepare
from workbench.core.events import Improved


def test_that_the_facts_are_those_of_the_run_and_its_data() -> None:
    project, events = small_project(), list(recorded_events())
    dataset, end = small_dataset(project), ending(events)
    made = bundled(run_of(events, project), dataset)
    facts = made.facts
    assert facts.project == project
    assert (facts.outcome, facts.epoch, facts.best_epoch) == (end.outcome, end.epoch, end.best_epoch)
    assert facts.data.rows == 400
    assert facts.data.first is not None
    assert facts.data.first.startswith("2024-01-01T00")
    assert facts.data.step is not None
    assert (facts.data.step.count, facts.data.step.unit) == (3600, "second")
    assert made.fit.season == dataset.season == 24
    assert made.fit.scaler.scale.tobytes() == dataset.scaler.scale.tobytes()
    assert made.fit.mase_scale.tobytes() == dataset.mase_scale.tobytes()
    assert {(score.name, score.part) for score in facts.scores} == {(s.name, s.part) for s in end.scores}
    assert {"torch", "workbench", "numpy", "python"} <= set(facts.versions)


def test_that_the_weights_are_the_best_ones() -> None:
    events = list(recorded_events())
    best = [event for event in events if isinstance(event, Improved)][-1]
    made = bundled(run_of(events, small_project()), small_dataset(small_project()))
    assert {name: w.tobytes() for name, w in made.weights.items()} == {
        name: w.tobytes() for name, w in best.weights.items()
    }


@pytest.mark.parametrize("source", ["/srv/ann/secret/small.csv", "relative/small.csv", "small.csv"])
def test_that_only_the_name_of_the_file_travels(source: str) -> None:
    project = small_project()
    project = project.changed(data=project.data.changed(source=source))
    run = run_of(train(tiny_project().changed(data=tiny_project().data.changed(source=source))), project)
    made = bundled(run, prepare(table_of(a=wave(120)), tiny_project().data))
    assert made.project.data.source == "small.csv"
    assert "secret" not in made.facts.model_dump_json()


def test_that_a_run_without_weights_gives_no_bundle() -> None:
    with pytest.raises(ValueError, match="no weights"):
        bundled(run_of(list(recorded_events())[:2], small_project()), small_dataset(small_project()))


def test_that_a_running_training_can_be_bundled() -> None:
    events = list(recorded_events())
    first = next(index for index, event in enumerate(events) if isinstance(event, Improved))
    made = bundled(run_of(events[: first + 1], small_project()), small_dataset(small_project()))
    assert (made.facts.outcome, made.facts.scores) == ("running", ())


def test_that_numbers_json_cannot_hold_are_left_out() -> None:
    events = list(recorded_events())
    end = ending(events)
    odd = replace(end.scores[0], rmse=float("inf"))
    run = run_of([*events[:-1], replace(end, scores=(odd, *end.scores[1:]))], small_project())
    dataset = small_dataset(small_project())
    dataset = replace(dataset, fit=replace(dataset.fit, mase_scale=np.array([np.nan])))
    made = bundled(run, dataset)
    assert len(made.facts.scores) == len(end.scores) - 1
    assert np.isnan(made.fit.mase_scale).all()
