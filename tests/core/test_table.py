from __future__ import annotations

import numpy as np
import pytest

from workbench.core.table import Column, Step, Table, TimeAxis


def _table() -> Table:
    times = np.arange("2024-01-01", "2024-01-05", dtype="M8[D]").astype("M8[us]")
    columns = (
        Column("day", "number", np.arange(4.0), 0),
        Column("place", "text", np.array(["a", None, "b", "c"], dtype=object), 1),
        Column("load", "number", np.array([1.0, 2.0, np.nan, 4.0]), 1, "MW"),
        Column("nothing", "empty", np.full(4, np.nan), 4),
    )
    return Table("a.csv", columns, TimeAxis(("day",), "%d", times, Step(86400, "second")), (), "0" * 64)


def test_that_columns_are_found_by_name() -> None:
    table = _table()
    assert table["load"].unit == "MW"
    assert "load" in table
    assert "Load" not in table
    with pytest.raises(KeyError):
        table["Load"]


def test_that_time_text_and_empty_columns_are_no_series() -> None:
    assert _table().numeric == ("load",)


def test_that_a_table_counts_its_rows() -> None:
    assert _table().rows == 4
    assert Table("empty", (), None, (), "").rows == 0


def test_that_calendar_steps_have_no_length_in_seconds() -> None:
    assert Step(1, "month").seconds is None
    assert Step(1, "businessday").seconds is None
    assert Step(1800, "second").seconds == 1800
