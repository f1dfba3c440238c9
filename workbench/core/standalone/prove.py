"""Load an exported model in a process of its own and write down what it forecasts.

    python -I prove.py onnx|torch|pt2 MODEL WINDOWS.npz FORECASTS.npz
    python -I prove.py wbm MODEL WINDOWS.npz FORECASTS.npz FOLDER
    python -I prove.py script PREDICT.py ARGUMENTS ...

Nothing of the program that wrote the model can be imported here, except to read a .wbm, which needs the program in
FOLDER.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

BATCHES = (64, 7, 1)
MOST_S = 60.0
"""Seconds spent on the windows at one batch size; the number that was reached is written down."""

FOREIGN = {"workbench", "polars", "pydantic", "PySide6", "pyqtgraph", "rich", "fastexcel", "pandas"}
ALONE = {
    "onnx": {"torch", "safetensors", "onnx"},
    "torch": {"onnx", "onnxruntime", "safetensors"},
    "pt2": {"onnx", "onnxruntime"},
}
"""What else each kind of file must do without."""

Arrays = dict[str, np.ndarray]
Forecast = Callable[[Arrays], Sequence[np.ndarray]]


def refuse(names: set[str]) -> None:
    """Let modules that a stranger may not have be missing here as well."""
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]


def by_onnx(path: Path) -> tuple[str, Forecast]:
    """Load an ONNX model with onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return f"onnxruntime {version('onnxruntime')}", lambda given: session.run(None, given)


def by_torch(path: Path) -> tuple[str, Forecast]:
    """Load a state dict with the model.py beside it."""
    import torch

    torch.set_num_threads(1)
    found = importlib.util.spec_from_file_location("exported_model", path.with_name("model.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["exported_model"] = module
    found.loader.exec_module(module)
    network = module.load(path)

    def forecast(given: Arrays) -> list[np.ndarray]:
        with torch.inference_mode():
            return [part.numpy() for part in network(**{name: torch.tensor(value) for name, value in given.items()})]

    return f"torch {version('torch')}", forecast


def by_export(path: Path) -> tuple[str, Forecast]:
    """Load a .pt2 with torch alone."""
    import torch

    torch.set_num_threads(1)
    network = torch.export.load(path).module()

    def forecast(given: Arrays) -> list[np.ndarray]:
        with torch.inference_mode():
            return [part.numpy() for part in network(**{name: torch.tensor(value) for name, value in given.items()})]

    return f"torch {version('torch')}", forecast


def by_workbench(path: Path) -> tuple[str, Forecast]:
    """Load a .wbm with the program."""
    from workbench import __version__
    from workbench.core.exports.wbm import read_model
    from workbench.core.forecasting import restored
    from workbench.core.rawwindows import RawWindows, program_forecast

    bundle = read_model(path)
    network = restored(bundle)

    def forecast(given: Arrays) -> list[np.ndarray]:
        return [part for part in program_forecast(bundle, RawWindows(**given), network) if part is not None]

    return f"Sequence Workbench {__version__}", forecast


READERS = {"onnx": by_onnx, "torch": by_torch, "pt2": by_export, "wbm": by_workbench}


def forecasts(forecast: Forecast, given: Arrays, batch: int) -> list[np.ndarray]:
    """Forecast the windows `batch` at a time, as far as the time goes."""
    pieces, began = [], time.monotonic()
    for first in range(0, len(given["x"]), batch):
        if first and time.monotonic() - began > MOST_S:
            break
        pieces.append(forecast({name: value[first : first + batch] for name, value in given.items()}))
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    kind, path = arguments[0], Path(arguments[1])
    sys.dont_write_bytecode = True  # nothing is left beside the model
    if kind == "script":
        runtime = "onnx" if path.with_suffix(".onnx").exists() else "torch"
        refuse(FOREIGN | ALONE[runtime])
        sys.argv = arguments[1:]
        runpy.run_path(str(path), run_name="__main__")
        return
    if kind == "wbm":
        sys.path.insert(0, arguments[4])
    else:
        refuse(FOREIGN | ALONE[kind])
    reader, forecast = READERS[kind](path)
    with np.load(arguments[2], allow_pickle=False) as archive:
        given = {name: archive[name] for name in archive.files}
    found: Arrays = {"reader": np.array(reader)}
    for length in sorted({name.split("/")[0] for name in given}):
        own = {name.split("/")[1]: value for name, value in given.items() if name.split("/")[0] == length}
        for batch in BATCHES:
            for place, part in enumerate(forecasts(forecast, own, batch)):
                found[f"{length}/{batch}/{place}"] = part
    np.savez(arguments[3], **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1:])
