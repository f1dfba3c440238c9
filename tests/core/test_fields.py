"""One declaration per setting: what the form offers is what the validator takes."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from pydantic import ValidationError

from workbench.core.cells import CELLS
from workbench.core.fields import Setting, Spec, setting, settings_of, validated
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec

SPECS: tuple[type[Spec], ...] = (DataSpec, ModelSpec, TrainSpec, *dict.fromkeys(cell.Options for cell in CELLS))
SETTINGS = [(spec, entry) for spec in SPECS for entry in settings_of(spec)]


class Sample(Spec):
    """One of each kind."""

    count: int = setting(3, title="Count", help="How many.", unit="steps", ge=1, le=9, live=True)
    rate: float = setting(0.5, title="Rate", help="How fast.", gt=0.0, level="advanced")
    wanted: bool = setting(True, title="Wanted", help="Whether.")
    mode: Literal["a", "b"] = setting("a", title="Mode", help="Which.", labels={"a": "First", "b": "Second"})
    names: tuple[str, ...] = setting((), title="Names", help="Whose.")
    limit: float | None = setting(None, title="Limit", help="At most.", le=1.0)
    hidden: str = "no setting"


def refusal(spec: type[Spec], **values: object) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        validated(spec, values)
    return caught.value


def test_that_settings_tell_a_form_all_it_needs() -> None:
    count, rate, wanted, mode, names, limit = settings_of(Sample)
    assert count == Setting("count", "int", "Count", "How many.", "steps", "basic", True, 3, 1, 9, False, ())
    assert (rate.kind, rate.low, rate.high, rate.exclusive_low, rate.level) == ("float", 0.0, None, True, "advanced")
    assert wanted.kind == "bool"
    assert mode.kind == "choice"
    assert mode.choices == (("a", "First"), ("b", "Second"))
    assert (names.kind, names.default) == ("names", ())
    assert (limit.kind, limit.default, limit.high) == ("float", None, 1.0)


@pytest.mark.parametrize(("spec", "entry"), SETTINGS)
def test_that_every_setting_has_words_and_a_default_it_takes(spec: type[Spec], entry: Setting) -> None:
    assert entry.title
    assert entry.help.endswith(".")
    assert validated(spec, {entry.name: entry.default}).model_dump()[entry.name] == entry.default


@pytest.mark.parametrize(("spec", "entry"), [pair for pair in SETTINGS if pair[1].kind in ("int", "float")])
def test_that_the_limits_a_form_shows_are_those_of_the_validator(spec: type[Spec], entry: Setting) -> None:
    whole = entry.kind == "int"
    for limit, outwards in ((entry.low, -math.inf), (entry.high, math.inf)):
        if limit is None:
            continue
        open_end = entry.exclusive_low and outwards < 0
        beyond = limit if open_end else limit + math.copysign(1, outwards) if whole else math.nextafter(limit, outwards)
        assert entry.title in str(refusal(spec, **{entry.name: beyond}))
        if spec is DataSpec and "share" in entry.name:
            continue  # both shares at their limit leave no test
        inside = math.nextafter(limit, -outwards) if open_end else limit
        validated(spec, {entry.name: int(inside) if whole else inside})


@pytest.mark.parametrize(("spec", "entry"), [pair for pair in SETTINGS if pair[1].kind == "choice"])
def test_that_every_choice_is_taken_and_nothing_else(spec: type[Spec], entry: Setting) -> None:
    assert entry.choices
    for value, label in entry.choices:
        assert label
        validated(spec, {entry.name: value})
    assert ", ".join(value for value, _ in entry.choices) in refusal(spec, **{entry.name: "?"}).problem.remedy()


def test_that_a_refusal_names_the_setting_the_value_and_what_is_allowed() -> None:
    found = refusal(Sample, count=10).problem
    assert found.key == "invalid-setting"
    assert found.text() == "Count cannot be 10: less than or equal to 9."
    assert found.remedy() == "Choose another value for Count from 1 to 9."


def test_that_an_open_lower_limit_is_not_offered_as_a_remedy() -> None:
    assert "above 0" in refusal(TrainSpec, learning_rate=0).problem.remedy()


def test_that_a_nested_refusal_names_the_inner_setting() -> None:
    assert refusal(Project, train={"epochs": 0}).problem.text().startswith("Epochs cannot be 0")


def test_that_settings_that_clash_are_told_without_a_dump_of_all_of_them() -> None:
    found = refusal(DataSpec, train_share=0.9, valid_share=0.2).problem
    assert found.key == "settings-clash"
    assert "no rows to test on" in found.text()
    assert len(found.text()) < 200
    assert "forget_bias" in refusal(Project, model={"options": {"forget_bias": 99}}).problem.text()


def test_that_a_huge_value_is_not_repeated_in_full() -> None:
    assert len(refusal(ModelSpec, cell="x" * 100_000).problem.text()) < 300


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many", None, [1]])
def test_that_only_numbers_are_numbers(value: object) -> None:
    assert refusal(TrainSpec, learning_rate=value).problem.key == "invalid-setting"


def test_that_a_changed_copy_is_validated_and_the_original_stays() -> None:
    spec = Sample()
    assert spec.changed(count=4).count == 4
    assert spec.count == 3
    with pytest.raises(WorkbenchError):
        spec.changed(nothing=1)
    with pytest.raises(ValidationError):
        spec.count = 5  # type: ignore[misc]
