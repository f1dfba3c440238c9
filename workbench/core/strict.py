"""Files that may come from a stranger: strict JSON, and arrays with a checked description. Nothing is executed."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

Arrays = Mapping[str, NDArray[np.generic]]
Shapes = Mapping[str, tuple[int, ...]]

MOST_HEADER_BYTES = 4_000_000
MOST_ARRAYS = 20_000
MOST_VALUES = 200_000
"""Values in a document: for each that is refused a validator keeps a kilobyte."""

DOCUMENT, DIGEST = "document", "sha256"
DTYPES = {
    "BOOL": "?", "U8": "<u1", "I8": "<i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "U32": "<u4", "I32": "<i4",
    "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}  # fmt: skip
"""safetensors' names of the kinds of numbers that numpy has."""


def strict_json(data: bytes, most_values: int | None = None) -> Any:
    """Parse JSON in UTF-8 without the liberties of :mod:`json`.

    Raises
    ------
    ValueError
        For anything that is not JSON, a number that is not finite, a key that appears twice, or about more than
        `most_values` values.
    RecursionError
        For an absurd depth.
    """
    if most_values is not None and data.count(b",") > most_values:
        raise ValueError(f"it holds more than {most_values} values")
    return json.loads(data.decode("utf-8"), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=unique)


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no number of strict JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not np.isfinite(value):
        raise ValueError(f"{text[:40]} is no number of strict JSON")
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make the object of `pairs`, for ``object_pairs_hook``; ValueError if a key appears twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key “{twice[:40]}” appears twice in an object")
    return found


def sealed(document: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return one safetensors file of `arrays`, with `document` as strict JSON and a checksum of both in its header."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    plain = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    return save(plain, {DOCUMENT: text, DIGEST: _digest(text, plain)})


def unsealed(data: bytes) -> tuple[Any, dict[str, NDArray[np.generic]]]:
    """Return document and arrays of a file that :func:`sealed` made, with everything in it checked.

    Raises
    ------
    ValueError
        With the reason, for anything else.
    """
    try:
        text, arrays = tensors(data)
        if text.get(DIGEST) != _digest(text[DOCUMENT], arrays):
            raise ValueError("its checksum does not fit its content")
        return strict_json(text[DOCUMENT].encode()), arrays
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error) as error:
        raise ValueError(str(error) or type(error).__name__) from None


def tensors(
    data: bytes, expected: Shapes | None = None, most_header: int = MOST_HEADER_BYTES
) -> tuple[dict[str, str], dict[str, NDArray[np.generic]]]:
    """Return the texts and the arrays of a safetensors file, https://github.com/huggingface/safetensors#format.

    Parameters
    ----------
    expected
        Names and shapes of all arrays there must be, each of 32-bit floats; None takes any.

    Raises
    ------
    ValueError
        For anything else, before an array is made of it.
    KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error
        For a header that is none.
    """
    (size,) = struct.unpack("<Q", data[:8])
    if size > min(most_header, len(data) - 8):
        raise ValueError("its header is longer than it may be")
    header = strict_json(data[8 : 8 + size], MOST_VALUES)
    texts = header.pop("__metadata__", {})
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError("its header is broken")
    if len(header) > MOST_ARRAYS:
        raise ValueError("it holds too many arrays")
    if expected is not None and set(header) != set(expected):
        raise ValueError("the weights are not those of the model it describes")
    found, behind = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: _place(item[1])):
        begin, end = _place(entry)
        shape, dtype = tuple(entry["shape"]), np.dtype(DTYPES[entry["dtype"]])
        if set(entry) != {"dtype", "shape", "data_offsets"} or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("its header is broken")
        if expected is not None and (shape != expected[name] or entry["dtype"] != "F32"):
            raise ValueError("the weights are not those of the model it describes")
        if begin != behind or end - begin != math.prod(shape) * dtype.itemsize or end > len(data) - 8 - size:
            raise ValueError("its arrays do not lie one behind the other")
        found[name] = np.frombuffer(data, dtype, math.prod(shape), 8 + size + begin).reshape(shape).copy()
        behind = end
    if behind != len(data) - 8 - size:
        raise ValueError("there is something behind its arrays")
    return texts, found


def _place(entry: Any) -> tuple[int, int]:
    begin, end = entry["data_offsets"]
    if type(begin) is not int or type(end) is not int or not 0 <= begin <= end:
        raise ValueError("its header is broken")
    return begin, end


def _digest(text: str, arrays: Arrays) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"\n{name} {value.dtype.str} {value.shape}\n".encode())
        digest.update(np.asarray(value, order="C").reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
