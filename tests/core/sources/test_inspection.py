"""What `inspect` says of a table besides what reading it said."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.core.sources import read
from workbench.core.sources.inspection import MOST_EXAMINED, inspection


def _keys(folder: Path, columns: int) -> set[object]:
    rows = np.random.default_rng(0).normal(size=(300, columns))
    rows[200, 0] = 1000.0
    names = ",".join(f"c{j}" for j in range(columns))
    path = folder / "wide.csv"
    path.write_text("\n".join([names, *(",".join(f"{v:.4f}" for v in row) for row in rows)]), encoding="utf-8")
    notes = inspection(read(path))["notes"]
    assert isinstance(notes, list)
    return {note["key"] for note in notes}


def test_that_a_very_wide_table_says_in_how_many_columns_outliers_were_looked_for(tmp_path: Path) -> None:
    assert {"outliers", "outliers-limited"} <= _keys(tmp_path, MOST_EXAMINED + 1)
    assert "outliers-limited" not in _keys(tmp_path, MOST_EXAMINED)
