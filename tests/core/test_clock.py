"""Times of rows, and of rows that do not exist yet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.clock import Clock, advance, iso, step_text
from workbench.core.table import Step

moments = st.integers(-2_000_000_000_000_000, 4_000_000_000_000_000).map(lambda n: np.datetime64(n, "us"))
seconds = st.sampled_from([0.001, 0.25, 1.0, 60.0, 900.0, 1800.0, 3600.0, 86_400.0, 604_800.0])
counts = st.integers(0, 400)


def one(time: np.datetime64, step: Step, count: int) -> np.datetime64:
    moved: np.datetime64 = advance(time, step, np.array([count]))[0]
    return moved


@given(moments, seconds, counts, counts)
def test_that_steps_of_a_fixed_length_add_up(time: np.datetime64, length: float, a: int, b: int) -> None:
    step = Step(length, "second")
    assert one(one(time, step, a), step, b) == one(time, step, a + b)
    assert one(time, step, a) - time == np.timedelta64(round(a * length * 1e6), "us")


@given(moments, st.integers(1, 24), counts)
def test_that_months_move_the_calendar_and_keep_day_and_hour_where_the_month_has_them(
    time: np.datetime64, months: int, count: int
) -> None:
    moved = one(time, Step(months, "month"), count)
    assert moved.astype("M8[M]") - time.astype("M8[M]") == np.timedelta64(months * count, "M")
    assert moved - moved.astype("M8[D]") == time - time.astype("M8[D]"), "the hour stays"
    day, last = (int((t.astype("M8[D]") - t.astype("M8[M]").astype("M8[D]")).astype(int)) for t in (time, moved))
    month_end = (moved.astype("M8[D]") + 1).astype("M8[M]") > moved.astype("M8[M]")
    was_end = (time.astype("M8[D]") + 1).astype("M8[M]") > time.astype("M8[M]")
    assert month_end if was_end else (last == day or (last < day and month_end))


@given(moments, st.integers(0, 60))
def test_that_business_days_are_no_weekends_and_follow_each_other(time: np.datetime64, count: int) -> None:
    moved = advance(time, Step(1, "businessday"), np.arange(count + 2))
    assert np.is_busday(moved.astype("M8[D]")).all()
    distance = np.diff(moved).astype("m8[D]").astype(int)
    assert set(distance) <= {1, 3}


@given(st.integers(2, 50), seconds, counts)
def test_that_rows_inside_keep_their_times_and_rows_behind_go_on(rows: int, length: float, beyond: int) -> None:
    step = Step(length, "second")
    values = advance(np.datetime64("2024-02-28T23:00", "us"), step, np.arange(rows))
    clock = Clock(rows, values, step)
    times = clock.at(np.arange(rows + beyond))
    assert (times[:rows] == values).all()
    assert (np.diff(times).astype(np.int64) == round(length * 1e6)).all()


def test_that_rows_behind_irregular_times_go_on_with_the_usual_distance() -> None:
    values = np.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-09"], dtype="M8[us]")
    assert str(Clock(4, values, None).at(np.array([4]))[0]) == "2024-01-10T00:00:00.000000"


def test_that_the_future_of_monthly_rows_is_the_next_months() -> None:
    values = advance(np.datetime64("1949-01-01", "us"), Step(1, "month"), np.arange(144))
    clock = Clock(144, values, Step(1, "month"))
    assert [clock.text(row) for row in (0, 143, 144, 155)] == ["1949-01", "1960-12", "1961-01", "1961-12"]


def test_that_numbered_rows_stay_numbers() -> None:
    clock = Clock(3)
    assert clock.at(np.array([0, 2, 5])).tolist() == [0, 2, 5]
    assert clock.text(5) == "row 6"


@given(moments, st.sampled_from([0.001, 0.1, 0.25, 1.0, 7.0, 60.0, 90.0, 3600.0, 86_400.0]), st.integers(2, 40))
def test_that_the_written_times_tell_rows_apart_and_are_exact(time: np.datetime64, length: float, rows: int) -> None:
    step = Step(length, "second")
    times = advance(time.astype("M8[ms]").astype("M8[us]"), step, np.arange(rows))
    written = [iso(moment, step) for moment in times]
    assert len(set(written)) == rows
    assert [np.datetime64(text.replace(" ", "T"), "us") for text in written] == list(times)


@pytest.mark.parametrize(
    ("time", "step", "text"),
    [
        ("2024-03-01T00:00", Step(1, "month"), "2024-03"),
        ("2024-03-15T00:00", Step(1, "month"), "2024-03-15"),
        ("2024-03-15T00:00", Step(86_400, "second"), "2024-03-15"),
        ("2024-03-15T00:00", Step(1, "businessday"), "2024-03-15"),
        ("2024-03-15T00:00", Step(1800, "second"), "2024-03-15 00:00"),
        ("2024-03-15T00:00:00", Step(1, "second"), "2024-03-15 00:00:00"),
        ("2024-03-15T00:00:00.500", Step(0.5, "second"), "2024-03-15 00:00:00.500"),
        ("2024-03-15T07:00:30", Step(3600, "second"), "2024-03-15 07:00:30"),
        ("2024-03-15T07:00", None, "2024-03-15 07:00:00"),
    ],
)
def test_that_times_are_written_as_short_as_their_step_allows(time: str, step: Step | None, text: str) -> None:
    assert iso(np.datetime64(time, "us"), step) == text


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step(1800, "second"), (30, "minute")),
        (Step(3600, "second"), (1, "hour")),
        (Step(90, "second"), (90, "second")),
        (Step(14 * 86_400, "second"), (2, "week")),
        (Step(3, "month"), (3, "month")),
        (Step(24, "month"), (2, "year")),
        (Step(1, "businessday"), (1, "business day")),
    ],
)
def test_that_a_step_is_named_in_its_largest_unit(step: Step, words: tuple[int, str]) -> None:
    assert step_text(step) == words
