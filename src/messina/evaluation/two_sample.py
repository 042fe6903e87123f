"""Can a classifier tell generated sounds from real ones?

Points are the rows of arrays [n, D], see `descriptors`. The metric is the balanced accuracy of a
kernel ridge classifier on sounds it was not trained on: 0.5 when it cannot tell, 1 when it always
can (Lopez-Paz & Oquab 2017).

What keeps it honest:
- Folds are made without looking at who is real, and each fold's accuracy is the mean of its
  accuracies on real and on generated sounds. Then labels drawn at random give 0.5 on average,
  whatever the numbers of sounds; leave-one-out would give less.
- Sounds linked by a chain of nearest neighbours stay in one fold. A generated copy would otherwise
  be recognised as its original, called real, and push the accuracy far under 0.5, hiding faults
  that all generated sounds share. Copies are the business of `copies`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.levels import Floats

__all__ = ["Indices", "folds", "linked", "scores", "standardised", "two_sample_accuracy"]

FOLDS: Final = 5
REPEATS: Final = 10
RIDGE: Final = 0.03

QUIET_SHARE: Final = 0.05
"""Features that vary less than this share of the mean spread are not blown up to full size."""

Indices = NDArray[np.intp]


def standardised(points: Floats) -> Floats:
    spread = points.std(axis=0)
    least = max(QUIET_SHARE * float(spread.mean()), 1e-9)
    return np.asarray((points - points.mean(axis=0)) / np.maximum(spread, least))


def linked(distances: Floats) -> Indices:
    """Number [n] of the group of each point; groups are linked by nearest neighbours."""
    apart = distances.copy()
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    group = np.arange(len(apart))
    while True:
        merged = np.minimum(group, group[nearest])
        np.minimum.at(merged, nearest, merged.copy())
        if np.array_equal(merged, group):
            return np.unique(group, return_inverse=True)[1]
        group = merged


def folds(groups: Indices, rng: np.random.Generator) -> Indices:
    """Fold [n] of each point: groups in random order, each to the smallest fold so far."""
    sizes = np.bincount(groups)
    filled = np.zeros(min(FOLDS, len(sizes)), np.intp)
    fold_of = np.empty(len(sizes), np.intp)
    for group in rng.permutation(len(sizes)):
        fold_of[group] = np.argmin(filled)
        filled[fold_of[group]] += sizes[group]
    return fold_of[groups]


def scores(kernel: Floats, sides: Floats, held: NDArray[np.bool_]) -> Floats:
    """Scores of the held-out points, above 0 for generated, from a classifier of the others."""
    # Kernel ridge regression on ±1; each side weighs the same in all, so the ridge of a point
    # grows with the number of points on its side.
    known = sides[~held]
    share = np.where(known > 0, np.mean(known > 0), np.mean(known < 0))
    system = kernel[np.ix_(~held, ~held)] + np.diag(2.0 * RIDGE * share)
    weights = np.linalg.solve(system, known)
    return np.asarray(kernel[np.ix_(held, ~held)] @ weights)


def _fold_accuracy(kernel: Floats, sides: Floats, held: NDArray[np.bool_]) -> float:
    """Balanced accuracy on one fold; NaN when a side is missing in or outside it."""
    if min(len(np.unique(sides[held])), len(np.unique(sides[~held]))) < 2:
        return float("nan")
    right = np.sign(scores(kernel, sides, held)) == sides[held]
    return float(np.mean([right[sides[held] == side].mean() for side in (-1.0, 1.0)]))


def two_sample_accuracy(
    real: Points, generated: Points, *, rng: np.random.Generator, repeats: int = REPEATS
) -> float:
    """Balanced accuracy of a classifier that tells generated from real sounds it was not shown.

    Ref: Lopez-Paz & Oquab (2017).

    Args:
        real: [n, D]
        generated: [m, D]
        rng: Draws the folds.
        repeats: How often all folds are drawn.

    Returns:
        0.5 where it cannot tell, 1 where it always can; NaN when there are too few sounds to train
        and test with (fewer than about 4 a side).
    """
    if min(len(real), len(generated)) < 2:
        return float("nan")
    points = standardised(np.concatenate([real, generated]).astype(np.float64))
    sides = np.repeat([-1.0, 1.0], [len(real), len(generated)])
    distances = squared_distances(points, points)
    bandwidth = max(float(np.median(distances[np.triu_indices(len(points), 1)])), 1e-12)
    kernel, groups = np.exp(-distances / bandwidth), linked(distances)
    accuracies = []
    for _ in range(repeats):
        drawn = folds(groups, rng)
        accuracies += [_fold_accuracy(kernel, sides, drawn == fold) for fold in range(FOLDS)]
    known = [accuracy for accuracy in accuracies if not np.isnan(accuracy)]
    return float(np.mean(known)) if known else float("nan")
