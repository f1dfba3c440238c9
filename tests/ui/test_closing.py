"""Closing the window in the middle of a training: at once, without a question, and nothing is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faults import LONG, count
from series import wave
from workbench.core.resuming import resumption
from workbench.core.store import left_runs

TESTS = Path(__file__).parents[1]
MOST_S = 2.0 if LONG else 30.0
"""From the click to the end of the process; the suite, which runs on machines that do other work, proves no time."""


@pytest.mark.timeout(900)
def test_that_closing_at_random_moments_leaves_a_run_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    draw, times = random.Random(11), count(2, 30)
    path = tmp_path / "wave.csv"
    path.write_text("a\n" + "".join(f"{value!r}\n" for value in wave(600).tolist()))
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    took = []
    for close in range(times):
        home = tmp_path / f"home{close}"
        monkeypatch.setenv("XDG_DATA_HOME", str(home))
        command = [sys.executable, str(TESTS / "closing.py"), str(path), str(draw.uniform(0.0, 3.0))]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False, timeout=200
        )
        gone_s = time.time()
        assert done.returncode == 0, done.stderr
        said = [line for line in done.stderr.splitlines() if not line.startswith("This plugin does not support")]
        assert said == []
        took.append(gone_s - json.loads(done.stdout)["at_s"])
        (run,) = left_runs()
        assert run.status == "interrupted"
        found = resumption(run.folder)
        assert [said.key for said in found.told] == ["resumed"]
    record_property("seconds", took)
    assert sorted(took)[len(took) // 2] <= MOST_S, took
