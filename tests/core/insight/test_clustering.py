"""Average linkage against its definition, and leaves in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.insight.clustering import Merge, average_linkage, leaf_order


def by_definition(distance: np.ndarray) -> list[float]:
    """Return the heights of the merges: at each the two clusters of least mean distance, recomputed from all pairs."""
    clusters = [[thing] for thing in range(len(distance))]
    heights = []
    while len(clusters) > 1:
        best = min(
            (float(np.mean([distance[a, b] for a in one for b in other])), i, j)
            for i, one in enumerate(clusters)
            for j, other in enumerate(clusters)
            if i < j
        )
        height, i, j = best
        heights.append(height)
        clusters[i] += clusters.pop(j)
    return heights


def random_distances(count: int, seed: int) -> np.ndarray:
    places = np.random.default_rng(seed).normal(size=(count, 3))
    return np.linalg.norm(places[:, None] - places[None], axis=2)


@given(st.integers(2, 18), st.integers(0, 50))
def test_that_merges_are_those_of_the_definition(count: int, seed: int) -> None:
    distance = random_distances(count, seed)
    merges = average_linkage(distance)
    assert [merge.height for merge in merges] == pytest.approx(by_definition(distance))
    made = [end for merge in merges for end in (merge.left, merge.right)]
    assert sorted(made) == list(range(2 * count - 2)), "everything but the last cluster is merged once"
    assert all(max(merge.left, merge.right) < count + place for place, merge in enumerate(merges))


@given(st.integers(2, 30), st.integers(0, 50))
def test_that_the_order_holds_everything_once_and_branches_together(count: int, seed: int) -> None:
    distance = random_distances(count, seed)
    merges = average_linkage(distance)
    order = leaf_order(merges, distance)
    assert sorted(order.tolist()) == list(range(count))
    ranks = np.argsort(order)
    members: dict[int, list[int]] = {thing: [thing] for thing in range(count)}
    for place, merge in enumerate(merges):
        joined = members[merge.left] + members[merge.right]
        members[count + place] = joined
        assert np.ptp(ranks[joined]) == len(joined) - 1


def test_that_equal_distances_come_to_an_end() -> None:
    distance = np.ones((12, 12)) - np.eye(12)
    assert [merge.height for merge in average_linkage(distance)] == [1.0] * 11


def test_that_branches_are_turned_towards_each_other() -> None:
    places = np.array([0.0, 1.0, 2.1, 10.0, 9.0])
    distance = np.abs(places[:, None] - places[None])
    order = leaf_order(average_linkage(distance), distance).tolist()
    assert order in ([0, 1, 2, 4, 3], [3, 4, 2, 1, 0])
    assert average_linkage(distance)[0] in (Merge(0, 1, 1.0), Merge(1, 0, 1.0), Merge(3, 4, 1.0), Merge(4, 3, 1.0))
