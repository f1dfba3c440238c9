"""The weights of a recurrent layer as a picture needs them: codes, spectral radii, updates, histograms. H units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import AbstractCell
from workbench.core.events import WeightFacts
from workbench.core.insight.size import kernel_name

Floats = NDArray[np.floating]

BINS = 48
SQUARINGS = 24


def spectral_radius(matrix: Floats) -> float:
    """Return the largest absolute eigenvalue of a square matrix by Gelfand's formula, ‖A^k‖^(1/k) for k = 2^24.

    Squaring takes 24 products where all eigenvalues would take a hundred times as long; the error is a factor of at
    most the matrix's condition to the power 2^-24.
    """
    power = np.asarray(matrix, dtype=np.float64)
    if not np.isfinite(power).all():
        return float("nan")
    log = 0.0
    for step in range(SQUARINGS):
        size = float(np.linalg.norm(power))
        if size == 0.0:
            return 0.0
        log += np.log(size) / 2.0**step
        power = power / size
        power = power @ power
    size = float(np.linalg.norm(power))
    return float(np.exp(log + np.log(size) / 2.0**SQUARINGS)) if size > 0.0 else 0.0


def coded(matrix: Floats) -> tuple[NDArray[np.int8], float]:
    """Return int8 codes of a matrix and the scale they are multiplied by; what is no number counts as 0."""
    finite = np.nan_to_num(np.asarray(matrix, dtype=np.float32), posinf=0.0, neginf=0.0)
    scale = float(np.abs(finite).max(initial=0.0)) / 127.0
    if scale == 0.0:
        return np.zeros(matrix.shape, np.int8), 0.0
    return np.rint(finite / scale).astype(np.int8), scale


def decoded(weights: WeightFacts, name: str) -> NDArray[np.float32]:
    """Return the matrix `name` as near as its codes tell it."""
    return weights.codes[name].astype(np.float32) * np.float32(weights.scales[name])


def restored(
    facts: WeightFacts, layer: int, kept: Mapping[str, NDArray[np.generic]] | None
) -> tuple[dict[str, Floats], float]:
    """Return the matrices of a layer as exactly as they are known, and how far each weight may be off.

    Parameters
    ----------
    kept
        Weights of the whole network that were kept of this epoch. Those of an average over the steps are not the
        weights the training went on with: they are taken only if they have these codes.
    """
    if facts.exact:
        return dict(facts.exact), 0.0
    if kept is not None:
        found = {name: np.asarray(kept[kernel_name(layer, name)], dtype=np.float32) for name in facts.codes}
        if all(np.array_equal(coded(matrix)[0], facts.codes[name]) for name, matrix in found.items()):
            return found, 0.0
    return {name: decoded(facts, name) for name in facts.codes}, 0.5 * max(facts.scales.values(), default=0.0)


def blocks(cell: AbstractCell, matrix: Floats) -> dict[str, Floats]:
    """Cut a matrix (blocks * H, ...) into the blocks of the cell's gates; one of a cell without gates is ``""``."""
    names = cell.weight_blocks if len(cell.weight_blocks) > 1 else ("",)
    return dict(zip(names, np.split(matrix, len(names)), strict=True))


def weight_facts(
    cell: AbstractCell, weights: Mapping[str, Floats], before: Mapping[str, Floats] | None = None
) -> WeightFacts:
    """Measure the weights of one layer.

    Parameters
    ----------
    weights
        Matrices and vectors of the layer by the names of :meth:`AbstractCell.named_shapes`.
    before
        The same before the last step of the training.
    """
    matrices = {name: value for name, value in weights.items() if value.ndim == 2}
    codes, scales, counts, edges = {}, {}, {}, {}
    radius: dict[str, float] = {}
    for name, matrix in matrices.items():
        codes[name], scales[name] = coded(matrix)
        edge = 127.0 * scales[name] or 1.0
        counts[name] = np.histogram(np.nan_to_num(matrix), bins=BINS, range=(-edge, edge))[0].astype(np.int64)
        edges[name] = edge
        if name.startswith("weight_hh"):
            way = "_reverse" if name.endswith("_reverse") else ""
            radius |= {gate + way: spectral_radius(block) for gate, block in blocks(cell, matrix).items()}
    updates = {} if before is None else {name: update_ratio(weights[name], before[name]) for name in matrices}
    return WeightFacts(codes, scales, radius, updates, counts, edges, matrices)


def update_ratio(after: Floats, before: Floats) -> float:
    """Return ‖after - before‖ / ‖before‖, the size of a step beside that of the weights; about 1e-3 is healthy."""
    size = float(np.linalg.norm(np.asarray(before, dtype=np.float64)))
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    return float(np.linalg.norm(change)) / size if size > 0.0 else float("nan")
