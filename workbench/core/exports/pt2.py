"""torch.export: the network as one fixed program, for torch alone and for C++, for windows of one length."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.bundle import Bundle
from workbench.core.exports.export import AbstractExport, Package
from workbench.core.files import write_atomically
from workbench.core.handover import settings_of
from workbench.core.netfacts import network_of, scaling_of
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.rawwindows import drawn

if TYPE_CHECKING:
    import torch

MOST_STEPS = 200
"""Steps of a cell that torch has no kernel for are written out one by one; so many take about a minute."""

TOO_MANY_STEPS = ProblemKind(
    "too-many-steps",
    "error",
    N_(
        "torch.export writes each of the {steps} steps of this cell out by itself, since torch has no kernel for it; "
        "beyond {most} that takes minutes and gives a file of many megabytes."
    ),
    N_("Export to ONNX or PyTorch, which loop; or read longer segments."),
)


class Pt2Export(AbstractExport):
    """Write the program that torch.export makes of the standalone model."""

    key = "pt2"
    label = N_("torch.export program")
    ending = ".pt2"
    hint = N_("torch.export.load(“{name}”).module()(x=…)[0] forecasts, for windows of the trained length alone.")
    proof = "pt2"
    dynamic = False

    def check(self, package: Package) -> None:
        """Refuse what would take minutes."""
        super().check(package)
        steps = written_out(package.bundle)
        if steps > MOST_STEPS:
            raise WorkbenchError(TOO_MANY_STEPS, steps=steps, most=MOST_STEPS)

    def write(self, path: Path, package: Package) -> None:
        """Write the program, with the settings beside its weights."""
        write_atomically(path, _program(package.bundle))


def written_out(bundle: Bundle) -> int:
    """Return how many steps of the cell are written out one by one."""
    model, data = bundle.project.model, bundle.project.data
    if network_of(bundle)["fused"]:
        return 0
    ahead = {"direct": 0, "parallel": 1, "recursive": data.horizon // model.segment}[model.decoder]
    return (data.window // model.segment * (1 + model.bidirectional) + ahead) * model.layers


def _program(bundle: Bundle) -> bytes:
    import torch

    from workbench.core.standalone.model import Forecaster

    settings = settings_of(bundle) | {"network": network_of(bundle), "scaling": scaling_of(bundle)}
    network = Forecaster(settings)
    network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in bundle.weights.items()})
    example = {
        name: torch.tensor(value) for name, value in drawn(bundle, 3, bundle.project.data.window).arrays().items()
    }
    batch = torch.export.Dim("batch")
    with torch.no_grad():
        made = torch.export.export(
            network.eval(), (), kwargs=example, dynamic_shapes={name: {0: batch} for name in example}
        )
    _forget_places(made)
    made.example_inputs = None  # torch would pickle them
    content = io.BytesIO()
    torch.export.save(made, content, extra_files={"settings.json": json.dumps(settings, ensure_ascii=False)})
    return content.getvalue()


def _forget_places(made: torch.export.ExportedProgram) -> None:
    """Take out where on this machine the code stood that each operation came from."""
    for node in made.graph.nodes:
        kept: dict[str, Any] = node.meta
        for name in ("stack_trace", "source_fn_stack", "from_node", "nn_module_stack"):
            kept.pop(name, None)
