"""A stored model on other files: watched, with columns of other names, another step, another unit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.cli import forecast, main
from workbench.core.projectfile import read_project

STORED = Path(__file__).parents[1] / "data" / "formats"
MODEL = str(STORED / "model-3.wbm")


@pytest.fixture
def series(tmp_path: Path) -> Path:
    data = read_project(STORED / "pack-1.wbp").data
    assert data is not None
    path = tmp_path / "s.csv"
    path.write_bytes(data.replace(b"\r\n", b"\n"))
    return path


def _edits(path: Path) -> list[tuple[str, Callable[[], object]]]:
    """Return what happens to a watched file, each with what a word of the next answer is."""
    lines = path.read_text().splitlines(keepends=True)

    def write(rows: list[str]) -> None:
        path.write_text("".join(rows))

    def rotated() -> None:
        other = path.with_suffix(".new")
        other.write_text("".join(lines[:-9]))
        os.replace(other, path)

    return [
        ("rows, ", lambda: write(lines[:-5])),
        ("rows, ", lambda: write(lines)),
        ("rows, ", rotated),
        ("error: ", lambda: write(lines[:4])),
        ("not there", path.unlink),
        ("rows, ", lambda: write(lines[:-3])),
        ("rows, ", lambda: write([*lines[:-2], lines[-2][:-2]])),
    ]


def test_that_a_watched_file_is_forecast_whenever_it_changes(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    edits, heard, slept = _edits(series), list[str](), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds < forecast.LOOK_S:
            return
        said = capsys.readouterr()
        heard.append(said.out + said.err)
        done, still = divmod(len(heard), 2)
        if still:
            return  # nothing happens: nothing may be said the next time
        if done > len(edits):
            raise KeyboardInterrupt
        edits[done - 1][1]()

    monkeypatch.setattr(time, "sleep", sleep)
    assert main(["forecast", MODEL, str(series), "--out", str(tmp_path / "o.csv"), "--watch"]) == 0
    assert all("rows, " in text for text in heard[:1])
    for (word, _edit), said, quiet in zip(edits, heard[2::2], heard[3::2], strict=True):
        assert word in said, heard
        assert not quiet, "it said something though nothing happened"
    assert slept.count(forecast.LOOK_S / 5) >= forecast.LOOKS_AMID_A_LINE, "half a line was waited for"


@pytest.mark.parametrize("verb", ["forecast", "evaluate", "operate", "export"])
def test_that_every_verb_matches_columns_and_refuses_what_is_another_quantity(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    out = str(tmp_path / "o.csv")
    head, _, rest = series.read_text().partition("\n")
    renamed = head.replace(",a", ",zz", 1)
    assert renamed != head, head
    series.write_text(f"{renamed}\n{rest}")

    def run(*more: str) -> tuple[int, str]:
        words = {
            "forecast": ["forecast", MODEL, str(series), "--out", out],
            "evaluate": ["evaluate", MODEL, str(series)],
            "operate": ["operate", MODEL, str(series)],
            "export": ["export", MODEL, "--data", str(series), "--out", out, "--format", "forecast-csv"],
        }[verb]
        code = main([*words, *more])
        return code, capsys.readouterr().err

    code, told = run()
    assert code == 2
    assert "no column" in told or "“a”" in told
    code, told = run("--map", "a=zz")
    assert code == 0, told
    assert "“a” is read from “zz”" in told
    lines = rest.splitlines()
    series.write_text("\n".join([head, *lines[::2]]) + "\n")
    code, told = run()
    assert code == 2, told
    assert "apart" in told, "another step"
    first, *more = lines[-1].split(",")
    far = ",".join([first, "1e7", *more[1:]])
    series.write_text("\n".join([head, *lines[:-1], far]) + "\n")
    code, told = run()
    assert code == 0, told
    assert "spreads from the middle" in told
