"""The fine spectra an instrument keeps: those of its sounds, or of some of each label.

A new sound has the modes of a relative: of the hits of one cymbal all are alike in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import unpack_fine

__all__ = ["MOST_FINE_SPECTRA", "FineSpectra", "choose_fine"]

Real = NDArray[np.float32]
Packed = NDArray[np.uint8]

MOST_FINE_SPECTRA: Final = 256
"""Of more sounds, those of each label in turn are kept: a megabyte is enough."""


class FineSpectra:
    """The fine spectra an instrument keeps, and which of them each known sound has."""

    def __init__(self, packed: Packed, of: NDArray[np.uint8]) -> None:
        """Args: packed [M, FINE_CELLS / 2]; of [S]: the one of each known sound."""
        self._packed = packed
        self._of = of

    def of(self, sound: int) -> NDArray[np.uint8]:
        """Codes [FINE_CELLS] of a known sound."""
        return unpack_fine(self._packed[self._of[sound]])


def choose_fine(
    labels: Sequence[int] | NDArray[np.int64], means: Real
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which sounds' fine spectra are kept [M], and which of these each sound has [S].

    Args:
        labels: Of each sound [S].
        means: Their latents [S, latent]: a sound whose own is not kept has the nearest's.
    """
    labels = np.asarray(labels)
    turn = np.zeros(len(labels), np.int64)  # which of its label a sound is
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    kept = np.sort(np.argsort(turn, kind="stable")[:MOST_FINE_SPECTRA])
    of = np.zeros(len(labels), np.uint8)
    for label in np.unique(labels):
        own, there = np.flatnonzero(labels == label), np.flatnonzero(labels[kept] == label)
        there = there if len(there) else np.arange(len(kept))
        for sound in own:
            away = np.square(means[kept[there]].astype(np.float64) - means[sound]).sum(axis=1)
            away[kept[there] == sound] = -1.0
            of[sound] = there[np.argmin(away)]
    return kept, of
