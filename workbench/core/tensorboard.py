"""Event files for TensorBoard, written while a training runs.

A file is a row of records (TensorFlow's TFRecord: length, checksum of the length, data, checksum of the data), each an
``Event`` in protocol buffers. The few fields that are needed are put together here: the package that writes them brings
a runtime of its own and, where torch is installed, imports it (decision 070).
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from workbench.core.events import Ended, EpochEnded, Event, Progressed, Started, Warned
from workbench.core.problems import N_, ProblemKind, problem

APART_S = 1.0
"""What happens within an epoch is written this often."""

IN_RUN = "tensorboard"
"""The folder of event files in that of a run."""

NOT_WRITTEN = ProblemKind(
    "tensorboard-not-written",
    "warning",
    N_("The files for TensorBoard could not be written: {reason}. The training goes on without them."),
    N_("Check that {path} can be written and that there is room."),
)

_POLYNOMIAL: Final = 0x82F63B78
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_STRING_TENSOR = 7
_SESSION_STARTS = 1


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        for _bit in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        found.append(byte)
    return tuple(found)


_TABLE: Final = _table()


def crc32c(data: bytes) -> int:
    """Return the Castagnoli checksum (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Return one TFRecord; its checksums are rotated and shifted, as a checksum of a checksum would be weak."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, value: int | float | bytes, kind: int) -> bytes:
    key = _varint(number << 3 | kind)
    if isinstance(value, bytes):
        return key + _varint(len(value)) + value
    if kind == _VARINT:
        return key + _varint(int(value))
    return key + struct.pack("<d" if kind == _DOUBLE else "<f", value)


def _event(step: int, *fields: bytes) -> bytes:
    return record(b"".join((_field(1, time.time(), _DOUBLE), _field(2, step, _VARINT), *fields)))


def version() -> bytes:
    """Return the record every file begins with."""
    return _event(0, _field(3, b"brain.Event:2", _BYTES))


def session(step: int) -> bytes:
    """Return the record that a session starts at `step`: what another file holds from there on happened in vain."""
    return _event(step, _field(7, _field(1, _SESSION_STARTS, _VARINT), _BYTES))


def scalars(step: int, values: Mapping[str, float]) -> bytes:
    """Return the record of some numbers at a training step."""
    entries = (
        _field(1, _field(1, tag.encode(), _BYTES) + _field(2, value, _FLOAT), _BYTES) for tag, value in values.items()
    )
    return _event(step, _field(5, b"".join(entries), _BYTES))


def text(step: int, tag: str, markdown: str) -> bytes:
    """Return the record of a text."""
    plugin = _field(1, _field(1, b"text", _BYTES), _BYTES)
    shape = _field(2, _field(1, 1, _VARINT), _BYTES)
    tensor = _field(1, _STRING_TENSOR, _VARINT) + _field(2, shape, _BYTES) + _field(8, markdown.encode(), _BYTES)
    value = _field(1, tag.encode(), _BYTES) + _field(9, plugin, _BYTES) + _field(8, tensor, _BYTES)
    return _event(step, _field(5, _field(1, value, _BYTES), _BYTES))


class EventFile:
    """What TensorBoard shows of one training: losses, learning rate, gradient norm, speed, scores, and the project.

    The step of everything is the number of training steps done.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns() // 1000:016d}.workbench.{os.getpid()}"
        self._file = (folder / name).open("wb")
        self._file.write(version())
        self._step, self._batches = -1, 1
        self._told_s = -APART_S

    def tell(self, event: Event) -> None:
        """Write what `event` has for TensorBoard.

        Raises
        ------
        OSError
        """
        match event:
            case Started():
                self._batches = event.batches
                self._file.write(text(0, "project", f"```json\n{event.project.to_json()}\n```"))
            case Progressed():
                self._progressed(event)
                return
            case EpochEnded():
                self._step = event.epoch * self._batches
                losses = {"loss/train": event.train_loss, "loss/valid": event.valid_loss}
                self._file.write(scalars(self._step, {**losses, "seconds an epoch": event.seconds}))
            case Ended():
                for score in event.scores:
                    found = {"MAE": score.mae, "RMSE": score.rmse, "MASE": score.mase, "accuracy": score.accuracy}
                    values = {f"{key} {score.part}/{score.name}": it for key, it in found.items() if it is not None}
                    self._file.write(scalars(max(self._step, 0), values))
            case _:
                return
        self._file.flush()

    def _progressed(self, event: Progressed) -> None:
        step = (event.epoch - 1) * event.batches + event.batch
        if self._step < 0 and event.epoch > 1:
            self._file.write(session(step))
        self._step = step
        if time.monotonic() - self._told_s < APART_S and event.batch < event.batches:
            return
        self._told_s = time.monotonic()
        values = {"loss/batch": float(event.losses[-1]), "learning rate": event.learning_rate}
        values |= {"gradient norm": event.gradient_norm, "windows a second": event.windows_per_s}
        self._file.write(scalars(step, values))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def shown_in_tensorboard(events: Iterable[Event], folder: Path) -> Iterator[Event]:
    """Pass `events` on and write them to a file in `folder`; if that fails it is said once and nothing else happens."""
    file: EventFile | None = None
    failed = False
    try:
        for event in events:
            try:
                if not failed:
                    file = file or EventFile(folder)
                    file.tell(event)
            except OSError as error:
                failed = True
                warning = Warned(problem(NOT_WRITTEN, reason=error.strerror or str(error), path=str(folder)))
                yield from (event, warning) if isinstance(event, Started) else (warning, event)
            else:
                yield event
    finally:
        if file is not None:
            with suppress(OSError):
                file.close()
