"""How a training is followed from a terminal: a live line, a line an epoch in a pipe, or JSON lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from workbench.cli.say import tell
from workbench.core.events import EpochEnded, Event, Progressed, Started, Warned
from workbench.core.speeds import bytes_text, fitting, place_text, reason

if TYPE_CHECKING:
    from rich.console import Console

    from workbench.core.run import Run

LEAST_BAR = 30
"""Columns of a terminal for the epoch and a bar that still says something."""


def shown(events: Iterable[Event], run: Run, *, json_lines: bool) -> Iterator[Event]:
    """Apply every event to `run`, show it, and pass it on."""
    if json_lines:
        yield from _as_json(events, run)
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console

        yield from live(events, run, Console(stderr=True))
    else:
        yield from plain(events, run)


def _as_json(events: Iterable[Event], run: Run) -> Iterator[Event]:
    from workbench.core.eventlog import event_json

    for event in events:
        run.apply(event)
        print(event_json(event), flush=True)
        yield event


def plain(events: Iterable[Event], run: Run) -> Iterator[Event]:
    """Print one line an epoch to standard error."""
    for event in events:
        run.apply(event)
        if isinstance(event, Started):
            print(_where(event), file=sys.stderr)
        elif isinstance(event, Warned):
            tell(event.problem)
        elif isinstance(event, EpochEnded):
            parts = [f"train {event.train_loss:.4f}", f"valid {event.valid_loss:.4f}{' (best)' * event.best}"]
            if run.progress is not None:
                parts += _facts(run.progress)
            print(f"epoch {event.epoch}/{_epochs(run)}: {', '.join(parts)}", file=sys.stderr, flush=True)
        yield event


def live(events: Iterable[Event], run: Run, console: Console) -> Iterator[Event]:
    """Keep one line of `console` up to date."""
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(None), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        task = progress.add_task("starting", total=run.project.train.epochs, facts="")
        for event in events:
            run.apply(event)
            if isinstance(event, Started):
                progress.console.print(_where(event), markup=False, highlight=False)
            elif isinstance(event, Warned):
                tell(event.problem)
            now = run.progress
            if now is not None and isinstance(event, Progressed | EpochEnded):
                progress.update(
                    task,
                    completed=now.epoch - 1 + now.batch / now.batches,
                    total=now.epochs,
                    description=f"epoch {now.epoch}/{now.epochs}",
                    facts=_line(run, now, console.width - LEAST_BAR),
                )
            yield event


def _line(run: Run, now: Progressed, room: int) -> str:
    best = [f"best {run.best.valid_loss:.4f} (epoch {run.best.epoch})"] if run.best else []
    facts = _facts(now)
    return fitting([f"loss {now.losses[-1]:.4f}", *facts[:2], *best, *facts[2:]], lambda line: len(line) <= room)


def _where(started: Started) -> str:
    why = reason(started)
    return place_text(started) + (f" ({why})" if why else "")


def _epochs(run: Run) -> int:
    return run.progress.epochs if run.progress is not None else run.project.train.epochs


def _facts(now: Progressed) -> list[str]:
    """Return what is worth knowing of a running training, the most important first."""
    minutes, seconds = divmod(int(now.left_s), 60)
    hours, minutes = divmod(minutes, 60)
    left = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    found = [f"{left} left", f"{now.windows_per_s:,.0f} windows/s", f"gradient {now.gradient_norm:.3g}"]
    found += [f"rate {now.learning_rate:.3g}", bytes_text(now.memory_bytes)]
    if now.device_bytes:
        found.append(f"GPU {bytes_text(now.device_bytes)}")
    return [part for part in found if part]
