"""ONNX: runs wherever onnxruntime does, from a phone to a database, without Python or this program."""

from __future__ import annotations

import json
from pathlib import Path

from workbench.core.exports.export import AbstractExport, Package
from workbench.core.files import write_atomically
from workbench.core.handover import about, settings_of
from workbench.core.onnxgraph import OPSET, model_bytes
from workbench.core.problems import N_


class OnnxExport(AbstractExport):
    """Write the model with everything around it, from raw values to original units."""

    key = "onnx"
    label = N_("ONNX model")
    purpose = N_("For other programs and languages: raw values in, original units out, with onnxruntime alone.")
    ending = ".onnx"
    hint = N_(
        "onnxruntime runs it in any language. Its metadata and the card beside it say which columns and rows it takes."
    )
    proof = "onnx"
    packages = ("onnx", "onnxruntime")

    def write(self, path: Path, package: Package) -> None:
        """Write the graph, with what it takes and gives as metadata."""
        settings = settings_of(package.bundle)
        facts = {name: settings[name] for name in ("workbench", "fingerprint", "columns", "window", "rows", "horizon")}
        facts |= {"step": settings["step"] or "", "opset": str(OPSET), "about": about(package.bundle)}
        facts["settings"] = json.dumps(settings, ensure_ascii=False)
        write_atomically(path, model_bytes(package.bundle, facts))
