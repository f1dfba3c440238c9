"""Holidays are inputs that are known ahead; without their package, or for an unknown country, the remedy is named."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.dataset import Dataset, prepare
from workbench.core.dataspec import DataSpec
from workbench.core.holidays import is_holiday
from workbench.core.problems import WorkbenchError

DAYS = np.array(["2024-12-24T10", "2024-12-25T10", "NaT", "2024-12-27T00", "2025-01-01T23"], "datetime64[us]")


def _prepared(country: str) -> Dataset:
    spec = DataSpec(targets=("a",), window=24, horizon=6, calendar=("hour",), holidays=country)
    return prepare(table_of(times=hourly(2400), step=HOUR, a=wave(2400)), spec)


def test_that_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(WorkbenchError) as refused:
        # Years that no other test asks for: what was found once is kept.
        is_holiday(DAYS - np.timedelta64(40 * 365, "D"), "DE")
    assert refused.value.problem.key == "no-holidays"
    assert "pip install holidays" in refused.value.problem.remedy()


@pytest.mark.parametrize("country", ["Germany", "D", "DE-", "DE-BAVARIA", "12"])
def test_that_a_country_is_two_letters(country: str) -> None:
    with pytest.raises(ValueError, match="DE-BY"):
        DataSpec(targets=("a",), holidays=country)
    assert DataSpec(holidays=" de-by ").holidays == "DE-BY"


def test_that_holidays_are_told_from_other_days() -> None:
    pytest.importorskip("holidays")
    assert is_holiday(DAYS, "DE").tolist() == [False, True, False, False, True]
    epiphany = np.array(["2025-01-06"], "datetime64[us]")
    assert (is_holiday(epiphany, "DE").tolist(), is_holiday(epiphany, "DE-BY").tolist()) == ([False], [True])
    assert is_holiday(np.array(["2024-07-04"], "datetime64[us]"), "US").tolist() == [True]


def test_that_an_unknown_country_is_refused() -> None:
    pytest.importorskip("holidays")
    for country in ("XX", "DE-QQ"):
        with pytest.raises(WorkbenchError) as refused:
            is_holiday(DAYS, country)
        assert refused.value.problem.key == "unknown-country"


def test_that_holidays_are_a_feature_that_is_known_ahead() -> None:
    pytest.importorskip("holidays")
    dataset = _prepared("DE")
    assert dataset.spec.features == ("a", "hour sin", "hour cos", "holiday DE")
    assert dataset.spec.ahead == ("hour sin", "hour cos", "holiday DE")
    days = np.unique(hourly(2400)[dataset.scaled[:, 3] == 1].astype("datetime64[D]"))
    assert [str(day) for day in days] == ["2024-01-01", "2024-03-29", "2024-04-01"]
    start = 24 * 88 - 24
    assert dataset.ahead[start + 24][:, 2].tolist() == [1.0] * 6
