"""Hits grouped by their sound: average linkage, cut by how much repetitions of a hit differ.

The distance between two hits is the root mean square of the difference of their `hearing`. What a
machine repeats is less than a dB apart, two strokes of a hand 4 to 7, different drums 12 and more.
Ref: Müllner (2011), "Modern hierarchical, agglomerative clustering algorithms" (nearest-neighbour
chain).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats

__all__ = ["MOST_CLUSTERS", "cluster", "nearest"]

MOST_CLUSTERS: Final = 64
CUT: Final = 1.8
CUTS_DB: Final = (5.0, 10.5)
"""The tree is cut at so many times the distance of repetitions, between these."""
ABSORB_DB: Final = 12.0
LEAST_SHARE: Final = 0.006
"""Of the hits, in a cluster."""
MOST_LINKED: Final = 2500
"""Of more hits, so many are linked, evenly taken, and the others go where they are nearest."""

Real = NDArray[np.float32]


def cluster(features: Real) -> NDArray[np.int64]:
    """The cluster [n] of each hit, from its features [n, D]; numbered by first appearance."""
    count = len(features)
    if count <= MOST_LINKED:
        return _by_appearance(_linked(features))
    chosen = np.linspace(0, count - 1, MOST_LINKED).astype(np.int64)
    of_chosen = _linked(features[chosen])
    centres = np.stack(
        [features[chosen][of_chosen == index].mean(axis=0) for index in range(of_chosen.max() + 1)]
    )
    return _by_appearance(nearest(features, centres))


def nearest(features: Real, centres: Real) -> NDArray[np.int64]:
    """The nearest centre [n] for features [n, D] among centres [K, D]."""
    return np.asarray(_squared(features, centres).argmin(axis=1))


def _squared(left: Real, right: Real) -> Floats:
    """Squared distances [n, m], the mean over D, in dB²."""
    a, b = left.astype(np.float64), right.astype(np.float64)
    product = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(product, 0.0) / a.shape[1])


def _linked(features: Real) -> NDArray[np.int64]:
    distance = np.sqrt(_squared(features, features))
    merges = _average_linkage(distance)
    height = float(np.clip(CUT * _usual_variation(distance), *CUTS_DB))
    clusters = _cut(merges, len(features), height)
    if clusters.max() >= MOST_CLUSTERS:
        clusters = _joined(merges[: len(features) - MOST_CLUSTERS], len(features))
    return _absorbed(distance, clusters)


def _average_linkage(distance: Floats) -> list[tuple[float, int, int]]:
    """Merges (height, a member of one side, a member of the other), lowest first."""
    gaps = distance.copy()
    np.fill_diagonal(gaps, np.inf)
    size = np.ones(len(gaps))
    left = np.ones(len(gaps), bool)
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(merges) < len(gaps) - 1:
        if not chain:
            chain = [int(np.argmax(left))]
        top = chain[-1]
        best = int(np.argmin(gaps[top]))
        if len(chain) > 1 and gaps[top, chain[-2]] <= gaps[top, best]:
            best = chain[-2]
            del chain[-2:]
            merges.append((float(gaps[top, best]), top, best))
            row = (size[top] * gaps[top] + size[best] * gaps[best]) / (size[top] + size[best])
            row[[top, best]] = np.inf
            gaps[top], gaps[:, top] = row, row
            gaps[best], gaps[:, best] = np.inf, np.inf
            size[top] += size[best]
            left[best] = False
        else:
            chain.append(best)
    return sorted(merges)


def _cut(merges: list[tuple[float, int, int]], count: int, height: float) -> NDArray[np.int64]:
    return _joined([merge for merge in merges if merge[0] <= height], count)


def _joined(merges: list[tuple[float, int, int]], count: int) -> NDArray[np.int64]:
    """Clusters [count], numbered from 0, after these merges."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for _, one, other in merges:
        parent[root(one)] = root(other)
    _, numbers = np.unique([root(index) for index in range(count)], return_inverse=True)
    return np.asarray(numbers, np.int64)


def _usual_variation(distance: Floats) -> float:
    """How far a hit's third nearest is, for the middle one of the hits: as far as repetitions."""
    if len(distance) < 5:
        return 0.0
    return float(np.median(np.partition(distance, 3, axis=1)[:, 3]))


def _absorbed(distance: Floats, clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Clusters too small to be learnt as one go to the nearest, unless nothing is near."""
    least = max(2, round(LEAST_SHARE * len(clusters)))
    result = clusters.copy()
    while True:
        sizes = np.bincount(result, minlength=int(clusters.max()) + 1)
        mean = distance @ np.eye(len(sizes))[result] / np.maximum(sizes, 1)
        for small in np.flatnonzero((sizes > 0) & (sizes < least)):
            gaps = mean[result == small].mean(axis=0)
            gaps[(sizes == 0) | (np.arange(len(sizes)) == small)] = np.inf
            if gaps.min() < ABSORB_DB:
                result[result == small] = int(np.argmin(gaps))
                break
        else:
            return np.asarray(np.unique(result, return_inverse=True)[1], np.int64)


def _by_appearance(clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
