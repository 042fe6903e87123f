"""Classifier two-sample tests: whether generated sounds can be told from real ones.

Points are the rows of arrays [n, D], see `timbre`. The metric is the balanced accuracy of a
kernel ridge classifier on sounds it was not trained on: 0.5 when it cannot tell, 1 when it always
can (Lopez-Paz & Oquab 2017).

What keeps it honest:
- Folds are made without looking at who is real, and each fold's accuracy is the mean of its
  accuracies on real and on generated sounds. Then labels drawn at random give 0.5 on average,
  whatever the numbers of sounds; leave-one-out would give less.
- Sounds linked by a chain of nearest neighbours stay in one fold. A generated copy would otherwise
  be recognised as its original, called real, and push the accuracy far under 0.5, hiding faults
  that all generated sounds share. Copies are the business of `copies`.

How surely a classifier tells sounds from real ones, on a scale made of the real ones.

Points are the rows of arrays [n, D], see `timbre`. The metric is the share of pairs of a real and
another sound, none of them shown to the classifier before, in which it says rightly which is which:
0.5 is guessing (the area under the ROC curve; two-alternative forced choice). The classifier is
linear, by ridge regression on ±1.

What a share means depends on the sounds: on how many there are, and how unlike they are among
themselves. So it stands on a scale: real sounds that were changed, some of them inaudibly, against
themselves as they were (`changes`). To be comparable, all classifiers are alike:
- Training never sees a sound on both sides: of one half of the real sounds it is shown the real
  ones, of the other half the changed ones. Against generated sounds it is shown as many of each.
- Sounds that are takes of each other, or near copies, lie in one fold (`linked`), and so
  does a sound with its changed self.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.signal_levels import Floats

__all__ = [
    "Anchor",
    "Indices",
    "Scale",
    "discrimination",
    "discrimination_of_change",
    "folds",
    "linked",
    "scores",
    "standardised",
    "two_sample_accuracy",
]

FOLDS: Final = 5
REPEATS: Final = 10
RIDGE: Final = 0.03

QUIET_SHARE: Final = 0.05
"""Features that vary less than this share of the mean spread are not blown up to full size."""

Indices = NDArray[np.intp]


def standardised(points: Floats) -> Floats:
    """Points [n, D] with mean 0 and variance 1 in every dimension."""
    spread = points.std(axis=0)
    least = max(QUIET_SHARE * float(spread.mean()), 1e-9)
    return np.asarray((points - points.mean(axis=0)) / np.maximum(spread, least))


def linked(distances: Floats) -> Indices:
    """Groups of near points: number of each point's group [n], by distances [n, n].

    They are the connected parts of the graph of nearest neighbours.
    """
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
    """Cross-validation folds [n]: groups in random order, each to the smallest fold so far."""
    sizes = np.bincount(groups)
    filled = np.zeros(min(FOLDS, len(sizes)), np.intp)
    fold_of = np.empty(len(sizes), np.intp)
    for group in rng.permutation(len(sizes)):
        fold_of[group] = np.argmin(filled)
        filled[fold_of[group]] += sizes[group]
    return fold_of[groups]


def scores(kernel: Floats, sides: Floats, held: NDArray[np.bool_]) -> Floats:
    """Scores of the held-out points by a classifier of the others, above 0 for generated."""
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


@checked
def two_sample_accuracy(
    real: Points, generated: Points, *, rng: np.random.Generator, repeats: int = REPEATS
) -> float:
    """Balanced accuracy of a classifier that tells generated from real sounds it was not shown.

    Ref: Lopez-Paz & Oquab (2017), "Revisiting classifier two-sample tests".

    Args:
        real: Points of real sounds [n, D].
        generated: Points of generated sounds [m, D].
        rng: Draws the folds.
        repeats: How often all folds are drawn.

    Returns:
        0.5 where it cannot tell, 1 where it always can; NaN when there are too few sounds to train
        and test with (fewer than about 4 a side).

    Raises:
        ValueError: The points differ in D.
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


DRAWN_ANEW: Final = 6
Chosen = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A known change, and how well a classifier tells real sounds from themselves after it."""

    change: str
    audible: bool
    discrimination: float


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Discrimination of known changes on these sounds: what a share means."""

    anchors: Sequence[Anchor]
    sounds: int
    """Real ones."""
    others: int
    """That are held against them."""

    @property
    def limit(self) -> float:
        """Highest discrimination that counts as inaudible.

        That of inaudible changes, or of guessing.

        Guessing, twice its standard error included: that of the rank sum (Mann & Whitney 1947).
        """
        n, m = self.sounds, self.others
        chance = 2.0 * np.sqrt((n + m + 1) / (12.0 * n * m)) if n and m else np.inf
        unheard = [anchor.discrimination for anchor in self.anchors if not anchor.audible]
        return float(np.nanmax([0.5 + chance, *unheard]))

    @property
    def discriminated(self) -> list[Anchor]:
        """The audible changes that are discriminated on these sounds, the least surely first."""
        above = [row for row in self.anchors if row.audible and row.discrimination > self.limit]
        return sorted(above, key=lambda row: row.discrimination)

    @property
    def sharp(self) -> bool:
        """Whether most audible changes are discriminated.

        If not, indistinct sounds mean nothing.
        """
        return 3 * len(self.discriminated) >= 2 * sum(row.audible for row in self.anchors) > 0


@checked
def discrimination(
    real: Points, other: Points, *, rng: np.random.Generator, repeats: int = DRAWN_ANEW
) -> float:
    """How often a classifier of pairs tells other sounds from real ones.

    Args:
        real: Points of real sounds [n, D].
        other: Points of the others [m, D].
        rng: Draws folds, and which sounds are shown in training.
        repeats: How often these are drawn.

    Returns:
        0.5 where it is guessing, 1 where it is always right; NaN with too few sounds.

    Raises:
        ValueError: The points differ in D.
    """
    kernel, distances = _kernel(real, other)
    each = min(len(real) // 2, len(other))
    return _discrimination(
        kernel, linked(distances), (len(real), len(other)), each, None, rng, repeats
    )


@checked
def discrimination_of_change(
    real: Points,
    changed: Points,
    *,
    rng: np.random.Generator,
    others: int,
    repeats: int = DRAWN_ANEW,
) -> float:
    """How often a classifier of pairs tells changed real sounds from unchanged ones.

    Args:
        real: Points of real sounds [n, D].
        changed: Points of the same sounds, changed, in the same order [n, D].
        rng: Draws folds, and of which sounds the real or the changed self is shown in training.
        others: How many sounds are held against the real ones elsewhere; no more are shown here.
        repeats: How often these are drawn.

    Returns:
        As `discrimination`.

    Raises:
        ValueError: The points differ in D.
    """
    kernel, _ = _kernel(real, changed)
    own = standardised(np.asarray(real, np.float64))
    groups = np.tile(linked(squared_distances(own, own)), 2) if len(real) > 1 else np.zeros(2, int)
    each = min(len(real) // 2, others)
    return _discrimination(kernel, groups, (len(real), len(real)), each, len(real), rng, repeats)


def _kernel(real: Points, other: Points) -> tuple[Floats, Floats]:
    """Products and squared distances of all points; a typical point's product with itself is 1."""
    points = standardised(np.concatenate([real, other]).astype(np.float64))
    products = points @ points.T
    return products / max(float(np.trace(products)) / max(len(points), 1), 1e-12), (
        squared_distances(points, points)
    )


def _discrimination(
    kernel: Floats,
    groups: Indices,
    counts: tuple[int, int],
    each: int,
    paired: int | None,
    rng: np.random.Generator,
    repeats: int,
) -> float:
    if each < 2:
        return float("nan")
    real, other = counts
    sides = np.repeat([-1.0, 1.0], counts)
    shares = []
    for _ in range(repeats):
        order = rng.permutation(real)
        rest = order[each:] if paired else rng.permutation(other)
        shown = np.zeros(real + other, bool)
        shown[order[:each]] = True
        shown[real + rest[:each]] = True
        drawn = folds(groups, rng)
        shares += [_share(kernel, sides, drawn == fold, shown) for fold in np.unique(drawn)]
    known = [share for share in shares if np.isfinite(share)]
    return float(np.mean(known)) if known else float("nan")


def _share(kernel: Floats, sides: Floats, held: Chosen, shown: Chosen) -> float:
    """Accuracy on all pairs held out; NaN where a side is missing."""
    used = held | shown
    kernel, sides, held = kernel[np.ix_(used, used)], sides[used], held[used]
    if min(len(np.unique(sides[held])), len(np.unique(sides[~held]))) < 2:
        return float("nan")
    found, own = scores(kernel, sides, held), sides[held]
    more = found[own > 0][:, None] - found[own < 0]
    return float(np.mean((more > 0) + 0.5 * (more == 0)))
