"""Make a torch.export program of an exported PyTorch model, in a process whose torch nobody has touched.

    python -I program.py MODEL.safetensors EXAMPLE.npz SETTINGS.json PROGRAM.pt2

It takes windows of the example's length, as many at a time as one likes.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch


def main(arguments: list[str]) -> None:
    """Write the program."""
    sys.dont_write_bytecode = True
    weights, windows, settings, out = (Path(argument) for argument in arguments)
    found = importlib.util.spec_from_file_location("exported_model", weights.with_name("model.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    with np.load(windows, allow_pickle=False) as archive:
        example = {name: torch.tensor(archive[name]) for name in archive.files}
    batch = torch.export.Dim("batch")
    with torch.no_grad():
        network = module.load(weights)
        made = torch.export.export(network, (), kwargs=example, dynamic_shapes={name: {0: batch} for name in example})
    for node in made.graph.nodes:  # where on this machine the code stood that each operation came from
        kept: dict[str, Any] = node.meta
        for name in ("stack_trace", "source_fn_stack", "from_node", "nn_module_stack"):
            kept.pop(name, None)
    made.example_inputs = None  # torch would pickle them
    torch.export.save(made, out, extra_files={"settings.json": settings.read_text(encoding="utf-8")})


if __name__ == "__main__":
    main(sys.argv[1:])
