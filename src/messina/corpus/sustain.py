"""Whether a sound is sustained, and which part of it is steady.

A sustained sound keeps its level until it is let go: most of it lies near one level, which hardly
falls from the first quarter of that to the last; then it is released, or its file ends. What rings
out falls from the start, however slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix, moving_rms
from messina.frames.layout import HOP, LEAST_STEADY, Steady
from messina.units import SAMPLE_RATE

__all__ = ["steady_part", "sustained_labels"]

_WINDOW: Final = 8 * HOP
"""46 ms: two periods of the lowest notes."""
_AUDIBLE_DB: Final = 12.0
_RISEN_DB: Final = 3.0
_LET_GO_DB: Final = 6.0
_LEAST_SHARE: Final = 0.5
"""Of the sound that has to be sustained."""
_LEAST_S: Final = 0.4
_MOST_FALL_DB: Final = 3.0
_MOST_SLOPE_DB_S: Final = 2.5
"""Bounds of how far and how fast the level of a sustained sound falls."""
_ASKED_FALL_DB: Final = 12.0
"""The same where the table says that it is sustained, however it falls."""
_SETTLED: Final = 0.25
"""Of the sustained part, which the attack may still be moving in."""
_BLURRED: Final = 0.9
"""From here on a decoded sound knows of its release: points of the time grid lie so far apart."""


def steady_part(audio: NDArray[np.float32], *, asked: bool = False) -> Steady | None:
    """The steady part of a sound [N, C] with its onset at sample 0; None where it has none.

    asked: its level may sway and fall as far as it will, if only there is a level.
    """
    level = 20 * np.log10(moving_rms(np.square(downmix(audio)), _WINDOW, hop=HOP) + 1e-7)
    high = np.flatnonzero(level > level.max() - _AUDIBLE_DB)
    middle = float(np.median(level[high]))
    start = int(np.argmax(level > middle - _RISEN_DB))
    last = int(np.flatnonzero(level > middle - _LET_GO_DB)[-1])
    length = last - start
    if length * HOP < _LEAST_S * SAMPLE_RATE or length < _LEAST_SHARE * len(level):
        return None
    quarter = length // 4
    fall = float(level[start : start + quarter].mean() - level[last - quarter : last].mean())
    slope = fall / (0.75 * length * HOP / SAMPLE_RATE)
    if fall > (_ASKED_FALL_DB if asked else _MOST_FALL_DB):
        return None
    if not asked and slope > _MOST_SLOPE_DB_S:
        return None
    release = _release(level, last)
    first = start + round(_SETTLED * length)
    stop = min(round(_BLURRED * release), release - _WINDOW // HOP)
    if stop - first < LEAST_STEADY:
        return None
    return Steady(start=first, stop=stop, release=release)


def _release(level: NDArray[np.float64], last: int) -> int:
    """The frame from which the level falls for good, to be down at `last`."""
    before = level[max(0, last - 86) : max(1, last - 17)]  # 0.5 … 0.1 s
    low = float(np.percentile(before, 10)) - 1.0  # a tremolo's lows are no release
    place = last
    while place > last - 86 and level[place] < low:
        place -= 1
    return place


def sustained_labels(
    labels: Sequence[str], found: Sequence[Steady | None], notes: Sequence[float | None]
) -> frozenset[str]:
    """The labels most of whose sounds are notes that are sustained.

    Hum, hiss and what a machine says keep their level, too, but are no notes.
    """
    votes: dict[str, int] = {}
    for label, steady, note in zip(labels, found, notes, strict=True):
        votes[label] = votes.get(label, 0) + (1 if steady and note is not None else -1)
    return frozenset(label for label, vote in votes.items() if vote > 0)
