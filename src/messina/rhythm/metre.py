"""Onsets → grid: a loop of whole beats, a steady beat, or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from messina.events import TICKS_PER_BEAT
from messina.rhythm.grid import Grid, even_grid, free_grid
from messina.rhythm.onsets import Onsets
from messina.rhythm.tempo import FASTEST_BPM, SLOWEST_BPM, Beat, best_phase, best_steady

__all__ = ["find_grid"]

LEAST_ONSETS: Final = 4
LEAST_SCORE: Final = 0.35
LEAST_SCORE_FEW: Final = 4.0
"""A beat is believed above LEAST_SCORE + this / onsets: some beat fits any few onsets."""
LOOP_LEAD: Final = 0.30
"""A beat the recording is a whole number of is taken even where another fits so much better."""
LOOP_STARTS_S: Final = 0.030


def find_grid(onsets: Onsets, length_s: float) -> Grid:
    """The grid of a recording of this length."""
    if len(onsets) < LEAST_ONSETS:
        return free_grid(length_s)
    times, weights = onsets.times_s, onsets.strength_db
    steady = best_steady(times, weights)
    least = LEAST_SCORE + LEAST_SCORE_FEW / len(onsets)
    loop = max(_whole_loops(onsets, length_s), key=lambda pair: pair[1].score, default=None)
    if loop and loop[1].score >= max(steady.score - LOOP_LEAD, 0.7 * least):
        count, beat = loop
        return even_grid(
            first_s=(beat.phase_s + beat.period_s / 2) % beat.period_s - beat.period_s / 2,
            period_s=beat.period_s,
            ticks=count * TICKS_PER_BEAT,
            beats_per_bar=3 if count % 3 == 0 and count % 4 else 4,
        )
    if steady.score < least:
        return free_grid(length_s)
    return _steady_grid(steady, float(times[0]), length_s)


def _whole_loops(onsets: Onsets, length_s: float) -> Iterator[tuple[int, Beat]]:
    """Every number of beats the whole recording may be, with that beat."""
    fewest = max(1, int(np.ceil(length_s * SLOWEST_BPM / 60.0)))
    most = int(length_s * FASTEST_BPM / 60.0)
    for count in range(fewest, most + 1):
        period = length_s / count
        yield count, best_phase(onsets.times_s, onsets.strength_db, period, near_s=LOOP_STARTS_S)


def _steady_grid(beat: Beat, first_onset_s: float, length_s: float) -> Grid:
    """From the last beat that is not after the first onset to the recording's end."""
    beats_before = np.floor((first_onset_s - beat.phase_s) / beat.period_s + 0.1)
    first = beat.phase_s + beats_before * beat.period_s
    ticks = max(1, round((length_s - first) / beat.period_s * TICKS_PER_BEAT))
    return even_grid(first_s=first, period_s=beat.period_s, ticks=ticks)
