"""What Gates and States are compared with: another epoch, run or window, or the network without surgery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from workbench.app.session import Session
from workbench.app.surgery import Shown
from workbench.core.events import Probed, Trace
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.views.keptlooks import kept_looks

MOST_EPOCHS = 12
"""Epochs in the list, evenly taken of those that are recorded."""


@dataclass(frozen=True, slots=True)
class Other:
    """What values are compared with.

    Attributes
    ----------
    kind
        ``window`` shows a kept window itself, ``minus`` what the one at the cursor has more, step by step.
    number
        Of the epoch or the run; row at which the window starts.
    time
        When the window starts.
    """

    kind: Literal["nothing", "epoch", "run", "ghost", "window", "minus"] = "nothing"
    number: int = 0
    time: str = ""

    def words(self) -> str:
        """Return what a chooser says."""
        if self.kind in ("window", "minus"):
            words = _("window of {time}") if self.kind == "window" else _("minus window of {time}")
            return words.format(time=self.time)
        if self.kind == "nothing":
            return _("values")
        if self.kind == "ghost":
            return _("minus before surgery")
        template = _("minus epoch {number}") if self.kind == "epoch" else _("minus run {number}")
        return template.format(number=count(self.number))


def others(session: Session, shown: Shown) -> list[Other]:
    """Return what the shown look can be compared with."""
    epochs = sorted(shown.run.probes)
    picked = sorted({epochs[int(place)] for place in np.linspace(0, len(epochs) - 1, min(len(epochs), MOST_EPOCHS))})
    found = [Other(), *(Other("epoch", epoch) for epoch in picked)]
    found += [Other("run", run.number) for run in session.runs if run is not shown.run and run.probe() is not None]
    kept = kept_looks(session, shown.probe.start)
    found += [Other("window", one.look.start, one.words) for one in kept]
    found += [Other("minus", one.look.start, one.words) for one in kept]
    return [*found, Other("ghost")] if shown.ghost is not None else found


def probe_of(session: Session, shown: Shown, other: Other) -> Probed | None:
    """Return the look that `other` names, if it is one at the same window or another one was asked for."""
    if other.kind in ("window", "minus"):
        return session.windows.looks.get(other.number)
    if other.kind == "ghost":
        found = shown.ghost
    elif other.kind == "epoch":
        found = shown.run.probe(other.number)
    else:
        found = next((run.probe() for run in session.runs if run.number == other.number), None)
    return found if found is not None and found.start == shown.probe.start else None


def compared(probe: Probed, other: Probed | None) -> Probed | None:
    """Return a look whose signals are what is added to those of `other`; None if they cannot be compared."""
    traces = [difference(trace, other) for trace in probe.traces]
    whole = tuple(trace for trace in traces if trace is not None)
    return replace(probe, traces=whole) if len(whole) == len(traces) else None


def difference(trace: Trace, other: Probed | None) -> Trace | None:
    """Return a trace of what is added to `other`; None if there is nothing of the same shape to compare with."""
    if other is None or trace.layer >= len(other.traces):
        return None
    theirs = other.traces[trace.layer].values
    if any(key not in theirs or theirs[key].shape != value.shape for key, value in trace.values.items()):
        return None
    values = {key: np.asarray(value, np.float32) - np.asarray(theirs[key]) for key, value in trace.values.items()}
    return Trace(trace.layer, values)
