"""Distances between sets of points: kernel distance (MMD), density and coverage.

Points are the rows of arrays [n, D], see `timbre`; distances are Euclidean.

Kernel distance: the unbiased squared maximum mean discrepancy × 1000 with a Gaussian kernel
exp(-d² / b), b the median squared distance between two real points (Gretton et al. 2012; Chung et
al. 2025). About 0 when both come from the same distribution, also under 0, whatever the numbers.
Density: how many of the balls around real points, each as wide as the distance to its 5th
neighbour, a generated point lies in, / 5; 1 for the same distribution. Coverage: share of those
balls with a generated point inside; 0.97 for the same distribution and equally many points (Naeem
et al. 2020).

A reference is what a metric would be if the generated sounds were real: the same between real
halves. It is measured by cutting the real sounds into two random halves, several times, and
comparing one half with the other. Many metrics depend on how many sounds are compared, so the
metric itself is measured on as many: half of the real sounds against equally many of the generated
ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.signal_levels import Floats

__all__ = [
    "HALVINGS",
    "NEIGHBOURS",
    "DensityCoverage",
    "Reference",
    "Referenced",
    "beside_reference",
    "between_halves",
    "density_coverage",
    "kernel_distance",
    "squared_distances",
    "summary",
]

Points = NDArray[np.floating]

NEIGHBOURS: Final = 5
"""Balls around real points reach to this neighbour."""


class DensityCoverage(NamedTuple):
    """How dense the real sounds are where generated ones fall, and how many are covered."""

    density: float
    """1 where both come from the same distribution; may be more."""
    coverage: float
    """0 to 1; 0.97 where both come from the same distribution and are as many."""


def squared_distances(first: Points, second: Points) -> Floats:
    """Squared distances [n, m] between all points of two sets."""
    if np.ndim(first) != 2 or np.ndim(second) != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            f"points of shapes {np.shape(first)} and {np.shape(second)}; [N, D] with the same D "
            "is wanted of both"
        )
    # |a - b|² = |a|² + |b|² - 2ab, about a common centre so that little is lost to rounding.
    centre = first.mean(axis=0, dtype=np.float64)
    a, b = first - centre, second - centre
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1)[None] - 2.0 * (a @ b.T)
    return np.asarray(np.maximum(squares, 0.0), np.float64)


def _mean_between(kernel: Floats) -> float:
    """Mean of a square kernel without its diagonal."""
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


@checked
def kernel_distance(real: Points, generated: Points) -> float:
    """Unbiased squared maximum mean discrepancy × 1000, with a Gaussian kernel.

    Its bandwidth is the median squared distance between two real points. Ref: Gretton et al.
    (2012), "A kernel two-sample test"; Chung et al. (2025), "KAD: no more FAD!".

    Args:
        real: Points of real sounds [n, D].
        generated: Points of generated sounds [m, D].

    Returns:
        About 0 where both come from the same distribution; NaN with fewer than 2 points a side.

    Raises:
        ValueError: The points differ in D.
    """
    if min(len(real), len(generated)) < 2:
        return float("nan")
    within = squared_distances(real, real)
    bandwidth = max(float(np.median(within[np.triu_indices(len(real), 1)])), 1e-12)
    k_real, k_generated, k_both = (
        np.exp(-d / bandwidth)
        for d in (
            within,
            squared_distances(generated, generated),
            squared_distances(real, generated),
        )
    )
    between = _mean_between(k_real) + _mean_between(k_generated)
    return float(1000.0 * (between - 2.0 * k_both.mean()))


@checked
def density_coverage(
    real: Points, generated: Points, *, neighbours: int = NEIGHBOURS
) -> DensityCoverage:
    """Density and coverage of generated points.

    Ref: Naeem et al. (2020), "Reliable fidelity and diversity metrics for generative models".

    Args:
        real: Points of real sounds [n, D].
        generated: Points of generated sounds [m, D].
        neighbours: Balls around real points reach to this neighbour.

    Returns:
        Both metrics; NaN with fewer than 2 real points or no generated one.

    Raises:
        ValueError: The points differ in D.
    """
    k = min(neighbours, len(real) - 1)
    if k < 1 or not len(generated):
        return DensityCoverage(float("nan"), float("nan"))
    radii = np.sort(squared_distances(real, real), axis=1)[:, k, None]
    inside = squared_distances(real, generated) < radii
    density = float(inside.sum() / (k * len(generated)))
    return DensityCoverage(density, float(inside.any(axis=1).mean()))


HALVINGS: Final = 8

SetMetric = Callable[[Points, Points], float]
"""A metric of two sets of points: (real, generated) → number."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Mean and standard deviation of a metric between two halves of the real sounds."""

    mean: float
    spread: float


@dataclass(frozen=True, kw_only=True)
class Referenced:
    """A metric of generated sounds beside its reference, both on equally many sounds."""

    value: float
    reference: Reference


def summary(values: Sequence[float]) -> Reference:
    """Mean and spread of a metric measured several times; NaN without a finite value."""
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return Reference(mean=float("nan"), spread=float("nan"))
    return Reference(mean=float(np.mean(known)), spread=float(np.std(known)))


def between_halves(
    metric: SetMetric, real: Points, *, rng: np.random.Generator, halvings: int = HALVINGS
) -> Reference:
    """A metric between two random halves of the real sounds, over `halvings` draws."""
    half = len(real) // 2
    values = []
    for _ in range(halvings):
        order = rng.permutation(len(real))
        values.append(metric(real[order[:half]], real[order[half:]]))
    return summary(values)


def beside_reference(
    metric: SetMetric,
    real: Points,
    generated: Points,
    *,
    rng: np.random.Generator,
    halvings: int = HALVINGS,
) -> Referenced:
    """A metric of generated sounds against real ones, with its reference over the same halves."""
    half = len(real) // 2
    count = min(len(real) - half, len(generated))
    values, references = [], []
    for _ in range(halvings):
        order, chosen = rng.permutation(len(real)), rng.permutation(len(generated))[:count]
        values.append(metric(real[order[:half]], generated[chosen]))
        references.append(metric(real[order[:half]], real[order[half : half + count]]))
    return Referenced(value=summary(values).mean, reference=summary(references))
