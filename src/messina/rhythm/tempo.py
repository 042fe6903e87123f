"""How well a steady beat explains the onsets, for every tempo and phase at once.

Onsets lie on a beat's ticks, on simple ones most often, with a spread of some 10 ms, and now and
then anywhere. The evidence for a beat is the mean of the logarithm of that density over the onsets,
re a density that is even: 0 for a beat that explains nothing. Faster beats leave less room between
their ticks, so that they are not preferred for having more of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.events import TICKS_PER_BEAT

__all__ = [
    "FASTEST_BPM",
    "SLOWEST_BPM",
    "Beat",
    "best_phase",
    "best_steady",
    "evidence",
    "steady_beats",
    "tempo_prior",
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
        """The same, less for a tempo that is not usual."""
        return self.timing + float(tempo_prior(self.tempo_bpm))

    @property
    def tempo_bpm(self) -> float:
        return 60.0 / self.period_s


def tempo_prior(tempo_bpm: Floats | float) -> Floats:
    """How much less a tempo is expected than the usual one, <= 0."""
    octaves = np.log2(np.asarray(tempo_bpm, np.float64) / _USUAL_BPM)
    return np.asarray(-0.5 * _PRIOR_WEIGHT * (octaves / _USUAL_OCTAVES) ** 2)


def evidence(times_s: Floats, weights: Floats, period_s: float) -> Floats:
    """Mean log density [BINS] re even, for a beat at each phase of the period.

    That of the likeliest division of the beat, less for one that is not usual.
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
    """The best phase for a period; `near_s`: only so near to 0."""
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
    """The best of `steady_beats`."""
    beats = steady_beats(times_s, weights, slowest_bpm=slowest_bpm, fastest_bpm=fastest_bpm)
    return max(beats, key=lambda beat: beat.score)
