"""The Loss view's range, switch and marks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.app.session import Session
from workbench.core.events import Steered
from workbench.core.fields import settings_of
from workbench.core.project import ModelSpec, TrainSpec
from workbench.ui.views.loss import LOSS_NAMES, loss_range
from workbench.ui.views.steeringmarks import TITLES
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


def falling(first: float, last: float, epochs: int = 30) -> np.ndarray:
    return last + (first - last) * np.exp(-np.arange(epochs) / 3)


def test_that_wild_batches_do_not_flatten_the_curves() -> None:
    train, valid = falling(1.0, 0.2), falling(1.1, 0.25)
    haze = np.append(np.random.default_rng(0).normal(0.3, 0.02, 500), [50.0, 1e6])
    low, high = loss_range(train, valid, haze, {"last": 0.5})
    assert 0.15 < low < 0.3
    assert 0.5 < high < 1.2


def test_that_a_first_epoch_far_above_runs_out_of_the_top() -> None:
    train = falling(80.0, 0.2)
    _low, high = loss_range(train, train + 0.05, np.zeros(0), {})
    assert high < 5.0


def test_that_a_hopeless_baseline_does_not_set_the_range() -> None:
    train = falling(1.0, 0.2)
    assert loss_range(train, train, np.zeros(0), {"last": 40.0})[1] < 2.0


def test_that_the_level_without_memory_stays_in_the_picture() -> None:
    solved = falling(1.3, 1e-4)
    low, high = loss_range(solved, solved, np.zeros(0), {"common": 1.386}, always=True)
    assert low < 1e-3 < 1.386 < high


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_that_the_first_epochs_have_a_range(epochs: int) -> None:
    curve = falling(1.0, 0.5)[:epochs]
    low, high = loss_range(curve, curve, np.array([0.9, 1.0]), {})
    assert low < high


def test_that_values_that_are_no_numbers_are_left_out() -> None:
    train = np.array([1.0, 0.5, np.nan])
    low, high = loss_range(train, train, np.array([np.inf, 0.6]), {"last": np.nan})
    assert np.isfinite([low, high]).all()


def test_that_the_best_epoch_is_named_and_marked(finished: Session, make: MakeView) -> None:
    view = make("loss")
    assert finished.run is not None
    epochs, _train, valid = finished.run.curve
    assert view.heading.facts == f"best epoch {epochs[np.argmin(valid)]}"
    assert view._best.getData()[0].tolist() == [epochs[np.argmin(valid)]]


def test_that_the_logarithm_shows_the_same_losses(finished: Session, make: MakeView) -> None:
    view = make("loss")
    plain = view._valid.getData()[1].copy()
    view._log.setChecked(True)
    view.refresh()
    np.testing.assert_allclose(10 ** view._valid.getData()[1], plain)


def test_that_a_click_looks_at_the_epoch_and_behind_the_last_follows(finished: Session, make: MakeView) -> None:
    view = make("loss")
    view._clicked(2.2, 0.0)
    assert finished.cursor.epoch == 2
    view._clicked(99.0, 0.0)
    assert finished.cursor.epoch is None


def test_that_every_loss_has_a_name() -> None:
    losses = next(entry for entry in settings_of(TrainSpec) if entry.name == "loss")
    assert set(LOSS_NAMES) == {value for value, _label in losses.choices}


def test_that_what_was_steered_is_marked_where_it_took_effect(finished: Session, make: MakeView) -> None:
    view = make("loss")
    run = finished.run
    assert run is not None
    assert run.started is not None
    assert not len(view._steered.item.points())
    run.steered += [
        Steered(2, 3, "learning_rate", 0.01, 0.001),
        Steered(2, 3, "clip", 1.0, 0.5),
        Steered(3, 1, "teacher_forcing", 0.5, 0.25),
    ]
    view.mark()
    view.refresh()
    marks = view._steered.item.points()
    assert [mark.data() for mark in marks] == [
        "Epoch 2, batch 3: Learning rate 0.01 → 0.001, Clip 1 → 0.5",
        "Epoch 3, batch 1: Teacher forcing 0.5 → 0.25",
    ]
    assert [mark.pos().x() for mark in marks] == [1 + 2 / run.started.batches, 2.0]
    bottom = view.plot.box.viewRange()[1][0]
    assert marks[0].pos().y() > bottom
    view.plot.show_y(bottom - 5.0, bottom)
    foot, top = view.plot.box.viewRange()[1]
    assert foot < view._steered.item.points()[0].pos().y() < foot + 0.1 * (top - foot)


def test_that_every_live_setting_has_a_name_for_its_mark() -> None:
    live = {entry.name for spec in (TrainSpec, ModelSpec) for entry in settings_of(spec) if entry.live}
    assert live <= set(TITLES)
    assert "teacher_forcing" in live
