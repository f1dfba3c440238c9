"""Every kind of pollution, on small tables: read as a person would, and never silently wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.benchmarks.pollution import read
from tests.pollution import KINDS, cell_f1, clean_tables, f1, header_f1, polluted, record_f1


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_polluted_table_is_read_as_a_person_would(kind: str, tmp_path: Path) -> None:
    for clean in clean_tables(7, (24, 14)):
        file = polluted(clean, kind, random.Random(f"7 {kind} {clean.name}"))
        if file is None:
            continue
        header, rows, notes = read(file.data, tmp_path)
        told = any(note.severity != "note" for note in notes)
        cells = cell_f1(rows, file.rows)
        assert record_f1(rows, file.rows) >= 0.85, clean.name
        assert cells >= 0.95, clean.name
        assert told or not file.reported or cells == 1.0, clean.name
        if file.header is not None:
            assert header_f1(header, file.header) >= 0.8, clean.name


def test_that_the_score_counts_lost_and_invented_cells_alike() -> None:
    assert f1("aab", "ab") == pytest.approx(0.8)
    assert f1("", "") == 1.0
    assert f1("a", "") == 0.0
    assert cell_f1([["a", "b"]], [["b", "a"]]) == 0.0
    assert record_f1([["a", "b"], ["c"]], [["a", "b"]]) == pytest.approx(2 / 3)
