"""A disk that fills up or may not be written costs one message and no training: resources/docs/faults.md."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from series import ending, tiny_project, tiny_table, train
from workbench.core import keeping
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded, Event, Warned
from workbench.core.keeping import Keeper
from workbench.core.problems import Problem, WorkbenchError
from workbench.core.saved import checkpoint_of, newest
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised

PROJECT = tiny_project(epochs=8, patience=8, dropout=0.2, hidden=8)


@pytest.fixture(autouse=True)
def _at_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "EPOCH_APART_S", 0.0)
    monkeypatch.setattr(keeping, "MOST_SHARE", 1.0)
    monkeypatch.setattr(keeping, "GATHER_S", 0.0)


def mounted(arguments: list[str], place: Path) -> bool:
    return subprocess.run(["mount", *arguments, str(place)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or not mounted(["-t", "tmpfs", "-o", "size=300k", "tmpfs"], place):
        pytest.skip("a file system can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def kept(folder: RunFolder, at: Callable[[int], object]) -> list[Event]:
    """Train in `folder`; `at` is called behind every epoch, once the epoch before has been written or has failed."""
    dataset = prepare(tiny_table(), PROJECT.data)
    keeper = Keeper.begun(folder, PROJECT, dataset)
    events = []
    for event in supervised(PROJECT, dataset, Steering(PROJECT.train), keeper=keeper):
        events.append(event)
        if isinstance(event, EpochEnded):
            until(lambda epoch=event.epoch: keeper._failed or epoch == 1 or newest(folder)[0].epoch >= epoch - 1)
            at(event.epoch)
    return events


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not _happened(happened):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)


def _happened(happened: Callable[[], bool]) -> bool:
    try:
        return happened()
    except WorkbenchError:
        return False  # the first checkpoint is not there yet


def warnings(events: list[Event]) -> list[Problem]:
    return [event.problem for event in events if isinstance(event, Warned)]


def losses(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.train_loss, event.valid_loss) for event in events if isinstance(event, EpochEnded)]


def test_that_a_full_disk_costs_one_message_and_no_training(small_disk: Path) -> None:
    folder, filler = RunFolder(small_disk / "run"), small_disk / "filler"
    before: list[bytes] = []

    def fill(epoch: int) -> None:
        if epoch == 3:
            before.append(folder.checkpoints[0].read_bytes())
            with filler.open("wb", buffering=0) as stream:
                try:
                    while True:
                        stream.write(b"x" * 4096)
                except OSError:
                    pass
        if epoch == 6:
            assert folder.checkpoints[0].read_bytes() == before[0], "the old file is as it was"
            assert newest(folder)[1] is None
            assert [path.name for path in folder.path.iterdir() if path.name.startswith(".")] == [], "no litter"
            filler.unlink()

    events = kept(folder, fill)
    assert ending(events).outcome == "finished"
    assert losses(events) == losses(train(PROJECT, prepare(tiny_table(), PROJECT.data)))
    full, again = warnings(events)
    assert (full.key, again.key) == ("not-kept", "kept-again")
    assert str(folder.checkpoints[0]) in full.text()
    assert f"{full.values['bytes']} bytes" in full.text()
    assert int(str(full.values["bytes"])) > 10_000
    assert "full" in full.text()
    assert folder.status == "finished"
    assert [event.epoch for event in folder.replayed().events if isinstance(event, EpochEnded)] == list(range(1, 9))
    assert folder.replayed().broken == 0, "a line that did not fit was written again as a whole"
    assert newest(folder)[0].epoch == 8


def test_that_a_folder_that_can_no_longer_be_written_costs_one_message(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    closed: list[str] = []

    def close(epoch: int) -> None:
        if epoch != 3:
            return
        if os.geteuid() != 0:
            folder.path.chmod(0o555)
            closed.append("chmod")
        elif mounted(["--bind", str(folder.path)], folder.path):
            closed.append("mount")
            if not mounted(["-o", "remount,bind,ro"], folder.path):
                pytest.skip("no mount can be made read-only here")
        else:
            pytest.skip("root may write everywhere, and nothing can be mounted here")

    try:
        events = kept(folder, close)
    finally:
        if closed == ["mount"]:
            subprocess.run(["umount", "-l", str(folder.path)], check=True)
        elif closed:
            folder.path.chmod(0o755)
    assert ending(events).outcome == "finished"
    (warned,) = warnings(events)
    assert warned.key == "not-kept"
    assert str(folder.checkpoints[0]) in warned.text()
    assert newest(folder)[0].epoch == 2, "what was kept before is whole"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_folder_that_may_not_be_written_is_said_before_training(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(WorkbenchError) as caught:
            kept(RunFolder(tmp_path / "run"), lambda _epoch: None)
    finally:
        tmp_path.chmod(0o755)
    assert caught.value.problem.key == "cannot-write"
    assert str(tmp_path) in caught.value.problem.text()


LIMITED = """
import resource, signal, sys
sys.path[:0] = sys.argv[1:3]
import test_disks as t
from pathlib import Path
t.keeping.EPOCH_APART_S, t.keeping.MOST_SHARE, t.keeping.GATHER_S = 0.0, 1.0, 0.0
def limit(epoch):
    if epoch == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    if epoch == 6:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = t.RunFolder(Path(sys.argv[3]))
events = t.kept(folder, limit)
keys = [p.key for p in t.warnings(events)]
print(t.ending(events).outcome, *keys, t.newest(folder)[0].epoch, folder.replayed().broken)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits as on POSIX")
def test_that_a_file_that_may_not_grow_costs_one_message(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    places = [str(Path(__file__).parent), str(tests), str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *places],
        env={**os.environ, "PYTHONPATH": str(tests.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["finished", "not-kept", "kept-again", "8", "0"]


def test_that_both_generations_are_whole_at_the_end(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    kept(folder, lambda _epoch: None)
    newer, older = (checkpoint_of(path.read_bytes()).epoch for path in folder.checkpoints)
    assert newer == 8
    assert older in (7, 8)
