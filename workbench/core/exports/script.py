"""A script that forecasts a CSV file: the model beside it, and nothing of this program."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from workbench.core.dataproblems import NO_FUTURE
from workbench.core.exports.export import AbstractExport, Package
from workbench.core.exports.onnx import OnnxExport
from workbench.core.exports.pytorch import FOREIGN_CODE, PytorchExport
from workbench.core.files import write_atomically
from workbench.core.problems import N_, WorkbenchError
from workbench.core.proof import Proof
from workbench.core.scriptproof import script_proven
from workbench.core.standing import MODEL_CODE, PREDICT_CODE


class ScriptExport(AbstractExport):
    """Write predict.py under the chosen name, and the ONNX model it runs beside it."""

    key = "script"
    label = N_("Script (onnxruntime)")
    purpose = N_("A CSV file in, its forecast as CSV out: python predict.py, with numpy and onnxruntime.")
    group = "script"
    ending = ".py"
    hint = N_(
        "With numpy and onnxruntime: python {word} DATA.csv --out forecast.csv. The model file beside it belongs to it."
    )
    proof = "onnx"
    packages: ClassVar[tuple[str, ...]] = ("onnx", "onnxruntime")
    model: ClassVar[AbstractExport] = OnnxExport()

    def check(self, package: Package) -> None:
        """Refuse a model that answers instead of forecasting."""
        super().check(package)
        if package.bundle.project.data.framing == "label":
            raise WorkbenchError(NO_FUTURE)

    def files(self, path: Path) -> tuple[Path, ...]:
        """Return the script, and the files of the model."""
        return (path, *self.model.files(path.with_suffix(self.model.ending)))

    def write(self, path: Path, package: Package) -> None:
        """Write the model, then the script."""
        if path.name == MODEL_CODE.name:
            raise WorkbenchError(FOREIGN_CODE, name=path.name)
        self.model.write(path.with_suffix(self.model.ending), package)
        write_atomically(path, PREDICT_CODE.read_bytes())

    def prove(self, path: Path, package: Package) -> Proof:
        """Prove the model, then run the script on files and compare what it writes."""
        proof = self.model.prove(path.with_suffix(self.model.ending), package)
        return script_proven(path, package.bundle, proof) if proof.passed else proof


class TorchScriptExport(ScriptExport):
    """Write predict.py under the chosen name, and the PyTorch model it runs beside it."""

    key = "script-torch"
    label = N_("Script (PyTorch)")
    purpose = N_("A CSV file in, its forecast as CSV out: python predict.py, with numpy and torch.")
    hint = N_("With numpy and torch: python {word} DATA.csv --out forecast.csv. The two files beside it belong to it.")
    proof = "torch"
    packages = ()
    model = PytorchExport()
