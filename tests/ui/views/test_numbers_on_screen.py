"""What views print and save equals a NumPy recomputation from the exported weights, to 1e-5, for every cell.

The Cell view's lines are held to it in ``test_stepping``, gradients and Jacobians in ``test_tracing`` and
``test_memory``, distances of matches in ``test_match``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from byhand import by_hand, forecast_by_hand
from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.opening import Opened
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]
STEP, UNIT = 9, 4


def saved(view: AbstractView) -> Mapping[str, np.ndarray]:
    return dict(view.columns())


def printed(text: str) -> float:
    return float(text.replace("−", "-").replace("\u202f", ""))


def recomputed_states(make: MakeView, truth: Mapping[str, np.ndarray], *, gates: bool) -> None:
    for view in [make("states")] + [make("gates")] * gates:
        found = saved(view)
        for key, shown in view._maps.items():
            np.testing.assert_allclose([found[f"{key}_{unit}"] for unit in range(12)], truth[key].T, atol=1e-5)
            value = truth[key][STEP, UNIT]
            assert printed(shown._caption.detail) == pytest.approx(value, rel=6e-3, abs=6e-4)
    belt = saved(make("unit"))
    np.testing.assert_allclose(belt["h"], truth["h"][:, UNIT], atol=1e-5)
    if "c" in truth:
        before = np.concatenate([[0.0], truth["c"][:-1, UNIT]])
        np.testing.assert_allclose(belt["kept"], truth["f"][:, UNIT] * before, atol=1e-5)
        np.testing.assert_allclose(belt["written"], truth["c"][:, UNIT] - truth["f"][:, UNIT] * before, atol=1e-5)


def recomputed_figures(make: MakeView, cell: str, truth: Mapping[str, np.ndarray]) -> None:
    h = truth["h"] - truth["h"].mean(axis=0)
    size = np.sort(np.linalg.eigvalsh(h.T @ h))[::-1]
    phase = saved(make("phase"))
    np.testing.assert_allclose(np.abs(phase["component 1"]), np.abs(h @ np.linalg.svd(h)[2][0]), atol=1e-4)
    assert f"{round(100 * size[0] / size.sum())} %" in make("phase").heading.subtitle.replace("\u202f", " ")
    if "c" in truth:
        lives = np.log(0.5) / np.log(truth["f"]).mean(axis=0)
        np.testing.assert_allclose(saved(make("memory"))["half-life"], lives, rtol=1e-4)


def recomputed_weights(make: MakeView, cell: str, weights: Mapping[str, np.ndarray]) -> None:
    view = make("weights")
    view._pointed(3, UNIT)
    found, blocks = saved(view), CELLS[cell].weight_blocks
    for place, block in enumerate(blocks):
        key, rows = block if len(blocks) > 1 else "", slice(12 * place, 12 * place + 12)
        matrix = weights["layers.0.kernel.weight_hh_l0"][rows]
        inputs = weights["layers.0.kernel.weight_ih_l0"][rows]
        columns = np.array([found[f"{key}_{at}"] for at in range(14)]).T
        np.testing.assert_array_equal(columns, np.concatenate([inputs, matrix], axis=1))
        caption = view._maps[key]._caption
        assert printed(caption.detail) == pytest.approx(float(matrix[UNIT, 1]), rel=1e-4)
        radius = np.abs(np.linalg.eigvals(matrix.astype(np.float64))).max()
        assert printed(caption.facts.split()[-1]) == pytest.approx(radius, rel=6e-3)


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_numbers_on_screen_are_those_of_the_exported_weights(
    cell: str, session: Session, make: MakeView, tmp_path: Path
) -> None:
    project = small_project(cell)
    session._take(Opened(small_table(), project))
    session.replay(list(recorded_events(project)))
    session.point(step=STEP, unit=UNIT)
    run, dataset = session.run, session.run_dataset
    assert run is not None
    assert dataset is not None
    WbmExport().write(tmp_path / "m.wbm", Package(bundled(run, dataset), None, None))
    weights = dict(read_model(tmp_path / "m.wbm").weights)
    probe, levels = run.probe(), project.data.levels
    assert probe is not None
    window = dataset.x[probe.start].astype(np.float64)
    inside = window.copy()
    inside[:, :levels] -= window[-1, :levels]
    truth = by_hand(cell, weights, inside)
    recomputed_states(make, truth, gates=bool(CELLS[cell].gates))
    recomputed_figures(make, cell, truth)
    recomputed_weights(make, cell, weights)

    ahead = forecast_by_hand(cell, weights, window, levels)
    original = dataset.unscaled(ahead[None, :, None], np.array([probe.start]))[0, :, 0]
    np.testing.assert_allclose(saved(make("forecast"))["prediction"], original, rtol=1e-5)
    view = make("connectivity")
    slopes, ahead_by = saved(view), view._found.step
    window = dataset.x[view._found.start].astype(np.float64)
    for step, column in ((0, 0), (20, 1), (35, 1)):
        high, low = window.copy(), window.copy()
        high[step, column] += 1e-5
        low[step, column] -= 1e-5
        each = [forecast_by_hand(cell, weights, x, levels)[ahead_by] for x in (high, low)]
        found = slopes[f"gradient {dataset.columns[column]}"][step]
        assert found == pytest.approx((each[0] - each[1]) / 2e-5, abs=1e-5)
