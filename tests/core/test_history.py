"""What is kept of the looks inside a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recorded import recorded_events, small_project
from workbench.core.events import Improved, Probed, Trace
from workbench.core.history import History, compact, size_of, thinned, widened
from workbench.core.pastweights import PastWeights
from workbench.core.probefile import probe_bytes, probe_of
from workbench.core.run import Run


def look(epoch: int, steps: int = 96, units: int = 64) -> Probed:
    random = np.random.default_rng(epoch)
    values = {key: random.normal(size=(steps, units)).astype(np.float32) for key in "figoch"}
    gradients = {key: (10.0 ** -np.arange(steps)[::-1]).astype(np.float32) for key in "hc"}
    return Probed(epoch, False, 0, (Trace(0, values, gradients=gradients),), np.zeros((48, 1), np.float32))


def test_that_a_look_is_kept_in_half_precision_and_given_back_in_single() -> None:
    history = History()
    history.add(look(3))
    assert history.looks[3].traces[0].values["c"].dtype == np.float16
    found = history.at(5)
    assert found is not None
    assert found.traces[0].values["c"].dtype == np.float32
    np.testing.assert_allclose(found.traces[0].values["c"], look(3).traces[0].values["c"], rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(found.traces[0].gradients["h"], look(3).traces[0].gradients["h"])


def test_that_only_the_newest_look_has_its_exact_weights() -> None:
    run = Run(1, small_project())
    for event in recorded_events():
        run.apply(event)
    for epoch in (3, 4):
        probe = run.probe(epoch)
        assert probe is not None
        assert bool(probe.weights[0].exact) is (epoch == 4)
    late = replace(look(1), epoch=1)
    before = run.probe()
    run.apply(late)  # of an epoch that was passed over
    assert run.probe() is before
    assert run.probe(1).traces[0].values["f"].shape == (96, 64)


def test_that_weights_of_past_epochs_are_thinned_past_their_budget() -> None:
    kept = PastWeights(budget_bytes=1000)
    for epoch in range(1, 40):
        kept.add(Improved(epoch, 1.0 / epoch, {"w": np.zeros(25, np.float32)}))
    assert list(kept) == [1, 8, 16, 24, 32, 39]
    assert kept.at(16).epoch == 16
    assert kept.at(17) is None


def test_that_what_float16_has_no_numbers_for_stays_as_it_is() -> None:
    event = Probed(1, False, 0, (Trace(0, {"h": np.array([[1e5], [2.0]], np.float32)}),), np.zeros((3, 1)))
    assert compact(event).traces[0].values["h"].dtype == np.float32
    assert widened(compact(event)) is not None


def test_that_an_epoch_of_a_lstm_of_64_units_over_96_steps_takes_less_than_100_kb() -> None:
    assert size_of(compact(look(1))) < 100_000


@pytest.mark.parametrize("every", [1, 7])
def test_that_the_stride_doubles_past_the_budget(every: int) -> None:
    one = size_of(compact(look(0, 4, 2)))
    history = History(20 * one)
    epochs = list(range(0, 300 * every, every))
    gone = [old for epoch in epochs for old in history.add(look(epoch, 4, 2))]
    kept = list(history)
    assert history.bytes <= history.budget_bytes
    assert len(kept) >= 8
    assert (kept[0], kept[-1]) == (epochs[0], epochs[-1])
    assert sorted([*gone, *kept]) == epochs
    inner = np.diff(kept[:-1])
    assert (inner == inner[0]).all()
    assert history.stride & (history.stride - 1) == 0


def test_that_a_smaller_budget_thins_at_once_and_two_looks_always_stay() -> None:
    history = History()
    for epoch in range(10):
        history.add(look(epoch, 4, 2))
    history.limit(1)
    assert list(history) == [0, 9]


def test_that_first_and_newest_stay_whatever_the_stride() -> None:
    assert thinned([1, 2, 3, 4, 5, 8, 9], 4) == [1, 4, 8, 9]


def test_that_a_look_comes_back_whole_from_its_file() -> None:
    events = recorded_events(small_project("gru"))
    event = next(event for event in events if isinstance(event, Probed) and not event.live and event.epoch == 1)
    assert event.weights
    assert event.traces[0].half_lives is not None
    found = probe_of(probe_bytes(compact(event)))
    assert found.patterns == event.patterns
    np.testing.assert_array_equal(found.traces[0].half_lives, event.traces[0].half_lives)
    np.testing.assert_array_equal(found.traces[0].flows["h"], event.traces[0].flows["h"])
    assert found.weights[0].radius == event.weights[0].radius
    assert found.weights[0].updates == event.weights[0].updates
    for name, codes in event.weights[0].codes.items():
        np.testing.assert_array_equal(found.weights[0].codes[name], codes)
