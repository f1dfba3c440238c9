"""Training tells the truth: reproducible, without a look at the future, and it keeps the best weights."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from series import ending, run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core import delivery, inspection, stopwatch, training
from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Ended, EpochEnded, Event, Forecasted, Improved, Probed, Progressed, Started
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.scoring import loss, verdict
from workbench.core.steering import Steering


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def curve(events: list[Event]) -> list[tuple[int, float, float, bool]]:
    return [(entry.epoch, entry.train_loss, entry.valid_loss, entry.best) for entry in of(events, EpochEnded)]


def weights(events: list[Event]) -> list[bytes]:
    return [value.tobytes() for improved in of(events, Improved) for value in improved.weights.values()]


def valid_loss(dataset: Dataset, project: Any, kept: Improved) -> float:
    """Evaluate the validation loss anew, in numpy."""
    network = Forecaster(project.model, len(dataset.columns), dataset.targets, project.data.horizon)
    network.restore(kept.weights)
    start, count = dataset.valid.start, dataset.targets
    truth = (dataset.truth(start) - dataset.scaler.shift[:count]) / dataset.scaler.scale[:count]
    return loss(project.train.loss, truth, predicted(network, dataset.x[start]))


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_the_same_seed_gives_the_same_bits(cell: str) -> None:
    project = tiny_project(cell=cell, dropout=0.3, layers=2, inputs=("b",))
    one = train(project)
    torch.rand(17)  # what else draws random numbers in the process must not matter
    two = train(project)
    assert curve(one) == curve(two)
    assert weights(one) == weights(two)
    assert ending(one).scores[0].mae == ending(two).scores[0].mae
    other = train(project.changed(train=project.train.changed(seed=1)))
    assert weights(one) != weights(other)


def _disturb(_event: Event, _steering: Steering) -> None:
    torch.rand(3)


def test_that_random_numbers_drawn_by_others_meanwhile_change_nothing() -> None:
    project = tiny_project()
    one = train(project)
    assert weights(one) == weights(train(project, on=_disturb))


@pytest.mark.parametrize("kind", ["mae", "mse", "huber"])
@pytest.mark.parametrize("targets", [("a",), ("a", "b")])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_that_the_losses_told_are_those_of_the_weights_kept(
    kind: str, targets: tuple[str, ...], dropout: float
) -> None:
    project = tiny_project(targets=targets, epochs=4, loss=kind, dropout=dropout)
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset)
    best = of(events, Improved)
    assert best
    for kept in best:
        assert valid_loss(dataset, project, kept) == pytest.approx(kept.valid_loss, rel=1e-5)


def test_that_early_stopping_returns_the_weights_of_the_best_epoch() -> None:
    project = tiny_project(epochs=200, patience=3, learning_rate=0.5, cell="lstm")
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset)
    end, losses = ending(events), [entry.valid_loss for entry in of(events, EpochEnded)]
    assert end.outcome == "early"
    assert end.best_epoch == int(np.argmin(losses)) + 1
    assert end.epoch == end.best_epoch + 3, "patience is counted from the best epoch"
    kept = run_of(events, project).best
    assert kept is not None
    assert kept.epoch == end.best_epoch
    assert valid_loss(dataset, project, kept) == pytest.approx(min(losses), rel=1e-5)
    assert losses[-1] > min(losses)
    assert [entry.best for entry in of(events, EpochEnded)] == [
        value < min(losses[:index], default=np.inf) for index, value in enumerate(losses)
    ]


def test_that_the_scores_are_those_of_the_best_weights_in_original_units() -> None:
    project = tiny_project(epochs=6, learning_rate=0.3)
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset)
    kept = of(events, Improved)[-1]
    network = Forecaster(project.model, 1, 1, 3)
    network.restore(kept.weights)
    for part in ("valid", "test"):
        start = dataset.part(part).start
        forecast = dataset.scaler.inverse(predicted(network, dataset.x[start]))
        scores = run_of(events, project).scores(part)
        assert scores["model"].mae == pytest.approx(np.abs(forecast - dataset.truth(start)).mean(), rel=1e-6)
        assert scores["model"].windows == len(start)
        assert set(scores) == {"model", "last", "drift", "seasonal", "average", "linear"}
        (final,) = [event for event in of(events, Forecasted) if event.part == part and event.final]
        assert final.epoch == kept.epoch
        np.testing.assert_array_equal(final.starts, start)
        np.testing.assert_allclose(final.values, forecast, rtol=1e-6)


def test_that_scores_of_a_series_at_a_high_level_are_exact() -> None:
    low = train(tiny_project(epochs=1), table_of(a=wave(120)))
    high = train(tiny_project(epochs=1), table_of(a=wave(120) + 1e9))
    assert ending(high).scores[0].mae == pytest.approx(ending(low).scores[0].mae, rel=1e-3)


def test_that_the_final_picture_is_thinned_and_scores_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tiny_project(train_share=0.3, valid_share=0.2)
    whole = train(project)
    monkeypatch.setattr(delivery, "MOST_FORECASTS", 30)
    monkeypatch.setattr(delivery, "EVALUATION_BATCH", 7)
    thinned = train(project)
    before, after = ([e for e in of(events, Forecasted) if e.part == "test"][-1] for events in (whole, thinned))
    assert len(after.starts) == len(after.values) == 10 < len(before.starts)
    assert after.starts[[0, -1]].tolist() == before.starts[[0, -1]].tolist()
    shown = np.isin(before.starts, after.starts)
    np.testing.assert_allclose(after.values, before.values[shown], rtol=1e-6)
    assert ending(whole).scores[0].windows == ending(thinned).scores[0].windows
    assert ending(whole).scores[0].mae == pytest.approx(ending(thinned).scores[0].mae, rel=1e-6)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_that_losses_and_scores_do_not_depend_on_the_evaluation_batch(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    project = tiny_project(cell="gru", train_share=0.4, valid_share=0.3)
    expected = train(project)
    monkeypatch.setattr(training, "EVALUATION_BATCH", size)
    monkeypatch.setattr(delivery, "EVALUATION_BATCH", size)
    monkeypatch.setattr("workbench.core.scoring.CHUNK_VALUES", size * 10)
    found = train(project)
    np.testing.assert_allclose(
        [entry.valid_loss for entry in of(found, EpochEnded)],
        [entry.valid_loss for entry in of(expected, EpochEnded)],
        rtol=1e-5,
    )
    for own, other in zip(ending(found).scores, ending(expected).scores, strict=True):
        assert (own.name, own.part, own.windows) == (other.name, other.part, other.windows)
        assert (own.mae, own.rmse, own.mase) == pytest.approx((other.mae, other.rmse, other.mase), rel=1e-5)


@pytest.mark.parametrize("poison", [1e9, np.nan])
def test_that_values_behind_a_part_change_nothing_that_was_learnt_before_it(poison: float) -> None:
    project = tiny_project(epochs=3, train_share=0.5, valid_share=0.3, inputs=("b",), cell="lstm")
    clean = prepare(tiny_table(200), project.data)
    expected = train(project, clean)

    def poisoned(rows: int) -> Dataset:
        columns = {name: np.array(tiny_table(200)[name].values, dtype=float) for name in ("a", "b")}
        for values in columns.values():
            values[rows:] = poison
        return prepare(table_of(**columns), project.data)

    found = train(project, poisoned(clean.split.valid), Steering(project.train, probe=int(clean.valid.start[0])))
    assert curve(found) == curve(expected)
    assert weights(found) == weights(expected)
    one, two = (run_of(events, project).forecasts["valid"] for events in (expected, found))
    assert one.values.tobytes() == two.values.tobytes()
    if not np.isnan(poison):
        losses = [entry.train_loss for entry in of(train(project, poisoned(clean.split.train)), EpochEnded)]
        assert losses == [entry.train_loss for entry in of(expected, EpochEnded)]


def test_that_a_shuffled_target_cannot_be_learnt() -> None:
    project = tiny_project(
        targets=("a",), inputs=("b",), hidden=8, epochs=15, cell="gru", learning_rate=0.01, horizon=1
    )
    skill = {}
    for name, order in (("ordered", np.arange(600)), ("shuffled", np.random.default_rng(0).permutation(600))):
        table = table_of(a=wave(600, noise=0.3)[order], b=wave(600, seed=1, period=7, noise=0.1))
        scores = run_of(train(project, table), project).scores("test")
        mean = np.abs(wave(600, noise=0.3) - wave(600, noise=0.3).mean()).mean()
        skill[name] = 1 - scores["model"].mae / mean
    assert skill["ordered"] > 0.6
    assert skill["shuffled"] < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_that_a_random_walk_is_not_called_predictable(seed: int) -> None:
    walk = np.cumsum(np.random.default_rng(100 + seed).normal(size=4000))
    project = tiny_project(horizon=1, epochs=3, hidden=8, batch=64, cell="gru", learning_rate=0.01)
    run = run_of(train(project, table_of(a=walk)), project)
    assert 0.9 < (run.scores("test")["model"].mase or 0) < 1.15
    found = verdict(run)
    assert found is not None
    assert not found.good


def test_that_a_learnable_series_is_called_good() -> None:
    series = np.full(600, 0.3)
    for row in range(1, 600):  # the logistic map: no linear forecast, fitted or not, foretells it
        series[row] = 3.7 * series[row - 1] * (1.0 - series[row - 1])
    project = tiny_project(epochs=20, hidden=8, cell="gru", learning_rate=0.02)
    run = run_of(train(project, table_of(a=series)), project)
    found = verdict(run)
    assert found is not None
    assert found.good


def test_that_the_stream_starts_with_the_facts() -> None:
    project = tiny_project(targets=("a", "b"), batch=7)
    dataset = prepare(tiny_table(), project.data)
    (started,) = of(train(project, dataset), Started)
    assert started.project == project
    assert started.device == "cpu"
    assert started.windows == {"train": len(dataset.train), "valid": len(dataset.valid), "test": len(dataset.test)}
    assert started.batches == -(-len(dataset.train) // 7)
    assert started.parameters == sum(w.numel() for w in Forecaster(project.model, 2, 2, 3).parameters())
    assert set(started.baselines) == {"last", "seasonal", "drift", "average", "linear"}


@pytest.mark.parametrize("batch", [1, 16, 10_000])
def test_that_every_batch_is_told_once_and_its_mean_is_the_epochs_loss(batch: int) -> None:
    project = tiny_project(epochs=2, batch=batch)
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset)
    batches = -(-len(dataset.train) // batch)
    told = {epoch: [e for e in of(events, Progressed) if e.epoch == epoch] for epoch in (1, 2)}
    for epoch, entry in zip((1, 2), of(events, EpochEnded), strict=True):
        losses = np.concatenate([event.losses for event in told[epoch]])
        assert len(losses) == batches
        assert told[epoch][-1].batch == told[epoch][-1].batches == batches
        sizes = np.full(batches, batch)
        sizes[-1] = len(dataset.train) - batch * (batches - 1)
        assert entry.train_loss == pytest.approx(np.average(losses, weights=sizes), rel=1e-5)
    positions, losses = run_of(events, project).batch_losses
    np.testing.assert_allclose(positions, np.arange(1, 2 * batches + 1) / batches)


def test_that_every_window_is_trained_on_once_an_epoch_in_a_new_order() -> None:
    seen: list[list[int]] = []

    class Watched(training.Training):
        def _batch(self, rows: torch.Tensor, rate: float) -> torch.Tensor:
            seen.append(rows.tolist())
            return super()._batch(rows, rate)

    project = tiny_project(epochs=2)
    dataset = prepare(tiny_table(), project.data)
    for _item in Watched(project, dataset, Steering(project.train)).train():
        pass
    flat = [row for rows in seen for row in rows]
    first, second = flat[: len(flat) // 2], flat[len(flat) // 2 :]
    assert sorted(first) == sorted(second) == dataset.train.start.tolist()
    assert first != second
    assert first != sorted(first)


def test_that_a_batch_holds_the_windows_and_targets_of_its_rows() -> None:
    project = tiny_project(targets=("a",), inputs=("b",), calendar=("hour",))
    dataset = prepare(tiny_table(), project.data)
    made = training.Training(project, dataset, Steering(project.train))
    rows = dataset.train.start[[0, 5, 9]]
    x, ahead, y = made.batches_of.cut(torch.from_numpy(rows))
    assert ahead is not None
    np.testing.assert_array_equal(ahead.numpy(), dataset.ahead[rows + 10])
    np.testing.assert_array_equal(x.numpy(), dataset.x[rows])
    expected = (dataset.truth(rows) - dataset.scaler.shift[:1]) / dataset.scaler.scale[:1]
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("clip", [0.0, 1e-3])
def test_that_clipping_limits_the_step_and_the_told_norm_is_the_one_before(clip: float) -> None:
    project = tiny_project(epochs=1, clip=clip)
    dataset = prepare(tiny_table(), project.data)
    made = training.Training(project, dataset, Steering(project.train))
    made._batch(torch.from_numpy(dataset.train.start[:16]), 1e-3)
    norm = torch.cat([w.grad.flatten() for w in made.forecaster.parameters() if w.grad is not None]).norm()
    assert float(made.optimiser.norm) > 1e-3
    assert float(norm) == pytest.approx(clip or float(made.optimiser.norm), rel=1e-3)


def test_that_live_settings_take_effect_at_the_next_batch() -> None:
    project = tiny_project(epochs=3, batch=8)
    rates: list[float] = []

    class Watched(training.Training):
        def _batch(self, rows: torch.Tensor, rate: float) -> torch.Tensor:
            found = super()._batch(rows, rate)
            rates.append(self.optimiser.rate)
            return found

    steering = Steering(project.train)
    dataset = prepare(tiny_table(), project.data)
    for item in Watched(project, dataset, steering).train():
        if item == "batch" and len(rates) == 3:
            steering.train = steering.train.changed(learning_rate=0.123)
    assert rates[:3] == [project.train.learning_rate] * 3
    assert set(rates[3:]) == {0.123}


def test_that_epochs_and_patience_can_be_changed_while_training() -> None:
    def fewer(event: Event, steering: Steering) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            steering.train = steering.train.changed(epochs=3)

    events = train(tiny_project(epochs=50, patience=50), on=fewer)
    assert ending(events).epoch == 3

    def impatient(event: Event, steering: Steering) -> None:
        steering.train = steering.train.changed(patience=1)

    events = train(tiny_project(epochs=200, patience=200, learning_rate=0.5), on=impatient)
    assert ending(events).outcome == "early"


def test_that_time_left_is_never_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_S", 0.0)

    def fewer(event: Event, steering: Steering) -> None:
        if isinstance(event, Progressed) and event.epoch == 3:
            steering.train = steering.train.changed(epochs=1)

    told = of(train(tiny_project(epochs=4, batch=4), on=fewer), Progressed)
    assert all(np.isfinite(event.left_s) and event.left_s >= 0 for event in told)
    assert (told[-1].epoch, told[-1].epochs) == (3, 1)
    assert told[-1].left_s < 1.0, "only the validation is still to come"


def test_that_time_left_is_about_the_time_it_takes() -> None:
    when: list[tuple[float, float]] = []

    def note(event: Event, _steering: Steering) -> None:
        if isinstance(event, Progressed) and event.epoch == 3 and event.batch == event.batches:
            when.append((time.monotonic(), event.left_s))
        if isinstance(event, EpochEnded) and event.epoch == 8:
            when.append((time.monotonic(), 0.0))

    train(tiny_project(epochs=8, batch=2, patience=100), on=note)
    (told_at, left), (end, _) = when
    assert 0.2 < left / (end - told_at) < 5


def test_that_the_training_itself_knows_no_person() -> None:
    """The loop only offers places to leave it at; obeying is supervision's work."""
    project = tiny_project(epochs=1, batch=16)
    dataset = prepare(tiny_table(), project.data)
    steering = Steering(project.train)
    steering.stop()
    items = list(training.Training(project, dataset, steering).train())
    assert items.count("batch") == -(-len(dataset.train) // 16)
    assert items[-1] == "epoch"


def test_that_looking_is_told_for_the_wished_window_and_ends_with_the_best_weights() -> None:
    project = tiny_project(epochs=3)
    dataset = prepare(tiny_table(), project.data)
    start = int(dataset.valid.start[0])
    events = train(project, dataset, Steering(project.train, probe=start))
    probes = of(events, Probed)
    assert {probe.start for probe in probes} == {start}
    assert not of(train(project, dataset), Probed)
    kept = of(events, Improved)[-1]
    network = Forecaster(project.model, 1, 1, 3)
    network.restore(kept.weights)
    expected = dataset.scaler.inverse(predicted(network, dataset.x[[start]])[0])
    assert probes[-1].epoch == kept.epoch
    np.testing.assert_allclose(probes[-1].forecast, expected, rtol=1e-5)


@pytest.mark.parametrize("start", [-1, 111, 10_000, 40])
def test_that_a_window_that_cannot_be_read_is_not_probed_and_harms_nothing(start: int) -> None:
    values = wave(120)
    values[45] = np.nan
    project = tiny_project()
    events = train(project, table_of(a=values), Steering(project.train, probe=start))
    assert ending(events).outcome == "finished"
    assert not of(events, Probed)


def test_that_looking_changes_nothing() -> None:
    project = tiny_project(epochs=3, dropout=0.4, layers=2)
    dataset = prepare(tiny_table(), project.data)
    seen = train(project, dataset, Steering(project.train, probe=int(dataset.valid.start[0])))
    assert weights(seen) == weights(train(project, dataset))


def test_that_looking_takes_only_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = inspection.looked

    def slower(*arguments: Any, **words: Any) -> Probed:
        time.sleep(0.02)
        return slow(*arguments, **words)

    monkeypatch.setattr(inspection, "looked", slower)
    monkeypatch.setattr(inspection, "FREE_S", 0.05)
    project = tiny_project(epochs=30, patience=100)
    dataset = prepare(tiny_table(), project.data)
    events = train(project, dataset, Steering(project.train, probe=int(dataset.valid.start[0])))
    end = ending(events)
    assert len(of(events, Probed)) * 0.02 < inspection.EPOCH_SHARE * end.seconds + 0.05 + 3 * 0.025


def test_that_nobody_watching_is_no_look_within_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "LIVE_EVERY_S", 0.0)
    monkeypatch.setattr(inspection, "LIVE_SHARE", 1e9)
    project = tiny_project(epochs=2)
    dataset = prepare(tiny_table(), project.data)
    probe = int(dataset.valid.start[0])
    alone = of(train(project, dataset, Steering(project.train, probe=probe)), Probed)
    watched = of(train(project, dataset, Steering(project.train, probe=probe, audience=True)), Probed)
    assert [look.epoch for look in alone if not look.live] == [0, 1, 2]
    assert len([look for look in alone if look.live]) == 1, "the last, with the best weights"
    assert len([look for look in watched if look.live]) > 1


def test_that_a_loss_that_is_no_number_ends_the_run_with_its_cause_and_keeps_the_best() -> None:
    def explode(event: Event, steering: Steering) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            steering.train = steering.train.changed(learning_rate=10.0, clip=0.0)

    project = tiny_project(cell="rnn-relu", epochs=500, loss="mse", patience=1000, window=40, hidden=16)
    dataset = prepare(tiny_table(200), project.data)
    events = train(project, dataset, on=explode)
    end = ending(events)
    assert end.outcome == "diverged"
    assert end.problem is not None
    assert end.problem.key == "diverged-gradient"
    assert end.problem.values["learning_rate"] == 1.0
    assert end.best_epoch >= 1
    assert end.scores, "the best weights are scored all the same"
    assert all(np.isfinite(value).all() for kept in of(events, Improved) for value in kept.weights.values())


def test_that_the_batch_at_which_the_loss_broke_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_S", 1e9)

    class Breaking(training.Training):
        count = 0

        def _batch(self, rows: torch.Tensor, rate: float) -> torch.Tensor:
            Breaking.count += 1
            return super()._batch(rows, rate) * (float("nan") if Breaking.count == 3 else 1.0)

    monkeypatch.setattr("workbench.core.supervision.Training", Breaking)
    found = ending(train(tiny_project(batch=8))).problem
    assert found is not None
    assert found.key == "diverged-rate"
    assert (found.values["epoch"], found.values["batch"]) == (1, 3)


@pytest.mark.parametrize("settings", [{"window": 1}, {"horizon": 1}, {"window": 1, "horizon": 1, "hidden": 1}])
def test_that_the_smallest_networks_train(settings: dict[str, int]) -> None:
    for cell in CELLS.keys():  # noqa: SIM118 - a registry yields parts
        end = ending(train(tiny_project(cell=cell, **settings)))
        assert end.outcome == "finished"
        assert np.isfinite(end.scores[0].mae)


@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_that_a_constant_input_harms_nothing(scaling: str) -> None:
    project = tiny_project(inputs=("b",), scaling=scaling)
    assert ending(train(project, table_of(a=wave(120), b=np.full(120, 1e6)))).outcome == "finished"


def test_that_a_run_without_a_test_part_is_scored_on_the_validation_part() -> None:
    project = tiny_project(train_share=0.7, valid_share=0.28)
    run = run_of(train(project), project)
    assert run.scores("test") == {}
    assert verdict(run) is not None


def test_that_speed_counts_training_windows() -> None:
    project = tiny_project(epochs=3)
    dataset = prepare(tiny_table(), project.data)
    end = ending(train(project, dataset))
    assert end.windows_per_s == pytest.approx(3 * len(dataset.train) / end.seconds)
    assert isinstance(replace(end, seconds=1.0), Ended)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("after", ["batch", "epoch"])
def test_that_a_training_goes_on_from_its_state_with_the_same_bits(cell: str, after: str) -> None:
    project = tiny_project(cell=cell, dropout=0.3, layers=2, epochs=4)
    dataset = prepare(tiny_table(), project.data)
    expected = train(project, dataset)

    first = training.Training(project, dataset, Steering(project.train))
    seen: list[Event] = []
    stream, places = first.train(), 0
    for item in stream:
        if not isinstance(item, str):
            seen.append(item)
            continue
        places += item == after
        if places == (3 if after == "epoch" else 8):  # in the middle of the second epoch, or at the end of the third
            break
    state, best = copy.deepcopy(first.state()), first.best
    for _item in stream:  # what the first does from now on must not matter
        pass

    second = training.Training(project, dataset, Steering(project.train))
    second.load(state, best)
    seen += [item for item in second.train() if not isinstance(item, str)]
    assert curve(seen) == curve(expected)
    assert weights(seen) == weights(expected)
