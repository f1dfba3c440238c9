"""The verdict: a table of series and forecasters, and the verdict that must, and must not, come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from series import HOUR, hourly, table_of
from workbench.core.baselines import last_value
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Ended, Forecasted, Scores
from workbench.core.insight.evidence import Evidence, gathered
from workbench.core.insight.judging import Judgement, judged
from workbench.core.insight.symptoms import lag_correlation
from workbench.core.project import DataSpec, ModelSpec, Project
from workbench.core.run import Run

Values = NDArray[np.float64]
Forecaster = Callable[[Dataset, NDArray[np.int64]], Values]
ROWS = 2_000
HORIZON = 12


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def walk(rows: int = ROWS, seed: int = 1) -> Values:
    return np.cumsum(random(seed).normal(size=rows))


def season(rows: int = ROWS, noise: float = 1.0, seed: int = 2) -> Values:
    return 20 + 5 * np.sin(2 * np.pi * np.arange(rows) / 24) + random(seed).normal(0, noise, rows)


def autoregressive(rows: int = ROWS, seed: int = 3) -> Values:
    found = np.zeros(rows)
    noise = random(seed).normal(size=rows)
    for row in range(1, rows):
        found[row] = 0.6 * found[row - 1] + noise[row]
    return found


def oracle(noise: float, seed: int = 4) -> Forecaster:
    """The truth, and noise that does not depend on it: what a good network leaves."""
    return lambda dataset, start: dataset.truth(start) + random(seed).normal(0, noise, dataset.truth(start).shape)


def wave_alone(dataset: Dataset, start: NDArray[np.int64]) -> Values:
    rows = start[:, None] + dataset.spec.window + np.arange(dataset.spec.horizon)
    return (20 + 5 * np.sin(2 * np.pi * rows / 24))[..., None]


def flat(dataset: Dataset, start: NDArray[np.int64]) -> Values:
    mean = np.nanmean(dataset.values[dataset.split.of("train"), : dataset.targets])
    return mean + random(5).normal(0, 0.01, (len(start), dataset.spec.horizon, dataset.targets))


def shrunk(share: float) -> Forecaster:
    """The best linear forecast of an autoregressive series of first order."""

    def made(dataset: Dataset, start: NDArray[np.int64]) -> Values:
        return last_value(dataset, start) * share ** np.arange(1, dataset.spec.horizon + 1)[None, :, None]

    return made


def good_at_first(dataset: Dataset, start: NDArray[np.int64]) -> Values:
    noise = np.where(np.arange(dataset.spec.horizon) < 5, 0.5, 4.0)[None, :, None]
    return dataset.truth(start) + noise * random(6).normal(size=dataset.truth(start).shape)


@dataclass(frozen=True)
class Case:
    """A series, a forecaster, and what must come out."""

    name: str
    series: Values
    made: Forecaster
    outcome: str
    findings: frozenset[str] = frozenset()
    inputs: dict[str, Values] = field(default_factory=dict)
    reach: str = ""


def regime() -> Values:
    found = season()
    found[1_800:] = found[1_800:] * 3 + 40
    return found


def ahead_of(series: Values, steps: int) -> Values:
    return np.concatenate([series[steps:], np.full(steps, series[-1])]) * 2 + 1


def sum_to_come(series: Values) -> Values:
    """Sums of this row and the twelve that follow: the differences of neighbours give a row of the future away."""
    return np.convolve(np.concatenate([series, np.full(12, series[-1])]), np.ones(13), "valid")


CASES = [
    Case("random walk, last value", walk(), last_value, "last-value", frozenset({"lagged-copy"})),
    Case("random walk, noisy last value", walk(), lambda d, s: last_value(d, s) + random().normal(0, 0.3, (len(s), HORIZON, 1)), "last-value", frozenset({"lagged-copy"})),  # noqa: E501
    Case("random walk, flat", walk(), flat, "last-value", frozenset({"flat-line"})),
    Case("random walk, oracle", walk(), oracle(0.5), "better"),
    Case("season, the wave itself", season(), wave_alone, "better", reach="all"),
    Case("season, good", season(), oracle(0.8), "better"),
    Case("season, flat", season(), flat, "worse", frozenset({"flat-line"}), reach="none"),
    Case("season, last value", season(), last_value, "worse", frozenset({"lagged-copy"})),
    Case("season, good at first", season(), good_at_first, "worse", reach="up-to"),
    Case("slow season, last value", season(noise=0.05), last_value, "worse", frozenset({"lagged-copy"})),
    Case("slow season, good", season(noise=0.05), oracle(0.03), "better"),
    Case("autoregressive, shrunk", autoregressive(), shrunk(0.6), "better"),
    Case("autoregressive, last value", autoregressive(), last_value, "worse", frozenset({"lagged-copy"})),
    Case("constant but for the end", np.concatenate([season()[:1200], np.full(800, 7.0)]), last_value, "last-value"),
    Case("leaked", season(), oracle(0.05), "better", frozenset({"leak"}), {"leaked": ahead_of(season(), 3)}),
    Case("leaked as a sum of rows to come", season(), oracle(0.05), "better", frozenset({"leak-suspected"}), {"to come": sum_to_come(season())}),  # noqa: E501
    Case("too good, and no input to blame", season(), oracle(0.05), "better", inputs={"b": season(seed=9) * 2}),
    Case("honest input", season(), oracle(0.8), "better", inputs={"b": season(seed=9) * 2}),
    Case("another walk as input", walk(), oracle(0.5), "better", inputs={"b": walk(seed=8)}),
    Case("input moves with a slow target", walk(), oracle(0.5), "better", inputs={"b": walk() + random(8).normal(0, 0.01, ROWS)}),  # noqa: E501
    Case("regime change, flat", regime(), flat, "worse", frozenset({"flat-line", "drift"})),
    Case("regime change, good", regime(), oracle(0.8), "better"),
]  # fmt: skip


def evidence_of(case: Case, *, part: int = 12, low: Values | None = None, high: Values | None = None) -> Evidence:
    table = table_of(times=hourly(ROWS), step=HOUR, a=case.series, **case.inputs)
    spec = DataSpec(targets=("a",), inputs=tuple(case.inputs), window=48, horizon=part)
    dataset = prepare(table, spec)
    start = dataset.test.start
    run = Run(1, Project(data=spec))
    run.apply(Forecasted(1, "test", start, case.made(dataset, start), final=True, low=low, high=high))
    found = gathered(run, dataset)
    assert found is not None
    return found


def verdict_on(case: Case) -> Judgement:
    found = judged(evidence_of(case))
    assert found is not None
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_that_the_verdict_is_the_one_that_must_come_out_and_no_other(case: Case) -> None:
    found = verdict_on(case)
    assert (found.outcome, {entry.key for entry in found.findings}) == (case.outcome, case.findings), found.text()
    if case.reach:
        assert found.reach.kind == case.reach
    assert found.good is (case.outcome == "better" and not case.findings & {"leak", "flat-line"})


def test_that_the_sentence_names_its_numbers() -> None:
    case = next(case for case in CASES if case.name == "season, the wave itself")
    evidence, found = evidence_of(case), verdict_on(case)
    errors = {name: np.abs(made - evidence.truth).mean() for name, made in evidence.forecasts.items()}
    own = errors.pop("model")
    best = min(errors, key=lambda name: errors[name])
    assert found.best == best
    assert found.skill.value == pytest.approx(1 - own / errors[best])
    assert f"is off by {own:.4g} on average (MAE)" in found.text()
    assert f"by {errors[best]:.4g}: " in found.text()
    assert "mean absolute error" in found.terms()
    assert f"{100 * found.skill.value:.1f} % better" in found.text()
    assert "Better at every step ahead." in found.text()


def test_that_no_model_beats_the_last_value_is_said_in_these_words() -> None:
    found = verdict_on(CASES[0])
    assert found.title() == "No model beats the last value here"
    assert not found.good


def test_that_a_random_walk_is_hardly_ever_said_to_be_beaten() -> None:
    """Two hundred walks and a forecaster that cannot know anything: at most a few may look better by chance."""
    wrong = 0
    for seed in range(40):
        case = Case("walk", walk(seed=100 + seed), shrunk(0.97 if seed % 2 else 1.0), "last-value")
        wrong += verdict_on(case).outcome == "better"
    assert wrong <= 2


@pytest.mark.parametrize("ahead", [1, 4, 12])
def test_that_a_copy_peaks_at_its_lag(ahead: int) -> None:
    evidence = evidence_of(CASES[0])
    correlation = lag_correlation(evidence, ahead)
    assert int(np.argmax(correlation)) == ahead
    assert correlation[ahead] == pytest.approx(1.0)
    rows = evidence.origins + ahead - 1
    expected = np.corrcoef(evidence.forecasts["model"][:, ahead - 1, 0], evidence.values[rows, 0])[0, 1]
    assert correlation[0] == pytest.approx(expected)


@pytest.mark.parametrize(("half", "level", "fires"), [(1.2816, 0.8, False), (0.6, 0.8, True), (1.25, 0.8, False)])
def test_that_a_band_is_called_too_narrow_only_if_it_is(half: float, level: float, fires: bool) -> None:
    case = Case("season", season(), wave_alone, "better")
    evidence = evidence_of(case)
    middle = evidence.forecasts["model"]
    banded = replace(evidence, low=middle - half, high=middle + half, level=level)
    found = judged(banded)
    assert found is not None
    assert ("under-covering" in {entry.key for entry in found.findings}) is fires
    assert "The 80 % band holds" in found.text()


def test_that_most_seeds_must_be_better() -> None:
    evidence = evidence_of(next(case for case in CASES if case.name == "season, good"))
    for seeds, outcome in (((0.2, 0.1, 0.3, 0.2, 0.1), "better"), ((0.2, -0.1, 0.3, -0.2, 0.1), "tie")):
        found = judged(replace(evidence, seeds=seeds))
        assert found is not None
        assert found.outcome == outcome
        assert "Trained 5 times" in found.text()


def test_that_seeds_are_taken_from_the_scores_of_the_group() -> None:
    case = CASES[5]
    table = table_of(times=hourly(ROWS), step=HOUR, a=case.series)
    spec = DataSpec(targets=("a",), window=48, horizon=12)
    dataset = prepare(table, spec)
    runs = []
    for number, own in enumerate((0.8, 0.9)):
        run = Run(number, Project(data=spec, model=ModelSpec()))
        start = dataset.test.start
        run.apply(Forecasted(1, "test", start, case.made(dataset, start), final=True))
        scores = [
            Scores(name, "test", mae, mae, 1.0, np.full(12, mae), 50, 24)
            for name, mae in (("model", own), ("last", 1.0))
        ]
        run.apply(Ended("finished", 1, 1, 1.0, 1.0, scores=tuple(scores)))
        runs.append(run)
    found = gathered(runs[0], dataset, runs)
    assert found is not None
    assert found.seeds == pytest.approx((0.2, 0.1))
    alone = gathered(runs[0], dataset, runs[:1])
    assert alone is not None
    assert alone.seeds == ()


def test_that_there_is_no_evidence_without_final_forecasts() -> None:
    table = table_of(a=season(400))
    spec = DataSpec(targets=("a",), window=20, horizon=4)
    dataset, run = prepare(table, spec), Run(1, Project(data=spec))
    assert gathered(run, dataset) is None
    start = dataset.valid.start[:5]
    run.apply(Forecasted(1, "test", start, dataset.truth(start), final=False))
    assert gathered(run, dataset) is None


def test_that_errors_of_several_targets_are_scaled_before_they_are_averaged() -> None:
    """A target of large numbers must not outweigh the other."""
    table = table_of(times=hourly(ROWS), step=HOUR, a=season(), b=1000 * season(seed=7))
    spec = DataSpec(targets=("a", "b"), window=48, horizon=4)
    dataset, run = prepare(table, spec), Run(1, Project(data=spec))
    start = dataset.test.start
    made = dataset.truth(start) + np.array([0.1, 2000.0]) * random().normal(size=(len(start), 4, 2))
    run.apply(Forecasted(1, "test", start, made, final=True))
    evidence = gathered(run, dataset)
    assert evidence is not None
    error = np.abs(made - evidence.truth).mean(axis=(0, 1)) / dataset.mase_scale
    assert evidence.errors("model").mean() == pytest.approx(error.mean())
    found = judged(evidence)
    assert found is not None
    assert "MASE" in found.text()


@pytest.mark.parametrize(("windows", "outcome"), [(11, "unproven"), (60, "better")])
def test_that_few_windows_that_share_their_truth_prove_nothing(windows: int, outcome: str) -> None:
    origins = 100 + np.arange(windows)
    truth = (origins[:, None] + np.arange(12))[..., None].astype(float)
    forecasts = {"model": truth + 1.0 + 0.1 * random(1).normal(size=truth.shape), "drift": truth - 2.0}
    found = judged(Evidence("test", origins, truth, forecasts, np.arange(400.0)[:, None], 24, np.ones(1)))
    assert found is not None
    assert found.outcome == outcome
    assert ("count as little more than one: too few" in found.text()) == (outcome == "unproven")
    assert ("count as about 5 independent ones." in found.text()) == (outcome == "better")
    assert "50 % better than" in found.title()
