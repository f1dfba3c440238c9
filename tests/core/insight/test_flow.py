"""How far gradients reach back."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.insight.flow import against_lag, decades, factor, reach


def test_that_an_exponential_has_its_factor_and_its_reach() -> None:
    norms = 3.0 * 0.8 ** np.arange(60)
    assert factor(norms) == pytest.approx(0.8)
    assert reach(norms) == int(np.log(0.01) / np.log(0.8))


def test_that_lags_are_counted_from_the_newest_step() -> None:
    lags, norms = against_lag(np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0]), 2)
    assert lags.tolist() == [0, 2, 4]
    assert norms.tolist() == [3, 2, 1]
    assert against_lag(np.array([1.0, 2.0]), back=True)[1].tolist() == [1, 2]


def test_that_no_gradient_has_no_reach() -> None:
    assert reach(np.zeros(5)) is None
    assert factor(np.zeros(5)) is None


def test_that_what_underflows_counts_as_the_smallest_number() -> None:
    assert decades(np.array([1.0, 1e-3]), np.array([2.0, 2.0])) == pytest.approx(3)
    assert decades(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(37.93, abs=0.01)
