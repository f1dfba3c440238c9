"""The command line, run as a person runs it: in a process of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.cli import main
from workbench.core.exports.wbm import read_model


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=100)


@pytest.fixture(scope="module")
def airline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """144 months with a trend, a season and a header with a special character."""
    months = np.arange(144)
    noise = np.random.default_rng(0).normal(0, 4, 144)
    values = (120 + 2.5 * months) * (1 + 0.2 * np.sin(2 * np.pi * months / 12)) + noise
    path = tmp_path_factory.mktemp("data") / "airline.csv"
    times = np.datetime64("1949-01") + months
    path.write_text("Month,#Riders\n" + "".join(f"{t},{v:.0f}\n" for t, v in zip(times, values, strict=True)))
    return path


@pytest.fixture(scope="module")
def trained(airline: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict]]:
    folder = tmp_path_factory.mktemp("out") / "run"
    done = run(
        "train", airline, "--target", "#Riders", "--cell", "lstm", "--hidden", "16", "--layers", "1", "--window", "24",
        "--horizon", "12", "--epochs", "30", "--batch", "16", "--lr", "0.01", "--seed", "3", "--device", "cpu",
        "--out", folder, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, [json.loads(line) for line in done.stdout.splitlines()]


def test_that_training_tells_its_events_as_json_lines(trained: tuple[Path, list[dict]]) -> None:
    folder, events = trained
    assert [event["event"] for event in events].count("Ended") == 1
    assert events[0]["event"] == "Started"
    last = events[-1]
    assert last["event"] == "Ended"
    assert last["seconds"] > 0
    assert last["windows_per_s"] > 0
    model = next(entry for entry in last["scores"] if entry["name"] == "model" and entry["part"] == "test")
    assert 0 < model["mae"] < 200, "scores are in original units"
    logged = (folder / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in logged] == [event["event"] for event in events]
    assert json.loads((folder / "project.json").read_text())["model"]["hidden"] == 16


def test_that_the_forecast_continues_the_dates(trained: tuple[Path, list[dict]], airline: Path, tmp_path: Path) -> None:
    out = tmp_path / "forecast.csv"
    done = run("forecast", trained[0] / "model.wbm", airline, "--out", out)
    assert done.returncode == 0, done.stderr
    with out.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["time", "#Riders"]
    assert [row[0] for row in rows[1:]] == [str(np.datetime64("1961-01") + month) for month in range(12)]
    assert all(150 < float(row[1]) < 1000 for row in rows[1:])


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_that_any_number_of_steps_can_be_asked_for(
    trained: tuple[Path, list[dict]], airline: Path, tmp_path: Path, steps: int, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "forecast.csv"
    arguments = ["forecast", str(trained[0] / "model.wbm"), str(airline), "--steps", str(steps), "--out", str(out)]
    assert main(arguments) == 0
    assert len(out.read_text().splitlines()) == steps + 1
    assert ("fed back" in capsys.readouterr().err) == (steps > 12)


def test_that_evaluation_repeats_the_scores_of_the_training(trained: tuple[Path, list[dict]], airline: Path) -> None:
    done = run("evaluate", trained[0] / "model.wbm", airline, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows"] == "test"
    expected = [entry for entry in trained[1][-1]["scores"] if entry["part"] == "test"]
    assert [entry["name"] for entry in found["scores"]] == [entry["name"] for entry in expected]
    for own, other in zip(found["scores"], expected, strict=True):
        assert own["mae"] == pytest.approx(other["mae"], rel=1e-6)


def test_that_the_same_seed_gives_the_same_model(
    trained: tuple[Path, list[dict]], airline: Path, tmp_path: Path
) -> None:
    done = run(
        "train", airline, "--target", "#Riders", "--cell", "lstm", "--hidden", "16", "--window", "24", "--horizon",
        "12", "--epochs", "30", "--batch", "16", "--lr", "0.01", "--seed", "3", "--device", "cpu", "--out", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "better" in done.stdout or "worse" in done.stdout or "No better" in done.stdout
    first, second = ((folder / "model.wbm") for folder in (trained[0], tmp_path))
    from workbench.core.exports.wbm import read_model

    for name, value in read_model(first).weights.items():
        np.testing.assert_array_equal(value, read_model(second).weights[name])


def test_that_inspect_says_what_was_understood(airline: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    done = run("inspect", airline, "--json", "--rows", rows)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["delimiter"] == ","
    assert found["rows"] == 144
    assert [column["name"] for column in found["columns"]] == ["Month", "#Riders"]
    assert found["time"]["first"].startswith("1949-01")
    with rows.open(newline="", encoding="utf-8") as stream, airline.open(newline="", encoding="utf-8") as original:
        assert list(csv.reader(stream)) == list(csv.reader(original))
    assert run("inspect", airline).stdout.startswith("airline.csv: 144 rows")


def test_that_check_finds_every_cell_right() -> None:
    done = run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "torch" in done.stdout
    for key in ("rnn", "rnn-relu", "lstm", "gru"):
        assert any(line.startswith(f"{key} ") and " ok:" in line for line in done.stdout.splitlines())


BAD_FILES = {
    "empty": b"",
    "text only": b"name,city\nanna,bonn\nberta,kiel\ncarl,ulm\ndora,jena\nemil,hof\n",
    "binary": bytes(range(256)) * 40,
    "three rows": b"time,value\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n",
    "constant": b"value\n" + b"5\n" * 200,
    "nothing but missing": b"time,value\n" + b"".join(b"2024-01-%02d,NaN\n" % day for day in range(1, 29)),
    "one time column": b"time\n" + b"".join(b"2024-01-%02d\n" % day for day in range(1, 29)),
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_that_a_bad_file_gives_a_problem_with_a_remedy(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert main(["train", str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert len(error.strip().splitlines()) >= 2, "a remedy stands below the Problem"
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--window", "500"], "Shorten the window"),
        (["--horizon", "130"], "Shorten the window"),
        (["--target", "nobody"], "#Riders"),
        (["--hidden", "0"], "Units"),
        (["--lr", "-1"], "Learning rate"),
        (["--train-share", "0.9", "--valid-share", "0.1"], "test"),
        (["--cell", "gru", "--forget-bias", "1"], "--forget-bias"),
        (["--device", "cuda"], "CUDA"),
    ],
    ids=["window", "horizon", "column", "hidden", "rate", "split", "option", "device"],
)
def test_that_a_bad_setting_gives_a_problem_with_a_remedy(
    arguments: list[str], said: str, airline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    if "cuda" in arguments and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    assert main(["train", str(airline), "--out", str(tmp_path / "out"), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_that_missing_files_and_folders_are_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(tmp_path / "nowhere.csv")]) == 2
    assert main(["inspect", str(tmp_path)]) == 2
    assert main(["forecast", str(tmp_path / "no.wbm"), str(tmp_path / "no.csv"), "--out", str(tmp_path / "o.csv")]) == 2
    assert capsys.readouterr().err.count("error: ") == 3


def test_that_an_output_that_cannot_be_written_is_a_problem(
    trained: tuple[Path, list[dict]], airline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    out = blocked / "forecast.csv"
    assert main(["forecast", str(trained[0] / "model.wbm"), str(airline), "--out", str(out)]) == 2
    assert "could not be written" in capsys.readouterr().err


def test_that_a_diverging_training_says_why_and_keeps_nothing_broken(airline: Path, tmp_path: Path) -> None:
    done = run(
        "train", airline, "--cell", "rnn-relu", "--hidden", "64", "--lr", "10", "--clip", "0", "--loss", "mse",
        "--window", "24", "--horizon", "12", "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 2
    assert "no longer a number" in done.stderr
    assert "Train again with" in done.stderr


def test_that_interrupting_delivers_the_best_model(airline: Path, tmp_path: Path) -> None:
    import signal

    command = [
        sys.executable, "-m", "workbench", "train", str(airline), "--epochs", "100000", "--patience", "100000",
        "--json", "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "EpochEnded":
                break
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=30) == 0
    assert rest[-1]["event"] == "Ended"
    assert rest[-1]["outcome"] == "finished"
    assert (tmp_path / "out" / "model.wbm").exists()


def test_that_what_is_settled_about_reading_goes_with_the_model(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    days = np.datetime64("2023-01-01") + np.arange(200)
    lines = [f"{str(d)[8:]}/{str(d)[5:7]}/{str(d)[:4]}::{k % 7},5" for k, d in enumerate(days)]
    path = tmp_path / "odd.txt"
    path.write_text("\n".join(["day::v", *lines]))
    flags = ["--delimiter", "::", "--decimal", "comma", "--time-format", "%d/%m/%Y"]
    settings = ["--epochs", "2", "--window", "7", "--horizon", "3", "--hidden", "4"]
    assert main(["train", str(path), *flags, *settings, "--out", str(tmp_path / "run")]) == 0
    short = tmp_path / "short.txt"
    short.write_text("\n".join(["day::v", *(f"{k:02}/01/2024::{k},5" for k in range(1, 13))]))
    out = tmp_path / "forecast.csv"
    assert main(["forecast", str(tmp_path / "run" / "model.wbm"), str(short), "--out", str(out)]) == 0
    assert [line.split(",")[0] for line in out.read_text().splitlines()[1:]] == [
        "2024-01-13",
        "2024-01-14",
        "2024-01-15",
    ]
    capsys.readouterr()
    assert main(["inspect", str(path), "--json", "--delimiter", "q"]) == 2
    assert "Delimiter" in capsys.readouterr().err


def test_that_units_follow_another_cells_size(airline: Path, tmp_path: Path) -> None:
    options = ("--epochs", "1", "--window", "24", "--horizon", "12", "--device", "cpu")
    done = run("train", airline, *options, "--cell", "gru", "--same-parameters-as", "lstm", "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert "(lstm with 48" in done.stderr
    hidden = json.loads((tmp_path / "a" / "project.json").read_text())["model"]["hidden"]
    assert 50 < hidden < 60, "a GRU needs more units for as many parameters"
    done = run("train", airline, *options, "--cell", "rnn", "--budget", "5000", "--out", tmp_path / "b", "--json")
    assert done.returncode == 0, done.stderr
    assert abs(json.loads(done.stdout.splitlines()[0])["parameters"] - 5000) < 200
    assert run("train", airline, "--budget", "0", "--out", tmp_path / "c").returncode == 2


def test_that_a_training_goes_on_from_a_model_file(
    trained: tuple[Path, list[dict]], airline: Path, tmp_path: Path
) -> None:
    model = trained[0] / "model.wbm"
    wanted = ("--from", model, "--cell", "lstm-peephole", "--hidden", "24", "--epochs", "2", "--device", "cpu")
    done = run("train", airline, *wanted, "--out", tmp_path / "more", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    before = [event for event in trained[1] if event["event"] == "Improved"][-1]["valid_loss"]
    first = next(event for event in events if event["event"] == "Improved")
    assert (first["epoch"], first["valid_loss"]) == (0, pytest.approx(before, abs=1e-6))
    saved = json.loads((tmp_path / "more" / "project.json").read_text())
    assert (saved["model"]["cell"], saved["model"]["hidden"]) == ("lstm-peephole", 24)
    assert (saved["data"]["window"], saved["data"]["targets"]) == (24, ["#Riders"])
    for refused in (("--cell", "gru"), ("--hidden", "8"), ("--window", "36"), ("--forget-bias", "2")):
        done = run("train", airline, "--from", model, *refused, "--out", tmp_path / "no")
        assert done.returncode == 2
        assert "without changing its forecasts" in done.stderr
        assert "Train the other network" in done.stderr


def test_that_a_task_is_trained_by_its_address(tmp_path: Path) -> None:
    address = "task:copy-memory?delay=1&items=2&symbols=3&sequences=400"
    options = ("--cell", "gru", "--chrono", "5", "--hidden", "12", "--epochs", "25", "--device", "cpu")
    done = run("train", address, *options, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert " % right: " in done.stdout
    assert "the most common answer" in done.stdout
    done = run("evaluate", tmp_path / "model.wbm", address, "--json")
    assert done.returncode == 0, done.stderr
    model, common = json.loads(done.stdout)["scores"]
    assert model["accuracy"] > 0.9 > 0.5 > common["accuracy"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("task:sorting", "copy-memory"),
        ("task:adding?width=3", "length (4 to 1000)"),
        ("task:counting?most=0", "most (1"),
    ],
)
def test_that_an_unknown_task_or_option_is_refused_with_a_list(address: str, said: str, tmp_path: Path) -> None:
    done = run("train", address, "--out", tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--hidden", "0"), "Units"),
        (("--cell", "lstm", "--chrono", "1"), "2 steps or more"),
        (("--cell", "lstm", "--chrono", "20", "--bias", "no"), "switch Bias on"),
        (("--cell", "gru", "--forget-bias", "1"), "the cell gru has no such option"),
    ],
)
def test_that_bad_cell_settings_are_refused_with_a_remedy(flags: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run("train", "task:adding?sequences=40", *flags, "--out", tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Choose another value" in done.stderr


def test_that_the_forecaster_is_composed_by_flags(airline: Path, tmp_path: Path) -> None:
    done = run(
        "train", airline, "--target", "#Riders", "--preset", "accurate", "--window", "24", "--horizon", "12",
        "--segment", "6", "--channels", "joint", "--normalise", "revin", "--decoder", "recursive", "--quantiles",
        "0.05,0.5,0.95", "--schedule", "step", "--hidden", "8", "--epochs", "2", "--device", "cpu", "--out", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    project = json.loads((tmp_path / "project.json").read_text())
    model, fit = project["model"], project["train"]
    assert (model["segment"], model["channels"], model["normalisation"]) == (6, "joint", "revin")
    assert (model["decoder"], model["output"], model["quantiles"]) == ("recursive", "quantiles", "0.05,0.5,0.95")
    assert (fit["loss"], fit["schedule"], fit["epochs"], model["dropout"]) == ("pinball", "step", 2, 0.1)
    done = run("forecast", tmp_path / "model.wbm", airline, "--steps", "20", "--out", tmp_path / "f.csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader((tmp_path / "f.csv").read_text().splitlines()))
    assert rows[0] == ["time", "#Riders", "#Riders low", "#Riders high"]
    assert len(rows) == 21
    assert all(float(row[2]) <= float(row[1]) <= float(row[3]) for row in rows[1:])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--segment", "7"), "segments of 7 steps do not fill a window"),
        (("--loss", "mse", "--output", "gaussian"), "trained by nll"),
        (("--quantiles", "0.1,0.9"), "0.5 with at least one level"),
        (("--quantiles", "0.1,0.5,0.9", "--loss", "mse"), "the output quantiles is trained by pinball"),
        (("--horizon", "0"), "from 1 to 10000"),
        (("--hidden", "0"), "from 1 to 4096"),
    ],
)
def test_that_settings_that_do_not_go_together_are_refused(
    airline: Path, flags: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(airline), "--out", str(tmp_path / "x"), *flags]) == 2
    assert words in capsys.readouterr().err


def test_that_options_that_change_nothing_are_told(
    airline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(airline), "--epochs", "1", "--hidden", "4", "--device", "cpu", "--out", str(tmp_path)]
    assert main([*arguments, "--teacher-forcing", "0.3", "--classes", "4", "--chrono", "9", "--forget-bias", "2"]) == 0
    told = capsys.readouterr().err
    for words in (
        "--teacher-forcing changes nothing here",
        "recursive decoder",
        "--classes",
        "--forget-bias",
        "chrono",
    ):
        assert words in told
    assert main([*arguments, "--decoder", "recursive", "--teacher-forcing", "0.3"]) == 0
    assert "changes nothing" not in capsys.readouterr().err


def test_that_a_column_of_names_makes_one_model_of_many_series(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = np.arange(90)
    lines = [
        f"s{k},{np.datetime64('2024-01-01T00') + t},{10 * k + np.sin(np.pi * t / 6):.3f}"
        for k in range(3)
        for t in steps
    ]
    path = tmp_path / "long.csv"
    path.write_text("id,time,y\n" + "\n".join(lines) + "\n")
    flags = ("--series", "id", "--preset", "accurate", "--epochs", "1", "--hidden", "4", "--device", "cpu")
    assert main(["train", str(path), *flags, "--out", str(tmp_path)]) == 0
    assert "warning" not in capsys.readouterr().err, "repeated times are those of other series"
    assert main(["forecast", str(tmp_path / "model.wbm"), str(path), "--out", str(tmp_path / "f.csv")]) == 0
    assert "of each of 3 series" in capsys.readouterr().out
    assert {row[0] for row in csv.reader((tmp_path / "f.csv").read_text().splitlines()[1:])} == {"s0", "s1", "s2"}
    assert main(["evaluate", str(tmp_path / "model.wbm"), str(path)]) == 0


def test_that_each_series_may_have_its_own_scale_and_new_ones_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(name: str, levels: dict[str, float]) -> Path:
        hours = np.datetime64("2024-01-01T00:00") + np.arange(120) * np.timedelta64(60, "m")
        lines = ["id,time,y"]
        for key, level in levels.items():
            waves = level * (2 + np.sin(np.arange(120) / 24 * 2 * np.pi))
            lines += [
                f"{key},{str(hour).replace('T', ' ')},{value:.4f}" for hour, value in zip(hours, waves, strict=True)
            ]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    path, out = write("many.csv", {"x": 1.0, "z": 1000.0}), tmp_path / "out"
    flags = ("--series", "id", "--scale-each", "yes", "--epochs", "1", "--hidden", "4", "--device", "cpu")
    assert main(["train", str(path), "--out", str(out), *flags]) == 0
    facts = read_model(out / "model.wbm").facts
    assert facts.series == ("x", "z")
    assert facts.series_scale[1][0] == pytest.approx(1000 * facts.series_scale[0][0], rel=1e-3)
    assert facts.project.data.calendar == ("hour", "weekday")
    other, table = write("other.csv", {"z": 1000.0, "new": 5.0}), tmp_path / "f.csv"
    assert main(["forecast", str(out / "model.wbm"), str(other), "--out", str(table)]) == 0
    said = capsys.readouterr()
    assert "of each of 1 series" in said.out
    assert "left out: new" in said.err
    rows = table.read_text().splitlines()
    assert rows[0] == "id,step,time,y"
    assert rows[1].startswith("z,1,2024-01-06 00:00,")
