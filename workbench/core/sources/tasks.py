"""Generated classics: a sine mixture, the adding problem and temporal order.

The adding problem and temporal order ask for one answer a sequence. Here such a task is a table in which
consecutive blocks of `length` rows are the sequences: ``sequence`` numbers them, the input columns hold the steps,
and ``target`` holds the sequence's answer on each of its rows. So a window that covers one block has its answer in
its last row, nothing is missing, and a split by rows at a multiple of `length` never cuts a sequence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import numpy as np

from workbench.core.problems import N_, WorkbenchError
from workbench.core.sources.problems import BAD_TASK_OPTION, UNKNOWN_TASK
from workbench.core.table import Column, Table

Made = dict[str, np.ndarray]

SEQUENCE, ANSWER = "sequence", "target"
"""Columns of the tasks that ask for one answer a sequence."""


@dataclass(frozen=True, slots=True)
class Task:
    """One generated task.

    Attributes
    ----------
    options
        Names with (default, smallest, largest) of the whole numbers one may set.
    target
        The column a model should predict.
    make
        Called with the options; returns columns of float64.
    """

    key: str
    title: str
    description: str
    options: dict[str, tuple[int, int, int]]
    target: str
    make: Callable[..., Made]


def sine_mixture(rows: int, seed: int) -> Made:
    """Add three sines with periods of 24, 57 and 133 rows and a little noise."""
    random = np.random.default_rng(seed)
    t = np.arange(rows)
    phases = random.uniform(0, 2 * np.pi, 3)
    parts = (1.0, 24), (0.6, 57), (0.4, 133)
    value = sum(a * np.sin(2 * np.pi * t / period + phase) for (a, period), phase in zip(parts, phases, strict=True))
    return {"value": value + random.normal(0, 0.05, rows)}


def adding(length: int, sequences: int, seed: int) -> Made:
    """Mark one number in each half of a sequence; the answer is the sum of the two (Hochreiter 1997).

    A model without memory has a mean squared error of 0.167.
    """
    random = np.random.default_rng(seed)
    value = random.uniform(0, 1, (sequences, length))
    marker = np.zeros((sequences, length))
    every = np.arange(sequences)
    marker[every, random.integers(0, length // 2, sequences)] = 1
    marker[every, random.integers(length // 2, length, sequences)] = 1
    answer = (value * marker).sum(axis=1)
    return {
        "sequence": np.repeat(np.arange(sequences, dtype=np.float64), length),
        "value": value.ravel(),
        "marker": marker.ravel(),
        "target": np.repeat(answer, length),
    }


def temporal_order(length: int, sequences: int, seed: int) -> Made:
    """Show X or Y at 10-20 % and again at 50-60 % of the sequence; the answer is which pair it was.

    Symbols are one-hot columns (X, Y and four distractors); the classes 0 to 3 are XX, XY, YX, YY.
    """
    random = np.random.default_rng(seed)
    symbols = random.integers(2, 6, (sequences, length))
    every = np.arange(sequences)
    pair = random.integers(0, 2, (sequences, 2))
    symbols[every, random.integers(length // 10, max(length // 5, length // 10 + 1), sequences)] = pair[:, 0]
    symbols[every, random.integers(length // 2, max(6 * length // 10, length // 2 + 1), sequences)] = pair[:, 1]
    one_hot = np.eye(6)[symbols.ravel()]
    columns = {"sequence": np.repeat(np.arange(sequences, dtype=np.float64), length)}
    columns |= {name: one_hot[:, k].copy() for k, name in enumerate(("X", "Y", "a", "b", "c", "d"))}
    columns["target"] = np.repeat((2 * pair[:, 0] + pair[:, 1]).astype(np.float64), length)
    return columns


_SEED = (0, 0, 2**31 - 1)

TASKS = (
    Task(
        "sine-mixture",
        N_("Sine mixture"),
        N_("Three sines and a little noise: a series every cell can learn."),
        {"rows": (4000, 100, 1_000_000), "seed": _SEED},
        "value",
        sine_mixture,
    ),
    Task(
        "adding",
        N_("Adding problem"),
        N_("Remember two marked numbers and add them: needs memory over the whole sequence."),
        {"length": (60, 4, 1000), "sequences": (4000, 4, 100_000), "seed": _SEED},
        "target",
        adding,
    ),
    Task(
        "temporal-order",
        N_("Temporal order"),
        N_("Tell in which order two symbols came: a plain RNN forgets the first."),
        {"length": (100, 10, 1000), "sequences": (4000, 4, 100_000), "seed": _SEED},
        "target",
        temporal_order,
    ),
)


def make(address: str) -> Table:
    """Make the table of an address such as ``task:adding?length=60&seed=3``; the same address, the same table.

    Raises
    ------
    WorkbenchError
        ``unknown-task``, ``bad-task-option``.
    """
    key, _, query = address.removeprefix("task:").partition("?")
    task = next((task for task in TASKS if task.key == key), None)
    if task is None:
        raise WorkbenchError(UNKNOWN_TASK, name=key, known=", ".join(t.key for t in TASKS))
    values = {name: default for name, (default, _, _) in task.options.items()}
    for option, text in parse_qsl(query, keep_blank_values=True):
        values[option] = _checked(task, option, text)
    made = task.make(**values)
    digest = hashlib.sha256()
    for name, array in made.items():
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(array, "<f8").tobytes())
    columns = tuple(Column(name, "number", array, 0) for name, array in made.items())
    return Table(task.title, columns, None, (), digest.hexdigest())


def _checked(task: Task, option: str, text: str) -> int:
    known = ", ".join(f"{name} ({low} to {high})" for name, (_, low, high) in task.options.items())
    low, high = task.options.get(option, (0, 0, -1))[1:]
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise WorkbenchError(BAD_TASK_OPTION, name=task.key, option=option, value=text, known=known)
    return int(text)
