"""Answers that are classes: trained by cross-entropy, scored by how many are right, refused where they are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from series import ending, run_of, train
from workbench.core.bundle import bundled
from workbench.core.classes import check_classes
from workbench.core.dataset import prepare
from workbench.core.events import Forecasted, Started
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.forecaster import Forecaster
from workbench.core.forecaster.losses import cross_entropy
from workbench.core.forecaster.outputs import Classes
from workbench.core.forecasting import evaluated
from workbench.core.insight.size import parameters_for
from workbench.core.opening import opened
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.scoring import verdict

EASY = "task:copy-memory?delay=1&items=2&symbols=3&sequences=400"


def easy(**settings: object) -> tuple[Project, object]:
    found = opened(EASY)
    project = found.project.edited(
        model={"cell": "gru", "options": {}, "hidden": 12}, train={"epochs": 25, "device": "cpu", **settings}
    )
    return project, found.table


def test_that_tasks_of_classes_are_proposed_as_such() -> None:
    project, _table = easy()
    assert (project.model.output, project.model.classes, project.train.loss) == ("classes", 3, "cross-entropy")
    assert (project.data.horizon, project.data.scaling, project.model.normalisation) == (2, "none", "none")
    assert opened("task:adding?sequences=40").project.model.output == "point"


def test_that_the_loss_is_the_cross_entropy_of_the_right_class() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 2, 1, 3, dtype=torch.float64, generator=random)
    truth = torch.randint(3, (5, 2, 1), generator=random).double()
    share = torch.softmax(logits, dim=-1).numpy()
    expected = -np.log(np.take_along_axis(share, truth.long().numpy()[..., None], axis=-1)).mean()
    assert float(cross_entropy(logits, truth)) == pytest.approx(expected, rel=1e-12)
    assert (Classes(3).point(logits) == logits.argmax(dim=-1)).all()
    assert Classes(3).quantile(logits, 0.1) is None


def test_that_a_network_of_classes_has_a_number_for_each_class() -> None:
    project, _table = easy()
    network = Forecaster.of(project.model, project.data)
    assert network.head.out_features == 2 * 3
    assert parameters_for(project.model, project.data) == sum(weight.numel() for weight in network.parameters())
    assert network(torch.zeros(4, project.data.window, len(project.data.features))).shape == (4, 2, 1, 3)


def test_that_it_learns_and_is_told_by_right_answers(tmp_path: Path) -> None:
    project, table = easy()
    dataset = prepare(table, project.data)
    events = train(project, dataset)
    run = run_of(events, project)
    started = next(event for event in events if isinstance(event, Started))
    assert started.baselines == {"common": pytest.approx(np.log(3), rel=0.05)}, "the line without memory"
    scores = run.scores("test")
    assert set(scores) == {"model", "common"}
    forecast = next(event for event in events if isinstance(event, Forecasted) and event.part == "test" and event.final)
    assert set(np.unique(forecast.values)) <= {0.0, 1.0, 2.0}
    right = float((forecast.values == dataset.truth(forecast.starts)).mean())
    assert scores["model"].accuracy == pytest.approx(right)
    assert right > 0.95
    common = scores["common"].accuracy
    assert common is not None
    assert 0.2 < common < 0.5
    found = verdict(run)
    assert found is not None
    assert found.good
    assert found.headline.format_map(found.values).endswith("% right")
    assert "common" in found.sentence.format_map(found.values)
    assert ending(events).outcome in ("finished", "early")

    WbmExport().write(tmp_path / "model.wbm", Package(bundled(run, dataset), None, None))
    again = read_model(tmp_path / "model.wbm")
    assert again.facts.scores[-2].accuracy == scores["model"].accuracy
    _dataset, part, repeated = evaluated(again, table)
    assert part == "test"
    assert repeated[0].accuracy == scores["model"].accuracy


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"model": {"normalisation": "last"}}, "Normalisation"),
        ({"data": {"scaling": "standard"}}, "Scaling"),
        ({"model": {"decoder": "recursive"}}, "Decoder"),
        ({"model": {"classes": 1}}, "Classes"),
    ],
)
def test_that_what_calculates_with_classes_is_refused_at_its_field(
    changes: dict[str, dict[str, object]], blamed: str
) -> None:
    project, _table = easy()
    with pytest.raises(WorkbenchError) as found:
        project.edited(**changes)
    assert blamed in found.value.problem.text()
    assert found.value.problem.remedy()


def test_that_loss_and_output_follow_each_other() -> None:
    project = opened("task:counting?sequences=40&most=3").project
    project = project.edited(data={"scaling": "none"}, model={"output": "classes", "classes": 4})
    assert project.train.loss == "cross-entropy"
    assert project.edited(train={"loss": "mse"}).model.output == "point"


def test_that_a_target_that_is_no_class_is_a_problem_with_a_remedy() -> None:
    found = opened("task:counting?sequences=40&most=7")
    project = found.project.edited(data={"scaling": "none"}, model={"output": "classes", "classes": 4})
    dataset = prepare(found.table, project.data)
    with pytest.raises(WorkbenchError) as caught:
        check_classes(project.model, dataset)
    assert "Set Classes to 8" in caught.value.problem.remedy()
    check_classes(project.model.changed(classes=8), dataset)
    end = ending(train(project, dataset))
    assert end.outcome == "failed"
    assert end.problem is not None
    assert end.problem.key == "not-classes"
