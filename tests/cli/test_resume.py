"""Runs in a terminal: interrupted, listed, gone on with; and several seeds as one group."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from series import wave
from workbench.cli import main
from workbench.cli.groups import seeds
from workbench.core.exports.wbm import read_model
from workbench.core.store import RunFolder

SETTINGS = (
    "--hidden", "4", "--window", "12", "--horizon", "4", "--batch", "16", "--dropout", "0.2", "--device", "cpu",
    "--threads", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "wave.csv"
    path.write_text("a\n" + "".join(f"{value!r}\n" for value in wave(300).tolist()))
    return path


def weights(folder: Path) -> str:
    """Return the sha256 of a run's weights."""
    digest = hashlib.sha256()
    for name, value in sorted(read_model(folder / "model.wbm").weights.items()):
        digest.update(name.encode() + value.tobytes())
    return digest.hexdigest()


def trained(series: Path, out: Path, *more: str) -> int:
    return main(["train", str(series), "--out", str(out), *SETTINGS, *more])


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_that_a_run_told_to_end_is_listed_and_goes_on_with_the_same_bits(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--epochs", "60", "--patience", "60")
    folder = RunFolder(tmp_path / "runs" / "one")
    command = [sys.executable, "-m", "workbench", "train", str(series), "--out", str(folder.path), *SETTINGS, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 100
    while not folder.kept:
        assert time.monotonic() < end
        assert process.poll() is None, "it ended before it could be told to"
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _output, said = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("it was faster than the signal")
    assert process.returncode == 143
    assert f"python -m workbench resume {folder.path}" in said

    assert main(["runs", str(tmp_path / "runs"), "--json"]) == 0
    (entry,) = lines(capsys.readouterr().out)
    assert (entry["name"], entry["status"], entry["resumable"]) == ("one", "interrupted", True)
    assert 0 <= entry["epoch"] < 60
    assert trained(series, folder.path, *more) == 2, "training anew there would lose it"
    assert "unfinished" in capsys.readouterr().err or folder.kept
    assert main(["resume", str(folder.path), "--json"]) == 0
    assert lines(capsys.readouterr().out)[-1]["event"] == "Ended"
    assert trained(series, tmp_path / "whole", *more) == 0
    assert weights(folder.path) == weights(tmp_path / "whole")
    assert main(["resume", str(folder.path)]) == 2
    assert "--epochs" in capsys.readouterr().err


def test_that_more_epochs_can_be_asked_of_a_run_that_ended(series: Path, tmp_path: Path) -> None:
    assert trained(series, tmp_path / "long", "--epochs", "5") == 0
    assert trained(series, tmp_path / "short", "--epochs", "3") == 0
    assert main(["resume", str(tmp_path / "short"), "--epochs", "5"]) == 0
    assert weights(tmp_path / "short") == weights(tmp_path / "long")


def test_that_a_run_without_a_place_is_kept_among_the_runs(
    series: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["train", str(series), *SETTINGS, "--epochs", "1"]) == 0
    assert main(["runs", "--json"]) == 0
    (entry,) = lines(capsys.readouterr().out.splitlines()[-1])
    assert entry["status"] == "finished"
    assert main(["runs"]) == 0
    assert "finished" in capsys.readouterr().out
    assert main(["resume", entry["name"], "--epochs", "2"]) == 0, "its name is enough"


@pytest.mark.parametrize("where", ["nothing", "file", "empty"])
def test_that_what_is_no_run_is_a_problem(tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / where
    if where == "file":
        path.write_bytes(b"x")
    elif where == "empty":
        path.mkdir()
    assert main(["resume", str(path)]) == 2
    assert "no run" in capsys.readouterr().err


def test_that_rows_that_were_added_are_named(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.csv"
    shutil.copy(series, own)
    assert trained(own, tmp_path / "run", "--epochs", "1") == 0
    with own.open("a") as stream:
        stream.write("1.5\n")
    assert main(["resume", str(tmp_path / "run"), "--epochs", "2"]) == 2
    said = capsys.readouterr().err
    assert "grown by 4 bytes" in said
    assert "Traceback" not in said


# -- seeds ----------------------------------------------------------------------------------------------------


def test_that_seeds_train_as_a_group_with_mean_and_spread(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = tmp_path / "group"
    assert trained(series, group, "--epochs", "2", "--seeds", "0-2", "--json") == 0
    events = lines(capsys.readouterr().out)
    told = events[-1]
    assert (told["event"], told["seeds"], told["scored"], told["part"]) == ("Group", [0, 1, 2], [0, 1, 2], "test")
    ends = [event for event in events if event["event"] == "Ended"]
    maes = [
        score["mae"] for end in ends for score in end["scores"] if (score["name"], score["part"]) == ("model", "test")
    ]
    assert len(maes) == 3
    assert told["mae"]["mean"] == pytest.approx(np.mean(maes))
    assert told["mae"]["deviation"] == pytest.approx(np.std(maes, ddof=1))
    assert (told["mae"]["low"], told["mae"]["high"]) == (min(maes), max(maes))
    assert len({weights(group / f"seed-{seed}") for seed in range(3)}) == 3

    assert trained(series, tmp_path / "alone", "--epochs", "2", "--seed", "1") == 0
    assert weights(tmp_path / "alone") == weights(group / "seed-1"), "in a group or alone, the same bits"

    before = weights(group / "seed-2")
    shutil.rmtree(group / "seed-2")
    capsys.readouterr()
    assert main(["resume", str(group)]) == 0
    said = capsys.readouterr().out
    assert "seed 2:" in said
    assert "seed 1:" not in said, "those that ended are not trained again"
    assert "3 of 3 seeds" in said
    assert "±" in said
    assert weights(group / "seed-2") == before
    assert trained(series, group, "--epochs", "3", "--seeds", "0-2") == 2, "it is another group's folder"


def test_that_the_same_seed_gives_the_same_bits_in_another_process(series: Path, tmp_path: Path) -> None:
    assert trained(series, tmp_path / "here", "--epochs", "2", "--seed", "5") == 0
    command = [sys.executable, "-m", "workbench", "train", str(series), "--out", str(tmp_path / "there"), *SETTINGS]
    done = subprocess.run(
        [*command, "--epochs", "2", "--seed", "5"], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert weights(tmp_path / "here") == weights(tmp_path / "there")


@pytest.mark.parametrize(
    ("text", "expected"), [("0-4", (0, 1, 2, 3, 4)), ("7", (7,)), ("1,5,9", (1, 5, 9)), ("0-1,8", (0, 1, 8))]
)
def test_that_seeds_are_read(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "x", "1,1", "4-0", "-1", "0-99999999999", "1.5", "3000000000"])
def test_that_strange_seeds_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        seeds(text)
