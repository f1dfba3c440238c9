"""Any two settings together: a model is trained, forecasts, is written, read back and scored, or refused."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from series import HOUR, hourly, run_of, table_of, tiny_project, train, wave
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.forecasting import beyond, evaluated, view
from workbench.core.table import Table

AXES: dict[str, tuple[dict[str, Any], ...]] = {
    "cell": tuple({"cell": cell.key} for cell in CELLS),
    "option": (
        {},
        {"options": {"layer_norm": True, "zoneout": 0.1}},
        {"options": {"initial_state": "learned", "recurrent_dropout": 0.2}},
        {"options": {"bias": False, "orthogonal": True}},
    ),
    "normalisation": tuple({"normalisation": key} for key in ("last", "revin", "none")),
    "segment": ({}, {"segment": 2}, {"segment": 3}),
    "channels": ({"channels": "joint"}, {"channels": "shared"}),
    "decoder": tuple({"decoder": key} for key in ("direct", "recursive", "parallel")),
    "output": (
        *({"output": "point", "loss": loss} for loss in ("mae", "mse", "huber")),
        {"output": "quantiles", "loss": "pinball", "quantiles": "0.05,0.2,0.5,0.9"},
        {"output": "gaussian", "loss": "nll"},
        {"output": "student-t", "loss": "nll"},
    ),
    "direction": ({}, {"bidirectional": True}, {"layers": 2, "dropout": 0.1}),
    "transform": (
        {},
        {"difference": "step"},
        {"difference": "season", "season": 4},
        {"power": "log"},
        {"power": "box-cox", "difference": "step"},
        {"power": "log", "difference": "season", "season": 4},
    ),
    "scaling": tuple({"scaling": key} for key in ("standard", "minmax", "robust", "none")),
    "columns": (
        {"targets": ("a",)},
        {"targets": ("a", "b")},
        {"targets": ("a",), "inputs": ("b",)},
        {"targets": ("a",), "inputs": ("c",), "known_future": ("c",)},
        {"targets": ("a", "b"), "inputs": ("c",), "known_future": ("c",), "mask_inputs": True},
        {"targets": ("b", "a"), "inputs": ("c",), "mask_inputs": True},
    ),
    "time": (
        {},
        {"calendar": ("hour", "weekday")},
        {"calendar": ("month",), "train_until": "2024-01-05", "valid_until": "2024-01-07"},
        {"known_ahead": False, "calendar": ("hour",)},
    ),
    "rows": (
        {},
        {"gaps": "hold"},
        {"gaps": "interpolate"},
        {"series": "id"},
        {"series": "id", "scale_each": True},
        {"resample": "1h"},
    ),
}
"""Each case takes one entry of every axis."""


def pairwise_cases() -> list[dict[str, int]]:
    """Return cases in which every two entries of two axes meet, each the best of some random ones."""
    draw = random.Random(7)
    left = {
        ((one, i), (two, k))
        for one, two in combinations(AXES, 2)
        for i in range(len(AXES[one]))
        for k in range(len(AXES[two]))
    }
    cases = []
    while left:
        (one, i), (two, k) = min(left) if len(cases) % 2 else max(left)
        tried = [{axis: draw.randrange(len(AXES[axis])) for axis in AXES} | {one: i, two: k} for _ in range(40)]
        cases.append(max(tried, key=lambda case: len(left & set(combinations(case.items(), 2)))))
        left -= set(combinations(cases[-1].items(), 2))
    return cases


def table_for(settings: dict[str, Any]) -> Table:
    """Return hours of a, b and c with gaps: one series, or two of odd lengths if there is a sequence column.

    Where c is known ahead, the last rows of each series hold nothing else.
    """
    lengths = (200, 170) if settings.get("series") else (200,)
    columns: dict[str, list[np.ndarray]] = {"a": [], "b": [], "c": [], "id": []}
    for place, rows in enumerate(lengths):
        a, b, c = (wave(rows, seed=place + seed, period=period) for seed, period in ((0, 12), (3, 7), (6, 5)))
        a[20] = b[31] = c[9] = np.nan
        if settings.get("known_future"):
            a[-6:] = b[-6:] = np.nan
        for values, kept in zip((a, b, c, np.full(rows, place)), columns.values(), strict=True):
            kept.append(values)
    times = np.concatenate([hourly(rows) for rows in lengths])
    return table_of(times=times, step=HOUR, **{name: np.concatenate(parts) for name, parts in columns.items()})


CASES = pairwise_cases()


@pytest.mark.parametrize("case", CASES, ids=["-".join(str(place) for place in case.values()) for case in CASES])
def test_that_any_two_settings_go_together_or_say_why_not(case: dict[str, int], tmp_path: Path) -> None:
    settings: dict[str, Any] = {"window": 12, "horizon": 6, "hidden": 4, "epochs": 1, "batch": 64}
    for axis, place in case.items():
        settings |= AXES[axis][place]
    if settings.get("bidirectional") and settings["decoder"] != "direct":
        with pytest.raises(ValueError, match="only the direct decoder"):
            tiny_project(**settings)
        settings["bidirectional"] = False
    table = table_for(settings)
    project = tiny_project(sha256=table.sha256, **settings)
    dataset = prepare(table, project.data)
    run = run_of(train(project, dataset), project)
    assert run.ended is not None
    assert run.ended.problem is None, run.ended.problem.text()
    made = bundled(run, dataset)
    WbmExport().write(tmp_path / "m.wbm", Package(made, dataset, None))
    again = read_model(tmp_path / "m.wbm")
    assert again.project.model == project.model
    one, two = (beyond(bundle, view(bundle, table)) for bundle in (made, again))
    assert one.values.shape == (2 if settings.get("series") else 1, 6, len(project.data.targets))
    for first, second in ((one.values, two.values), (one.low, two.low), (one.high, two.high)):
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            np.testing.assert_array_equal(first, second)
            assert np.isfinite(first).all()
    assert (one.low is None) == (settings["output"] == "point")
    if one.low is not None and one.high is not None:
        assert (one.low <= one.values).all()
        assert (one.values <= one.high).all()
    _dataset, part, scores = evaluated(again, table)
    assert part == "test"
    told = run.scores("test")["model"]
    assert scores[0].mae == pytest.approx(told.mae, rel=1e-5)
