"""Every event is one line of strict JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from recorded import recorded_events, small_project
from workbench.core.eventlog import event_json
from workbench.core.events import EVENTS, Ended, Event, Progressed, Steered, Warned
from workbench.core.problems import ProblemKind, problem

WARNING = Warned(problem(ProblemKind("a-kind", "warning", "It is {what}.", "Mend it."), what="broken\n"))


def parsed(event: Event) -> dict[str, Any]:
    line = event_json(event)
    assert "\n" not in line

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    document: dict[str, Any] = json.loads(line, parse_constant=refuse)
    assert document["event"] == type(event).__name__
    return document


def test_that_every_kind_of_event_can_be_written() -> None:
    events = (*recorded_events(), WARNING, Steered(2, 3, "learning_rate", 0.1, 0.01))
    assert {type(event) for event in events} == set(EVENTS)
    for event in events:
        parsed(event)


def test_that_what_matters_is_in_the_line() -> None:
    events = {type(event).__name__: parsed(event) for event in (*recorded_events(), WARNING)}
    assert events["Started"]["project"]["model"]["cell"] == "lstm"
    assert events["Started"]["project"] == json.loads(small_project().to_json())
    assert events["Improved"]["weights"] == events["Started"]["parameters"]
    assert events["Forecasted"]["windows"] > 0
    assert "values" not in events["Forecasted"]
    assert events["Probed"]["layers"] == 1
    assert "weights" not in events["Probed"]
    assert {score["name"] for score in events["Ended"]["scores"]} >= {"model", "last", "seasonal", "drift"}
    assert events["Warned"]["problem"] == {
        "key": "a-kind",
        "severity": "warning",
        "text": "It is broken .",
        "remedy": "Mend it.",
    }


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), np.float32("-inf"), np.float64("nan")])
def test_that_numbers_that_are_none_become_null(odd: float) -> None:
    event = Progressed(1, 2, 3, 4, np.array([1.5, odd]), odd, 0.1, odd, odd)
    document = parsed(event)
    assert document["losses"] == [1.5, None]
    assert document["gradient_norm"] is None


def test_that_numpy_numbers_are_numbers() -> None:
    event = Ended("finished", np.int64(3), 2, np.float64(1.5), np.float32(0.5))  # type: ignore[arg-type]
    document = parsed(event)
    assert (document["epoch"], document["seconds"], document["windows_per_s"]) == (3, 1.5, 0.5)
