"""The proof of an export: a fresh process loads the file and gives the forecasts that the program gives."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.fields import Spec
from workbench.core.rawwindows import RawWindows, drawn, program_forecast, whole_windows, windows_of

TOLERANCE = 1e-5
WINDOWS, OTHER_WINDOWS = 1000, 64
"""Windows of the model's own length, and of another length."""

MOST_VALUES = 20_000_000
"""Of very long windows, fewer are compared: so many values take about half a gigabyte."""

LONGEST_S = 900
SCRIPT = Path(__file__).resolve().parent / "standalone" / "prove.py"
PACKAGE = Path(__file__).resolve().parents[2]

Values = NDArray[np.float64]


class Proof(Spec):
    """What came of it.

    Attributes
    ----------
    reader
        What loaded the file, with its version.
    windows
        Windows compared at each batch size.
    lengths
        Window lengths compared.
    difference
        The largest difference, as a share of the value's distance from the level of what was read, or of the spread of
        what was read where that is more; None if nothing could be compared.
    reason
        What differs, or why there is no comparison; empty if it passed.
    scripts
        Files of which a script wrote the same forecast as the program.
    """

    passed: bool
    reader: str = ""
    windows: dict[str, int] = Field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    difference: float | None = None
    tolerance: float = TOLERANCE
    reason: str = ""
    scripts: int = 0


def proven(
    kind: str, path: Path, bundle: Bundle, dataset: Dataset | None, *, dynamic: bool = True, windows: int = WINDOWS
) -> Proof:
    """Let a fresh process load `path`, and compare its forecasts with the program's.

    Parameters
    ----------
    kind
        How the file is loaded, one of those of :mod:`workbench.core.standalone.prove`.
    dataset
        Its windows are compared, and drawn ones where it has too few.
    dynamic
        Whether the file takes windows of other lengths.
    """
    segment, window = bundle.project.model.segment, bundle.project.data.window
    asked = {window: windows_for(bundle, dataset, windows)}
    if dynamic:
        longer = window + segment * max(1, window // segment // 2)
        asked[longer] = drawn(bundle, min(windows, OTHER_WINDOWS), longer, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder) / "windows.npz", Path(folder) / "forecasts.npz"
        named = {f"{length}/{name}": value for length, raw in asked.items() for name, value in raw.arrays().items()}
        np.savez(given, **named)  # type: ignore[arg-type]
        reason = failure([kind, str(path.resolve()), str(given), str(told), str(PACKAGE)], Path(folder))
        if reason:
            return Proof(passed=False, reason=reason)
        try:
            with np.load(told, allow_pickle=False) as archive:
                found = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            return Proof(passed=False, reason=f"the fresh process wrote nothing that can be read ({error})")
    return _compared(bundle, asked, found)


def windows_for(bundle: Bundle, dataset: Dataset | None, count: int) -> RawWindows:
    """Return windows to compare: real ones, evenly spread, and drawn ones where there are too few."""
    data = bundle.project.data
    rows = (data.window + bundle.fit.transform.lag) * len(data.features)
    count = max(1, min(count, MOST_VALUES // max(rows, 1)))
    real = np.zeros(0, dtype=np.int64)
    if dataset is not None and dataset.spec.model_copy(update={"source": data.source}) == data:
        real = whole_windows(bundle, dataset)
    if len(real) > count:
        real = real[np.linspace(0, len(real) - 1, count).astype(np.int64)]
    more = drawn(bundle, count - len(real), data.window)
    if not len(real):
        return more
    assert dataset is not None
    own = windows_of(bundle, dataset, real)
    both = {name: np.concatenate([value, more.arrays()[name]]) for name, value in own.arrays().items()}
    return RawWindows(**both)


def run_fresh(arguments: Sequence[str], folder: Path, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    """Run a script, by default :mod:`workbench.core.standalone.prove`, in a process that sees nothing of this one.

    Raises
    ------
    OSError, subprocess.TimeoutExpired
        If it cannot be started, or does not end.
    """
    return subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-I", "-X", "utf8", str(script), *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # single windows are too small to share
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=LONGEST_S,
        check=False,
    )


def failure(arguments: Sequence[str], folder: Path, script: Path = SCRIPT) -> str:
    """Return why the fresh process failed, "" if it did not."""
    try:
        done = run_fresh(arguments, folder, script)
    except subprocess.TimeoutExpired:
        return f"the fresh process did not end within {LONGEST_S} seconds"
    except OSError as error:
        return f"no fresh process could be started ({error.strerror or error})"
    if done.returncode == 0:
        return ""
    last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or [f"exit code {done.returncode}"]
    return f"the fresh process could not use the file ({last[0][:300].strip()})"


def _compared(bundle: Bundle, asked: dict[int, RawWindows], found: dict[str, NDArray[np.generic]]) -> Proof:
    worst, reason, windows = 0.0, "", {}
    for length, raw in asked.items():
        edges = [edge for edge in program_forecast(bundle, raw) if edge is not None]
        size = sizes(bundle, raw, edges[0])
        for batch in (1, 7, 64):
            for place, (edge, name) in enumerate(zip(edges, ("forecast", "low", "high"), strict=False)):
                part = found.get(f"{length}/{batch}/{place}")
                where = f"{name} at batch {batch} and window {length}"
                if part is None or part.shape[1:] != edge.shape[1:] or len(part) < min(len(edge), batch):
                    return Proof(passed=False, reason=f"{where}: the shape is not that of the program's")
                if length == bundle.project.data.window:
                    windows[str(batch)] = len(part)
                differ, text = difference(np.asarray(part, np.float64), edge[: len(part)], size[: len(part)])
                if not differ <= worst:
                    worst, reason = differ, f"{where}: {text}"
    passed = worst <= TOLERANCE
    return Proof(
        passed=passed,
        reader=str(found["reader"]),
        windows=windows,
        lengths=tuple(asked),
        difference=float(worst) if np.isfinite(worst) else None,
        reason="" if passed else reason,
    )


def difference(found: Values, wanted: Values, size: Values) -> tuple[float, str]:
    """Return the largest relative difference of forecasts (N, Q, C), and which; infinite where one is no number."""
    with np.errstate(invalid="ignore"):
        share = np.where(found == wanted, 0.0, np.abs(found - wanted) / size)
    share = np.where(np.isnan(share), np.where(np.isnan(found) & np.isnan(wanted), 0.0, np.inf), share)
    n, q, c = np.unravel_index(int(share.argmax()), share.shape)
    text = f"window {n + 1}, step {q + 1}, target {c + 1}: {found[n, q, c]:.9g} instead of {wanted[n, q, c]:.9g}"
    return float(share[n, q, c]), text


def sizes(bundle: Bundle, raw: RawWindows, forecast: Values) -> Values:
    """Return by what differences of forecasts (N, Q, C) are divided.

    The value's distance from the level of what was read, and at least the spread of what was read: a share of the value
    itself would be nothing near zero, and everything on a high level. Series of their own scale have their own.
    """
    targets = len(bundle.project.data.targets)
    answers = bundle.project.data.framing == "label"  # what was read holds no targets
    own = forecast if answers else raw.x[..., :targets]
    groups = np.zeros(len(own), np.int64) if raw.series is None else raw.series
    size = np.empty_like(forecast)
    for group in np.unique(groups):
        rows = groups == group
        level, spread = np.nanmean(own[rows], axis=(0, 1)), np.nanstd(own[rows], axis=(0, 1))
        spread = np.where(spread > 0, spread, np.maximum(np.abs(level), 1.0))
        size[rows] = np.maximum(np.abs(forecast[rows] - level), spread)
    return size
