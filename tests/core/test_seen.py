"""Text from strangers: what cannot be seen is taken out, and no cell of a table that is written is a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile.opening import raw
from workbench.core.files import write_csv
from workbench.core.seen import all_seen, harmless, in_a_sentence, seen


@given(st.text())
def test_that_what_is_shown_steers_nothing(text: str) -> None:
    assert not any(map(raw, seen(text)))
    assert seen(seen(text)) == seen(text)
    assert "\n" not in in_a_sentence(text)
    seen(text).encode()


def test_that_text_of_all_scripts_stays_as_it_is() -> None:
    for text in ("Größe °C", "温度", "می\u200cخواهم", "क्\u200dष", "👩\u200d🔬", "a\tb", "x²"):
        assert seen(text) == text


def test_that_a_long_value_is_cut_in_a_sentence() -> None:
    assert len(in_a_sentence("x" * 100_000)) < 1_100


def test_that_keys_that_look_the_same_are_refused() -> None:
    assert all_seen({"a\u202e": ["\x1b"]}) == {"a": ["�"]}
    with pytest.raises(ValueError, match="same"):
        all_seen({"a": 1, "a\u200b": 2})


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_that_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1.5", "+2", "-1e-3", "2024-01-01", "temp", "", "a=b"])
def test_that_numbers_and_words_stay(cell: str) -> None:
    assert harmless(cell) == cell


def test_that_a_table_that_is_written_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, ["=cmd|' /C calc'!A0", "y"], [["@x", "-1.5"], [None, -2.5]])
    with path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["'=cmd|' /C calc'!A0", "y"], ["'@x", "-1.5"], ["", "-2.5"]]
    write_csv(path, ["=1"], [["@x"]], exact=True)
    assert path.read_text().split() == ["=1", "@x"]
