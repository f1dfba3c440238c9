"""Ticks at round times, with enough words and not more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from workbench.core.clock import Clock, advance
from workbench.core.table import Step
from workbench.ui.views.plot import NumberAxis
from workbench.ui.views.ticks import grouped, log_ticks, moment, nice, number_texts, row_ticks


def regular(first: str, count: float, unit: str, rows: int) -> Clock:
    step = Step(count, unit)
    return Clock(rows, advance(np.datetime64(first, "us"), step, np.arange(rows)), step)


STEPS = st.sampled_from([(1, "second"), (60, "second"), (1800, "second"), (86_400, "second"), (604_800, "second"),
                         (1, "businessday"), (1, "month"), (3, "month"), (12, "month")])  # fmt: skip


@given(STEPS, st.integers(2, 3_000), st.floats(0, 1), st.floats(0, 1), st.integers(2, 12))
def test_that_ticks_stand_on_their_times(
    step: tuple[float, str], rows: int, left: float, right: float, most: int
) -> None:
    clock = regular("1999-11-30T22:00", *step, rows)
    lo, hi = sorted((left * rows, right * rows))
    ticks = row_ticks(clock, lo, hi, most)
    assert len(ticks.rows) == len(ticks.texts) <= 3 * most + 2
    assert ((ticks.rows >= lo - 1e-6) & (ticks.rows <= hi + 1e-6)).all()
    assert (np.diff(ticks.rows) > 0).all()
    assert all(ticks.texts)


def test_that_half_hours_of_months_are_named_by_days() -> None:
    ticks = row_ticks(regular("2014-07-01", 1800, "second", 5_760), 0, 5_759, 9)
    assert "14 Jul 2014" in ticks.texts or "7 Jul 2014" in ticks.texts
    assert sum("2014" in text for text in ticks.texts) == 1


def test_that_hours_are_named_with_the_date_at_midnight() -> None:
    ticks = row_ticks(regular("2014-07-01", 1800, "second", 200), 0, 96, 8)
    assert ticks.texts[:3] == ("1 Jul", "06:00", "12:00")
    assert ticks.texts[4] == "2 Jul"


def test_that_a_view_without_midnight_names_the_day_once() -> None:
    ticks = row_ticks(regular("2014-07-01", 60, "second", 1_440), 300, 500, 6)
    assert sum("1 Jul" in text for text in ticks.texts) == 1


def test_that_years_before_1970_are_round() -> None:
    ticks = row_ticks(regular("1700-01-01", 12, "month", 309), 0, 308, 7)
    assert ticks.texts == ("1700", "1750", "1800", "1850", "1900", "1950", "2000")
    np.testing.assert_allclose(ticks.rows, [0, 50, 100, 150, 200, 250, 300])


def test_that_ticks_go_on_behind_the_last_row() -> None:
    ticks = row_ticks(regular("2000-01-01", 1, "month", 24), 12, 60, 5)
    assert ticks.texts[-1] in ("2004", "2005", "Jan 2004", "Jan 2005")
    assert ticks.rows[-1] == pytest.approx(12 * (int(ticks.texts[-1][-4:]) - 2000), abs=0.01)


def test_that_irregular_times_are_interpolated() -> None:
    times = np.array(["2020-01-01", "2020-01-03", "2020-01-11"], dtype="datetime64[us]")
    ticks = row_ticks(Clock(3, times), 0, 2, 11)
    where = dict(zip(ticks.texts, ticks.rows, strict=True))
    assert where["2 Jan 2020"] == pytest.approx(0.5)
    assert where["7 Jan"] == pytest.approx(1.5)


def test_that_numbered_rows_count_from_one() -> None:
    ticks = row_ticks(Clock(1_000), 0, 999, 5)
    assert [(row + 1, text) for row, text in zip(ticks.rows, ticks.texts, strict=True)][:2] == [
        (200.0, "200"),
        (400.0, "400"),
    ]


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (-5, -2), (3, 3)])
def test_that_nothing_has_no_ticks(lo: float, hi: float) -> None:
    assert not len(row_ticks(Clock(10), lo, hi, 5).rows)
    assert not len(row_ticks(Clock(0), 0, 10, 5).rows)


@given(st.floats(1e-9, 1e9))
def test_that_nice_is_not_below_and_not_far_above(value: float) -> None:
    assert value * (1 - 1e-9) <= nice(value) <= 2.51 * value


def test_that_numbers_have_thin_spaces_and_just_enough_decimals() -> None:
    assert number_texts([0, 5_000, 10_000], 5_000) == ["0", "5\u202f000", "10\u202f000"]
    assert number_texts([-0.05, 0.0, 0.05], 0.05) == ["−0.05", "0.00", "0.05"]
    assert number_texts([0, 2e8], 1e8) == ["0", "2×10⁸"]
    assert number_texts([1e-5, 2e-5], 1e-5) == ["1×10⁻⁵", "2×10⁻⁵"]
    assert grouped(-0.0) == "0"


def test_that_logarithms_show_round_numbers() -> None:
    assert [round(10**value, 3) for value in log_ticks(-1, 1, 4)] == [0.1, 1.0, 10.0]
    assert len(log_ticks(-9, 9, 5)) <= 5
    assert [round(10**value, 2) for value in log_ticks(np.log10(0.2), np.log10(0.5), 5)] == [0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize(
    ("clock", "row", "words"),
    [
        (regular("2014-09-22T06:00", 1800, "second", 10), 1, "22 Sep 2014 06:30"),
        (regular("2014-09-01", 1, "month", 10), 1, "Oct 2014"),
        (regular("1749-01-01", 12, "month", 10), 0, "1749"),
        (regular("2014-09-22", 86_400, "second", 10), 12, "4 Oct 2014"),
        (Clock(10), 3, "row 4"),
    ],
)
def test_that_a_moment_is_said_as_a_person_says_it(clock: Clock, row: int, words: str) -> None:
    assert moment(clock, row) == words


@pytest.mark.parametrize(("lo", "hi", "height"), [(980, 2020, 130), (-100, 28_000, 62), (0.3, 1.1, 60), (-1, 1, 100)])
def test_that_a_low_axis_of_values_still_tells_its_scale(qtbot: QtBot, lo: float, hi: float, height: int) -> None:
    ((_spacing, places),) = NumberAxis().tickValues(lo, hi, height)
    edge = 8 / height * (hi - lo)
    assert sum(lo + edge <= place <= hi - edge for place in places) >= 2
    assert len(places) <= height / 15
