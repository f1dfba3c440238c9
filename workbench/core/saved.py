"""What a checkpoint holds, as one file: strict JSON and arrays, checked before anything of it is used.

Torch-free: a state is a tree of dictionaries, lists, numbers, texts and numpy arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from workbench.core.boundary import read_capped
from workbench.core.events import Improved
from workbench.core.fields import Spec, from_file
from workbench.core.formats import newer
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project, TrainSpec
from workbench.core.store import RunFolder
from workbench.core.strict import sealed, unsealed

MOST_BYTES = 16_000_000_000

BROKEN_CHECKPOINT = ProblemKind(
    "broken-checkpoint",
    "error",
    N_("No checkpoint of {path} can be used: {reason}."),
    N_("Train again from the start, or go on from a model file that was exported: train FILE --from MODEL."),
)
OLDER_CHECKPOINT = ProblemKind(
    "older-checkpoint",
    "warning",
    N_("The newest checkpoint of {path} cannot be used ({reason}), so the one before it was taken: epoch {epoch}."),
    N_("Nothing needs to be done: what was trained since is trained again."),
)

Tree = Any
"""Dictionaries, lists, tuples, numbers, texts, None and numpy arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The state of a training at one moment, copied: nothing of it changes any more.

    Attributes
    ----------
    train
        Settings in force, with whatever was changed while it ran.
    state
        As :meth:`workbench.core.training.Training.state` gives it, in numpy.
    """

    project: Project
    train: TrainSpec
    device: str
    threads: int
    state: Tree
    best: Improved | None


class BestFacts(Spec):
    """The best epoch so far."""

    epoch: int = Field(ge=0)
    valid_loss: float
    weights: Any


KIND: Literal["sequence-workbench-checkpoint"] = "sequence-workbench-checkpoint"
FORMAT: Literal[1] = 1


class CheckpointFacts(Spec):
    """The JSON of a checkpoint.

    Attributes
    ----------
    prepared
        Checksum of the numbers that were trained on.
    log_bytes
        Length of the event log when it was taken: what stands behind happens again.
    """

    kind: Literal["sequence-workbench-checkpoint"] = KIND
    format: Literal[1] = FORMAT
    project: Project
    train: TrainSpec
    device: str = Field(max_length=40)
    threads: int = Field(ge=1, le=10_000)
    prepared: str = Field(max_length=64)
    log_bytes: int = Field(ge=0)
    versions: dict[str, str]
    state: Any
    best: BestFacts | None


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A checkpoint that was read; `epoch` is the running one, or the last that was trained."""

    facts: CheckpointFacts
    epoch: int
    state: Tree
    best: Improved | None

    @property
    def project(self) -> Project:
        """The project that was trained."""
        return self.facts.project


def checkpoint_bytes(snapshot: Snapshot, prepared: str, log_bytes: int, versions: Mapping[str, str]) -> bytes:
    """Return the file of `snapshot`; arguments as the attributes of :class:`CheckpointFacts`."""
    arrays: dict[str, NDArray[np.generic]] = {}
    state, best = packed(snapshot.state, "state", arrays), snapshot.best
    kept = None
    if best is not None:
        kept = {
            "epoch": best.epoch,
            "valid_loss": float(best.valid_loss),
            "weights": packed(dict(best.weights), "best", arrays),
        }
    document = {
        "kind": KIND,
        "format": FORMAT,
        "project": snapshot.project.model_dump(mode="json"),
        "train": snapshot.train.model_dump(mode="json"),
        "device": snapshot.device,
        "threads": snapshot.threads,
        "prepared": prepared,
        "log_bytes": log_bytes,
        "versions": dict(versions),
        "state": state,
        "best": kept,
    }
    return sealed(document, arrays)


def checkpoint_of(data: bytes) -> Checkpoint:
    """Read the file of a checkpoint.

    Raises
    ------
    ValueError
        With the reason, for anything that :func:`checkpoint_bytes` did not make.
    """
    document, arrays = unsealed(data)
    refusal = newer("it", document, KIND, FORMAT)
    if refusal is not None:
        raise ValueError(refusal.problem.text())
    try:
        facts: CheckpointFacts = from_file(CheckpointFacts, document)
        state = unpacked(facts.state, arrays)
        epoch = state["loop"]["epoch"]
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
            raise ValueError("its epoch is no number")
        best = None
        if facts.best is not None:
            weights = unpacked(facts.best.weights, arrays)
            if not isinstance(weights, dict) or not all(isinstance(value, np.ndarray) for value in weights.values()):
                raise ValueError("its best weights are none")
            best = Improved(facts.best.epoch, facts.best.valid_loss, weights)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))[:80]}: {first['msg']}") from None
    except (KeyError, TypeError, IndexError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from None
    return Checkpoint(facts, epoch, state, best)


def newest(folder: RunFolder) -> tuple[Checkpoint, Problem | None]:
    """Read the newest checkpoint of a run, or the one before if it is broken, which is then said.

    Raises
    ------
    WorkbenchError
        ``broken-checkpoint`` if neither can be used.
    """
    reasons: list[str] = []
    for path in folder.checkpoints:
        try:
            found = checkpoint_of(_read(path))
        except OSError as error:
            reasons.append(f"{path.name}: {error.strerror or error}")
        except ValueError as error:
            reasons.append(f"{path.name}: {str(error).rstrip('.')[:200]}")
        else:
            return found, _told(folder, found, reasons)
    raise WorkbenchError(BROKEN_CHECKPOINT, path=str(folder.path), reason="; ".join(reasons))


def _told(folder: RunFolder, found: Checkpoint, reasons: list[str]) -> Problem | None:
    if not reasons:
        return None
    return problem(OLDER_CHECKPOINT, path=str(folder.path), reason="; ".join(reasons), epoch=found.epoch)


def _read(path: Path) -> bytes:
    return read_capped(path, MOST_BYTES)


def packed(value: Tree, name: str, arrays: dict[str, NDArray[np.generic]]) -> Any:
    """Return a tree as JSON, with its arrays put into `arrays` under names that start with `name`."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Mapping):
        entries = list(value.items())
        return {"items": [[key, packed(entry, f"{name}/{key}", arrays)] for key, entry in entries]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [packed(entry, f"{name}/{place}", arrays) for place, entry in enumerate(value)]}
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}")


def unpacked(value: Any, arrays: Mapping[str, NDArray[np.generic]]) -> Tree:
    """Return the tree that :func:`packed` wrote.

    Raises
    ------
    ValueError, TypeError, KeyError, RecursionError
        If it wrote no such thing.
    """
    if not isinstance(value, dict):
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise TypeError("a list stands where none may")
    ((kind, content),) = value.items()
    match kind:
        case "array":
            return arrays[content]
        case "items":
            found = {_key(key): unpacked(entry, arrays) for key, entry in content}
            if len(found) < len(content):
                raise ValueError("a key appears twice")
            return found
        case "list":
            return [unpacked(entry, arrays) for entry in content]
        case "tuple":
            return tuple(unpacked(entry, arrays) for entry in content)
        case "float":
            return float(content)
    raise ValueError(f"{str(kind)[:40]} is no kind of value")


def _key(value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError("a key is neither text nor number")
    return value
