"""Many sounds on a plane: near where they are alike.

Points are the rows of arrays [n, D], see `evaluation.descriptors`. The plane starts as the two
principal components of the real points and is then relaxed until distances on it follow those of
the points, near ones above all.
Ref: Sammon (1969), "A nonlinear mapping for data structure analysis"; de Leeuw (1977).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.distribution import squared_distances

__all__ = ["plane"]

Points = NDArray[np.floating]
Floats = NDArray[np.float64]

ITERATIONS: Final = 60


def plane(real: Points, generated: Points) -> Floats:
    """Places [n + m, 2] of real, then generated points, each coordinate from 0 to 1."""
    both = np.concatenate([real, generated]).astype(np.float64)
    if len(both) < 3:
        return np.linspace(0.25, 0.75, len(both))[:, None] * np.ones(2)
    places = _principal(real.astype(np.float64), both)
    places = _relaxed(places, np.sqrt(squared_distances(both, both)))
    low, high = places.min(axis=0), places.max(axis=0)
    return np.asarray((places - low) / np.maximum(high - low, 1e-9))


def _principal(real: Floats, points: Floats) -> Floats:
    """The two principal components of `real`, of all points, signs fixed."""
    basis = points if len(real) < 3 else real
    centre = basis.mean(axis=0)
    _, _, axes = np.linalg.svd(basis - centre, full_matrices=False)
    axes = axes[:2]
    axes = axes * np.sign(axes.sum(axis=1) + 1e-12)[:, None]
    return np.asarray((points - centre) @ axes.T)


def _relaxed(places: Floats, distances: Floats) -> Floats:
    """Places that follow the distances better: Sammon's stress, majorised."""
    # Weights 1/d let near points count more. With V the weighted Laplacian and B(X) that of
    # w d / |x_i - x_j|, X ← V⁺ B(X) X never raises the stress.
    count = len(places)
    weights = 1.0 / np.maximum(distances, 0.05 * np.median(distances) + 1e-9)
    np.fill_diagonal(weights, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.inv(laplacian + 1.0 / count) - 1.0 / count
    for _ in range(ITERATIONS):
        apart = np.sqrt(squared_distances(places, places))
        ratio = np.where(apart > 1e-9, weights * distances / np.maximum(apart, 1e-9), 0.0)
        np.fill_diagonal(ratio, 0.0)
        places = inverse @ ((np.diag(ratio.sum(axis=1)) - ratio) @ places)
    return places
