"""Moving a column to a lane changes what it must, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.dataspec import DataSpec
from workbench.core.lanes import LANES, Lane, lane_of, moved
from workbench.core.problems import WorkbenchError
from workbench.core.table import Column, Table

DATA = DataSpec(targets=("a",), inputs=("b", "c"), known_future=("c",))


def table() -> Table:
    made = table_of(times=hourly(50), step=HOUR, a=wave(50), b=wave(50), c=wave(50), d=wave(50))
    words = Column("w", "text", np.array(["x"] * 50, dtype=object), 0)
    return Table(made.name, (*made.columns, words), made.time, (), made.sha256)


def test_that_every_column_has_a_lane() -> None:
    lanes = {column.name: lane_of(DATA, table(), column.name) for column in table().columns}
    assert lanes == {"time": "time", "a": "target", "b": "input", "c": "known", "d": "ignore", "w": "ignore"}


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
@pytest.mark.parametrize("lane", ["target", "input", "known", "ignore", "series"])
def test_that_a_moved_column_stands_there_and_the_others_stay(name: str, lane: Lane) -> None:
    move = moved(DATA, table(), name, lane)
    assert not move.reading
    after = DATA.changed(**move.data)
    assert lane_of(after, table(), name) == lane
    others = {"a", "b", "c", "d", "w"} - {name}
    assert {n: lane_of(after, table(), n) for n in others} == {n: lane_of(DATA, table(), n) for n in others}


@pytest.mark.parametrize("lane", ["target", "input", "known"])
def test_that_words_are_not_read_by_the_network(lane: Lane) -> None:
    with pytest.raises(WorkbenchError) as caught:
        moved(DATA, table(), "w", lane)
    assert caught.value.problem.key == "words-in-a-lane"


def test_that_words_may_tell_series_apart() -> None:
    assert moved(DATA, table(), "w", "series").data == {"series": "w"}


def test_that_the_time_is_a_matter_of_reading() -> None:
    assert moved(DATA, table(), "d", "time").reading == {"time": "d", "time_format": ""}
    assert moved(DATA, table(), "time", "ignore").reading == {"time": "-", "time_format": ""}
    assert moved(DATA, table(), "a", "time").data == {"targets": ()}


def test_that_letters_of_lanes_are_distinct() -> None:
    assert len({info.key for info in LANES}) == len(LANES)
