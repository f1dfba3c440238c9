"""The parts of the forecaster, each by itself, and together in every way they go together."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from replay import Replay, Sizes
from workbench.core.forecaster import Forecaster, foreseen, predicted
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
