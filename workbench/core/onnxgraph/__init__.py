"""A trained model as an ONNX graph of standard operators: raw values in, original units out."""

from __future__ import annotations

from workbench.core.onnxgraph.assembling import OPSET, model_bytes

__all__ = ["OPSET", "model_bytes"]
