"""PyTorch: a plain state dict in safetensors, and readable code that needs torch and numpy alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from workbench.core.exports.export import AbstractExport, Package
from workbench.core.files import write_atomically
from workbench.core.handover import settings_of
from workbench.core.netfacts import network_of, scaling_of
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.standing import MODEL_CODE, beside

FOREIGN_CODE = ProblemKind(
    "foreign-code",
    "error",
    N_("There is another file called {name} in this folder, and the exported model needs one of its own."),
    N_("Export into an empty folder, or move that file away."),
)


class PytorchExport(AbstractExport):
    """Write the weights, and beside them the code that reads them, the same for every model."""

    key = "pytorch"
    label = N_("PyTorch model")
    purpose = N_("For Python: the weights as safetensors, and a readable model.py that needs torch and numpy alone.")
    ending = ".safetensors"
    hint = N_(
        'In Python, with torch: from model import load; load("{name}")(x)[0] forecasts raw rows x. The card beside it '
        "says which columns x holds, and whether it needs some of the steps ahead: (x, ahead)."
    )
    proof = "torch"

    def files(self, path: Path) -> tuple[Path, ...]:
        """Return the weights and the code."""
        return (path, path.with_name(MODEL_CODE.name))

    def write(self, path: Path, package: Package) -> None:
        """Write the weights with their settings, and model.py."""
        code = path.with_name(MODEL_CODE.name)
        if not beside(MODEL_CODE, code):
            raise WorkbenchError(FOREIGN_CODE, name=code.name)
        settings = settings_of(package.bundle)
        settings |= {"network": network_of(package.bundle), "scaling": scaling_of(package.bundle)}
        weights = {name: np.ascontiguousarray(value) for name, value in package.bundle.weights.items()}
        content = save(weights, metadata={"settings": json.dumps(settings, ensure_ascii=False)})
        write_atomically(path, content)
        write_atomically(code, MODEL_CODE.read_bytes())
