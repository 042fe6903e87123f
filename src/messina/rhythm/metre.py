"""Onsets → grid: a loop of whole beats, a steady beat, one that drifts, or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from messina.corpus.levels import Floats
from messina.events import TICKS_PER_BEAT
from messina.rhythm.bars import beats_per_bar, downbeat, is_compound
from messina.rhythm.grid import Grid, free_grid
from messina.rhythm.onsets import Onsets
from messina.rhythm.tempo import FASTEST_BPM, SLOWEST_BPM, Beat, best_phase, best_steady
from messina.rhythm.tracking import read_stretches, track_beats

__all__ = ["find_grid"]

LEAST_ONSETS: Final = 4
LEAST_SCORE: Final = 0.3
LEAST_SCORE_FEW: Final = 4.0
"""A beat is believed above LEAST_SCORE + this / onsets: some beat fits any few onsets."""
LOOP_SHARE: Final = 0.7
"""Of that score, a beat the recording is a whole number of needs: there are few of these."""
LOOP_LEAD: Final = 0.30
"""It is taken even where another beat fits so much better."""
LOOP_STARTS_S: Final = 0.030
FIRST_COUNTS: Final = 3.0
LONGEST_STEADY_S: Final = 60.0
"""Onsets after this are not asked for a steady beat: the grid is tracked then."""
DRIFT_FROM_S: Final = 12.0
DRIFT_LEAD: Final = 0.25
"""So much better a beat must fit stretches of a recording than all of it, to be tracked."""


def find_grid(onsets: Onsets, length_s: float) -> Grid:
    """The grid of a recording of this length."""
    if len(onsets) < LEAST_ONSETS:
        return free_grid(length_s)
    least = LEAST_SCORE + LEAST_SCORE_FEW / len(onsets)
    early = onsets.times_s < LONGEST_STEADY_S
    steady = best_steady(onsets.times_s[early], _weights(onsets)[early])
    loop = max(_whole_loops(onsets, length_s), key=lambda pair: pair[1].score, default=None)
    if loop and loop[1].score >= max(steady.score - LOOP_LEAD, LOOP_SHARE * least):
        return _loop_grid(onsets, *loop)
    if length_s > DRIFT_FROM_S and (drifting := _tracked(onsets, length_s, steady, least)):
        return drifting
    if steady.score < least:
        return free_grid(length_s)
    first = _first_beat(steady, float(onsets.times_s[0]))
    return _steady_grid(onsets, first, steady.period_s, length_s)


def _whole_loops(onsets: Onsets, length_s: float) -> Iterator[tuple[int, Beat]]:
    """Every number of beats the whole recording may be, with that beat."""
    fewest = max(1, int(np.ceil(length_s * SLOWEST_BPM / 60.0)))
    most = int(length_s * FASTEST_BPM / 60.0)
    for count in range(fewest, most + 1):
        period = length_s / count
        yield count, best_phase(onsets.times_s, _weights(onsets), period, near_s=LOOP_STARTS_S)


def _weights(onsets: Onsets) -> Floats:
    """How much each onset [n] counts: as strong as it is, the first more, for most begin on one."""
    weights = onsets.strength_db.copy()
    weights[0] *= FIRST_COUNTS
    return weights


def _loop_grid(onsets: Onsets, count: int, beat: Beat) -> Grid:
    period = beat.period_s
    start = (beat.phase_s + period / 2) % period - period / 2
    places = (onsets.times_s - start) / period
    if is_compound(onsets, places) and 60.0 / period * 2 <= FASTEST_BPM:
        count, period, places = 2 * count, period / 2, 2 * places
    return Grid(
        beats_s=start + period * np.arange(count + 1, dtype=np.float64),
        ticks=count * TICKS_PER_BEAT,
        beats_per_bar=beats_per_bar(onsets, places, loop_beats=count),
    )


def _first_beat(beat: Beat, first_onset_s: float) -> float:
    """The last beat that is not after the first onset, give or take a tenth of a beat."""
    beats_before = np.floor((first_onset_s - beat.phase_s) / beat.period_s + 0.1)
    return float(beat.phase_s + beats_before * beat.period_s)


def _steady_grid(onsets: Onsets, first_s: float, period_s: float, length_s: float) -> Grid:
    places = (onsets.times_s - first_s) / period_s
    if is_compound(onsets, places) and 60.0 / period_s * 2 <= FASTEST_BPM:
        period_s, places = period_s / 2, 2 * places
    count = max(2, int(np.ceil((length_s - first_s) / period_s)) + 1)
    beats = first_s + period_s * np.arange(count, dtype=np.float64)
    return _with_bars(onsets, beats, places, length_s)


def _tracked(onsets: Onsets, length_s: float, steady: Beat, least: float) -> Grid | None:
    """The grid of a tempo that drifts, where that fits clearly better than a steady one."""
    stretches = read_stretches(onsets, length_s)
    if stretches is None or stretches.score < max(least + 0.2, steady.score + DRIFT_LEAD):
        return None
    beats = track_beats(onsets, length_s, stretches)
    if len(beats) < 2:
        return None
    while beats[0] > onsets.times_s[0] + 0.1 * (beats[1] - beats[0]):
        beats = np.insert(beats, 0, 2 * beats[0] - beats[1])
    places = np.interp(onsets.times_s, beats, np.arange(len(beats), dtype=np.float64))
    return _with_bars(onsets, beats, places, length_s)


def _with_bars(onsets: Onsets, beats_s: Floats, places: Floats, length_s: float) -> Grid:
    """The grid of a take: its bars are read from its strokes."""
    bar = beats_per_bar(onsets, places)
    first_bar = downbeat(onsets, places, bar)
    last, before_last = float(beats_s[-1]), float(beats_s[-2])
    length = len(beats_s) - 1 + (length_s - last) / (last - before_last)
    return Grid(
        beats_s=beats_s,
        ticks=max(1, round(length * TICKS_PER_BEAT)),
        beats_per_bar=bar,
        first_tick=(-first_bar % bar) * TICKS_PER_BEAT,
    )
