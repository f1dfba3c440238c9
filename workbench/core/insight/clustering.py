"""Hierarchical clustering with average linkage, and an order of its leaves in which neighbours are near. n things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Merge:
    """Two clusters become one.

    Attributes
    ----------
    left, right
        0 to n - 1 are single things; n + k is what merge k made.
    height
        Mean distance between their members.
    """

    left: int
    right: int
    height: float


def average_linkage(distance: Floats) -> list[Merge]:
    """Return the n - 1 merges of things with these mutual distances (n, n), lowest first.

    Nearest-neighbour chain (Murtagh 1983) with the update of Lance & Williams for average linkage (UPGMA; Sokal &
    Michener 1958), O(n²).
    """
    count = len(distance)
    d = np.array(distance, dtype=np.float64)
    np.fill_diagonal(d, np.inf)
    sizes, alive = np.ones(count), np.ones(count, dtype=bool)
    found: list[tuple[float, int, int]] = []
    chain: list[int] = []
    for _merge in range(count - 1):
        if not chain:
            chain = [int(np.argmax(alive))]
        while True:
            tip = chain[-1]
            near = int(np.argmin(d[tip]))
            if len(chain) > 1 and d[tip, chain[-2]] <= d[tip, near]:
                near = chain[-2]  # of equals the one it came from, or the chain would never end
            if len(chain) > 1 and near == chain[-2]:
                break
            chain.append(near)
        a, b = chain.pop(), chain.pop()
        found.append((float(d[a, b]), a, b))
        mean = (sizes[a] * d[a] + sizes[b] * d[b]) / (sizes[a] + sizes[b])
        d[b], d[:, b] = mean, mean
        d[a], d[:, a], d[b, b] = np.inf, np.inf, np.inf
        sizes[b] += sizes[a]
        alive[a] = False
    return _labelled(sorted(found, key=lambda merge: merge[0]), count)


def _labelled(found: list[tuple[float, int, int]], count: int) -> list[Merge]:
    """Name clusters by the merge that made them; `found` names each by one of its members."""
    parent = list(range(count))
    name = list(range(count))

    def root(thing: int) -> int:
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    merges = []
    for place, (height, a, b) in enumerate(found):
        left, right = root(a), root(b)
        merges.append(Merge(name[left], name[right], height))
        parent[left] = right
        name[right] = count + place
    return merges


def leaf_order(merges: list[Merge], distance: Floats) -> NDArray[np.intp]:
    """Return the things in the order of the tree, every branch turned so that its end lies near its neighbour."""
    count = len(merges) + 1
    leaves: dict[int, list[int]] = {thing: [thing] for thing in range(count)}
    for place, merge in enumerate(merges):
        left, right = leaves.pop(merge.left), leaves.pop(merge.right)
        turns = [(one, other) for one in (left, left[::-1]) for other in (right, right[::-1])]
        one, other = min(turns, key=lambda pair: distance[pair[0][-1], pair[1][0]])
        leaves[count + place] = one + other
    (order,) = leaves.values()
    return np.array(order, dtype=np.intp)
