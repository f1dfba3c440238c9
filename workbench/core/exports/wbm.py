"""Our model file: a zip of strict JSON (``model.json``) and safetensors (``weights.safetensors``). No pickle.

A file from a stranger may be refused; it is never executed, never unpacked to disk, and never read past the
caps below.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from workbench.core.bundle import Bundle, Facts
from workbench.core.exports.export import AbstractExport, Package
from workbench.core.files import write_atomically
from workbench.core.insight.size import Shapes, shapes_for
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.strict import strict_json

FACTS, WEIGHTS = "model.json", "weights.safetensors"
MOST_FACTS_BYTES = 8_000_000
"""Of a model that scales 10 000 series by themselves, each with two columns, the facts need a million."""

MOST_WEIGHTS_BYTES = 512_000_000
MOST_HEADER_BYTES = 100_000
"""safetensors' own description of the weights; ours needs about a hundred bytes each."""

MOST_REASON = 500

REFUSALS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    SafetensorError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    RecursionError,
)
"""What zipfile, json and safetensors raise on bytes that are not theirs."""

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
    ending = ".wbm"
    hint = N_("python -m workbench forecast {name} FILE --out forecast.csv uses it without a screen.")
    proof = "wbm"

    def write(self, path: Path, package: Package) -> None:
        """Write facts and weights."""
        bundle = package.bundle
        content = io.BytesIO()
        weights = {name: np.ascontiguousarray(value) for name, value in bundle.weights.items()}
        with zipfile.ZipFile(content, "w") as archive:
            # A fixed date: the same model gives the same bytes.
            for name, data in (
                (FACTS, bundle.facts.model_dump_json(indent=1).encode()),
                (WEIGHTS, save(weights)),
            ):
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        write_atomically(path, content.getvalue())


def read_model(path: Path) -> Bundle:
    """Read a model file, checking everything in it.

    Raises
    ------
    WorkbenchError
        ``broken-model`` with the reason.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            facts = Facts.model_validate(strict_json(_capped(archive, FACTS, MOST_FACTS_BYTES)))
            shapes = _implied(facts)
            weights = load(_capped(archive, WEIGHTS, _most_weights_bytes(shapes)))
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _broken(path, f"{where}: {first['msg']}") from None
    except REFUSALS as error:
        raise _broken(path, str(error)) from None
    if {name: value.shape for name, value in weights.items()} != shapes:
        raise _broken(path, "the weights are not those of the model it describes")
    if not all(value.dtype == np.float32 and np.isfinite(value).all() for value in weights.values()):
        raise _broken(path, "a weight is no finite 32-bit number")
    return Bundle(facts, weights)


def _check_members(archive: zipfile.ZipFile) -> None:
    if sorted(entry.filename for entry in archive.infolist()) != sorted((FACTS, WEIGHTS)):
        raise ValueError(f"it should hold {FACTS} and {WEIGHTS} and nothing else")


def _most_weights_bytes(shapes: Shapes) -> int:
    """Return what the weights of the described model need, so that a bomb unpacks to no more."""
    numbers = sum(math.prod(shape) for shape in shapes.values())
    return min(4 * numbers + MOST_HEADER_BYTES, MOST_WEIGHTS_BYTES)


def _capped(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read a member, trusting no declared size."""
    with archive.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} is larger than {most} bytes")
    return data


def _implied(facts: Facts) -> Shapes:
    """Return the shapes of the weights that `facts` describe; ValueError if they contradict each other."""
    data, count = facts.project.data, len(facts.project.data.columns)
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
