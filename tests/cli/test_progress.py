"""What a terminal shows of a training: a live line that fits, a line an epoch in a pipe, and where it runs."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from series import tiny_project, train
from workbench.cli import main, progress
from workbench.core.events import EpochEnded, Progressed, Speed, Started
from workbench.core.run import Run
from workbench.core.speeds import bytes_text, fitting, place_text, reason


def test_that_a_pipe_gets_one_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    project = tiny_project(epochs=3)
    told = train(project)
    run = Run(1, project)
    assert list(progress.shown(iter(told), run, json_lines=False)) == told
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "CPU, 1 thread"
    assert len(lines) == 4
    for number, (line, event) in enumerate(
        zip(lines[1:], (event for event in told if isinstance(event, EpochEnded)), strict=True), start=1
    ):
        assert line.startswith(f"epoch {number}/3: train {event.train_loss:.4f}, valid {event.valid_loss:.4f}")
        assert ("(best)" in line) == event.best
        for fact in ("windows/s", "gradient", "rate 0.003", "left"):
            assert fact in line
    assert "\x1b" not in captured.err
    assert run.ended is not None


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_that_the_live_line_fits_the_terminal(width: int) -> None:
    project = tiny_project(epochs=4)
    told = train(project)
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    assert list(progress.live(iter(told), Run(1, project), console)) == told
    assert isinstance(console.file, io.StringIO)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "\r", console.file.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", text) if line.startswith("epoch")]
    assert lines
    assert max(len(line) for line in lines) <= width
    assert any("loss" in line and "left" in line for line in lines)
    assert all("…" not in line for line in lines), "what does not fit is left out whole"
    assert any("gradient" in line and "rate" in line for line in lines) == (width == 200)


def started(*speeds: Speed, device: str = "cpu", threads: int = 1) -> Started:
    found = next(event for event in train(tiny_project(cell="lstm", hidden=32, batch=32)) if isinstance(event, Started))
    return replace(found, speeds=speeds, device=device, threads=threads)


def test_that_the_place_is_told_with_its_reason() -> None:
    assert (place_text(started()), reason(started())) == ("CPU, 1 thread", "")
    both = started(Speed("cpu", 1, 1.4), Speed("cuda", 1, 2.1))
    assert reason(both) == "LSTM-32, batch 32: CPU 1.4 ms, GPU 2.1 ms a step"
    gpu = started(Speed("cpu", 1, 14.31), Speed("cpu", 2, 9.0), Speed("cuda", 1, 2.1), device="cuda:0")
    assert place_text(gpu) == "GPU"
    assert reason(gpu) == "LSTM-32, batch 32: CPU, 1 thread 14.3 ms, CPU, 2 threads 9 ms, GPU 2.1 ms a step"
    short = started(Speed("cpu", 1, 1.0), Speed("cuda", 1, None), threads=3)
    assert place_text(short) == "CPU, 3 threads"
    assert "GPU lacks memory" in reason(short)


def test_that_bytes_are_short_and_lines_hold_what_fits() -> None:
    assert [bytes_text(count) for count in (0, 412_300_000, 3_460_000_000)] == ["", "412 MB", "3.5 GB"]
    parts = ["first", "second", "third"]
    assert [fitting(parts, lambda line, most=most: len(line) <= most) for most in (0, 13, 14, 22, 40)] == [
        "first", "first", "first · second", "first · second · third", "first · second · third",
    ]  # fmt: skip


def test_that_progress_knows_the_memory() -> None:
    told = [event for event in train(tiny_project()) if isinstance(event, Progressed)]
    assert all(event.memory_bytes > 50_000_000 for event in told), "torch alone takes more"
    assert all(event.device_bytes == 0 for event in told)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ([], None),
        (["--event-files", "yes"], "out/tensorboard"),
        (["--tensorboard", "logs"], "logs/out"),
        (["--tensorboard", "logs", "--event-files", "yes"], "logs/out"),
    ],
)
def test_that_event_files_are_written_where_they_are_asked_for(
    options: list[str], where: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "task:sine-mixture?rows=300", "--out", "out", "--epochs", "2", "--hidden", "4"]
    assert main([*arguments, *options]) == 0
    found = [path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*tfevents*")]
    assert found == ([] if where is None else [where])
