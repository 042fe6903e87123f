"""The metrics of sets of points beside the same made of scikit-learn's parts."""

from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.distribution import NEIGHBOURS, density_coverage, kernel_distance

pairwise = pytest.importorskip("sklearn.metrics.pairwise")
neighbors = pytest.importorskip("sklearn.neighbors")


def clouds(apart: float, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of points [n, D], one moved away from the other."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(60, 9)), rng.normal(loc=apart, size=(45, 9))


@pytest.mark.parametrize("apart", [0.0, 0.3, 2.0])
def test_the_kernel_distance_is_that_of_scikit_learns_kernel(apart: float) -> None:
    real, generated = clouds(apart)
    squared = pairwise.euclidean_distances(real, squared=True)
    gamma = 1.0 / np.median(squared[np.triu_indices(len(real), 1)])
    within = [
        pairwise.rbf_kernel(points, gamma=gamma)[~np.eye(len(points), dtype=bool)].mean()
        for points in (real, generated)
    ]
    both = pairwise.rbf_kernel(real, generated, gamma=gamma).mean()
    wanted = 1000.0 * (sum(within) - 2.0 * both)
    # Both are double precision; sums are taken in another order.
    assert kernel_distance(real, generated) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("apart", [0.0, 0.3, 2.0])
def test_density_and_coverage_are_those_of_scikit_learns_neighbours(apart: float) -> None:
    real, generated = clouds(apart)
    found = neighbors.NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(real)
    radii = found.kneighbors(real)[0][:, -1]  # the first neighbour is the point itself
    inside = pairwise.euclidean_distances(real, generated) < radii[:, None]
    density, coverage = density_coverage(real, generated)
    assert density == pytest.approx(inside.sum() / (NEIGHBOURS * len(generated)))
    assert coverage == pytest.approx(inside.any(axis=1).mean())
