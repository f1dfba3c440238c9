"""Event files are read back by a reader of the test's own: bitwise checksums, and the wire format field by field."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from series import ending, tiny_project, train
from workbench.core import tensorboard
from workbench.core.events import Ended, EpochEnded, Event, Progressed, Started, Warned
from workbench.core.tensorboard import EventFile, crc32c, shown_in_tensorboard


def bitwise_crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            mixed = (crc ^ (byte >> bit)) & 1
            crc = (crc >> 1) ^ (0x82F63B78 if mixed else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = bitwise_crc32c(data)
    return (((crc >> 15) | (crc << 17 & 0xFFFFFFFF)) + 0xA282EAD8) % 2**32


def records(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    while data:
        (size, check) = struct.unpack("<QI", data[:12])
        assert masked(data[:8]) == check
        body, (check,) = data[12 : 12 + size], struct.unpack("<I", data[12 + size : 16 + size])
        assert masked(body) == check
        yield body
        data = data[16 + size :]


def fields(data: bytes) -> dict[int, list[Any]]:
    """Return the fields of a protocol buffer by number: varints, 8 and 4 bytes as numbers, the rest as bytes."""
    found: dict[int, list[Any]] = {}

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if not data[at - 1] & 0x80:
                return value, at

    at = 0
    while at < len(data):
        key, at = varint(at)
        value: Any
        if key & 7 == 0:
            value, at = varint(at)
        elif key & 7 == 1:
            value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
        elif key & 7 == 5:
            value, at = struct.unpack("<f", data[at : at + 4])[0], at + 4
        else:
            assert key & 7 == 2
            size, at = varint(at)
            value, at = data[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def read(folder: Path) -> tuple[list[dict[int, list[Any]]], dict[str, list[tuple[int, float]]], dict[str, str]]:
    """Return all events, the scalars by tag with their steps, and the texts."""
    (path,) = folder.glob("*tfevents*")
    events = [fields(body) for body in records(path)]
    scalars: dict[str, list[tuple[int, float]]] = {}
    texts: dict[str, str] = {}
    for event in events:
        step = event[2][0]
        for value in (value for summary in event.get(5, []) for value in fields(summary).get(1, [])):
            entry = fields(value)
            tag = entry[1][0].decode()
            if 2 in entry:
                scalars.setdefault(tag, []).append((step, entry[2][0]))
            else:
                tensor = fields(entry[8][0])
                assert fields(fields(entry[9][0])[1][0])[1] == [b"text"]
                assert tensor[1] == [7]
                texts[tag] = tensor[8][0].decode()
    return events, scalars, texts


@pytest.mark.parametrize(
    ("data", "crc"),
    [(b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (b"", 0)],
)
def test_that_the_checksum_is_that_of_the_standard(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc == bitwise_crc32c(data)


def test_that_a_training_can_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "APART_S", 0.0)
    project = tiny_project(epochs=3)
    told = train(project)
    assert list(shown_in_tensorboard(iter(told), tmp_path / "new" / "run")) == told, "events are only passed on"
    events, scalars, texts = read(tmp_path / "new" / "run")
    assert events[0][3] == [b"brain.Event:2"]
    assert all(1.6e9 < event[1][0] < 1e11 for event in events), "unix times"
    (begun,) = (event for event in told if isinstance(event, Started))
    ends = [event for event in told if isinstance(event, EpochEnded)]
    for tag, values in (
        ("loss/train", [entry.train_loss for entry in ends]),
        ("loss/valid", [entry.valid_loss for entry in ends]),
    ):
        assert [step for step, _value in scalars[tag]] == [begun.batches, 2 * begun.batches, 3 * begun.batches]
        assert [value for _step, value in scalars[tag]] == pytest.approx(values)
    progress = [event for event in told if isinstance(event, Progressed)]
    for tag in ("learning rate", "gradient norm", "windows a second", "loss/batch"):
        assert len(scalars[tag]) == len(progress)
    assert scalars["gradient norm"][-1] == (3 * begun.batches, pytest.approx(progress[-1].gradient_norm))
    model = next(score for score in ending(told).scores if (score.name, score.part) == ("model", "test"))
    assert scalars["MAE test/model"] == [(3 * begun.batches, pytest.approx(model.mae))]
    assert any(tag.startswith("RMSE test/") and not tag.endswith("/model") for tag in scalars), "baselines beside it"
    assert json.loads(texts["project"].removeprefix("```json\n").removesuffix("```")) == project.model_dump(mode="json")


def test_that_a_run_that_goes_on_takes_back_what_happened_in_vain(tmp_path: Path) -> None:
    told = train(tiny_project(epochs=3))
    started, later = told[0], [event for event in told if isinstance(event, Progressed) and event.epoch == 3]
    list(shown_in_tensorboard(iter([started, *later]), tmp_path))
    events, _scalars, _texts = read(tmp_path)
    (session,) = (event for event in events if 7 in event)
    assert fields(session[7][0]) == {1: [1]}
    assert session[2] == [2 * later[0].batches + later[0].batch]
    list(shown_in_tensorboard(iter(told), tmp_path / "whole"))
    assert not any(7 in event for event in read(tmp_path / "whole")[0])


def test_that_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    told = train(tiny_project())
    passed = list(shown_in_tensorboard(iter(told), tmp_path / "taken" / "run"))
    warned = [event for event in passed if isinstance(event, Warned)]
    assert [event.problem.key for event in warned] == ["tensorboard-not-written"]
    assert passed[0] is told[0]
    assert [event for event in passed if event not in warned] == told


def test_that_a_disk_that_fills_up_is_said_and_the_end_stays_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = train(tiny_project())
    right = EventFile.tell

    def full(self: EventFile, event: Event) -> None:
        if isinstance(event, Ended):
            raise OSError(28, "No space left on device")
        right(self, event)

    monkeypatch.setattr(EventFile, "tell", full)
    passed = list(shown_in_tensorboard(iter(told), tmp_path))
    assert isinstance(passed[-1], Ended)
    assert isinstance(passed[-2], Warned)
    assert "No space left" in passed[-2].problem.text()
