"""``workbench operate`` on a trained model."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli import main

SETTINGS = ["--hidden", "4", "--epochs", "1", "--window", "12", "--horizon", "3", "--device", "cpu"]


def test_that_an_operation_is_compared_ranked_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    series, out = tmp_path / "s.csv", tmp_path / "changed.wbm"
    rows = [f"2024-01-{1 + k // 24:02d} {k % 24:02d}:00,{(k * 7) % 24 + k % 5}" for k in range(300)]
    series.write_text("time,load\n" + "\n".join(rows) + "\n")
    assert main(["train", str(series), *SETTINGS, "--out", str(tmp_path / "run")]) == 0
    model = str(tmp_path / "run" / "model.wbm")
    capsys.readouterr()
    assert main(["operate", model, str(series), "--do", "f = 1", "--rank", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "as trained" in told
    assert "  f = 1  " in told
    assert told.count("unit ") == 4
    assert main(["operate", str(out), str(series)]) == 0
    again = capsys.readouterr().out
    changed = next(line for line in told.splitlines() if line.startswith("  f = 1")).split()
    trained = next(line for line in again.splitlines() if "as trained" in line).split()
    assert changed[4] == trained[3], "the written model is the one that was scored"
    assert main(["operate", model, str(series), "--do", "q = 1"]) == 2
    assert "the cell's gates are: f, i, g, o" in capsys.readouterr().err
    short = tmp_path / "short.csv"
    short.write_text("time,load\n" + "\n".join(rows[:14]) + "\n")
    assert main(["operate", model, str(short)]) == 2
    said = capsys.readouterr()
    assert "nan" not in said.out
    assert "window" in said.err
