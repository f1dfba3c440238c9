"""Run folders: what is read back is what was written, whatever else lies there is a Problem and never a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorded import recorded_events
from series import tiny_project, tiny_table, train, wave
from workbench.core import lock as locks
from workbench.core.dataset import prepare
from workbench.core.eventlog import event_json
from workbench.core.events import EVENTS, Ended, Event, Improved, Probed
from workbench.core.keeping import Keeper
from workbench.core.lock import LOCK, RunLock, held
from workbench.core.opening import proposed
from workbench.core.probefile import probe_bytes, probe_of
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.replaying import CONVERTERS, WHOLE, event_of
from workbench.core.resuming import resumption
from workbench.core.saved import checkpoint_of, newest, packed, unpacked
from workbench.core.sources import read
from workbench.core.steering import Steering
from workbench.core.store import RunFolder, last_line, left_runs, stored_runs
from workbench.core.strict import sealed, strict_json, unsealed
from workbench.core.supervision import supervised


def kept(folder: RunFolder, project: Project | None = None, *, leaving: bool = True) -> list[Event]:
    """Train a little in `folder` and leave it, or train to the end."""
    project = project or tiny_project(epochs=3)
    dataset = prepare(tiny_table(), project.data)
    steering = Steering(project.train, probe=int(dataset.valid.start[0]))
    keeper = Keeper.begun(folder, project, dataset)
    keeper.leaving = leaving
    events = []
    for event in supervised(project, dataset, steering, keeper=keeper):
        events.append(event)
        if leaving and len(events) == 6:
            steering.stop()
    return events


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that was left twice, so that it has two generations of checkpoints."""
    made = RunFolder(tmp_path / "run")
    kept(made)
    checkpoint, _told = newest(made)
    project = checkpoint.project
    dataset, steering = prepare(tiny_table(), project.data), Steering(project.train)
    keeper = Keeper.gone_on(made, dataset, checkpoint.facts.log_bytes)
    keeper.leaving = True
    steering.stop()
    for _event in supervised(project, dataset, steering, keeper=keeper, checkpoint=checkpoint):
        pass
    return made


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(WorkbenchError) as caught:
        act()
    assert caught.value.problem.text()
    assert caught.value.problem.remedy()
    return caught.value.problem.key


# -- what is read back ----------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 99), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(values)
def test_that_any_state_comes_back_as_it_was(tree: object) -> None:
    arrays: dict[str, np.ndarray] = {"other": np.arange(3)}
    document, found = unsealed(sealed({"tree": packed(tree, "tree", arrays)}, arrays))
    assert unpacked(document["tree"], found) == tree


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)])
def test_that_arrays_come_back_bit_for_bit(kind: str, shape: tuple[int, ...]) -> None:
    value = np.random.default_rng(0).integers(0, 255, shape).astype(kind)
    document, found = unsealed(sealed({"a": packed(value, "x", arrays := {})}, arrays))
    back = unpacked(document["a"], found)
    assert (back.dtype, back.shape, back.tobytes()) == (value.dtype, value.shape, value.tobytes())


def test_that_every_event_that_is_logged_whole_comes_back(tmp_path: Path) -> None:
    events = recorded_events()
    back = [event_of(event_json(event).encode()) for event in events]
    assert [type(event).__name__ for event in back if event] == [
        type(event).__name__ for event in events if isinstance(event, WHOLE)
    ]
    for event, again in zip(events, back, strict=True):
        if again is not None:
            assert event_json(again) == event_json(event)


def test_that_every_kind_of_field_can_be_read() -> None:
    assert set(WHOLE) <= set(EVENTS)
    assert {str(field.type) for kind in WHOLE for field in fields(kind)} <= set(CONVERTERS)


def test_that_probes_come_back(folder: RunFolder) -> None:
    (event, *_others) = [event for event in recorded_events() if isinstance(event, Probed)]
    again = probe_of(probe_bytes(event))
    assert (again.epoch, again.start, len(again.traces)) == (event.epoch, event.start, len(event.traces))
    for one, other in zip(event.traces, again.traces, strict=True):
        assert {key: value.tobytes() for key, value in one.values.items()} == {
            key: value.tobytes() for key, value in other.values.items()
        }
    assert len(list(folder.probes.iterdir())) >= 1


def test_that_a_run_says_how_it_ended(tmp_path: Path) -> None:
    one, other = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "other")
    kept(one, leaving=False)
    kept(other)
    assert (one.status, other.status) == ("finished", "interrupted")
    assert [run.folder for run in left_runs(tmp_path)] == [other]
    assert {run.path.name for run in stored_runs(tmp_path)} == {"one", "other"}
    with other.events.open("ab") as stream:
        stream.write(b'{"event": "Ended", "outcome": "fini')
    assert other.status == "interrupted", "half a line is no end"


@pytest.mark.parametrize("length", [1, 100, 70_000, 300_000])
def test_that_the_last_line_is_found_without_reading_the_rest(tmp_path: Path, length: int) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\n" * 3 + b"x" * length + b"\n")
    assert last_line(path) == b"x" * length
    path.write_bytes(b"x" * length + b"\n")
    assert last_line(path) == b"x" * length


def test_that_an_interrupted_run_is_not_written_over(folder: RunFolder) -> None:
    before = {path.name: path.read_bytes() for path in folder.path.iterdir() if path.is_file()}
    assert refusal(lambda: kept(folder)) == "unfinished-run"
    assert {path.name: path.read_bytes() for path in folder.path.iterdir() if path.is_file()} == before


# -- broken and hostile files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone", "other"])
def test_that_the_generation_before_is_taken_where_the_newest_is_broken(folder: RunFolder, damage: str) -> None:
    path, previous = folder.checkpoints
    data = bytearray(path.read_bytes())
    expected = checkpoint_of(previous.read_bytes())
    if damage == "gone":
        path.unlink()
    else:
        data[len(data) // 2] ^= 1
        content = {"cut": data[:-100], "flipped": data, "empty": b"", "other": b"PK\x03\x04" * 99}[damage]
        path.write_bytes(bytes(content))
    found, told = newest(folder)
    assert (found.epoch, found.facts.log_bytes) == (expected.epoch, expected.facts.log_bytes)
    assert told is not None
    assert told.key == "older-checkpoint"
    previous.unlink()
    assert refusal(lambda: newest(folder)) == "broken-checkpoint"


@given(st.integers(0, 2**40), st.binary(max_size=300))
def test_that_bytes_of_a_stranger_are_refused(size: int, tail: bytes) -> None:
    for data in (tail, size.to_bytes(8, "little") + tail):
        with pytest.raises(ValueError):
            checkpoint_of(data)


@given(st.data())
def test_that_a_checkpoint_with_a_changed_byte_is_refused(data: st.DataObject) -> None:
    content = bytearray(_checkpoint())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        checkpoint_of(bytes(content))


_CONTENT: list[bytes] = []


def _checkpoint() -> bytes:
    if not _CONTENT:
        import tempfile

        with tempfile.TemporaryDirectory() as name:
            made = RunFolder(Path(name) / "run")
            kept(made)
            _CONTENT.append(made.checkpoints[0].read_bytes())
    return _CONTENT[0]


def hostile(change: Callable[[dict, dict], object]) -> bytes:
    """Return a checkpoint that was changed by someone who can compute checksums."""
    document, arrays = unsealed(_checkpoint())
    change(document, arrays)
    return sealed(document, arrays)


HOSTILE: dict[str, Callable[[dict, dict], object]] = {
    "other shape": lambda _d, arrays: arrays.update({"state/network/head.weight": np.zeros((9, 9), np.float32)}),
    "other type": lambda _d, arrays: arrays.update(
        {"state/network/head.weight": arrays["state/network/head.weight"].astype(np.float64)}
    ),
    "moment of another shape": lambda _d, arrays: arrays.update(
        {"state/optimiser/torch/0/exp_avg": np.zeros((7,), np.float32)}
    ),
    "no weights": lambda _d, arrays: arrays.pop("state/network/head.weight"),
    "random numbers": lambda _d, arrays: arrays.update({"state/random": np.zeros(3, np.uint8)}),
    "best of another shape": lambda _d, arrays: arrays.update({"best/head.weight": np.zeros((9,), np.float32)}),
    "no state": lambda document, _a: document.update(state={"items": []}),
    "deep": lambda document, _a: document.update(state=[[[[[]]]]]),
    "other kind": lambda document, _a: document.update(kind="something"),
    "newer": lambda document, _a: document.update(format=2),
    "unknown name": lambda document, _a: document.update(surprise=1),
    "hidden units": lambda document, _a: document["project"]["model"].update(hidden=9),
    "negative log": lambda document, _a: document.update(log_bytes=-1),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_that_a_checkpoint_made_to_harm_is_a_problem(tmp_path: Path, change: Callable[[dict, dict], object]) -> None:
    folder = RunFolder(tmp_path / "run")
    kept(folder)
    for path in folder.checkpoints:
        path.write_bytes(hostile(change))
    try:
        checkpoint_of(hostile(change))
    except ValueError:
        assert refusal(lambda: newest(folder)) == "broken-checkpoint"
        return
    checkpoint, _told = newest(folder)
    project = checkpoint.project
    events = list(
        supervised(project, prepare(tiny_table(), project.data), Steering(project.train), checkpoint=checkpoint)
    )
    (end,) = events
    assert isinstance(end, Ended)
    assert end.problem is not None
    assert (end.outcome, end.problem.key) == ("failed", "broken-checkpoint")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"format": 2}', '{"format": 1, "format": 1}', "null", "\xff", "[" * 5000, '{"a": NaN}', "1e999"],
)
def test_that_broken_facts_are_a_problem(folder: RunFolder, text: str) -> None:
    for name in ("run.json", "project.json"):
        (folder.path / name).write_bytes(text.encode("latin-1"))
    assert refusal(folder.facts) == "no-run"
    assert refusal(folder.project) in ("no-run", "broken-project", "newer-project", "invalid-setting", "settings-clash")
    assert refusal(lambda: resumption(folder)) == "no-run"
    assert left_runs(folder.path.parent) == ()


def test_that_a_log_with_strange_lines_is_read_around_them(folder: RunFolder) -> None:
    whole = folder.replayed()
    lines = folder.events.read_bytes().splitlines(keepends=True)
    strange = [b"\n", b"\xff\xfe\n", b"{}\n", b'{"event": "Ended"}\n', b'{"event": "Party"}\n', b"[" * 3000 + b"\n"]
    mixed = [line for pair in zip(lines, strange * 9, strict=False) for line in pair]
    folder.events.write_bytes(b"".join(mixed))
    found = folder.replayed()
    assert [event_json(event) for event in found.events] == [event_json(event) for event in whole.events]
    assert found.broken == len(lines)


def test_that_strict_json_takes_no_liberties() -> None:
    for text in (b"NaN", b"Infinity", b"1e999", b'{"a":1,"a":2}', b"{'a':1}", b"\xff"):
        with pytest.raises(ValueError):
            strict_json(text)


# -- the data must be those of then ---------------------------------------------------------------------------


@pytest.fixture
def from_file(tmp_path: Path) -> tuple[RunFolder, Path]:
    path = tmp_path / "wave.csv"
    path.write_text("a\n" + "".join(f"{value!r}\n" for value in wave(120).tolist()))
    table = read(path)
    project = proposed(table, str(path)).edited(model={"hidden": 4}, train={"epochs": 5, "device": "cpu"})
    dataset, folder = prepare(table, project.data), RunFolder(tmp_path / "run")
    keeper, steering = Keeper.begun(folder, project, dataset), Steering(project.train)
    keeper.leaving = True
    for event in supervised(project, dataset, steering, keeper=keeper):
        if isinstance(event, Improved):
            steering.stop()
    return folder, path


def test_that_the_same_data_are_found_again(from_file: tuple[RunFolder, Path]) -> None:
    found = resumption(from_file[0])
    assert found.table.rows == 120
    assert [said.key for said in found.told] == ["resumed"]


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "grown": (lambda path: path.write_bytes(path.read_bytes() + b"1.5\n"), "data-grown"),
    "one digit": (lambda path: path.write_bytes(path.read_bytes().replace(b"1", b"2", 1)), "data-changed"),
    "shorter": (lambda path: path.write_bytes(path.read_bytes()[:-30]), "data-changed"),
    "gone": (lambda path: path.unlink(), "file-not-found"),
}


@pytest.mark.parametrize(("change", "key"), CHANGES.values(), ids=CHANGES.keys())
def test_that_other_data_are_refused(
    from_file: tuple[RunFolder, Path], change: Callable[[Path], object], key: str
) -> None:
    folder, path = from_file
    change(path)
    assert refusal(lambda: resumption(folder)) == key


def test_that_data_prepared_in_another_way_are_refused(
    from_file: tuple[RunFolder, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def otherwise(table, spec, fit=None):
        return prepare(table, spec.changed(train_share=0.6), fit)

    monkeypatch.setattr("workbench.core.resuming.prepare", otherwise)
    assert refusal(lambda: resumption(from_file[0])) == "data-read-otherwise"


# -- one writer -----------------------------------------------------------------------------------------------

HOLD = "import sys, time; from workbench.core.lock import RunLock; from pathlib import Path\n"
HOLD += "lock = RunLock.acquired(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """A process of its own that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_that_two_programs_do_not_write_one_run(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    assert held(tmp_path)
    with pytest.raises(WorkbenchError) as caught:
        RunLock.acquired(tmp_path)
    assert caught.value.problem.key == "run-locked"
    assert str(holder.pid) in caught.value.problem.text()


def test_that_the_lock_of_a_killed_program_is_taken_over_and_this_is_said(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not held(tmp_path)
    lock = RunLock.acquired(tmp_path)
    assert lock.told is not None
    assert lock.told.key == "lock-taken-over"
    assert str(holder.pid) in lock.told.text()
    assert held(tmp_path)
    lock.release()
    assert RunLock.acquired(tmp_path).told is None, "one that was given back is free"


def test_that_one_program_does_not_write_a_run_twice(tmp_path: Path) -> None:
    lock = RunLock.acquired(tmp_path)
    assert refusal(lambda: RunLock.acquired(tmp_path)) == "run-locked"
    lock.release()
    lock.release()
    RunLock.acquired(tmp_path).release()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="start times as on Linux")
@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, False),  # alive, where the kernel's locks do not reach
        ({"started": "1"}, True),  # its number was given to another process
        ({"boot": "another"}, True),
        ({"pid": 2**22 - 3}, True),
        ({"host": "another", "pid": 2**22 - 3}, False),  # nobody here can know
    ],
)
def test_that_a_holder_is_known_by_its_start_and_boot(tmp_path: Path, changes: dict, free: bool) -> None:
    entry = {"pid": os.getppid(), "host": locks.platform.node(), "boot": locks._boot()}
    entry["started"] = locks._start_time(os.getppid())
    (tmp_path / LOCK).write_text(json.dumps({**entry, **changes}))
    if free:
        lock = RunLock.acquired(tmp_path)
        assert lock.told is not None
        lock.release()
    else:
        assert refusal(lambda: RunLock.acquired(tmp_path)) == "run-locked"


def test_that_a_folder_that_is_written_is_not_begun_or_gone_on_with_by_another(tmp_path: Path) -> None:
    project = tiny_project()
    dataset, folder = prepare(tiny_table(), project.data), RunFolder(tmp_path / "run")
    keeper = Keeper.begun(folder, project, dataset)
    assert refusal(lambda: Keeper.begun(folder, project, dataset)) == "run-locked"
    assert refusal(lambda: Keeper.gone_on(folder, dataset, 0)) == "run-locked"
    assert folder.status == "running"
    keeper.close()
    assert folder.status == "interrupted"


def test_that_training_without_a_keeper_writes_nothing(tmp_path: Path) -> None:
    before = time.time()
    train(tiny_project())
    assert not [path for path in tmp_path.rglob("*") if path.stat().st_mtime > before]
