"""Hypotheses about a recording: tempo, metre, where its bars begin, and their likelihood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from messina.corpus.levels import Floats
from messina.rhythm.bars import FEELS, Feel, Metre, Span, explain, metres, onset_strengths
from messina.rhythm.onsets import Onsets
from messina.rhythm.tempo import Beat, best_phase, steady_beats

__all__ = ["Reading", "best_bars", "loop_readings", "steady_readings", "weights_of"]

LOOP_STARTS_S: Final = 0.030
FIRST_COUNTS: Final = 3.0
MOST_LOOPS: Final = 24
MOST_STEADY: Final = 10
"""Tempi whose bars are looked at."""
BEHIND: Final = 1.2
"""Tempi whose timing is so much worse than the best's are not asked for bars."""

_BARS: Final = {1: -0.7, 2: 0.0, 4: 0.0, 8: -0.3, 16: -0.7, 32: -1.0, 3: -3.0, 6: -2.0, 12: -2.0}
"""Logarithm of the share of loops with so many bars, but for a constant."""
_OTHER_BARS: Final = -4.0
_PART_OF_A_BAR: Final = -5.0
_NO_LOOP: Final = -5.0
"""Of a tempo that can be any: it is chosen to fit, and one of few beats is not."""
_LATE_BAR: Final = -2.0
"""Of a recording that does not begin on the first beat of a bar."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A hypothesis about a recording: tempo, metre, where bars begin, and its log likelihood."""

    beat: Beat
    metre: Metre
    feel: Feel
    score: float
    """Log likelihood, priors included."""
    first_beat: int = 0
    """Where in its bar the beat at `beat.phase_s` lies."""
    loop_beats: int | None = None
    """A loop of so many beats; None: it is no whole number of them."""

    @property
    def in_bars(self) -> bool:
        """Whether it is a loop of as many bars as loops have."""
        count, rest = divmod(self.loop_beats or 0, self.metre.beats)
        return count > 0 and rest == 0 and count.bit_count() == 1


def weights_of(onsets: Onsets) -> Floats:
    """Weight of each onset [n]: its strength, the first more, for most loops begin on beat one."""
    weights = onsets.strength_db.copy()
    weights[0] *= FIRST_COUNTS
    return weights


def loop_readings(
    onsets: Onsets, length_s: float, counts: Iterable[int], metres: Sequence[Metre]
) -> list[Reading]:
    """Hypotheses that a recording is a loop of one of these numbers of beats."""
    weights = weights_of(onsets)
    beats = [
        (count, best_phase(onsets.times_s, weights, length_s / count, near_s=LOOP_STARTS_S))
        for count in counts
    ]
    if not beats:
        return []
    beats.sort(key=lambda pair: -pair[1].timing)
    least = beats[0][1].timing - BEHIND
    strengths = onset_strengths(onsets)
    return [
        Reading(
            beat=beat,
            metre=metre,
            feel=feel,
            loop_beats=count,
            score=share
            + explain(
                (onsets.times_s - _near_zero(beat)) / beat.period_s,
                strengths,
                metre,
                feel,
                Span(period_s=beat.period_s, first_beat=0, start=0.0, end=float(count)),
            ),
        )
        for count, beat in beats[:MOST_LOOPS]
        if beat.timing >= least
        for metre, feel in _divided(metres)
        if (share := _share_of_bars(count, metre.beats)) is not None
    ]


def _share_of_bars(count: int, beats: int) -> float | None:
    """Log share of loops of so many beats; None for parts of bars."""
    if count % beats == 0:
        return _BARS.get(count // beats, _OTHER_BARS)
    return _PART_OF_A_BAR if beats % count == 0 else None


def _near_zero(beat: Beat) -> float:
    """Where the beat nearest to the beginning is."""
    return (beat.phase_s + beat.period_s / 2) % beat.period_s - beat.period_s / 2


def _divided(metres: Sequence[Metre]) -> Iterator[tuple[Metre, Feel]]:
    return ((metre, feel) for metre in metres for feel in FEELS if feel.steps == metre.steps)


def steady_readings(
    onsets: Onsets,
    length_s: float,
    metres: Sequence[Metre],
    *,
    slowest_bpm: float,
    fastest_bpm: float,
) -> list[Reading]:
    """Hypotheses that the beats of a recording go on evenly, wherever it is cut."""
    weights = weights_of(onsets)
    beats = steady_beats(onsets.times_s, weights, slowest_bpm=slowest_bpm, fastest_bpm=fastest_bpm)
    strengths = onset_strengths(onsets)
    return [
        reading
        for beat in _peaks(beats)
        for metre, feel in _divided(metres)
        for reading in _of_bars(
            onsets, length_s, strengths, _refined(onsets, weights, beat), metre, feel
        )
    ]


def _peaks(beats: Sequence[Beat]) -> list[Beat]:
    """The tempi that explain the onsets better than those beside them, the best first."""
    timing = np.array([beat.timing for beat in beats])
    padded = np.pad(timing, 1, constant_values=-np.inf)
    is_peak = (timing >= padded[:-2]) & (timing >= padded[2:]) & (timing > timing.max() - BEHIND)
    order = sorted(np.flatnonzero(is_peak).tolist(), key=lambda index: -float(timing[index]))
    return [beats[index] for index in order[:MOST_STEADY]]


def _refined(onsets: Onsets, weights: Floats, beat: Beat) -> Beat:
    """The same beat by least squares: a line through the places of the onsets."""
    period, phase = beat.period_s, beat.phase_s
    for division in (4, 12):
        exact = (onsets.times_s - phase) / period * division
        steps = np.rint(exact)
        near = np.abs(exact - steps) * period / division < 0.025
        if near.sum() < 3 or np.ptp(steps[near]) == 0:
            return beat
        slope, start = np.polyfit(steps[near], onsets.times_s[near], 1, w=np.sqrt(weights[near]))
        if abs(slope * division / beat.period_s - 1) > 0.02:
            return beat
        if division == 4 and near.mean() > 0.7:
            period, phase = slope * division, start
            break
        if division == 12:
            period, phase = slope * division, start
    return Beat(period_s=float(period), phase_s=float(phase % period), timing=beat.timing)


def best_bars(onsets: Onsets, places: Floats, period_s: float) -> Reading:
    """The likeliest metre for beats that are known; places [n]: onsets in beats."""
    strengths = onset_strengths(onsets)
    return max(
        (
            reading
            for metre, feel in _divided(metres())
            for reading in _of_places(places, strengths, period_s, metre, feel)
        ),
        key=lambda reading: reading.score,
    )


def _of_bars(
    onsets: Onsets, length_s: float, strengths: Floats, beat: Beat, metre: Metre, feel: Feel
) -> Iterator[Reading]:
    """A beat with its bars beginning on each of their beats."""
    places = (onsets.times_s - beat.phase_s) / beat.period_s
    # a stroke that is a little early begins its beat
    first = float(np.floor(places[0] + 0.1))
    begin_s = beat.phase_s + first * beat.period_s
    for reading in _of_places(places - first, strengths, beat.period_s, metre, feel):
        length = (length_s - begin_s) / beat.period_s + reading.first_beat
        last = places[-1] - first + reading.first_beat
        ends = _share_of_ends(length, last, metre.beats, beat.period_s)
        yield replace(reading, beat=replace(beat, phase_s=begin_s), score=reading.score + ends)


def _share_of_ends(length: float, last: float, beats: int, period_s: float) -> float:
    """Log share of takes that end so, counted in beats from a bar line: the file, the last onset.

    Files that begin with silence, or within a bar, are often cut where a bar ends.
    """
    bars = _BARS.get(int((last + 0.1) // beats) + 1, _OTHER_BARS)
    away_s = abs(length / beats - round(length / beats)) * beats * period_s
    at_line = 0.5 * beats * period_s / (2 * LOOP_STARTS_S) if away_s < LOOP_STARTS_S else 0.0
    return 0.7 * bars + float(np.log(0.5 + at_line))


def _of_places(
    places: Floats, strengths: Floats, period_s: float, metre: Metre, feel: Feel
) -> Iterator[Reading]:
    for first_beat in range(metre.beats):
        span = Span(
            period_s=period_s,
            first_beat=first_beat,
            start=float(places[0]),
            end=float(places[-1]) + 1 / feel.steps,
        )
        late = _LATE_BAR if first_beat else 0.0
        yield Reading(
            beat=Beat(period_s=period_s, phase_s=0.0, timing=0.0),
            metre=metre,
            feel=feel,
            first_beat=first_beat,
            score=explain(places, strengths, metre, feel, span) + late + _NO_LOOP,
        )
