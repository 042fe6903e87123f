"""Tempo estimation: the evidence of onsets for every tempo and phase at once.

Onsets lie on a beat's ticks, on simple ones most often, with a spread of some 10 ms, and now and
then anywhere. The evidence for a beat is the mean of the logarithm of that density over the onsets,
re a density that is even: 0 for a beat that explains nothing. Faster beats leave less room between
their ticks, so that they are not preferred for having more of them.

Beats of a tempo that drifts are tracked by dynamic programming: of all ways to lay beats through
the recording, the one whose beats lie on the strongest onsets and whose distances stay nearest to
the tempo heard around them, which is read from overlapping stretches. Ref: Ellis (2007), "Beat
tracking by dynamic programming".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.events import TICKS_PER_BEAT
from messina.rhythm.onsets import Onsets

__all__ = [
    "FASTEST_BPM",
    "SLOWEST_BPM",
    "Beat",
    "Stretches",
    "best_phase",
    "best_steady",
    "evidence",
    "read_stretches",
    "steady_beats",
    "tempo_prior",
    "track_beats",
]

SLOWEST_BPM: Final = 57.0
FASTEST_BPM: Final = 210.0
_USUAL_BPM: Final = 118.0
_USUAL_OCTAVES: Final = 0.55
_PRIOR_WEIGHT: Final = 0.5

_SPREAD_S: Final = 0.010
_ANYWHERE: Final = 0.05
"""Share of the onsets that keep to nothing."""
_BINS: Final = 480
"""Phases of a beat that are told apart."""

_SHARES: Final = (
    (1, 0.36),
    (2, 0.26),
    (4, 0.26),
    (3, 0.07),
    (8, 0.03),
    (24, 0.02),
)
"""Of the onsets that keep to a grid, how many lie on a beat, and newly on each division of it."""

_SWINGS: Final = (
    (0.30, 0.60, 0.80),
    (1 / 3, 2 / 3, 5 / 6),
    (0.30, 0.50, 0.80),
    (1 / 3, 0.50, 5 / 6),
)
"""Where the quarters of a beat lie when its halves, or theirs, are swung."""
_SWUNG_SHARES: Final = (0.4, 0.15, 0.3, 0.15)
_UNUSUAL: Final = np.array([0.0] + [0.15] * len(_SWINGS))[:, None]


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A steady beat: its period, where one of its beats lies, and how much speaks for it."""

    period_s: float
    phase_s: float
    """0 <= phase_s < period_s."""
    timing: float
    """Evidence of the onsets' places alone."""

    @property
    def score(self) -> float:
        """Evidence of the onsets and the prior of the tempo together, both log."""
        return self.timing + float(tempo_prior(self.tempo_bpm))

    @property
    def tempo_bpm(self) -> float:
        """Beats a minute."""
        return 60.0 / self.period_s


def tempo_prior(tempo_bpm: Floats | float) -> Floats:
    """Log prior of a tempo relative to the most usual one, <= 0."""
    octaves = np.log2(np.asarray(tempo_bpm, np.float64) / _USUAL_BPM)
    return np.asarray(-0.5 * _PRIOR_WEIGHT * (octaves / _USUAL_OCTAVES) ** 2)


def evidence(times_s: Floats, weights: Floats, period_s: float) -> Floats:
    """Mean log density [BINS] of onsets relative to an even one, for each phase of a beat.

    It is that of the likeliest division of the beat, less for one that is not usual.
    """
    place = np.rint(times_s / period_s % 1.0 * _BINS).astype(np.int64) % _BINS
    onsets = np.bincount(place, weights, minlength=_BINS) / weights.sum()
    # evidence[p] = sum_i onsets[i] * density[i - p]
    product = np.fft.rfft(onsets) * np.conj(_density_spectra(_coarse(period_s)))
    of_division = np.fft.irfft(product, _BINS)  # [divisions, BINS]
    return np.asarray((of_division - _UNUSUAL).max(axis=0))


def _coarse(period_s: float) -> float:
    """The period to 2 %: the density hardly changes within that."""
    return float(1.02 ** np.rint(np.log(period_s) / np.log(1.02)))


@lru_cache(maxsize=512)
def _density_spectra(period_s: float) -> NDArray[np.complex128]:
    """Transforms [divisions, BINS / 2 + 1] of the log density of an onset's place within a beat."""
    phase = np.arange(_BINS) / _BINS
    apart = np.minimum(phase, 1.0 - phase)
    spread = _SPREAD_S / period_s
    bell = np.exp(-0.5 * (apart / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
    density = np.fft.irfft(np.fft.rfft(bell) * _tick_spectra(), _BINS)
    log_density = np.log((1 - _ANYWHERE) * np.maximum(density, 0.0) + _ANYWHERE)
    return np.asarray(np.fft.rfft(log_density))


@cache
def _tick_spectra() -> NDArray[np.complex128]:
    """Transforms of the ticks' shares of each division, each at its place among the phases."""
    places = np.zeros((1 + len(_SWINGS), _BINS))
    places[0, :: _BINS // TICKS_PER_BEAT] = _tick_shares()
    for row, (first, second, third) in zip(places[1:], _SWINGS, strict=True):
        for place, share in zip((0.0, first, second, third), _SWUNG_SHARES, strict=True):
            row[round(place * _BINS) % _BINS] += share
    return np.asarray(np.fft.rfft(places))


def _tick_shares() -> Floats:
    """How often each tick [TICKS_PER_BEAT] of a beat is hit."""
    shares = np.zeros(TICKS_PER_BEAT)
    known = np.zeros(TICKS_PER_BEAT, bool)
    for division, share in _SHARES:
        new = np.zeros(TICKS_PER_BEAT, bool)
        new[:: TICKS_PER_BEAT // division] = True
        new &= ~known
        known |= new
        shares[new] = share / new.sum()
    return shares


def best_phase(
    times_s: Floats, weights: Floats, period_s: float, *, near_s: float | None = None
) -> Beat:
    """The best phase of a beat of this period; near_s: only phases so near to 0."""
    of_phase = evidence(times_s, weights, period_s)
    if near_s is not None:
        phase = np.arange(_BINS) / _BINS
        away = np.minimum(phase, 1.0 - phase) * period_s
        of_phase = np.where(away <= near_s, of_phase, -np.inf)
    best = int(np.argmax(of_phase))
    timing = float(of_phase[best])
    return Beat(period_s=period_s, phase_s=best / _BINS * period_s, timing=timing)


def steady_beats(
    times_s: Floats,
    weights: Floats,
    *,
    slowest_bpm: float = SLOWEST_BPM,
    fastest_bpm: float = FASTEST_BPM,
) -> list[Beat]:
    """The best beat of every tempo for onsets [n] that are not all at one time, slowest first."""
    span = max(float(times_s[-1] - times_s[0]), 1.0)
    count = int(np.log(fastest_bpm / slowest_bpm) * span / (0.7 * _SPREAD_S)) + 2
    tempi: NDArray[np.float64] = np.geomspace(slowest_bpm, fastest_bpm, count)
    return [best_phase(times_s, weights, float(60.0 / tempo)) for tempo in tempi]


def best_steady(
    times_s: Floats,
    weights: Floats,
    *,
    slowest_bpm: float = SLOWEST_BPM,
    fastest_bpm: float = FASTEST_BPM,
) -> Beat:
    """The beat of the highest score among `steady_beats`."""
    beats = steady_beats(times_s, weights, slowest_bpm=slowest_bpm, fastest_bpm=fastest_bpm)
    return max(beats, key=lambda beat: beat.score)


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
    """Tempo estimates of overlapping stretches of a recording."""

    def __init__(self, centres_s: Floats, periods_s: Floats, score: float) -> None:
        self.centres_s = centres_s
        self.periods_s = periods_s
        self.score = score
        """Mean evidence of a steady beat within them."""

    def period_at(self, times_s: Floats) -> Floats:
        """Seconds a beat lasts at times in s."""
        return np.asarray(np.interp(times_s, self.centres_s, self.periods_s), np.float64)


def read_stretches(onsets: Onsets, length_s: float) -> Stretches | None:
    """Estimates the tempo over time; None where too little happens."""
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
    """Beat times in s [n] by dynamic programming, continued evenly to the recording's ends.

    Ref: Ellis (2007), "Beat tracking by dynamic programming".
    """
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
