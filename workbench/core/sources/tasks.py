"""Generated classics: tasks of memory with a knob for their difficulty, and what is reached without memory.

All but the sine mixture ask for an answer a sequence. Such a task is a table in which consecutive blocks of rows are
the sequences: ``sequence`` numbers them, the input columns hold the steps, and ``target`` holds the sequence's answer
on each of its rows, or several answers in its last rows. So a window that covers one block has its answers in its last
rows, nothing is missing, and a split by rows at a multiple of the block never cuts a sequence.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import numpy as np

from workbench.core.problems import N_, Problem, WorkbenchError, problem
from workbench.core.sources.problems import BAD_TASK_OPTION, TASK_LEVEL, TASK_MISLEADS, UNKNOWN_TASK
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
    level
        Called with the options; returns the mean squared error, or of classes the cross-entropy in nats, that is left
        to a model without memory. None where the question makes no sense.
    classes
        Called with the options; how many answers there are to choose from, 0 where the answer is a number.
    answers
        Called with the options; answers a sequence.
    misleading
        True if solving it proves nothing about memory.
    knob
        The option that makes it harder.
    """

    key: str
    title: str
    description: str
    options: dict[str, tuple[int, int, int]]
    target: str
    make: Callable[..., Made]
    level: Callable[..., float] | None = None
    classes: Callable[..., int] = lambda **_options: 0
    answers: Callable[..., int] = lambda **_options: 1
    misleading: bool = False
    knob: str = "length"

    @property
    def levels(self) -> tuple[int, ...]:
        """Values of the knob from easy to hard; the default stands among them."""
        default, low, high = self.options[self.knob]
        return tuple(sorted({min(max(round(default * factor), low), high) for factor in (0.5, 1, 2, 5)}))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task's address asks for: the `task`, its `options`, and what follows from them."""

    task: Task
    options: dict[str, int]

    @property
    def classes(self) -> int:
        """How many answers there are to choose from, 0 where the answer is a number."""
        return self.task.classes(**self.options)

    @property
    def answers(self) -> int:
        """Answers a sequence."""
        return self.task.answers(**self.options)

    @property
    def level(self) -> float | None:
        """Loss of a model without memory: mean squared error, or cross-entropy in nats."""
        return None if self.task.level is None else self.task.level(**self.options)


def sine_mixture(rows: int, noise: int, seed: int) -> Made:
    """Add three sines with periods of 24, 57 and 133 rows, and noise of `noise` hundredths."""
    random = np.random.default_rng(seed)
    t = np.arange(rows)
    phases = random.uniform(0, 2 * np.pi, 3)
    parts = (1.0, 24), (0.6, 57), (0.4, 133)
    value = sum(a * np.sin(2 * np.pi * t / period + phase) for (a, period), phase in zip(parts, phases, strict=True))
    return {"value": value + random.normal(0, noise / 100, rows)}


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


def copy_memory(delay: int, items: int, symbols: int, sequences: int, seed: int) -> Made:
    """Show some symbols, then nothing for `delay` steps; they are to be told again in their order (Hochreiter 1997).

    One-hot columns ``s0``… hold the symbols and ``go`` asks for them in the last `items` rows, where ``target`` has
    their numbers (Arjovsky, Shah & Bengio 2016, section 4.1).
    """
    random = np.random.default_rng(seed)
    length = delay + 2 * items
    shown = random.integers(0, symbols, (sequences, items))
    one_hot = np.zeros((sequences, length, symbols))
    one_hot[:, :items] = np.eye(symbols)[shown]
    go = np.zeros((sequences, length))
    go[:, -items:] = 1
    answer = np.zeros((sequences, length))
    answer[:, -items:] = shown
    columns = {"sequence": np.repeat(np.arange(sequences, dtype=np.float64), length)}
    columns |= {f"s{k}": one_hot[:, :, k].ravel() for k in range(symbols)}
    return columns | {"go": go.ravel(), "target": answer.ravel()}


def delayed_echo(delay: int, sequences: int, seed: int) -> Made:
    """Show numbers; the answer is the one `delay` steps before the end, always at the same place."""
    random = np.random.default_rng(seed)
    length = delay + 1
    value = random.uniform(0, 1, (sequences, length))
    return {
        "sequence": np.repeat(np.arange(sequences, dtype=np.float64), length),
        "value": value.ravel(),
        "target": np.repeat(value[:, 0], length),
    }


def counting(length: int, most: int, sequences: int, seed: int) -> Made:
    """Scatter 0 to `most` pulses over a sequence; the answer is how many there were."""
    random = np.random.default_rng(seed)
    most = min(most, length)
    number = random.integers(0, most + 1, sequences)
    order = random.permuted(np.tile(np.arange(length), (sequences, 1)), axis=1)
    return {
        "sequence": np.repeat(np.arange(sequences, dtype=np.float64), length),
        "pulse": (order < number[:, None]).astype(np.float64).ravel(),
        "target": np.repeat(number.astype(np.float64), length),
    }


_SEED = (0, 0, 2**31 - 1)
_SEQUENCES = (4000, 4, 100_000)

TASKS = (
    Task(
        "sine-mixture",
        N_("Sine mixture"),
        N_("Three sines and a little noise: a series every cell can learn."),
        {"rows": (4000, 100, 1_000_000), "noise": (5, 0, 500), "seed": _SEED},
        "value",
        sine_mixture,
        knob="noise",
    ),
    Task(
        "adding",
        N_("Adding problem"),
        N_("Remember two marked numbers and add them: needs memory over the whole sequence."),
        {"length": (60, 4, 1000), "sequences": _SEQUENCES, "seed": _SEED},
        "target",
        adding,
        level=lambda **_options: 1 / 6,
    ),
    Task(
        "temporal-order",
        N_("Temporal order"),
        N_("Tell in which order two symbols came: a plain RNN forgets the first."),
        {"length": (100, 10, 1000), "sequences": _SEQUENCES, "seed": _SEED},
        "target",
        temporal_order,
        level=lambda **_options: math.log(4),
        classes=lambda **_options: 4,
    ),
    Task(
        "copy-memory",
        N_("Copy memory"),
        N_("Tell some symbols again after a long silence: at a delay of 1000 even gated cells give up."),
        {"delay": (30, 0, 1000), "items": (3, 1, 20), "symbols": (4, 2, 20), "sequences": _SEQUENCES, "seed": _SEED},
        "target",
        copy_memory,
        level=lambda symbols, **_options: math.log(symbols),
        classes=lambda symbols, **_options: symbols,
        answers=lambda items, **_options: items,
        knob="delay",
    ),
    Task(
        "delayed-echo",
        N_("Delayed echo (misleading on purpose)"),
        N_("Tell the number that was shown some steps ago."),
        {"delay": (20, 1, 1000), "sequences": _SEQUENCES, "seed": _SEED},
        "target",
        delayed_echo,
        level=lambda **_options: 1 / 12,
        misleading=True,
        knob="delay",
    ),
    Task(
        "counting",
        N_("Sequential counting"),
        N_("Count the pulses in a sequence: a conveyor belt adds, a squashed state cannot go on for long."),
        {"length": (60, 2, 1000), "most": (10, 1, 1000), "sequences": _SEQUENCES, "seed": _SEED},
        "target",
        counting,
        level=lambda length, most, **_options: ((min(most, length) + 1) ** 2 - 1) / 12,
    ),
)


def make(address: str) -> Table:
    """Make the table of an address such as ``task:adding?length=60&seed=3``; the same address, the same table.

    Raises
    ------
    WorkbenchError
        ``unknown-task``, ``bad-task-option``.
    """
    found = asked(address)
    task, made = found.task, found.task.make(**found.options)
    digest = hashlib.sha256()
    for name, array in made.items():
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(array, "<f8").tobytes())
    columns = tuple(Column(name, "number", array, 0) for name, array in made.items())
    return Table(task.title, columns, None, _notes(found), digest.hexdigest())


def _notes(found: Asked) -> tuple[Problem, ...]:
    """Say what is reached without memory, and whether the task proves anything."""
    level, notes = found.level, []
    if level is not None:
        by_chance = f"cross-entropy {level:.3f}, 1 of {found.classes} right" if found.classes else ""
        notes.append(problem(TASK_LEVEL, level=by_chance or f"mean squared error {level:.3g}"))
    if found.task.misleading:
        notes.append(problem(TASK_MISLEADS))
    return tuple(notes)


def asked(address: str) -> Asked:
    """Read an address such as ``task:adding?length=60``.

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
    return Asked(task, values)


def _checked(task: Task, option: str, text: str) -> int:
    known = ", ".join(f"{name} ({low} to {high})" for name, (_, low, high) in task.options.items())
    low, high = task.options.get(option, (0, 0, -1))[1:]
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise WorkbenchError(BAD_TASK_OPTION, name=task.key, option=option, value=text, known=known)
    return int(text)
