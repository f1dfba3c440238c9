"""The parts of the forecaster, each by itself, and together in every way they go together."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from replay import Replay, Sizes
from series import HOUR, hourly, run_of, table_of, tiny_project, tiny_table, train
from workbench.core.bundle import Facts, bundled
from workbench.core.dataset import prepare
from workbench.core.exports import exported
from workbench.core.exports.wbm import read_model
from workbench.core.forecaster import Forecaster, foreseen, predicted
from workbench.core.forecasting import beyond, restored, view
from workbench.core.insight.size import weight_shapes
from workbench.core.morphs import grown, offers
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec

INPUTS, TARGETS, HORIZON, LEVELS, AHEAD = 6, 2, 6, 3, (3, 5)
SIZES = Sizes(TARGETS, LEVELS, HORIZON, AHEAD)


def network(seed: int = 0, ahead: tuple[int, ...] = AHEAD, **settings: Any) -> Forecaster:
    torch.manual_seed(seed)
    model = ModelSpec(hidden=4, layers=2).changed(**settings)
    made = Forecaster(model, INPUTS, TARGETS, HORIZON, levels=LEVELS, ahead=ahead)
    with torch.no_grad():  # no part may hide behind a weight that starts at 0 or 1
        for weight in made.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    return made


def windows(count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(count, 12, INPUTS)).cumsum(axis=1)
    return x.astype(np.float32), random.normal(size=(count, HORIZON, len(AHEAD))).astype(np.float32)


COMBINATIONS = [
    {"normalisation": normalisation, "segment": segment, "channels": channels, "decoder": decoder, "output": output}
    for index, (normalisation, segment, channels, decoder, output) in enumerate(
        product(
            ("none", "last", "revin"),
            (1, 3),
            ("joint", "shared"),
            ("direct", "recursive", "parallel"),
            ("point", "quantiles", "gaussian", "student-t"),
        )
    )
    if index % 3 == 0 or output == "point"
]


@pytest.mark.parametrize("settings", COMBINATIONS, ids=lambda settings: "-".join(str(v) for v in settings.values()))
def test_that_every_combination_is_the_one_numpy_computes_and_has_the_weights_that_are_counted(
    settings: dict[str, Any],
) -> None:
    made, (x, ahead) = network(**settings), windows()
    built = {name: tuple(value.shape) for name, value in made.state_dict().items()}
    counted = weight_shapes(made.model, INPUTS, HORIZON * TARGETS, targets=TARGETS, levels=LEVELS, ahead=len(AHEAD))
    assert list(counted.items()) == list(built.items())
    found = foreseen(made, x, ahead, batch=2)
    replay = Replay(made.model, made.snapshot(), SIZES)
    for window, known, *expected in zip(x, ahead, *(edge for edge in found if edge is not None), strict=True):
        _signals, band = replay.read(window, known)
        for edge, values in zip((edge for edge in band if edge is not None), expected, strict=True):
            np.testing.assert_allclose(edge, values, atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {"decoder": "parallel", "segment": 3, "normalisation": "revin"},
        {"decoder": "recursive", "channels": "shared", "segment": 2},
        {"decoder": "direct", "channels": "shared", "bidirectional": True, "output": "quantiles"},
        {"decoder": "direct", "cell": "gru"},
    ],
    ids=str,
)
def test_that_new_units_change_nothing_in_any_composition(settings: dict[str, Any]) -> None:
    old, (x, ahead) = network(**settings), windows()
    model, weights = grown(old.model, old.snapshot(), 7, np.random.default_rng(0))
    new = network(1, **{**settings, "hidden": 7})
    assert model == new.model
    new.restore(weights)
    np.testing.assert_allclose(predicted(new, x, ahead=ahead), predicted(old, x, ahead=ahead), atol=2e-6, rtol=1e-5)


def test_that_half_a_channel_cannot_grow() -> None:
    old = network(decoder="parallel", channels="shared")
    with pytest.raises(WorkbenchError):
        grown(old.model, old.snapshot(), 7, np.random.default_rng(0))
    assert "wider" not in offers(old.model)


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("decoder", ["direct", "recursive", "parallel"])
def test_that_the_size_of_a_batch_changes_no_forecast(batch: int, decoder: str) -> None:
    made, (x, ahead) = network(decoder=decoder, channels="shared", segment=3, output="gaussian"), windows(64)
    for edge, whole in zip(foreseen(made, x, ahead, batch), foreseen(made, x, ahead, 64), strict=True):
        np.testing.assert_allclose(edge, whole, atol=3e-6)


def test_that_revin_follows_level_and_spread_of_each_window() -> None:
    made, (x, ahead) = network(normalisation="revin"), windows()
    moved = x.copy()
    scale, shift = np.array([3.0, 0.5, 2.0], np.float32), np.array([10.0, -4.0, 1.0], np.float32)
    moved[..., :LEVELS] = moved[..., :LEVELS] * scale + shift
    expected = predicted(made, x, ahead=ahead) * scale[:TARGETS] + shift[:TARGETS]
    np.testing.assert_allclose(predicted(made, moved, ahead=ahead), expected, rtol=1e-3, atol=1e-3)
    last = network(normalisation="last")
    expected = predicted(last, x, ahead=ahead) * scale[:TARGETS] + shift[:TARGETS]
    assert np.abs(predicted(last, moved, ahead=ahead) - expected).max() > 0.1, "the last value takes no spread away"


def test_that_the_weights_of_revin_are_trained() -> None:
    made, (x, ahead) = network(normalisation="revin"), windows()
    made(torch.from_numpy(x), torch.from_numpy(ahead)).square().sum().backward()
    for name in ("gain", "offset"):
        gradient = made.normalisation.get_parameter(name).grad
        assert gradient is not None
        assert gradient.abs().max() > 0


@pytest.mark.parametrize("decoder", ["direct", "recursive", "parallel"])
def test_that_shared_channels_read_each_target_alone_and_joint_ones_all(decoder: str) -> None:
    x, ahead = windows()
    other = x.copy()
    other[..., 1] += np.random.default_rng(3).normal(size=x.shape[:2]).astype(np.float32)
    for channels, alone in (("shared", True), ("joint", False)):
        made = network(channels=channels, decoder=decoder, normalisation="none")
        same = np.abs(predicted(made, x, ahead=ahead) - predicted(made, other, ahead=ahead))[..., 0].max() < 1e-6
        assert same == alone


def test_that_shared_channels_are_told_apart_by_their_vectors_alone() -> None:
    x, ahead = windows()
    x[..., 1] = x[..., 0]
    for decoder in ("direct", "recursive", "parallel"):
        made = network(channels="shared", decoder=decoder)
        found = predicted(made, x, ahead=ahead)
        assert np.abs(found[..., 0] - found[..., 1]).max() > 1e-3
        with torch.no_grad():
            vectors = made.decoder.get_submodule("channel").get_parameter("weight")
            vectors[1] = vectors[0]
        found = predicted(made, x, ahead=ahead)
        np.testing.assert_allclose(found[..., 0], found[..., 1], atol=1e-6)


@pytest.mark.parametrize("segment", [1, 3])
def test_that_the_cell_takes_a_step_a_segment(segment: int) -> None:
    made, (x, ahead) = network(segment=segment), windows()
    read: list[int] = []
    made.layers[0].register_forward_pre_hook(lambda *_arguments: None)
    inner = made.layers[0].read
    made.layers[0].read = lambda tokens, state: (read.append(tokens.shape[1]), inner(tokens, state))[1]
    made(torch.from_numpy(x), torch.from_numpy(ahead))
    assert read == [12 // segment]


def segrnn(made: Forecaster, x: torch.Tensor) -> torch.Tensor:
    """Return what SegRNN (Lin et al. 2023) computes of (B, T, C) with these weights, in plain torch."""
    weights, (batch, steps, count) = made.state_dict(), x.shape
    hidden, p = made.model.hidden, made.model.segment
    cell = torch.nn.LSTM(hidden, hidden, batch_first=True)
    cell.load_state_dict({k.removeprefix("layers.0.kernel."): v for k, v in weights.items() if k.startswith("layers")})
    last = x[:, -1:]
    rows = (x - last).permute(0, 2, 1).reshape(batch * count, steps // p, p)
    tokens = torch.relu(rows @ weights["tokens.embedding.weight"].T + weights["tokens.embedding.bias"])
    _outputs, (h, c) = cell(tokens)
    position, channel = weights["decoder.position"], weights["decoder.channel.weight"]
    parts = []
    for step in range(len(position)):
        query = torch.cat([torch.cat([position[step], channel[one]])[None] for one in range(count)]).repeat(batch, 1)
        out = cell(query[:, None], (h, c))[0][:, 0]
        parts.append(out @ weights["head.weight"].T + weights["head.bias"])
    return torch.cat(parts, dim=1).view(batch, count, -1).permute(0, 2, 1) + last


def test_that_segments_channels_and_parallel_decoding_make_segrnn() -> None:
    torch.manual_seed(0)
    model = ModelSpec(hidden=6, segment=4, channels="shared", decoder="parallel")
    made = Forecaster(model, 3, 3, 8)
    x = torch.randn(5, 12, 3)
    torch.testing.assert_close(made(x), segrnn(made, x), atol=2e-6, rtol=1e-5)


def test_that_teacher_forcing_lets_the_truth_be_read_in_training_only() -> None:
    x, ahead = (torch.from_numpy(part) for part in windows())
    truth = torch.randn(5, HORIZON, TARGETS, generator=torch.Generator().manual_seed(5))
    for share, changes in ((0.0, False), (1.0, True)):
        made = network(decoder="recursive", segment=2, teacher_forcing=share).train()
        free, forced = made(x, ahead), made(x, ahead, truth)
        torch.testing.assert_close(
            free[:, :2], forced[:, :2], atol=1e-6, rtol=1e-6
        )  # the first segment follows no other
        assert bool((free - forced).abs()[:, 2:].max() > 1e-3) == changes
        made.eval()
        torch.testing.assert_close(made(x, ahead), made(x, ahead, truth))


def test_that_a_half_forced_window_mixes_truth_and_forecast() -> None:
    x, ahead = (torch.from_numpy(part) for part in windows(64))
    truth = torch.randn(64, HORIZON, TARGETS, generator=torch.Generator().manual_seed(5))
    made = network(decoder="recursive", segment=2, teacher_forcing=0.5).train()
    free = made.eval()(x, ahead)
    torch.manual_seed(0)
    changed = (made.train()(x, ahead, truth) - free).abs()[:, 2:4].amax(dim=(1, 2)) > 1e-4
    assert 16 < int(changed.sum()) < 48


@pytest.mark.parametrize("decoder", ["direct", "recursive", "parallel"])
def test_that_what_is_known_ahead_reaches_its_step(decoder: str) -> None:
    made, (x, ahead) = network(decoder=decoder, segment=2), windows()
    other = ahead.copy()
    other[:, 4:] += 1.0
    moved = np.abs(predicted(made, x, ahead=ahead) - predicted(made, x, ahead=other)).max(axis=(0, 2))
    assert moved[4:].min() > 1e-4
    assert moved[:4].max() < 1e-6, "the steps before are not told"
    deaf = network(decoder=decoder, segment=2, known_ahead=False)
    assert predicted(deaf, x, ahead=ahead).tobytes() == predicted(deaf, x, ahead=other).tobytes()


def test_that_a_network_that_reads_ahead_insists_on_it() -> None:
    with pytest.raises(ValueError, match="reads 2 columns ahead"):
        network()(torch.from_numpy(windows()[0]))


def test_that_a_trace_is_as_long_as_the_window_and_of_the_asked_target() -> None:
    made, (x, ahead) = network(channels="shared", segment=3, decoder="parallel", layers=1), windows(2)
    seen = {}
    for target in (0, 1):
        traces, _parameters = made.trace(torch.from_numpy(x), ahead=torch.from_numpy(ahead), target=target)
        seen[target] = traces[1][0].values["h"]
        assert seen[target].shape == (12, 4)
        for first in range(0, 12, 3):
            np.testing.assert_array_equal(seen[target][first], seen[target][first + 2])
    assert np.abs(seen[0] - seen[1]).max() > 1e-3
    replayed, _band = Replay(made.model, made.snapshot(), SIZES).read(x[1], ahead[1])
    np.testing.assert_allclose(seen[1][::3], replayed[0]["h"][:, 1], atol=1e-5)


def test_that_a_composed_model_comes_back_from_its_file(tmp_path: Path) -> None:
    project = tiny_project(
        targets=("a", "b"), calendar=("hour",), window=12, horizon=6, hidden=6, segment=3, channels="shared",
        decoder="parallel", normalisation="revin", output="quantiles", loss="pinball",
    )  # fmt: skip
    dataset = prepare(tiny_table(), project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    exported(tmp_path / "m.wbm", made, dataset, None)
    again = read_model(tmp_path / "m.wbm")
    assert again.project.model == project.model
    one, two = (beyond(bundle, view(bundle, tiny_table()), 15) for bundle in (made, again))
    assert one.values.tobytes() == two.values.tobytes()
    assert one.low is not None
    assert two.low is not None
    assert one.low.tobytes() == two.low.tobytes()
    assert (one.low <= one.values).all()


def test_that_a_model_file_of_format_1_reads_nothing_ahead() -> None:
    project = tiny_project(calendar=("hour",), known_ahead=False)
    dataset = prepare(tiny_table(), project.data)
    facts = bundled(run_of(train(project, dataset), project), dataset).facts.model_dump(mode="json")
    facts["format"] = 1
    del facts["project"]["model"]["known_ahead"]
    assert Facts.model_validate(facts).project.model.known_ahead is False
    facts["format"] = 2
    assert Facts.model_validate(facts).project.model.known_ahead is True


def test_that_what_is_known_ahead_is_learnt() -> None:
    b = np.random.default_rng(0).normal(size=900)
    table = table_of(times=hourly(900), step=HOUR, a=b + 0.05 * np.random.default_rng(1).normal(size=900), b=b)
    mae = {}
    for known in (True, False):
        project = tiny_project(
            inputs=("b",), known_future=("b",), known_ahead=known, hidden=8, epochs=25, batch=32, learning_rate=0.01,
            normalisation="none", cell="gru",
        )  # fmt: skip
        mae[known] = run_of(train(project, table), project).scores("test")["model"].mae
    assert mae[True] < 0.4 * mae[False]


@pytest.mark.parametrize("poison", [1e9, np.nan])
def test_that_a_forecast_owes_nothing_to_unknown_rows_behind_its_origin(poison: float) -> None:
    project = tiny_project(inputs=("b",), calendar=("hour",), epochs=1, channels="shared", decoder="parallel")
    dataset = prepare(tiny_table(), project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    columns = {name: np.array(tiny_table()[name].values, dtype=float) for name in ("a", "b")}
    for values in columns.values():
        values[100:] = poison
    spoilt = prepare(table_of(times=hourly(120), step=HOUR, **columns), project.data)
    network, start = restored(made), 90
    one, two = (
        predicted(network, data.x[[start]], ahead=data.ahead[[start + 10]]).tobytes() for data in (dataset, spoilt)
    )
    assert one == two
