"""The time left runs down like a clock, whatever single batches take: replayed timings, no clock of this machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.core.memory import resident_bytes
from workbench.core.pace import Pace

BATCH, REPORT_S = 32, 0.05


def replayed(
    seconds: Callable[[int, int], float],
    *,
    batches: int = 100,
    epochs: int = 20,
    between: Callable[[int], float] = lambda _epoch: 0.2,
    told_epochs: Callable[[int], int] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Replay a training; return when it spoke, what it said was left, and what was really left."""
    pace, now, spoke, pending = Pace(batches, 0.25), 100.0, -np.inf, 0
    told: list[tuple[float, float]] = []
    for epoch in range(1, epochs + 1):
        pace.begin(now)
        for batch in range(1, batches + 1):
            now += seconds(epoch, batch)
            pending += BATCH
            if now - spoke >= REPORT_S or batch == batches:
                total = told_epochs(epoch) if told_epochs else epochs
                _speed, left = pace.told(now, pending, epoch, batch, total)
                told.append((now, left))
                spoke, pending = now, 0
        now += between(epoch)
    at, left = np.array(told).T
    return at, left, now - at


def jumps(at: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return by how much each word differs from the word before less the time that passed."""
    return np.diff(left) + np.diff(at)


def test_that_a_steady_training_is_foretold_at_once() -> None:
    at, left, truth = replayed(lambda _e, _b: 0.01)
    known = at > at[0] + 1.5  # the first validation has been seen
    assert np.abs(left - truth)[known].max() < 0.06 * truth[0]
    assert np.abs(left - truth)[at > at[0] + 8].max() < 0.3
    assert left.min() >= 0.0
    assert abs(left[-1] - truth[-1]) < 0.2


@pytest.mark.parametrize("seed", range(5))
def test_that_uneven_batches_do_not_make_it_jump(seed: int) -> None:
    random = np.random.default_rng(seed)
    at, left, truth = replayed(lambda _e, _b: float(random.lognormal(np.log(0.01), 0.8)))
    late = at[1:] > at[0] + 2
    assert np.abs(jumps(at, left)[late]).max() < 0.02 * truth[0], "a fiftieth of the whole is seen as a jump"
    settled = (at > at[0] + 5) & (truth > 2)
    assert np.median(np.abs(left - truth)[settled] / truth[settled]) < 0.12


def test_that_a_stall_does_not_make_it_jump() -> None:
    def seconds(epoch: int, batch: int) -> float:
        return 60.0 if (epoch, batch) == (6, 50) else 0.01  # the lid was closed for a minute

    at, left, truth = replayed(seconds, between=lambda epoch: 45.0 if epoch == 9 else 0.2)
    late = at[1:] > at[0] + 2
    assert np.abs(np.diff(left)[late]).max() < 1.0, "a twentieth of what was left: neither more nor suddenly less"
    assert left.min() >= 0.0
    assert abs(left[-1] - truth[-1]) < 0.3


def test_that_it_follows_a_machine_that_becomes_slower() -> None:
    at, left, truth = replayed(lambda epoch, _b: 0.01 if epoch <= 5 else 0.03)
    changed = at[0] + 5 * 1.2
    assert np.abs(jumps(at, left)[at[1:] > at[0] + 2]).max() < 1.5
    settled = (at > changed + 14) & (truth > 3)
    assert np.abs(left - truth)[settled].max() < 0.1 * truth[0]


def test_that_another_number_of_epochs_shows_at_once() -> None:
    at, left, _truth = replayed(lambda _e, _b: 0.01, told_epochs=lambda epoch: 20 if epoch <= 10 else 200)
    index = int(np.argmax(np.diff(left)))
    assert left[index + 1] - left[index] == pytest.approx(180 * 1.2, rel=0.05)
    assert at[index + 1] - at[0] == pytest.approx(10 * 1.2, abs=0.3)


def test_that_the_speed_is_that_of_the_last_seconds() -> None:
    pace = Pace(10_000)
    pace.begin(0.0)
    for batch in range(1, 1001):
        speed, _left = pace.told(batch * 0.01, BATCH, 1, batch, 2)
        assert speed == pytest.approx(BATCH / 0.01)
    for batch in range(1001, 2001):
        speed, _left = pace.told(10.0 + (batch - 1000) * 0.02, BATCH, 1, batch, 2)
    assert speed == pytest.approx(BATCH / 0.02, rel=0.02)


def test_that_a_clock_that_goes_back_gives_no_negative_times() -> None:
    pace = Pace(10)
    pace.begin(5.0)
    for now in (5.1, 4.0, 5.2, 3.0, 5.3):
        speed, left = pace.told(now, BATCH, 1, 1 + int(now * 10) % 9, 3)
        assert speed >= 0.0
        assert left >= 0.0
        assert np.isfinite([speed, left]).all()


def test_that_the_memory_of_the_program_is_known() -> None:
    before = resident_bytes()
    if not before:
        pytest.skip("this system does not tell")
    block = np.ones(64_000_000, dtype=np.uint8)
    assert resident_bytes() - before > 0.8 * block.nbytes
