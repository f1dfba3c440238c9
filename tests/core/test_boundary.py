"""Only ordinary files are opened, nothing is waited for, and a stranger's run folder cannot reach out of itself."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from hostile.opening import Opener, faults
from series import tiny_project, tiny_table
from workbench.core.boundary import elsewhere, links_in, opened, own_file, read_capped
from workbench.core.dataset import prepare
from workbench.core.keeping import Keeper
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised

linux = pytest.mark.skipif(sys.platform != "linux", reason="pipes and devices are those of Linux")


@pytest.mark.parametrize(
    "name",
    ["http://a/x.csv", "file:///x", "ftp://a/x", "\\\\host\\share\\x", "//host/share/x", "smb://a/b", "s3://a/b"],
)
def test_that_what_is_not_on_this_computer_is_told(name: str) -> None:
    assert elsewhere(name)
    with pytest.raises((OSError, ValueError)):
        opened(Path(name))


@pytest.mark.parametrize("name", ["a.csv", "/a/b.csv", "C:\\a\\b.csv", "c:/a.csv", "./a:b.csv", "a/b/c", "~/x"])
def test_that_files_of_this_computer_are_told(name: str) -> None:
    assert not elsewhere(name)


def _strange(folder: Path) -> dict[str, Path]:
    """Make what is no ordinary file, by the name of what it is."""
    os.mkfifo(folder / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(folder)  # the name of a socket is short
    listening.bind("socket")
    os.chdir(here)
    listening.close()
    (folder / "to-pipe").symlink_to(folder / "pipe")
    (folder / "to-zero").symlink_to("/dev/zero")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    names = ("pipe", "socket", "to-pipe", "to-zero", "folder", "loop", "nothing")
    return {name: folder / name for name in names} | {"zero": Path("/dev/zero"), "stdin": Path("/dev/stdin")}


@linux
@pytest.mark.timeout(120)
def test_that_pipes_and_devices_are_refused_by_every_verb_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    places = _strange(tmp_path / "x")
    for name, path in places.items():
        with pytest.raises((OSError, ValueError)):
            read_capped(path, 100)
        assert name
    (tmp_path / "data.csv").write_text("t,y\n" + "".join(f"{k},{k % 5}\n" for k in range(40)))
    opener, data, out = Opener(tmp_path), str(tmp_path / "data.csv"), str(tmp_path / "out.csv")
    for path in places.values():
        for command in (
            ("inspect", path), ("train", path, "--out", tmp_path / "run"), ("forecast", path, data, "--out", out),
            ("evaluate", path, data), ("resume", path), ("reproduce", path), ("train", data, "--from", path),
        ):  # fmt: skip
            answer = opener.run(*map(str, command))
            assert not faults(answer), f"{command[0]} {path.name}: {faults(answer)}"
            assert answer["code"] == 2, f"{command[0]} {path.name}"
    opener.close()


@pytest.fixture
def kept(tmp_path: Path) -> RunFolder:
    """Return the folder of a run that was trained to its end."""
    project, folder = tiny_project(), RunFolder(tmp_path / "run")
    dataset = prepare(tiny_table(), project.data)
    from workbench.core.steering import Steering

    keeper = Keeper.begun(folder, project, dataset)
    for _event in supervised(project, dataset, Steering(project.train), keeper=keeper):
        pass
    return folder


@linux
@pytest.mark.parametrize(
    "name", ["lock", "events.jsonl", "run.json", "project.json", "probes", "checkpoint.safetensors", "extra"]
)
def test_that_a_link_in_a_run_is_not_written_through(kept: RunFolder, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    if name == "probes":
        victim.mkdir()
        (victim / "0000001.safetensors").write_bytes(b"mine")
    else:
        victim.write_bytes(b"mine")
    place = kept.path / name
    if place.is_dir():
        place.rename(tmp_path / "probes-then")
    place.unlink(missing_ok=True)
    place.symlink_to(victim)
    assert links_in(kept.path) == [name]
    opener = Opener(tmp_path)
    for command in (("resume", str(kept.path), "--epochs", "5"), ("runs", str(tmp_path))):
        answer = opener.run(*command)
        assert not faults(answer)
    opener.close()
    found = victim / "0000001.safetensors" if victim.is_dir() else victim
    assert found.read_bytes() == b"mine"


@linux
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["lock", "events.jsonl", "run.json", "project.json", "checkpoint.safetensors"])
def test_that_a_pipe_in_a_run_is_not_waited_for(kept: RunFolder, tmp_path: Path, name: str) -> None:
    (kept.path / name).unlink(missing_ok=True)
    os.mkfifo(kept.path / name)
    opener = Opener(tmp_path)
    for command in (
        ("resume", str(kept.path), "--epochs", "5"),
        ("runs", str(tmp_path)),
        ("pack", str(kept.path), "--out", str(tmp_path / "p.wbp")),
    ):
        answer = opener.run(*command)
        assert not faults(answer)
    opener.close()


@linux
def test_that_a_file_of_ours_is_never_one_it_links_to(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match=r".*"):
        own_file(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    assert (tmp_path / "victim").read_text() == "mine"
