"""Files that may come from a stranger: strict JSON, and arrays with a checked description. Nothing is executed."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

Arrays = Mapping[str, NDArray[np.generic]]

MOST_HEADER_BYTES = 4_000_000
MOST_ARRAYS = 20_000
DOCUMENT, DIGEST = "document", "sha256"


def strict_json(data: bytes) -> Any:
    """Parse JSON in UTF-8 without the liberties of :mod:`json`.

    Raises
    ------
    ValueError
        For anything that is not JSON, a number that is not finite, or a key that appears twice.
    RecursionError
        For an absurd depth.
    """
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
        text = _metadata(data)
        arrays: dict[str, NDArray[np.generic]] = load(data)
        if text.get(DIGEST) != _digest(text[DOCUMENT], arrays):
            raise ValueError("its checksum does not fit its content")
        return strict_json(text[DOCUMENT].encode()), arrays
    except (SafetensorError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error) as error:
        raise ValueError(str(error) or type(error).__name__) from None


def _metadata(data: bytes) -> dict[str, str]:
    """Return the text entries of a safetensors header, trusting no declared size."""
    (size,) = struct.unpack("<Q", data[:8])
    if size > min(MOST_HEADER_BYTES, len(data) - 8):
        raise ValueError("its header is longer than it may be")
    header = strict_json(data[8 : 8 + size])
    if len(header) > MOST_ARRAYS:
        raise ValueError("it holds too many arrays")
    found = header["__metadata__"]
    if not all(isinstance(value, str) for value in found.values()):
        raise ValueError("its header is broken")
    return dict(found)


def _digest(text: str, arrays: Arrays) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"\n{name} {value.dtype.str} {value.shape}\n".encode())
        digest.update(np.asarray(value, order="C").reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
