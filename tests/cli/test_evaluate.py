"""``evaluate``: baselines before any training, files of many series, bands, and a model beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from series import wave
from workbench.cli import main
from workbench.core.panel import is_ragged, panel_dataset, panel_of

STEPS, SEASON = 24, 12


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def series() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    found = {}
    for number, rows in enumerate((120, 180, 90, 150), start=1):
        level = 10.0 ** random.uniform(1, 4)
        t = np.arange(rows + STEPS)
        found[f"H{number}"] = np.round(
            level * (3 + np.sin(2 * np.pi * t / SEASON) + 0.2 * random.normal(size=len(t))), 2
        )
    return found


def rows_file(path: Path, series: dict[str, np.ndarray], *, pad: bool) -> Path:
    longest = max(map(len, series.values()))
    lines = [",".join(f'"V{k + 1}"' for k in range(longest + 1))]
    for name, values in series.items():
        cells = [f'"{name}"', *(f"{v:g}" for v in values)]
        lines.append(",".join(cells + [""] * (longest - len(values) if pad else 0)))
    path.write_text("\n".join(lines) + "\n")
    return path


def columns_file(path: Path, series: dict[str, np.ndarray], *, numbered: bool) -> Path:
    longest = max(map(len, series.values()))
    lines = [",".join((["V1"] if numbered else []) + list(series))]
    for k in range(longest):
        cells = [f"{v[k]:g}" if k < len(v) else "" for v in series.values()]
        lines.append(",".join(([f"V{k + 2}"] if numbered else []) + cells))
    path.write_text("\n".join(lines) + "\n")
    return path


def long_file(path: Path, series: dict[str, np.ndarray]) -> Path:
    lines = ["unique_id,ds,y", *(f"{n},{k + 1},{v:g}" for n, values in series.items() for k, v in enumerate(values))]
    path.write_text("\n".join(lines) + "\n")
    return path


def by_hand(series: dict[str, np.ndarray]) -> tuple[float, float]:
    """sMAPE and MASE of the seasonal naive forecast as the M4 competition defines them."""
    smape, mase = [], []
    for values in series.values():
        known, came = values[:-STEPS], values[-STEPS:]
        forecast = np.tile(known[-SEASON:], STEPS // SEASON)
        smape.append(np.mean(200 * np.abs(came - forecast) / (np.abs(came) + np.abs(forecast))))
        mase.append(np.mean(np.abs(came - forecast)) / np.mean(np.abs(known[SEASON:] - known[:-SEASON])))
    return float(np.mean(smape)), float(np.mean(mase))


@pytest.mark.parametrize("shape", ["padded", "ragged", "columns", "numbered", "long"])
def test_that_many_series_are_scored_by_baselines_alone_whichever_way_they_lie(
    shape: str, series: dict[str, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {"train": {n: v[:-STEPS] for n, v in series.items()}, "test": {n: v[-STEPS:] for n, v in series.items()}}
    paths = []
    for name, part in parts.items():
        path = tmp_path / f"{name}.csv"
        if shape in ("padded", "ragged"):
            rows_file(path, part, pad=shape == "padded")
        elif shape == "long":
            long_file(path, part)
        else:
            columns_file(path, part, numbered=shape == "numbered")
        paths.append(path)
    found = evaluated(capsys, "--baselines", "all", *paths, "--season", SEASON)
    assert evaluated(capsys, "--baselines", "all", paths[0], "--test", paths[1], "--season", SEASON) == found
    scores = {entry["name"]: entry for entry in found["scores"]}
    assert (found["series"], found["horizon"], scores["seasonal"]["windows"]) == (4, STEPS, 4)
    assert (scores["seasonal"]["smape"], scores["seasonal"]["mase"]) == pytest.approx(by_hand(series), rel=1e-9)
    assert set(scores["seasonal"]["by_series"]) == set(series)
    assert {"last", "seasonal", "drift", "average", "linear"} <= set(scores)


def test_that_one_file_of_many_series_holds_out_its_ends(
    series: dict[str, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rows_file(tmp_path / "all.csv", series, pad=False)
    found = evaluated(capsys, path, "--horizon", STEPS, "--intervals", "conformal:0.8,0.95")
    assert found["season"] == SEASON, "most series show it"
    scores = {entry["name"]: entry for entry in found["scores"]}
    (band, refused) = scores["seasonal"]["intervals"]
    assert (band["kind"], band["share"], band["calibration_windows"]) == ("split", 0.8, len(series))
    assert 0.5 < band["coverage"] <= 1
    assert (refused["share"], refused["needed"]) == (0.95, 19)
    assert (scores["seasonal"]["smape"], scores["seasonal"]["mase"]) == pytest.approx(by_hand(series), rel=1e-9)


def test_that_what_came_decides_about_nothing(series: dict[str, np.ndarray], tmp_path: Path) -> None:
    from workbench.core.baselines import baselines
    from workbench.core.panel import one_horizon_before

    poisoned = {name: np.append(values[:-STEPS], np.full(STEPS, 1e9)) for name, values in series.items()}
    found = []
    for number, part in enumerate((series, poisoned)):
        panel = panel_of(rows_file(tmp_path / f"{number}.csv", part, pad=True))
        dataset = panel_dataset(panel, horizon=STEPS)
        found.append({name: method(dataset, dataset.test.start) for name, method in baselines(dataset).items()})
        before = one_horizon_before(panel, None, dataset)
        assert before is not None
        found[-1]["what calibrates"] = before.values
        np.testing.assert_array_equal(before.truth(before.test.start)[0, :, 0], part["H1"][-2 * STEPS : -STEPS])
    for name in found[0]:
        assert found[0][name].tobytes() == found[1][name].tobytes(), name


def test_that_series_that_do_not_match_are_named(
    series: dict[str, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = rows_file(tmp_path / "train.csv", series, pad=True)
    test = rows_file(tmp_path / "test.csv", {n: series[n] for n in ("H1", "H2")}, pad=True)
    assert main(["evaluate", str(train), str(test)]) == 2
    assert "H3 is missing" in capsys.readouterr().err


def table_file(path: Path, rows: int = 600) -> Path:
    values = wave(rows, period=12, noise=1.0)
    path.write_text("a\n" + "\n".join(f"{v:.6f}" for v in values) + "\n")
    return path


def test_that_a_file_is_scored_before_any_training_on_the_rows_that_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table_file(tmp_path / "a.csv")
    found = evaluated(capsys, path, "--window", 24, "--horizon", 6, "--split", "300/100/100", "--baselines", "last")
    assert found["windows"] == 100 - 6 + 1
    values = np.loadtxt(path, skiprows=1)
    origins = np.arange(400, 500 - 6 + 1)
    error = np.abs(values[origins - 1][:, None] - values[origins[:, None] + np.arange(6)])
    (score,) = found["scores"]
    assert score["mae"] == pytest.approx(error.mean(), rel=1e-9)
    assert score["scaled_mae"] == pytest.approx(error.mean() / values[:300].std(), rel=1e-9)
    np.testing.assert_allclose(score["mae_by_step"], error.mean(axis=0), rtol=1e-9)


def test_that_bands_and_formulas_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table_file(tmp_path / "a.csv")
    found = evaluated(capsys, path, "--intervals", "conformal:0.8,0.95", "--baselines", "average")
    bands = found["scores"][0]["intervals"]
    assert [(band["kind"], band["share"]) for band in bands] == [
        ("split", 0.8), ("split", 0.95), ("adaptive", 0.8), ("adaptive", 0.95)
    ]  # fmt: skip
    assert all(0.0 < band["coverage"] <= 1.0 and band["calibration_windows"] > 0 for band in bands)
    assert main(["evaluate", str(path), "--explain", "--intervals", "split:0.9"]) == 0
    out = capsys.readouterr().out
    assert "from 0 to 200 %" in out
    assert "m = 12, s = " in out
    assert "90 % band holds" in out


@pytest.mark.parametrize(
    "arguments",
    [("--intervals", "conformal:2"), ("--intervals", "magic:0.8"), ("--split", "1/2"), ("--baselines", "best")],
)
def test_that_nonsense_is_refused(arguments: tuple[str, str], tmp_path: Path) -> None:
    path = table_file(tmp_path / "a.csv")
    if arguments[0] == "--baselines":
        assert main(["evaluate", str(path), *arguments]) == 2
        return
    with pytest.raises(SystemExit):
        main(["evaluate", str(path), *arguments])


def test_that_a_backtest_of_baselines_tells_comparisons_and_writes_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = table_file(tmp_path / "a.csv"), tmp_path / "report.html"
    arguments = ("--backtest", "--origins", 8, "--stride", 12, "--window", 24, "--horizon", 12, "--report", report)
    found = evaluated(capsys, path, *arguments, "--refit", 3, "--gap", 2)
    assert len(found["origins"]) == 8
    assert found["refits"] == [0, 3, 6]
    assert found["plan"]["gap"] == 2
    scores = {entry["name"]: entry for entry in found["scores"]}
    best = min(scores, key=lambda name: scores[name]["mae"])
    assert found["comparisons"][0]["name"] == best
    assert found["comparisons"][0]["skill"] > 0
    text = report.read_text()
    assert "backtest.refit</td><td>3" in text
    assert str(tmp_path) not in text, "no path of this machine"
    assert main(["evaluate", str(path), *map(str, arguments), "--intervals", "split:0.8"]) == 0
    out = capsys.readouterr().out
    assert "never fitted anew" in out
    assert "80 % band holds" in out


@pytest.mark.parametrize(
    "arguments",
    [("--backtest", "--gap", "3"), ("--report", "r.html"), ("--backtest", "--refit", "2", "--intervals", "split:0.8")],
)
def test_that_options_that_do_not_go_together_are_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert main(["evaluate", str(table_file(tmp_path / "a.csv")), *arguments]) == 2


@pytest.mark.parametrize("stamp", ["2020-01-{day:02d}", "{day:02d}/01/2020", "2020-01-{day:02d} 10:00", "{day}"])
def test_that_a_dated_table_of_numbered_columns_is_no_file_of_many_series(stamp: str, tmp_path: Path) -> None:
    rows = ["date,s1,s2,s3", *(f"{stamp.format(day=day)},{day % 7},{day % 5},3" for day in range(1, 29))]
    path = tmp_path / "dated.csv"
    path.write_text("\n".join(rows) + "\n")
    assert not is_ragged(path)
    path.write_text("id,s1,s2,s3\n" + "\n".join(f"W{k},{k % 7},{k % 5}" for k in range(1, 29)) + "\n")
    assert is_ragged(path)


def test_that_a_model_stands_beside_the_baselines_with_bands_and_another_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table_file(tmp_path / "a.csv", 300)
    for seed in (0, 1):
        options = ("--epochs", 1, "--hidden", 8, "--dropout", 0.2, "--layers", 2, "--window", 24, "--horizon", 6)
        arguments = ["train", path, *options, "--device", "cpu", "--seed", seed, "--out", tmp_path / f"run-{seed}"]
        assert main([str(argument) for argument in arguments]) == 0
    capsys.readouterr()
    first, other = (tmp_path / f"run-{seed}" / "model.wbm" for seed in (0, 1))
    bands = ("--intervals", "split:0.8", "--intervals", "dropout:0.8", "--intervals", "ensemble:0.8")
    found = evaluated(capsys, first, path, *bands, "--members", other, "--baselines", "last")
    kinds = {entry["name"]: [band["kind"] for band in entry["intervals"]] for entry in found["scores"]}
    own = ["own", "split"]
    assert kinds == {"model": ["split"], "dropout left on": own, "mean of 2 models": own, "last": ["split"]}
    told = evaluated(capsys, first, path, "--backtest", "--origins", 6, "--stride", 6, "--against", other)
    assert [entry["name"] for entry in told["scores"]][:2] == ["model", "run-1/model.wbm"]
    pairs = [(entry["name"], entry["other"]) for entry in told["comparisons"]]
    assert ("model", "run-1/model.wbm") in pairs or ("run-1/model.wbm", "model") in pairs
    assert len(told["origins"]) == 6
    assert main(["evaluate", str(first), str(path), "--window", "9"]) == 2, "the model says how its data are read"
