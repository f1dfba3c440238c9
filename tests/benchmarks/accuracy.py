"""How accurate are the presets? On public series, by the rules that others used, through the program's own path.

    python tests/benchmarks/accuracy.py ett FILE [--horizon 96] [--seeds 3] [--rows 8640,2880,2880]
    python tests/benchmarks/accuracy.py airline FILE [--seeds 5]
    python tests/benchmarks/accuracy.py taxi FILE [--seeds 1]

`ett`: every numeric column is a target, z-scores of the training rows, every test window, no batch dropped; MSE and MAE
of scaled values. `airline`: trained on the months up to 1959-01, one forecast of the 23 that follow; MAPE in
passengers. `taxi`: the last 14 days, 48 steps ahead; MAE against the seasonal naive
forecasts of a day and of the season the program finds, a week.
`--set train.average=0.99` and the like lay other settings over the preset, to try them: what is told of the validation
part (the loss that stops the training) is what they are to be chosen by.
Every run is what `python -m workbench train FILE --preset accurate` does with the settings printed.
CPU seconds are of this process, one thread.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from workbench.core.baselines import seasonal_naive
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import Dataset, prepare
from workbench.core.forecaster import predicted
from workbench.core.forecasting import beyond, restored, view
from workbench.core.opening import proposed
from workbench.core.presets import preset_for
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.sources import read
from workbench.core.steering import Steering
from workbench.core.supervision import supervised
from workbench.core.table import Table

Sections = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Trained:
    """One training."""

    bundle: Bundle
    dataset: Dataset
    run: Run
    cpu_s: float


def head(path: Path, rows: int) -> Path:
    """Return a copy of a CSV file that ends after `rows` rows, so that nothing behind them can be seen."""
    lines = path.read_text(encoding="utf-8").splitlines()[: rows + 1]
    copy = Path(tempfile.mkdtemp()) / path.name
    copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return copy


def planned(table: Table, path: Path, data: Mapping[str, object], options: argparse.Namespace) -> Project:
    """Return the project that a person gets with these data settings, one click on a preset, and what is set."""
    given: dict[str, dict[str, object]] = {"data": {}, "model": {}, "train": {}}
    for words in options.set:
        name, value = words.split("=", 1)
        section, field = name.split(".", 1)
        given[section][field] = value.split(",") if field in ("calendar", "inputs") else value
    project = proposed(table, str(path)).edited(data=data)
    project = project.edited(**preset_for(options.preset, project, prepare(table, project.data)))
    return project.edited(**given)


def trained(table: Table, project: Project, seed: int) -> Trained:
    """Train `project` with `seed`."""
    project = project.edited(train={"seed": seed, "device": "cpu"})
    dataset = prepare(table, project.data)
    run, began = Run(1, project), time.process_time()
    for event in supervised(project, dataset, Steering(project.train)):
        run.apply(event)
    assert run.ended is not None
    assert run.ended.problem is None, run.ended.problem
    return Trained(bundled(run, dataset), dataset, run, time.process_time() - began)


def scaled_errors(found: Trained) -> tuple[float, float, int]:
    """Return MSE and MAE of scaled values over every test window, and how many windows there are."""
    dataset, network = found.dataset, restored(found.bundle)
    squared = absolute = 0.0
    start = dataset.test.start
    for part in np.array_split(start, max(1, len(start) // 256)):
        forecast = predicted(network, dataset.x[part], ahead=dataset.ahead[part + dataset.spec.origin])
        error = forecast.astype(np.float64) - dataset.to_scaled(dataset.truth(part), part)
        squared += float((error**2).sum())
        absolute += float(np.abs(error).sum())
    values = len(start) * dataset.spec.horizon * dataset.targets
    return squared / values, absolute / values, len(start)


def ett(options: argparse.Namespace) -> None:
    """Print MSE and MAE under the rules of the ETT benchmarks."""
    parts = [int(part) for part in options.rows.split(",")]
    path = head(options.file, sum(parts))
    table = read(str(path))
    shares = {"train_share": parts[0] / sum(parts), "valid_share": parts[1] / sum(parts)}
    data = {"targets": table.numeric, "horizon": options.horizon, "window": options.horizon, "calendar": (), **shares}
    project = planned(table, path, data, options)
    show(project)
    errors = []
    for seed in range(options.seeds):
        found = trained(table, project, seed)
        assert [found.dataset.split.train, found.dataset.split.valid] == [parts[0], parts[0] + parts[1]]
        mse, mae, windows = scaled_errors(found)
        errors.append((mse, mae, found.cpu_s))
        print(
            f"seed {seed}: MSE {mse:.4f} MAE {mae:.4f}, {windows} windows, {told(found)}",
            flush=True,
        )
    mse, mae, cpu = (statistics.fmean(column) for column in zip(*errors, strict=True))
    print(f"horizon {options.horizon}, {options.seeds} seeds: mean MSE {mse:.4f} MAE {mae:.4f}, {cpu:.0f} CPU s a run")


def airline(options: argparse.Namespace) -> None:
    """Print the MAPE of 23 months that were never seen."""
    months = 23
    truth = np.array([float(line.split(",")[1]) for line in options.file.read_text().split()[1:]])
    path = head(options.file, len(truth) - months)
    table = read(str(path))
    data = {
        "power": "log", "difference": "season", "horizon": 12, "calendar": (), "train_share": 0.87, "valid_share": 0.11,
    }  # fmt: skip
    project = planned(table, path, data, options)
    show(project)
    found = []
    for seed in range(options.seeds):
        made = trained(table, project, seed)
        forecast = beyond(made.bundle, view(made.bundle, table), months).values[0, :, 0]
        found.append(100.0 * float(np.mean(np.abs(forecast - truth[-months:]) / truth[-months:])))
        print(f"seed {seed}: MAPE {found[-1]:.2f} %, {told(made)}")
    print(f"{len(found)} seeds: median MAPE {statistics.median(found):.2f} %, {min(found):.2f} to {max(found):.2f} %")


def taxi(options: argparse.Namespace) -> None:
    """Print the MAE of the last two weeks, and of the seasonal naive forecast."""
    table = read(str(options.file))
    days = 14 * 48
    rows = table.rows
    data = {"horizon": 48, "train_share": 1 - 3 * days / rows, "valid_share": 2 * days / rows}
    project = planned(table, options.file, data, options)
    show(project)
    for seed in range(options.seeds):
        found = trained(table, project, seed)
        scores = found.run.scores("test")
        start, mae = found.dataset.test.start, scores["model"].mae
        naive = {
            season: float(np.abs(seasonal_naive(found.dataset, start, season) - found.dataset.truth(start)).mean())
            for season in (48, found.dataset.season)
        }
        gains = ", ".join(f"{1.0 - mae / value:.1%} better than {value:.1f} of {s} steps" for s, value in naive.items())
        valid = found.run.scores("valid")["model"].mae
        print(f"seed {seed}: MAE {mae:.1f}, {gains}; valid MAE {valid:.1f}, {told(found)}", flush=True)


def told(found: Trained) -> str:
    """Say how a training went."""
    facts, best = found.bundle.facts, found.run.best
    loss = best.valid_loss if best is not None else float("nan")
    return f"valid loss {loss:.4f}, best epoch {facts.best_epoch} of {facts.epoch}, {found.cpu_s:.0f} CPU s"


def show(project: Project) -> None:
    """Print what is trained."""
    data, model, train = project.data, project.model, project.train
    print(
        f"window {data.window}, horizon {data.horizon}, {model.cell}-{model.hidden}, segment {model.segment}, "
        f"{model.channels} channels, {model.decoder}, normalisation {model.normalisation}, dropout {model.dropout:g}; "
        f"batch {train.batch}, rate {train.learning_rate:g} {train.schedule}, average {train.average:g}, {train.loss}",
        flush=True,
    )


def main() -> None:
    """Measure one of the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measures: dict[str, Callable[[argparse.Namespace], None]] = {"ett": ett, "airline": airline, "taxi": taxi}
    parser.add_argument("measure", choices=measures)
    parser.add_argument("file", type=Path)
    parser.add_argument("--horizon", type=int, default=96)
    parser.add_argument("--rows", default="8640,2880,2880", help="rows to train on, to validate and to test on")
    parser.add_argument("--seeds", type=int, default=None)
    parser.add_argument("--preset", default="accurate")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.FIELD=VALUE")
    options = parser.parse_args()
    options.seeds = options.seeds or {"ett": 3, "airline": 5, "taxi": 1}[options.measure]
    torch.set_num_threads(1)
    measures[options.measure](options)


if __name__ == "__main__":
    main()
