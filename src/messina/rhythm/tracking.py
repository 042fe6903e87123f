"""Beats of a tempo that drifts, by dynamic programming.

Of all ways to lay beats through the recording, the one whose beats lie on the strongest onsets and
whose distances stay nearest to the tempo heard around them, which is read from overlapping
stretches. Ref: Ellis (2007), "Beat tracking by dynamic programming".
"""

from __future__ import annotations

from typing import Final

import numpy as np

from messina.corpus.levels import Floats
from messina.rhythm.onsets import Onsets
from messina.rhythm.tempo import FASTEST_BPM, SLOWEST_BPM, best_steady

__all__ = ["Stretches", "read_stretches", "track_beats"]

STRETCH_S: Final = 8.0
LEAST_ONSETS: Final = 6
MOST_ASKED: Final = 12
"""So many stretches are asked for any tempo, the others for one near the middle of these."""
STEP_S: Final = 0.005
TIGHTNESS: Final = 120.0
"""Cost of a beat that is e times too long, re the strength of an onset of middle strength."""
_DRIFT: Final = 1.18
"""A stretch's tempo is looked for within this factor of the middle one."""


class Stretches:
    """Tempo read from overlapping stretches of a recording."""

    def __init__(self, centres_s: Floats, periods_s: Floats, score: float) -> None:
        self.centres_s = centres_s
        self.periods_s = periods_s
        self.score = score
        """Mean evidence of a steady beat within them."""

    def period_at(self, times_s: Floats) -> Floats:
        """Seconds a beat lasts at these times."""
        return np.asarray(np.interp(times_s, self.centres_s, self.periods_s), np.float64)


def read_stretches(onsets: Onsets, length_s: float) -> Stretches | None:
    """The tempo over time, or None where too little happens."""
    starts = np.arange(0.0, max(length_s - STRETCH_S / 2, 0.1), STRETCH_S / 2)
    parts = [_part(onsets, start) for start in starts]
    heard = [(start, part) for start, part in zip(starts, parts, strict=True) if part is not None]
    if not heard:
        return None
    some = heard[:: max(1, len(heard) // MOST_ASKED)]
    periods = np.array([best_steady(*part).period_s for _, part in some])
    middle_bpm = 60.0 / float(np.median(periods))
    slowest = max(middle_bpm / _DRIFT, SLOWEST_BPM / _DRIFT)
    fastest = min(middle_bpm * _DRIFT, FASTEST_BPM * _DRIFT)
    beats = [best_steady(*part, slowest_bpm=slowest, fastest_bpm=fastest) for _, part in heard]
    return Stretches(
        centres_s=np.array([start + STRETCH_S / 2 for start, _ in heard]),
        periods_s=np.array([beat.period_s for beat in beats]),
        score=float(np.mean([beat.score for beat in beats])),
    )


def _part(onsets: Onsets, start_s: float) -> tuple[Floats, Floats] | None:
    times = onsets.times_s
    inside = (times >= start_s) & (times < start_s + STRETCH_S)
    if inside.sum() < LEAST_ONSETS:
        return None
    return times[inside], onsets.strength_db[inside]


def track_beats(onsets: Onsets, length_s: float, stretches: Stretches) -> Floats:
    """Times of the beats [n], evenly continued to the recording's ends."""
    steps = int(length_s / STEP_S) + 1
    strength = _strength(onsets, steps)
    periods = stretches.period_at(np.arange(steps, dtype=np.float64) * STEP_S) / STEP_S
    score = strength.copy()
    before = np.full(steps, -1, np.int64)
    for step in range(steps):
        low, high = step - int(1.8 * periods[step]), step - int(0.55 * periods[step])
        if high <= 0:
            continue
        earlier = np.arange(max(0, low), high)
        cost = TIGHTNESS * np.log((step - earlier) / periods[step]) ** 2
        total = score[earlier] - cost
        best = int(np.argmax(total))
        if total[best] > 0.0:
            score[step] += total[best]
            before[step] = earlier[best]
    last = steps - 1 - int(np.argmax(score[::-1][: int(1.5 * periods[-1])]))
    path = [last]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return _smoothed(np.array(path[::-1]) * STEP_S, onsets)


def _strength(onsets: Onsets, steps: int) -> Floats:
    """Onset strength [steps], each onset a bell of 15 ms, of middle strength 1."""
    strength = np.zeros(steps)
    weights = onsets.strength_db / max(float(np.median(onsets.strength_db)), 1e-9)
    reach = 9
    for time, weight in zip(onsets.times_s, weights, strict=True):
        centre = round(time / STEP_S)
        around = np.arange(max(0, centre - reach), min(steps, centre + reach + 1))
        bell = weight * np.exp(-0.5 * ((around * STEP_S - time) / 0.015) ** 2)
        strength[around] = np.maximum(strength[around], bell)
    return strength


def _smoothed(beats_s: Floats, onsets: Onsets) -> Floats:
    """Beats drawn to the onsets beside them, then evened: micro-timing is not tempo."""
    if len(beats_s) < 4:
        return beats_s
    near = np.abs(onsets.times_s[:, None] - beats_s)
    closest = onsets.times_s[near.argmin(axis=0)]
    beats = np.where(near.min(axis=0) < 0.03, closest, beats_s)
    for _ in range(2):
        inner = 0.25 * beats[:-2] + 0.5 * beats[1:-1] + 0.25 * beats[2:]
        beats = np.concatenate([beats[:1], inner, beats[-1:]])
    return beats
