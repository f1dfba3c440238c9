"""Put the graph together and say beside it what it needs and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.core.bundle import Bundle
from workbench.core.onnxgraph.graph import Graph
from workbench.core.onnxgraph.meaning import edges, pointed
from workbench.core.onnxgraph.network import Network
from workbench.core.onnxgraph.units import Raw, original, scaled

OPSET, IR = 17, 8
"""Version of ONNX's operators, and of its file: the oldest that has all that is used here, for the most readers."""

OUTPUTS = ("forecast", "low", "high")


def model_bytes(bundle: Bundle, facts: Mapping[str, Any]) -> bytes:
    """Return the ONNX model of `bundle`, with `facts` as its metadata.

    Inputs are ``x`` (batch, rows, features) float64, the lag of a difference and the window; ``ahead`` (batch, horizon,
    known) float64 and ``series`` (batch,) int64 where the model reads them. Outputs are ``forecast``, and ``low`` and
    ``high`` where there is a band, (batch, horizon, targets) float64 in original units.

    Raises
    ------
    ModuleNotFoundError
        If onnx is not installed.
    """
    from onnx import checker, helper

    graph, data, model = Graph(), bundle.project.data, bundle.project.model
    features = len(data.features) - (len(data.targets) if data.framing == "label" else 0)
    raw = Raw(graph.input("x", (None, None, features), "float64"), None, None)
    inputs = [graph.info("x", ("batch", "rows", features), "float64")]
    if model.known_ahead and data.ahead:
        known = len(data.ahead)
        inputs.append(graph.info("ahead", ("batch", data.horizon, known), "float64"))
        raw = Raw(raw.x, graph.input("ahead", (None, data.horizon, known), "float64"), None)
    if bundle.fit.each is not None:
        inputs.append(graph.info("series", ("batch",), "int64"))
        raw = Raw(raw.x, raw.ahead, graph.input("series", (None,), "int64"))
    x, ahead = scaled(graph, bundle, raw)
    parameters = Network(graph, model, data, bundle.weights).forecast(x, ahead)
    low, high = edges(model, parameters)
    found = original(graph, bundle, raw, (pointed(model, parameters), low, high))
    shape = ("batch", data.horizon, len(data.targets))
    outputs = [graph.info(name, shape, "float64") for name, _value in zip(OUTPUTS, found, strict=False)]
    for name, value in zip(OUTPUTS, found, strict=False):
        graph.output(value, name)
    made = helper.make_model(
        helper.make_graph(graph.nodes, "forecaster", inputs, outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="Sequence Workbench",
        producer_version=str(facts.get("workbench", "")),
        doc_string=str(facts.get("about", "")),
    )
    helper.set_model_props(
        made, {key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()}
    )
    checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content
