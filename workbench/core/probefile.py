"""What was seen inside a network after an epoch, as a file of its own beside the event log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.boundary import read_capped
from workbench.core.events import Probed, Trace, WeightFacts
from workbench.core.saved import packed, unpacked
from workbench.core.strict import sealed, unsealed

KIND = "sequence-workbench-probe"
MOST_BYTES = 300_000_000


def probe_name(epoch: int) -> str:
    """Return the name of the file of an epoch; names sort as epochs do."""
    return f"{epoch:07d}.safetensors"


def probe_bytes(event: Probed) -> bytes:
    """Return the file of `event`."""
    traces = [
        {
            "layer": trace.layer,
            "values": dict(trace.values),
            "before": dict(trace.before),
            "gradients": dict(trace.gradients),
            "flows": dict(trace.flows),
            "half_lives": trace.half_lives,
        }
        for trace in event.traces
    ]
    weights = [
        {
            "codes": dict(layer.codes),
            "scales": dict(layer.scales),
            "radius": dict(layer.radius),
            "updates": dict(layer.updates),
            "counts": dict(layer.counts),
            "edges": dict(layer.edges),
        }
        for layer in event.weights
    ]
    tree = {
        "epoch": event.epoch,
        "live": event.live,
        "start": int(event.start),
        "traces": traces,
        "forecast": event.forecast,
        "target": int(event.target),
        "low": event.low,
        "high": event.high,
        "weights": weights,
        "patterns": dict(event.patterns),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    return sealed({"kind": KIND, "format": 1, "probe": packed(tree, "probe", arrays)}, arrays)


def probe_of(data: bytes) -> Probed:
    """Read the file of a probe.

    Raises
    ------
    ValueError
        For anything that :func:`probe_bytes` did not make.
    """
    document, arrays = unsealed(data)
    try:
        if document["kind"] != KIND or document["format"] != 1:
            raise ValueError("it is no probe")
        tree = unpacked(document["probe"], arrays)
        traces = tuple(Trace(**trace) for trace in tree.pop("traces"))
        weights = tuple(WeightFacts(**layer) for layer in tree.pop("weights", []))
        return Probed(traces=traces, weights=weights, **tree)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from None


def probes_in(folder: Path, until: int) -> list[Probed]:
    """Read the probes of the epochs up to `until`, in order. They are pictures: what cannot be read is left out."""
    found = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            found.append(probe_of(read_capped(path, MOST_BYTES)))
        except (OSError, ValueError):
            continue
    return [event for event in found if event.epoch <= until]
