"""How fast do Darts and NeuralForecast train the same network on the same windows?

Each series (airline, sunspots by month, taxi) is trained by this program, by Darts' BlockRNNModel and RNNModel and by
NeuralForecast's LSTM and GRU: one layer of the same cell with the same units, window, horizon, batch, optimiser, rate,
clipping and epochs, one thread, float32, validated after each epoch. They take turns, several times; the median of each
counts. What is timed is a whole ``fit`` of a fresh model: imports and reading the data are left out, and so are our
scores at the end, which the others do not compute.

What differs, as these libraries do not offer the same: RNNModel forecasts one step and reads its own forecasts, and is
held to the same number of windows; NeuralForecast draws its windows at random, and gets as many steps as the others,
with a decoder of one layer.

The two libraries are no dependency of this program. They are installed into an environment of their own, below the
system's temporary folder, the first time (a few minutes, 2 GB); the versions are printed.
Goal: at least 3 times faster on the small series, never slower.
Run: python tests/benchmarks/libraries.py [--series airline] [--cells LSTM] [--repeats 3] [--environment FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Clock = Callable[[], float]
PACKAGES = ("darts", "neuralforecast")
MOST_SLOWER, LEAST_FASTER = 1.0, 3.0
SMALL = ("airline", "sunspots")


@dataclass(frozen=True)
class Job:
    """One training that all can do: T, Q, H, B and how often."""

    series: str
    cell: str
    window: int
    horizon: int
    hidden: int
    batch: int
    epochs: int
    rate: float = 3e-3


JOBS = {
    "airline": Job("airline", "LSTM", 24, 12, 32, 16, 20),
    "sunspots": Job("sunspots", "LSTM", 48, 12, 32, 32, 4),
    "taxi": Job("taxi", "LSTM", 96, 48, 48, 64, 1),
}
TRAIN, VALID = 0.7, 0.15


# -- the worker: runs in the environment of the libraries, and imports nothing of this program ----------------


def worker(library: str, clock: Clock) -> None:
    """Answer each line on standard input, a Job with its values, with the seconds it took."""
    import logging
    import warnings

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import numpy as np
    import torch

    torch.set_num_threads(1)
    fit = {"darts": _darts, "darts-rnn": _darts_rnn, "neuralforecast": _neuralforecast}[library]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the libraries print
    for line in sys.stdin:
        document = json.loads(line)
        if document.get("ask") == "airline":
            from neuralforecast.utils import AirPassengersDF

            found: Any = AirPassengersDF["y"].tolist()
        else:
            values = np.asarray(document.pop("values"), dtype=np.float32)
            fitted = fit(Job(**document), values)
            began = clock()
            fitted()
            found = clock() - began
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _parts(job: Job, values: Any) -> tuple[Any, Any]:
    """Return the rows of training, and those of validation with the window before them."""
    train, valid = round(len(values) * TRAIN), round(len(values) * (TRAIN + VALID))
    mean, deviation = values[:train].mean(), values[:train].std()
    scaled = (values - mean) / deviation
    return scaled[:train], scaled[train - job.window : valid]


TRAINER = {
    "accelerator": "cpu", "enable_progress_bar": False, "logger": False, "enable_checkpointing": False,
    "enable_model_summary": False, "gradient_clip_val": 1.0, "num_sanity_val_steps": 0,
}  # fmt: skip


def _darts(job: Job, values: Any) -> Any:
    from darts import TimeSeries
    from darts.models import BlockRNNModel
    from torch import nn

    train, valid = (TimeSeries.from_values(part) for part in _parts(job, values))
    model = BlockRNNModel(
        job.window, job.horizon, model=job.cell, hidden_dim=job.hidden, n_rnn_layers=1, batch_size=job.batch,
        n_epochs=job.epochs, optimizer_kwargs={"lr": job.rate}, loss_fn=nn.L1Loss(), random_state=0,
        pl_trainer_kwargs=TRAINER,
    )  # fmt: skip
    return lambda: model.fit(train, val_series=valid)


def _darts_rnn(job: Job, values: Any) -> Any:
    from darts import TimeSeries
    from darts.models import RNNModel
    from torch import nn

    train, valid = (TimeSeries.from_values(part) for part in _parts(job, values))
    model = RNNModel(
        job.window, model=job.cell, hidden_dim=job.hidden, n_rnn_layers=1, batch_size=job.batch,
        training_length=job.window + job.horizon - 1, n_epochs=job.epochs, optimizer_kwargs={"lr": job.rate},
        loss_fn=nn.L1Loss(), random_state=0, pl_trainer_kwargs=TRAINER,
    )  # fmt: skip
    return lambda: model.fit(train, val_series=valid)


def _neuralforecast(job: Job, values: Any) -> Any:
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import GRU, LSTM

    train, valid = _parts(job, values)
    rows = [*train, *valid[job.window :]]
    frame = pd.DataFrame({"unique_id": "y", "ds": range(len(rows)), "y": rows})
    batches = -(-(len(train) - job.window - job.horizon + 1) // job.batch)
    model = {"LSTM": LSTM, "GRU": GRU}[job.cell](
        h=job.horizon, input_size=job.window, encoder_n_layers=1, encoder_hidden_size=job.hidden, decoder_layers=1,
        decoder_hidden_size=job.hidden, max_steps=job.epochs * batches, val_check_steps=batches,
        windows_batch_size=job.batch, learning_rate=job.rate, scaler_type="identity", random_seed=0, **TRAINER,
    )  # fmt: skip
    return lambda: NeuralForecast([model], freq=1).fit(frame, val_size=len(valid) - job.window)


# -- this program ---------------------------------------------------------------------------------------------


def ours(job: Job, values: list[float], clock: Clock) -> float:
    """Return the seconds of the same training with this program, up to the last epoch's end."""
    import numpy as np

    from workbench.core.dataset import prepare
    from workbench.core.events import EpochEnded
    from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
    from workbench.core.steering import Steering
    from workbench.core.supervision import supervised
    from workbench.core.table import Column, Table

    project = Project(
        data=DataSpec(
            targets=("y",), window=job.window, horizon=job.horizon, train_share=TRAIN, valid_share=VALID, gaps="cut"
        ),
        model=ModelSpec(cell=job.cell.lower(), hidden=job.hidden, normalisation="none"),
        train=TrainSpec(
            epochs=job.epochs, batch=job.batch, learning_rate=job.rate, patience=100_000, device="cpu", threads="1"
        ),
    )
    table = Table("series", (Column("y", "number", np.asarray(values), 0),), None, (), "0" * 64)
    dataset = prepare(table, project.data)
    began = clock()
    stream = supervised(project, dataset, Steering(project.train))
    for event in stream:
        if isinstance(event, EpochEnded) and event.epoch == job.epochs:
            taken = clock() - began
    return taken


# -- taking turns ---------------------------------------------------------------------------------------------


def installed(folder: Path) -> Path:
    """Return the Python of the environment in `folder`, which is made if it is not there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    probe = [str(python), "-c", "import darts, neuralforecast"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return python
    import torch

    print(f"installing {' and '.join(PACKAGES)} into {folder}: a few minutes", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "-q"]
    # The same torch, without CUDA where the index of CPU builds is known to pip.
    subprocess.run([*install, f"torch=={torch.__version__.partition('+')[0]}", *PACKAGES], check=True)
    return python


class Library:
    """One library in a process of its own, which imports it once."""

    def __init__(self, python: Path, name: str, *flags: str) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": ""}
        self._process = subprocess.Popen(
            [str(python), __file__, "--worker", name, *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE if name else None, text=True,
            env=environment, cwd=tempfile.gettempdir(),
        )  # fmt: skip

    def ask(self, document: dict[str, Any]) -> Any:
        """Send one line and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            sys.exit(f"the library failed:\n{self._process.stderr.read()[-3000:]}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def values_of(series: str, library: Library) -> list[float]:
    """Return the numbers of a series; the airline's are those NeuralForecast brings."""
    if series == "airline":
        found: list[float] = library.ask({"ask": "airline"})
        return found
    from workbench.core.assets import resource
    from workbench.core.sources import read

    name, column = {"sunspots": ("sunspots_monthly.csv", -1), "taxi": ("nyc_taxi_half_hourly.csv", -1)}[series]
    table = read(resource(f"samples/{name}"))
    return [float(value) for value in table[table.numeric[column]].values]


def compared(
    job: Job, values: list[float], libraries: dict[str, Library], repeats: int, clock: Clock
) -> Iterator[tuple[str, float]]:
    """Yield the median seconds of each, after a first round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in ("ours", *libraries)}
    for _ in range(repeats + 1):
        taken["ours"].append(ours(job, values, clock))
        for name, library in libraries.items():
            taken[name].append(library.ask({**asdict(job), "values": values}))
    for name, seconds in taken.items():
        yield name, statistics.median(seconds[1:])


def main() -> int:
    """Print the seconds and ratios; return 0 if the goal is met."""
    parser = argparse.ArgumentParser(description="Train the same network with Darts and NeuralForecast.")
    parser.add_argument("--series", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--cells", nargs="+", choices=("LSTM", "GRU"), default=["LSTM", "GRU"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "workbench-libraries")
    parser.add_argument("--cpu-time", action="store_true", help="count CPU time instead, for a busy machine")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    if options.worker:
        worker(options.worker, clock)
        return 0
    sys.path.insert(0, str(ROOT))
    from workbench.core.devices import use_few_threads

    use_few_threads()
    python = installed(options.environment)
    code = f"from importlib.metadata import version; print(*(n + ' ' + version(n) for n in {('torch', *PACKAGES)}))"
    print(subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip())
    flags = ["--cpu-time"] if options.cpu_time else []
    libraries = {name: Library(python, name, *flags) for name in ("darts", "darts-rnn", "neuralforecast")}
    met = True
    for series in options.series:
        values = values_of(series, libraries["neuralforecast"])
        for cell in options.cells:
            job = Job(**{**asdict(JOBS[series]), "cell": cell})
            found = dict(compared(job, values, libraries, options.repeats, clock))
            own = found["ours"]
            others = "  ".join(f"{name} {found[name]:.2f} s ({found[name] / own:.1f} x)" for name in libraries)
            print(
                f"{series:<9} {cell:<5} {len(values)} rows, {job.epochs} epochs: ours {own:.2f} s  {others}", flush=True
            )
            least = min(found[name] / found["ours"] for name in libraries)
            met &= least >= (LEAST_FASTER if series in SMALL else MOST_SLOWER)
    for library in libraries.values():
        library.close()
    print("goal met" if met else "goal missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
