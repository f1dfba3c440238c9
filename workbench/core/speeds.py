"""Where a training runs and why, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.core.cells import CELLS
from workbench.core.events import Speed, Started
from workbench.core.problems import N_
from workbench.core.project import Project

NAMES = {"cuda": "GPU", "mps": "MPS"}


def _same(text: str) -> str:
    return text


def place_text(started: Started, translate: Callable[[str], str] = _same) -> str:
    """Return where a training runs, such as “CPU, 3 threads”."""
    return _place(started.device, started.threads, translate)


def reason(started: Started, translate: Callable[[str], str] = _same) -> str:
    """Return what was measured to choose it, such as “LSTM-32, batch 32: CPU 1.4 ms, GPU 2.1 ms a step”, or ""."""
    if not started.speeds:
        return ""
    several = sum(speed.device == "cpu" for speed in started.speeds) > 1
    parts = [_measured(speed, translate, several=several) for speed in started.speeds]
    return translate(N_("{network}: {times} a step")).format(network=_network(started.project), times=", ".join(parts))


def bytes_text(count: int) -> str:
    """Return a number of bytes, such as “412 MB”; "" for none."""
    if not count:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def fitting(parts: Sequence[str], fits: Callable[[str], bool], between: str = " · ") -> str:
    """Return as many of `parts`, the most important first, as `fits` lets stand in one line."""
    line = parts[0] if parts else ""
    for part in parts[1:]:
        longer = line + between + part
        if not fits(longer):
            break
        line = longer
    return line


def _network(project: Project) -> str:
    model = project.model
    layers = f"{model.layers} × " if model.layers > 1 else ""
    return f"{layers}{CELLS[model.cell].label}-{model.hidden}, batch {project.train.batch}"


def _place(device: str, threads: int, translate: Callable[[str], str]) -> str:
    kind = device.partition(":")[0]
    if kind != "cpu":
        return NAMES.get(kind, kind)
    words = translate(N_("CPU, 1 thread")) if threads == 1 else translate(N_("CPU, {count} threads"))
    return words.format(count=threads)


def _measured(speed: Speed, translate: Callable[[str], str], *, several: bool) -> str:
    named = _place(speed.device, speed.threads, translate) if several else NAMES.get(speed.device, "CPU")
    if speed.step_ms is None:
        return translate(N_("{place} lacks memory")).format(place=named)
    return f"{named} {speed.step_ms:.3g} ms"
