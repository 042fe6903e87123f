"""Onsets in busy, overlapping material, to the sample.

The spectral flux says that something has begun, give or take 10 ms: its peaks above a threshold
that follows the surroundings. Where exactly is then read off the waveform, after a filter that
lets pass what has just grown: a hat over a ringing kick is looked for where the kick is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.corpus.levels import Floats, band_levels, downmix, growth_of, power
from messina.corpus.sound import Array
from messina.units import SAMPLE_RATE

__all__ = ["PROFILE", "Onsets", "find_onsets"]

HOP: Final = 128
THRESHOLD_DB: Final = 2.6
"""Growth, averaged over the bands, above the median of its surroundings."""
SHARE: Final = 0.10
"""... and above this share of the strongest onset within a second: no echo, no flutter."""
LEAST_APART_S: Final = 0.035
"""Strokes closer than this are one: a flam."""
QUIETEST_DB: Final = -60.0
"""Onsets whose 50 ms are this far below the loudest ones' are the recording's noise."""

PROFILE: Final = 4
_PARTS: Final = (3, 12, 28)
"""The bands of `flux` parted: the lowest are those of a kick, under 150 Hz."""

_AROUND: Final = round(0.1 * SAMPLE_RATE / HOP)
_SEGMENT: Final = 4096
_BEFORE: Final = round(0.005 * SAMPLE_RATE)
_AFTER: Final = round(0.003 * SAMPLE_RATE)
_RISE: Final = round(0.008 * SAMPLE_RATE)
"""A rise is looked for so far before its steepest place."""
_FINE: Final = 64
_ABOVE_BEFORE: Final = 10.0
"""Energy re what was there before that belongs to the rise."""
_PRE_ROLL: Final = 16
_EARLIEST: Final = 1024
_LATEST: Final = 384
"""The flux of a 23 ms window peaks after the onset; how far it is looked for, in samples."""
_LEAD: Final = 2048
"""Silence that is put before the recording, so that a hit on its first sample rises from it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Onsets:
    """The n onsets of a recording, in order."""

    samples: NDArray[np.int64]  # [n]
    strength_db: Floats  # [n] growth of the spectrum, averaged over the bands
    profile_db: Floats  # [n, PROFILE] the same in parts of the spectrum, lows first
    levels_db: Floats  # [n, PROFILE] level of the loudest band of each part just after them

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def times_s(self) -> Floats:
        """Times in seconds [n]."""
        return self.samples / SAMPLE_RATE

    def before(self, time_s: float) -> Onsets:
        """The onsets before a time."""
        early = self.times_s < time_s
        return Onsets(
            samples=self.samples[early],
            strength_db=self.strength_db[early],
            profile_db=self.profile_db[early],
            levels_db=self.levels_db[early],
        )


def find_onsets(audio: Array) -> Onsets:
    """Onsets of a recording [N, C]; the first may be at sample 0."""
    mid = np.pad(downmix(audio), (_LEAD, _SEGMENT))
    levels = band_levels(mid, hop=HOP)
    growth = growth_of(levels, hop=HOP)
    flux = np.asarray(growth.mean(axis=1), np.float64)
    frames = _peaks(flux)
    samples = np.array([_exact(mid, frame * HOP) for frame in frames], np.int64)
    strength = flux[frames]
    kept = _apart(samples, strength)
    kept = kept[_is_audible(np.pad(power(audio), (_LEAD, _SEGMENT)), samples[kept])]
    # what begins in the last moment is the beginning of what the recording was cut from
    kept = kept[samples[kept] - _LEAD < max(1, len(audio) - LEAST_APART_S * SAMPLE_RATE)]
    start = np.maximum(samples[kept] - _LEAD, 0)
    just_after = levels[np.minimum(frames[kept] + 4, len(levels) - 1)]
    return Onsets(
        samples=start,
        strength_db=strength[kept],
        profile_db=_profile(growth[frames[kept]]),
        levels_db=_loudest(just_after),
    )


def _profile(growth: NDArray[np.float32]) -> Floats:
    """Growth [n, PROFILE] of onsets in parts of the spectrum, from that of the bands."""
    parts = np.split(growth, _PARTS, axis=1)
    return np.stack([part.mean(axis=1, dtype=np.float64) for part in parts], axis=1)


def _loudest(levels_db: NDArray[np.float32]) -> Floats:
    """Level [n, PROFILE] of the loudest band of each part of the spectrum."""
    parts = np.split(levels_db, _PARTS, axis=1)
    return np.stack([part.max(axis=1).astype(np.float64) for part in parts], axis=1)


def _peaks(flux: Floats) -> NDArray[np.int64]:
    """Frames where the flux is highest within 20 ms and stands out."""
    around = sliding_window_view(np.pad(flux, _AROUND), 2 * _AROUND + 1)
    near = sliding_window_view(np.pad(flux, 7), 15).max(axis=1)
    reach = 5 * _AROUND
    wide = sliding_window_view(np.pad(flux, reach), 2 * reach + 1).max(axis=1)
    threshold = np.maximum(np.median(around, axis=1) + THRESHOLD_DB, SHARE * wide)
    return np.flatnonzero((flux >= near) & (flux > threshold))


def _exact(mid: NDArray[np.float32], sample: int) -> int:
    """Where, around a peak of the flux, what grows there begins.

    It is where the energy of the 3 ms after exceeds that of the 5 ms before by the largest factor.
    """
    first = max(0, sample - _SEGMENT // 2)
    segment = mid[first : first + _SEGMENT]
    centre = sample - first
    grown = _grown_part(segment, centre)
    total = np.concatenate([[0.0], np.cumsum(np.square(grown, dtype=np.float64))])
    low = max(_BEFORE, centre - _EARLIEST)
    places = np.arange(low, min(centre + _LATEST, len(segment) - _AFTER))
    after = (total[places + _AFTER] - total[places]) / _AFTER
    before = (total[places] - total[places - _BEFORE]) / _BEFORE
    floor = 1e-4 * after.max() + 1e-14
    steepest = int(places[np.argmax((after + floor) / (before + floor))])
    return max(0, first + _foot(total, steepest) - _PRE_ROLL)


def _foot(total: Floats, steepest: int) -> int:
    """Where the rise to its steepest place begins, from the running sum [N + 1] of the energy.

    A stick's noise may come milliseconds before the drum: back to what was there before it.
    """
    ends = np.arange(steepest, max(steepest - _RISE, _FINE), -_FINE // 2)
    fine = (total[ends] - total[ends - _FINE]) / _FINE
    quiet = np.arange(max(0, steepest - 4 * _RISE), max(1, steepest - _RISE), _FINE)
    blocks = np.diff(total[quiet]) / _FINE
    before = float(np.median(blocks)) if len(blocks) else 0.0
    top = (total[steepest + _AFTER] - total[steepest]) / _AFTER
    threshold = min(_ABOVE_BEFORE * before, np.sqrt(before * top)) + 1e-4 * top
    below = np.flatnonzero(fine < threshold)
    return int(ends[below[0]]) if len(below) else steepest


def _grown_part(segment: NDArray[np.float32], centre: int) -> NDArray[np.float32]:
    """The segment [N] through a filter that passes what is louder after its centre than before."""
    before = _smooth_power(segment[max(0, centre - 1536) : max(0, centre - 512)])
    after = _smooth_power(segment[centre - 256 : centre + 768])
    gain = np.maximum(0.0, 1.0 - 2.0 * before / (after + 1e-12))
    size = 2 * _SEGMENT
    spectrum = np.fft.rfft(segment, size)
    bins = np.linspace(0.0, len(gain) - 1.0, len(spectrum))
    return np.fft.irfft(spectrum * np.interp(bins, np.arange(len(gain)), gain), size)[
        : len(segment)
    ].astype(np.float32)


def _smooth_power(part: NDArray[np.float32]) -> Floats:
    """Power [129] of a part [N <= 1024]: coarse in frequency, so that the filter is short."""
    frame = np.zeros(1024, np.float32)
    frame[1024 - len(part) :] = part
    spectrum = np.abs(np.fft.rfft(frame * np.hanning(1024).astype(np.float32))) ** 2
    padded = np.pad(spectrum.astype(np.float64), 4, mode="edge")
    return np.asarray(sliding_window_view(padded, 9).mean(axis=1)[::4])


def _apart(samples: NDArray[np.int64], strength: Floats) -> NDArray[np.int64]:
    """Indices of onsets that no stronger one is too near to, in order of time."""
    near = LEAST_APART_S * SAMPLE_RATE
    order = np.argsort(samples, kind="stable")
    placed = samples[order]
    free = np.ones(len(samples), bool)
    kept = np.zeros(len(samples), bool)
    for place in np.argsort(-strength[order], kind="stable"):
        if free[place]:
            kept[place] = True
            first, last = np.searchsorted(placed, [placed[place] - near, placed[place] + near])
            free[first : last + 1] &= np.abs(placed[first : last + 1] - placed[place]) >= near
    return np.asarray(order[kept], np.int64)


def _is_audible(energy: Floats, samples: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each onset [n] is followed by more than the recording's noise."""
    total = np.concatenate([[0.0], np.cumsum(energy)])
    span = round(0.05 * SAMPLE_RATE)
    level = total[np.minimum(samples + span, len(energy))] - total[samples]
    return np.asarray(level > level.max(initial=0.0) * 10 ** (QUIETEST_DB / 10))
