from __future__ import annotations

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.dataset import prepare
from workbench.core.opening import opened
from workbench.core.problems import WorkbenchError
from workbench.core.sources.samples import SAMPLES
from workbench.core.sources.tasks import TASKS, Task, asked


def test_that_the_sine_mixture_is_a_plain_series() -> None:
    table = sources.read("task:sine-mixture")
    assert table.rows == 4000
    assert table.numeric == ("value",)
    spectrum = np.abs(np.fft.rfft(table["value"].values.astype(float)))
    periods = 4000 / np.argsort(spectrum)[-3:]
    assert np.abs(periods[:, None] - [24, 57, 133]).min(axis=1).max() < 3


@pytest.mark.parametrize("length", [10, 60, 61])
def test_that_the_adding_problem_marks_one_number_in_each_half(length: int) -> None:
    table = sources.read(f"task:adding?length={length}&sequences=40")
    value, marker, target = (table[n].values.astype(float).reshape(40, length) for n in ("value", "marker", "target"))
    assert (marker[:, : length // 2].sum(axis=1) == 1).all()
    assert (marker[:, length // 2 :].sum(axis=1) == 1).all()
    assert np.allclose((value * marker).sum(axis=1), target[:, 0])
    assert (target == target[:, :1]).all()
    assert (table["sequence"].values.astype(float).reshape(40, length) == np.arange(40)[:, None]).all()


def test_that_temporal_order_shows_two_symbols_and_names_their_order() -> None:
    table = sources.read("task:temporal-order?length=100&sequences=50")
    x, y = (table[name].values.astype(float).reshape(50, 100) for name in "XY")
    target = table["target"].values.astype(float).reshape(50, 100)[:, 0]
    for k in range(50):
        places = np.flatnonzero(x[k] + y[k])
        assert len(places) == 2
        assert 10 <= places[0] < 20
        assert 50 <= places[1] < 60
        assert target[k] == 2 * y[k, places[0]] + y[k, places[1]]


def test_that_the_same_address_gives_the_same_table() -> None:
    one, two = (sources.read("task:adding?seed=3") for _ in range(2))
    assert one.sha256 == two.sha256
    assert one.sha256 != sources.read("task:adding?seed=4").sha256


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("task:sorting", "unknown-task"),
        ("task:", "unknown-task"),
        ("task:adding?length=0", "bad-task-option"),
        ("task:adding?length=x", "bad-task-option"),
        ("task:adding?width=3", "bad-task-option"),
        ("task:adding?length=99999999999999", "bad-task-option"),
        ("task:adding?length=²", "bad-task-option"),
    ],
)
def test_that_a_wrong_address_is_a_problem(address: str, key: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        sources.read(address)
    assert caught.value.problem.key == key


def blocks(address: str, *names: str) -> list[np.ndarray]:
    table = sources.read(address)
    number = table["sequence"].values.astype(float)
    count = len(np.unique(number))
    assert (number.reshape(count, -1) == np.arange(count)[:, None]).all()
    return [table[name].values.astype(float).reshape(count, -1) for name in names]


@pytest.mark.parametrize(("delay", "items", "symbols"), [(30, 3, 4), (0, 1, 2), (7, 5, 8)])
def test_that_copy_memory_asks_for_what_was_shown(delay: int, items: int, symbols: int) -> None:
    address = f"task:copy-memory?delay={delay}&items={items}&symbols={symbols}&sequences=50"
    *shown, go, target = blocks(address, *(f"s{k}" for k in range(symbols)), "go", "target")
    one_hot = np.stack(shown, axis=2)
    assert one_hot.shape == (50, delay + 2 * items, symbols)
    assert (one_hot.sum(axis=2) == np.r_[np.ones(items), np.zeros(delay + items)]).all()
    assert (go == np.r_[np.zeros(items + delay), np.ones(items)]).all()
    assert (target[:, -items:] == one_hot[:, :items].argmax(axis=2)).all()
    assert asked(address).answers == items
    assert asked(address).classes == symbols
    assert asked(address).level == pytest.approx(np.log(symbols))


def test_that_the_echo_is_the_number_some_steps_ago_and_is_marked_as_misleading() -> None:
    value, target = blocks("task:delayed-echo?delay=12&sequences=50", "value", "target")
    assert value.shape == (50, 13)
    assert (target == value[:, :1]).all()
    table = sources.read("task:delayed-echo")
    assert "misleading on purpose" in table.name
    assert any("misleads on purpose" in note.text() and note.severity == "warning" for note in table.notes)


def test_that_counting_counts_the_pulses() -> None:
    pulse, target = blocks("task:counting?length=40&most=15&sequences=2000", "pulse", "target")
    assert set(np.unique(pulse)) == {0.0, 1.0}
    assert (pulse.sum(axis=1)[:, None] == target).all()
    assert set(np.unique(target)) == set(range(16)), "every number up to the most comes up"
    assert abs(pulse.mean(axis=0) / pulse.mean() - 1).max() < 0.2, "pulses are anywhere"


@pytest.mark.parametrize("key", [task.key for task in TASKS if task.level])
def test_that_the_level_told_is_what_a_constant_answer_reaches(key: str) -> None:
    found = asked(f"task:{key}?sequences=4000")
    table = sources.read(f"task:{key}?sequences=4000")
    rows = found.answers
    answer = table["target"].values.astype(float).reshape(4000, -1)[:, -rows:].ravel()
    assert found.level is not None
    if found.classes:
        share = np.bincount(answer.astype(int), minlength=found.classes) / len(answer)
        assert -(share * np.log(share)).sum() == pytest.approx(found.level, rel=0.02)
    else:
        assert answer.var() == pytest.approx(found.level, rel=0.05)
    assert any("Without memory" in note.text() for note in table.notes)


def test_that_noise_makes_the_sine_mixture_harder() -> None:
    clean, noisy = (sources.read(f"task:sine-mixture?noise={n}")["value"].values.astype(float) for n in (0, 100))
    assert (noisy - clean).std() == pytest.approx(1.0, rel=0.1)
    assert asked("task:sine-mixture").level is None


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)
def test_that_every_task_opens_with_settings_that_can_be_trained(task: Task) -> None:
    found = opened(f"task:{task.key}")
    dataset = prepare(found.table, found.project.data)
    assert min(len(dataset.train), len(dataset.valid), len(dataset.test)) > 100
    assert found.project.data.targets == (task.target,)
    assert task.key in {sample.key for sample in SAMPLES}
    assert len(task.levels) == 4
    assert task.options[task.knob][0] in task.levels
    small = "" if task.key == "sine-mixture" else "&sequences=40"
    for level in task.levels:
        assert sources.read(f"task:{task.key}?{task.knob}={level}{small}").rows > 0
