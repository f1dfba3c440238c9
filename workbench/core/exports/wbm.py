"""Our model file: a zip of strict JSON (``model.json``) and safetensors (``weights.safetensors``). No pickle.

A file from a stranger may be refused; it is never executed, never unpacked to disk, and never read past the
caps below.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors.numpy import save

from workbench.core.archive import ARCHIVE_ERRORS, archive, archived
from workbench.core.boundary import bare
from workbench.core.bundle import FORMAT, KIND, Bundle, Facts, Weights, weights_digest
from workbench.core.exports.export import AbstractExport, Package
from workbench.core.fields import from_file
from workbench.core.files import write_atomically
from workbench.core.formats import newer
from workbench.core.insight.size import Shapes, shapes_for
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.seen import all_seen
from workbench.core.strict import MOST_VALUES, strict_json, tensors

FACTS, WEIGHTS = "model.json", "weights.safetensors"
SEAL, SEALED_SINCE = "seal", 3
MOST_FACTS_BYTES = 8_000_000
"""Of a model that scales 10 000 series by themselves, each with two columns, the facts need a million."""

MOST_WEIGHTS_BYTES = 512_000_000
MOST_HEADER_BYTES = 100_000
"""safetensors' own description of the weights; ours needs about a hundred bytes each."""

MOST_REASON = 500

LONGEST_NAME = 1_000

REFUSALS = (*ARCHIVE_ERRORS, TypeError, AttributeError, struct.error)
"""What may come up on bytes that are not ours."""

BROKEN_MODEL = ProblemKind(
    "broken-model",
    "error",
    N_("{name} is not a model of Sequence Workbench that can be used: {reason}."),
    N_("Export the model again, or choose another file."),
)


class WbmExport(AbstractExport):
    """Write the model for this program."""

    key = "wbm"
    label = N_("Workbench model")
    purpose = N_("For this program: forecast other files with it, train it on, compare it.")
    ending = ".wbm"
    hint = N_("python -m workbench forecast {word} FILE --out forecast.csv uses it without a screen.")
    proof = "wbm"

    def write(self, path: Path, package: Package) -> None:
        """Write facts and weights."""
        bundle = package.bundle
        weights = {name: np.ascontiguousarray(value) for name, value in bundle.weights.items()}
        document = bundle.facts.model_copy(update={"format": FORMAT}).model_dump(mode="json")
        document[SEAL] = sealed(document, weights)
        facts = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode()
        write_atomically(path, archived({FACTS: facts, WEIGHTS: save(weights)}))


def sealed(document: Mapping[str, Any], weights: Weights) -> str:
    """Return a checksum of facts, without their seal, and weights: an array under another's name is another model."""
    text = json.dumps({name: value for name, value in document.items() if name != SEAL}, sort_keys=True)
    return hashlib.sha256(f"{text}\n{weights_digest(weights)}".encode()).hexdigest()


def read_model(path: Path) -> Bundle:
    """Read a model file, checking everything in it.

    Raises
    ------
    WorkbenchError
        ``broken-model`` with the reason, or ``newer-file``.
    """
    try:
        with archive(path, MOST_FACTS_BYTES + MOST_WEIGHTS_BYTES, frozenset((FACTS, WEIGHTS))) as found:
            document = strict_json(found.read(FACTS, MOST_FACTS_BYTES), MOST_VALUES)
            facts = _facts(path, document)
            shapes = _implied(facts)
            data = found.read(WEIGHTS, _most_weights_bytes(shapes))
        _texts, weights = tensors(data, shapes, MOST_HEADER_BYTES)
        if facts.format >= SEALED_SINCE and document.get(SEAL) != sealed(document, weights):
            raise ValueError("its checksum does not fit its content")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _broken(path, f"{where}: {first['msg']}") from None
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    except REFUSALS as error:
        raise _broken(path, str(error) or type(error).__name__) from None
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise _broken(path, "a weight is no finite 32-bit number")
    return Bundle(facts, weights)


def _facts(path: Path, document: Any) -> Facts:
    if not isinstance(document, dict):
        raise TypeError(f"{FACTS} holds no object")
    if type(document.get("format", FORMAT)) is not int:
        raise TypeError("its format is no number")
    refusal = newer(path.name, document, KIND, FORMAT)
    if refusal is not None:
        raise refusal
    facts: Facts = from_file(Facts, all_seen({name: value for name, value in document.items() if name != SEAL}))
    return facts


def _most_weights_bytes(shapes: Shapes) -> int:
    """Return what the weights of the described model need, so that a bomb unpacks to no more."""
    numbers = sum(math.prod(shape) for shape in shapes.values())
    return min(4 * numbers + MOST_HEADER_BYTES, MOST_WEIGHTS_BYTES)


def _implied(facts: Facts) -> Shapes:
    """Return the shapes of the weights that `facts` describe; ValueError if they contradict each other."""
    data, count = facts.project.data, len(facts.project.data.columns)
    if max(map(len, (*data.columns, *facts.series, *facts.versions)), default=0) > LONGEST_NAME:
        raise ValueError("a name is longer than names are")
    if not data.source.startswith("task:") and not bare(data.source):
        raise ValueError("its data are named by a path, not by a name")
    if not data.targets or len(facts.shift) != count or len(facts.scale) != count:
        raise ValueError("scaler and columns do not fit each other")
    if not len(facts.mase_scale) == len(facts.exponents) == len(data.targets) or not all(
        value > 0 for value in facts.scale
    ):
        raise ValueError("scaler and columns do not fit each other")
    each = data.scale_each and bool(data.series) and data.framing == "forecast"
    if bool(facts.series) != each or len(set(facts.series)) != len(facts.series):
        raise ValueError("series and settings do not fit each other")
    for rows in (facts.series_shift, facts.series_scale):
        if len(rows) != len(facts.series) or any(len(row) != count for row in rows):
            raise ValueError("the scales of the series do not fit the columns")
    if not all(value > 0 for row in facts.series_scale for value in row):
        raise ValueError("the scales of the series do not fit the columns")
    return shapes_for(facts.project.model, data)


def _broken(path: Path, reason: str) -> WorkbenchError:
    # A damaged archive may quote a kilobyte of itself.
    short = reason if len(reason) <= MOST_REASON else reason[:MOST_REASON] + " …"
    return WorkbenchError(BROKEN_MODEL, name=path.name, reason=short.rstrip("."))
