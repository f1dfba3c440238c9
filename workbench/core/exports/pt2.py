"""torch.export: the network as one fixed program, for torch alone and for C++, for windows of one length."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from workbench.core.bundle import Bundle
from workbench.core.exports.export import AbstractExport, Package
from workbench.core.exports.pytorch import PytorchExport
from workbench.core.files import write_atomically
from workbench.core.handover import settings_of
from workbench.core.netfacts import network_of
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.proof import failure
from workbench.core.rawwindows import drawn
from workbench.core.standing import PROGRAM_CODE

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


NO_PROGRAM = ProblemKind(
    "no-program",
    "error",
    N_("torch.export could not write this network: {reason}."),
    N_("Export to ONNX or PyTorch."),
)


class Pt2Export(AbstractExport):
    """Write the program that torch.export makes of the standalone model."""

    key = "pt2"
    label = N_("torch.export program")
    purpose = N_("For torch alone, without any code: one fixed program, for windows of the trained length only.")
    ending = ".pt2"
    hint = N_(
        'torch.export.load("{name}").module()(x=…)[0] forecasts, for windows of the trained length alone. The card '
        "beside it says which columns x holds, and whether it needs some of the steps ahead: (x=…, ahead=…)."
    )
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
        write_atomically(path, _program(package))


def written_out(bundle: Bundle) -> int:
    """Return how many steps of the cell are written out one by one."""
    model, data = bundle.project.model, bundle.project.data
    if network_of(bundle)["fused"]:
        return 0
    ahead = {"direct": 0, "parallel": 1, "recursive": data.horizon // model.segment}[model.decoder]
    return (data.window // model.segment * (1 + model.bidirectional) + ahead) * model.layers


def _program(package: Package) -> bytes:
    """Return the program, made in a fresh process: torch.export minds how a training has set torch up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights, windows = folder / "model.safetensors", folder / "windows.npz"
        settings, out = folder / "settings.json", folder / "program.pt2"
        PytorchExport().write(weights, package)
        np.savez(windows, **drawn(package.bundle, 3, package.bundle.project.data.window).arrays())  # type: ignore[arg-type]
        settings.write_text(json.dumps(settings_of(package.bundle), ensure_ascii=False), encoding="utf-8")
        reason = failure([str(path) for path in (weights, windows, settings, out)], folder, PROGRAM_CODE)
        if reason:
            raise WorkbenchError(NO_PROGRAM, reason=reason)
        return out.read_bytes()
