"""How surely a classifier tells sounds from real ones, on a scale made of the real ones.

Points are the rows of arrays [n, D], see `timbre`. The metric is the share of pairs of a real and
another sound, none of them shown to the classifier before, in which it says rightly which is which:
0.5 is guessing (the area under the ROC curve; two-alternative forced choice). The classifier is
linear, by ridge regression on ±1.

What a share means depends on the sounds: on how many there are, and how unlike they are among
themselves. So it stands on a scale: real sounds that were changed, some of them inaudibly, against
themselves as they were (`changes`). To be comparable, all classifiers are alike:
- Training never sees a sound on both sides: of one half of the real sounds it is shown the real
  ones, of the other half the changed ones. Against generated sounds it is shown as many of each.
- Sounds that are takes of each other, or near copies, lie in one fold (`two_sample.linked`), and so
  does a sound with its changed self.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.levels import Floats
from messina.evaluation.two_sample import Indices, folds, linked, scores, standardised

__all__ = ["Anchor", "Scale", "discrimination", "discrimination_of_change"]

REPEATS: Final = 6
Chosen = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """How surely real sounds are told from themselves after a known change."""

    change: str
    audible: bool
    discrimination: float


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What shares mean on these sounds."""

    anchors: Sequence[Anchor]
    sounds: int
    """Real ones."""
    others: int
    """That are held against them."""

    @property
    def limit(self) -> float:
        """Up to here is among the inaudible changes, or as good as guessing.

        Guessing, twice its standard error included: that of the rank sum (Mann & Whitney 1947).
        """
        n, m = self.sounds, self.others
        chance = 2.0 * np.sqrt((n + m + 1) / (12.0 * n * m)) if n and m else np.inf
        unheard = [anchor.discrimination for anchor in self.anchors if not anchor.audible]
        return float(np.nanmax([0.5 + chance, *unheard]))

    @property
    def discriminated(self) -> list[Anchor]:
        """The audible changes that this ear tells on these sounds, the least surely told first."""
        told = [row for row in self.anchors if row.audible and row.discrimination > self.limit]
        return sorted(told, key=lambda row: row.discrimination)

    @property
    def sharp(self) -> bool:
        """Whether most audible changes are told: else that nothing is told says nothing."""
        return 3 * len(self.discriminated) >= 2 * sum(row.audible for row in self.anchors) > 0


def discrimination(
    real: Points, other: Points, *, rng: np.random.Generator, repeats: int = REPEATS
) -> float:
    """How surely other sounds are told from real ones.

    Args:
        real: [n, D]
        other: [m, D]
        rng: Draws folds, and which sounds are shown in training.
        repeats: How often these are drawn.

    Returns:
        0.5 where it is guessing, 1 where it is always right; NaN with too few sounds.
    """
    kernel, distances = _kernel(real, other)
    each = min(len(real) // 2, len(other))
    return _discrimination(
        kernel, linked(distances), (len(real), len(other)), each, None, rng, repeats
    )


def discrimination_of_change(
    real: Points,
    changed: Points,
    *,
    rng: np.random.Generator,
    others: int,
    repeats: int = REPEATS,
) -> float:
    """How surely real sounds are told from themselves after a change.

    Args:
        real: [n, D]
        changed: [n, D], the same sounds in the same order.
        rng: Draws folds, and of which sounds the real or the changed self is shown in training.
        others: How many sounds are held against the real ones elsewhere; no more are shown here.
        repeats: How often these are drawn.

    Returns:
        As `discrimination`.
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
    """Of all pairs held out, the share told rightly; NaN where a side is missing."""
    used = held | shown
    kernel, sides, held = kernel[np.ix_(used, used)], sides[used], held[used]
    if min(len(np.unique(sides[held])), len(np.unique(sides[~held]))) < 2:
        return float("nan")
    found, own = scores(kernel, sides, held), sides[held]
    more = found[own > 0][:, None] - found[own < 0]
    return float(np.mean((more > 0) + 0.5 * (more == 0)))
