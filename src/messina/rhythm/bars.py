"""Beats → bars: how many beats a bar has, and where the first of them is.

A bar is what comes again: the strokes of one beat are compared with those of the beats after it,
in time and in how high they sound. A bar has four beats unless three are clearly more alike.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from messina.corpus.levels import Floats
from messina.rhythm.onsets import PROFILE, Onsets

__all__ = ["beats_per_bar", "downbeat", "is_compound"]

SLOTS: Final = 4
"""Of a beat."""
CLEARLY: Final = 0.1
LEAST_BEATS: Final = 9


def _strokes(onsets: Onsets, places: Floats) -> Floats:
    """What is struck in each slot [slots, PROFILE] of the beats, for onsets at places in beats."""
    slots = np.rint(places * SLOTS).astype(np.int64)
    strokes = np.zeros((max(0, int(slots.max(initial=-1))) + SLOTS, PROFILE))
    inside = slots >= 0
    np.add.at(strokes, slots[inside], onsets.profile_db[inside])
    return strokes


def _likeness(strokes: Floats, lag: int) -> float:
    """Mean cosine of each stretch of a beat and the one `lag` slots later; 0 when none has both."""
    count = (len(strokes) - lag) // SLOTS * SLOTS
    if count < SLOTS:
        return 0.0
    first = strokes[:count].reshape(-1, SLOTS * PROFILE)
    later = strokes[lag : lag + count].reshape(-1, SLOTS * PROFILE)
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(later, axis=1)
    heard = norms > 0
    return float(((first * later).sum(axis=1)[heard] / norms[heard]).mean()) if heard.any() else 0.0


def beats_per_bar(onsets: Onsets, places: Floats, *, loop_beats: int | None = None) -> int:
    """4, or 3 where that is clearly better; places [n] of the onsets in beats.

    A loop of so many beats has whole bars.
    """
    if loop_beats is not None and loop_beats % 3 and loop_beats % 4 == 0:
        return 4
    if loop_beats is not None and loop_beats % 3 == 0 and loop_beats % 2:
        return 3
    strokes = _strokes(onsets, places)
    if len(strokes) < LEAST_BEATS * SLOTS:
        return 3 if loop_beats == 6 else 4
    three, four = (_likeness(strokes, beats * SLOTS) for beats in (3, 4))
    return 3 if three > four + CLEARLY else 4


def is_compound(onsets: Onsets, places: Floats) -> bool:
    """Whether what comes again are three half beats: the true beats are twice as fast."""
    strokes = _strokes(onsets, places)
    if len(strokes) < LEAST_BEATS * SLOTS // 2:
        return False
    half = SLOTS // 2
    three = _likeness(strokes, 3 * half)
    # a bar of four beats may hold strokes three half beats apart, but comes again whole
    return three > max(_likeness(strokes, count * half) for count in (2, 4, 8)) + CLEARLY


def downbeat(onsets: Onsets, places: Floats, beats: int) -> int:
    """Which of the first `beats` beats begins a bar: the one with the lows."""
    near = np.rint(places).astype(np.int64)
    on_beat = (np.abs(places - near) < 0.1) & (near >= 0)
    scores = [onsets.lows[on_beat & (near % beats == beat)].sum() for beat in range(beats)]
    # the first beat there is, unless another is clearly heavier
    best = int(np.argmax(scores))
    return best if scores[best] > 1.2 * scores[0] else 0
