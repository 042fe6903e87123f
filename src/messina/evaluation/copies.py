"""Which generated sounds are copies of training sounds?

Points are the rows of arrays [n, D], see `descriptors`. A generated sound is as far from the corpus
as its distance to the nearest training sound. What is far is told by the training sounds: the
median distance of each to *its* nearest neighbour. Nearer than a quarter of that is suspected to
be a copy. (Played 2 ms late a training sound is a quarter off, a third of a semitone sharp or with
its noise drawn anew about a half.) Real corpora hold near copies too, repeated hits above all:
`share` is to be read beside `own_share`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.levels import Floats

__all__ = ["COPY_RATIO", "CopyCheck", "Suspect", "copy_check"]

COPY_RATIO: Final = 0.25
"""Suspected below this share of the usual distance between neighbours."""

EXACT_DISTANCE: Final = 0.25
"""Always suspected: as near as a sound is to itself after 16-bit rounding."""


class Suspect(NamedTuple):
    """A generated sound (row) that lies too near to a training sound (row)."""

    generated: int
    """Row of the generated sound."""
    training: int
    """Row of the training sound."""
    ratio: float
    """Distance over the usual distance between neighbours."""


@dataclass(frozen=True, kw_only=True)
class CopyCheck:
    """Distances of m generated sounds to n training sounds, and what they say."""

    nearest: NDArray[np.intp]  # [m], rows of training sounds
    """Row of the nearest training sound of each generated one [m]."""
    distances: Floats  # [m]
    """How far that is [m]."""
    own_distances: Floats  # [n], of each training sound to its nearest neighbour
    """How far each training sound is from its own nearest neighbour [n]."""

    @property
    def usual(self) -> float:
        """Median distance between neighbours among the training sounds; NaN for a single one."""
        return float(np.median(self.own_distances)) if len(self.own_distances) else float("nan")

    @property
    def threshold(self) -> float:
        """Distance to a training sound below which a sound is suspected."""
        return max(float(np.nan_to_num(COPY_RATIO * self.usual)), EXACT_DISTANCE)

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """The suspected copies, nearest first."""
        rows = [int(row) for row in np.argsort(self.distances, kind="stable")]
        return tuple(
            Suspect(row, int(self.nearest[row]), float(self.distances[row] / self.usual))
            for row in rows
            if self.distances[row] < self.threshold
        )

    @property
    def share(self) -> float:
        """Share of generated sounds suspected to be copies."""
        return float(np.mean(self.distances < self.threshold))

    @property
    def own_share(self) -> float:
        """Share of training sounds that would be suspected to be copies of another one."""
        return (
            float(np.mean(self.own_distances < self.threshold)) if len(self.own_distances) else 0.0
        )

    @property
    def novelty(self) -> float:
        """Median distance to the nearest training sound over the usual one; 1 is as new as real."""
        return float(np.median(self.distances) / self.usual)


@checked
def copy_check(training: Points, generated: Points) -> CopyCheck:
    """Compare each generated sound with its nearest training sound.

    Args:
        training: Points [n, D].
        generated: Points [m, D].

    Returns:
        The distances, who is suspected, and how new the generated sounds are.

    Raises:
        ValueError: One of the sets is empty.
    """
    if not len(training) or not len(generated):
        raise ValueError(
            f"{len(training)} training and {len(generated)} generated sounds: need both"
        )
    across = squared_distances(training, generated)
    own = squared_distances(training, training)
    np.fill_diagonal(own, np.inf)
    return CopyCheck(
        nearest=across.argmin(axis=0),
        distances=np.sqrt(across.min(axis=0)),
        own_distances=np.sqrt(own.min(axis=1)) if len(training) > 1 else np.empty(0),
    )
