"""Whether the onsets of a recording are one hit and its echoes.

A delay repeats what it is given softer each time, at one distance, or nearer and nearer as a ball
bounces; what repeats is the same sound, a little duller perhaps. Hits of a session are further
apart, differ, or are not in order of their level.

Ref: Zölzer (2011), "DAFX", section 2.6, recursive combs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.flux import band_levels
from messina.units import SAMPLE_RATE

__all__ = ["are_echoes"]

LONGEST_S: Final = 1.1
"""Between two echoes: a half note at 110 bpm. Sessions leave more time for a hit to die away."""
EVEN: Final = 0.04
"""How far distances may be from the first, as a share of it."""
EVEN_S: Final = 0.012
"""The same, as onsets are found to two frames only."""
SOFTER_DB: Final = 0.7
"""From one echo to the next at least; the feedback of a delay that dies away."""
STEADY_DB: Final = 4.0
"""How far a step in level may be from the middle one; tones drift and filters act at first."""
ALIKE: Final = 0.75
"""Correlation of the bands' levels from one echo to the next."""

_HEARD_S: Final = 0.1
_RANGE_DB: Final = 40.0


def are_echoes(mid: NDArray[np.float32], onsets: Sequence[int], peaks_db: Sequence[float]) -> bool:
    """Of a signal [N], samples at which sounds begin, and how loud each is at its loudest."""
    if len(onsets) < 3:
        return False
    gaps_s = np.diff(onsets) / SAMPLE_RATE
    if gaps_s.max() > LONGEST_S:
        return False
    # an echo that is no clear onset leaves a gap that is a multiple
    repeats = np.rint(gaps_s / gaps_s.min())
    tolerance_s = max(EVEN * gaps_s.min(), EVEN_S)
    if np.any(np.abs(gaps_s - repeats * np.median(gaps_s / repeats)) > tolerance_s):
        if np.any(np.diff(gaps_s) >= 0):
            return False
        repeats = np.ones(len(gaps_s))  # a ball, from bounce to bounce
    steps_db = -np.diff(peaks_db) / repeats
    steady = bool(np.all(np.abs(steps_db - np.median(steps_db)) <= STEADY_DB))
    return (
        steady
        and float(steps_db.min()) >= SOFTER_DB
        and _all_alike(mid, onsets, float(gaps_s.min()))
    )


def _all_alike(mid: NDArray[np.float32], onsets: Sequence[int], gap_s: float) -> bool:
    length = round(min(_HEARD_S, gap_s) * SAMPLE_RATE)
    colours = [_colour(mid[start : start + length]) for start in onsets]
    return all(float(one @ next_) >= ALIKE for one, next_ in itertools.pairwise(colours))


def _colour(part: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels of the bands re their mean, at length 1, the highest within the part."""
    levels = band_levels(part).max(axis=0).astype(np.float64)
    levels = np.maximum(levels, levels.max() - _RANGE_DB)
    levels -= levels.mean()
    colour: NDArray[np.float64] = levels / max(float(np.linalg.norm(levels)), 1e-9)
    return colour
