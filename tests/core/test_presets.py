"""Presets fit every series, and the parts of a project that do not go together are refused at a field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from series import ending, run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded
from workbench.core.fitting import check, misfit
from workbench.core.presets import HELP, PRESETS, preset, preset_for, segment_for
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec, Project, project_from_json


def project(horizon: int = 24, **data: Any) -> Project:
    return Project(data=DataSpec(**{"targets": ("a",), "horizon": horizon, **data}))


@pytest.mark.parametrize("key", PRESETS)
@pytest.mark.parametrize("season", [1, 7, 12, 24, 48, 336])
@pytest.mark.parametrize("horizon", [1, 7, 24, 96, 97, 720])
@pytest.mark.parametrize("rows", [120, 1_000, 20_000])
def test_that_a_preset_goes_together_whatever_the_series(key: str, season: int, horizon: int, rows: int) -> None:
    made = project(horizon).edited(**preset(key, project(horizon), season, rows))
    assert misfit(made) is None
    assert made.data.horizon == horizon, "the question stays"
    assert HELP[key]


def test_that_the_accurate_preset_is_the_recipe_where_the_series_is_hourly() -> None:
    start = project(96, targets=tuple("abcdefg"))
    made = start.edited(**preset("accurate", start, 24, 14_400))
    model, fit = made.model, made.train
    assert (made.data.window, model.segment, model.channels, model.decoder) == (336, 24, "shared", "parallel")
    assert (model.normalisation, model.dropout, fit.batch, fit.schedule) == ("last", 0.1, 64, "step")
    assert (fit.loss, fit.clip, fit.learning_rate, model.hidden) == ("mae", 1.0, 7e-4, 128)
    alone = project(96).edited(**preset("accurate", project(96), 24, 14_400))
    assert alone.train.batch == 32, "one target is one row a window"
    assert (alone.model.hidden, alone.train.schedule, alone.train.average) == (128, "cosine", 0.99)
    short = project(24).edited(**preset("accurate", project(24), 24, 900))
    assert (short.model.hidden, short.train.schedule, short.train.average) == (64, "constant", 0.0)
    again = alone.edited(**preset("balanced", alone, 24, 14_400))
    assert (again.train.schedule, again.train.average) == ("constant", 0.0), "nothing of the other preset stays"
    longer = project(720).edited(**preset("accurate", project(720), 24, 14_400))
    assert (longer.data.window, longer.model.segment) == (720, 48)


def test_that_the_classroom_shows_everything() -> None:
    made = project().edited(**preset("classroom", project(), 24, 5_000))
    model = made.model
    assert (model.segment, model.channels, model.decoder, model.layers, model.hidden) == (1, "joint", "direct", 1, 16)


def test_that_differences_keep_their_mean() -> None:
    for key in PRESETS:
        assert preset(key, project(difference="season"), 12, 300)["model"]["normalisation"] == "none"
        assert preset(key, project(), 12, 300)["model"]["normalisation"] == "last"


@pytest.mark.parametrize(
    ("season", "horizon", "expected"),
    [
        (24, 96, (24, "parallel")),
        (24, 720, (48, "parallel")),
        (48, 48, (48, "parallel")),
        (336, 48, (48, "parallel")),
        (12, 23, (12, "direct")),
        (1, 5, (1, "direct")),
    ],
)
def test_that_a_segment_is_a_season_or_a_part_of_one(season: int, horizon: int, expected: tuple[int, str]) -> None:
    assert segment_for(season, horizon) == expected


@pytest.mark.parametrize("key", PRESETS)
def test_that_every_preset_trains(key: str) -> None:
    start = project(12, calendar=())
    table = table_of(a=wave(300))
    made = start.edited(**preset_for(key, start, prepare(table, start.data.changed(window=24))))
    made = made.edited(train={"epochs": 2, "device": "cpu"})
    assert ending(train(made, table)).outcome == "finished"


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"model": {"segment": 5}}, ("Segment cannot be 5", "do not fill a window of 48", "1, 2, 3, 4, 6")),
        ({"model": {"segment": 24}, "data": {"window": 50}}, ("window of 50",)),
        ({"model": {"segment": 16, "decoder": "parallel"}}, ("Segment cannot be 16", "horizon of 24")),
        ({"model": {"bidirectional": True, "decoder": "recursive"}}, ("Decoder cannot be recursive", "direct")),
        ({"model": {"output": "quantiles"}, "train": {"loss": "mse"}}, ("Loss cannot be mse", "pinball")),
        ({"model": {"quantiles": "0.1,0.9"}}, ("Quantiles cannot be", "0.5 with")),
        ({"model": {"quantiles": "a"}}, ("numbers such as",)),
        ({"model": {"hidden": 0}}, ("Units cannot be 0",)),
        ({"model": {"segment": 0}}, ("Segment cannot be 0",)),
        ({"data": {"horizon": 0}}, ("Horizon cannot be 0",)),
        ({"model": {"teacher_forcing": 1.5}}, ("Teacher forcing cannot be 1.5",)),
    ],
)
def test_that_bad_settings_are_refused_at_their_field(sections: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(WorkbenchError) as found:
        project().edited(**sections)
    text = found.value.problem.text() + found.value.problem.remedy()
    for part in words:
        assert part in text


def test_that_the_field_that_was_edited_is_the_one_that_is_refused() -> None:
    made = project().edited(model={"segment": 24})
    with pytest.raises(WorkbenchError) as found:
        made.edited(data={"window": 50})
    assert "Window cannot be 50" in found.value.problem.text()
    assert "48 or 72" in found.value.problem.remedy()


def test_that_output_and_loss_follow_each_other() -> None:
    made = project().edited(model={"output": "quantiles"})
    assert made.train.loss == "pinball"
    assert made.edited(train={"loss": "nll"}).model.output == "gaussian"
    assert made.edited(model={"output": "student-t"}).train.loss == "nll"
    assert made.edited(train={"loss": "huber"}).model.output == "point"
    assert made.edited(model={"hidden": 3}).train.loss == "pinball"


def test_that_a_file_whose_parts_do_not_go_together_is_refused() -> None:
    text = project().to_json().replace('"segment": 1', '"segment": 7')
    with pytest.raises(WorkbenchError) as found:
        project_from_json(text)
    assert "segments of 7" in found.value.problem.text()
    broken = project().model_copy(update={"data": DataSpec(targets=("a",), window=50)})
    broken = broken.model_copy(update={"model": broken.model.changed(segment=24)})
    with pytest.raises(WorkbenchError):
        check(broken)
    assert ending(train(broken, tiny_table(400))).outcome == "failed"


def test_that_an_old_project_file_still_opens() -> None:
    document = project().model_dump(mode="json")
    for field in ("segment", "channels", "decoder", "teacher_forcing", "output", "quantiles", "known_ahead"):
        del document["model"][field]
    del document["train"]["schedule"], document["data"]["known_future"]
    old = Project.model_validate(document)
    assert (old.model.decoder, old.model.segment, old.train.schedule) == ("direct", 1, "constant")


def test_that_the_schedule_shrinks_the_rate_from_the_third_epoch_on() -> None:
    for schedule, expected in (("constant", [0.01] * 4), ("decay", [0.01, 0.01, 0.008, 0.0064])):
        events = train(tiny_project(epochs=4, schedule=schedule, learning_rate=0.01))
        rates = [event.learning_rate for event in events if isinstance(event, EpochEnded)]
        assert rates == pytest.approx(expected)


def test_that_the_schedule_changes_the_weights() -> None:
    kept = {}
    for schedule in ("constant", "decay"):
        best = run_of(train(tiny_project(epochs=3, schedule=schedule)), tiny_project()).best
        assert best is not None
        kept[schedule] = np.concatenate([value.ravel() for value in best.weights.values()])
    assert np.abs(kept["constant"] - kept["decay"]).max() > 0
