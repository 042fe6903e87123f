"""The pitch of one voice over time.

In each frame the lags at which the signal repeats itself best are candidates (the cumulative mean
normalised difference of YIN); of all ways through the candidates of all frames, and through being
without pitch, the cheapest is taken.
Ref: de Cheveigné & Kawahara (2002), "YIN, a fundamental frequency estimator for speech and music";
Boersma (1993), "Accurate short-term analysis of the fundamental frequency" (the path).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE, hz_to_note

__all__ = ["HOP_S", "PitchTrack", "track_pitch"]

Floats = NDArray[np.float64]
Real = NDArray[np.float32]

LOWEST_HZ: Final = 65.0
HIGHEST_HZ: Final = 2_200.0
"""A man's hum … a whistle."""
RATE: Final = 22_050
HOP: Final = 128
HOP_S: Final = HOP / RATE

_LONGEST_LAG: Final = round(RATE / LOWEST_HZ)
_SHORTEST_LAG: Final = int(RATE / HIGHEST_HZ)
_WINDOW: Final = 512
"""Samples that are compared with those a lag later: 23 ms."""
_CANDIDATES: Final = 6
UNVOICED: Final = 0.30
_TURN: Final = 0.5
"""Cost of passing between voice and none."""
_JUMP: Final = 1.0
"""Cost of an octave between two frames."""
_LONG_LAG: Final = 0.03
"""Cost of an octave further down: what repeats at a lag does at its multiples, too."""
_QUIET_DB: Final = -42.0
"""Re the loudest frame: below this nothing has a pitch."""
_BLOCK: Final = 2_048


@dataclass(frozen=True, kw_only=True, eq=False)
class PitchTrack:
    """Pitch and level, every HOP_S from 0 on, T frames."""

    note: Floats  # [T] MIDI note; nan where there is no pitch
    level_db: Floats  # [T] RMS around the frame, dBFS

    def __len__(self) -> int:
        return len(self.note)

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames have a pitch [T]."""
        return ~np.isnan(self.note)


def track_pitch(mid: Real, *, unvoiced: float = UNVOICED) -> PitchTrack:
    """The pitch of a signal [N] at 44.1 kHz that is one voice.

    unvoiced: cost of a frame without pitch; that of one with it is how little it repeats itself,
    0 … 1.
    """
    signal = soxr.resample(mid, SAMPLE_RATE, RATE, quality="HQ").astype(np.float64)
    level_db = _levels_db(signal)
    lags, costs = _candidates(signal, len(level_db))
    costs[level_db < level_db.max() + _QUIET_DB] = np.inf
    path = _cheapest(lags, costs, unvoiced)
    note = np.full(len(path), np.nan)
    voiced = path >= 0
    found = lags[np.flatnonzero(voiced), path[voiced]]
    note[voiced] = hz_to_note(RATE / found)
    return PitchTrack(note=note, level_db=level_db)


def _levels_db(signal: Floats) -> Floats:
    """Level [T] of 23 ms around each frame."""
    padded = np.pad(signal, (_WINDOW // 2, _WINDOW // 2))
    total = np.concatenate([[0.0], np.cumsum(np.square(padded))])
    sums = (total[_WINDOW:] - total[:-_WINDOW])[::HOP]
    return np.asarray(10 * np.log10(np.maximum(sums, 0.0) / _WINDOW + 1e-12))


def _candidates(signal: Floats, frames: int) -> tuple[Floats, Floats]:
    """Lags [T, K], with fractions, and what each costs; inf where there are fewer."""
    reach = _WINDOW + _LONGEST_LAG + 2
    padded = np.pad(signal, (reach // 2, reach))
    lags = np.ones((frames, _CANDIDATES))
    costs = np.full((frames, _CANDIDATES), np.inf)
    for first in range(0, frames, _BLOCK):
        last = min(first + _BLOCK, frames)
        part = padded[first * HOP : (last - 1) * HOP + reach]
        differences = _normalised(sliding_window_view(part, reach)[::HOP])
        lags[first:last], costs[first:last] = _dips(differences)
    return lags, costs


def _normalised(frames: Floats) -> Floats:
    """The cumulative mean normalised difference [T, lags] of frames [T, window + lags]."""
    lags = _LONGEST_LAG + 2
    size = 1 << int(np.ceil(np.log2(frames.shape[1] + _WINDOW)))
    head = np.fft.rfft(frames[:, :_WINDOW], size)
    product = np.fft.irfft(np.conj(head) * np.fft.rfft(frames, size), size)[:, :lags]
    energy = np.concatenate(
        [np.zeros((len(frames), 1)), np.cumsum(np.square(frames), axis=1)], axis=1
    )
    of_lag = energy[:, _WINDOW : _WINDOW + lags] - energy[:, :lags]
    difference = np.maximum(of_lag[:, :1] + of_lag - 2 * product, 0.0)
    running = np.cumsum(difference[:, 1:], axis=1)
    mean = running / np.arange(1, lags)
    ones = np.ones((len(frames), 1))
    return np.concatenate([ones, difference[:, 1:] / np.maximum(mean, 1e-12)], axis=1)


def _dips(differences: Floats) -> tuple[Floats, Floats]:
    """The deepest local minima [T, K] of differences [T, lags]: lags and costs."""
    inner = differences[:, _SHORTEST_LAG : _LONGEST_LAG + 1]
    before = differences[:, _SHORTEST_LAG - 1 : _LONGEST_LAG]
    after = differences[:, _SHORTEST_LAG + 1 : _LONGEST_LAG + 2]
    is_dip = (inner <= before) & (inner < after)
    octaves = np.log2(np.arange(_SHORTEST_LAG, _LONGEST_LAG + 1) / _SHORTEST_LAG)
    curve = before - 2 * inner + after
    shift = np.where(curve > 0, 0.5 * (before - after) / np.maximum(curve, 1e-12), 0.0)
    depth = inner - 0.25 * (before - after) * shift
    scored = np.where(is_dip, np.clip(depth, 0.0, 1.0) + _LONG_LAG * octaves, np.inf)
    best = np.argpartition(scored, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    cost = np.take_along_axis(scored, best, axis=1)
    lag = best + _SHORTEST_LAG + np.take_along_axis(np.clip(shift, -0.5, 0.5), best, axis=1)
    return lag, cost


def _cheapest(lags: Floats, costs: Floats, unvoiced: float) -> NDArray[np.int64]:
    """The candidate [T] of each frame on the cheapest way through all; -1: no pitch."""
    frames, count = lags.shape
    octaves = np.log2(lags)
    total = np.append(costs[0], unvoiced)
    back = np.zeros((frames, count + 1), np.int64)
    for t in range(1, frames):
        step = np.full((count + 1, count + 1), _TURN)
        step[:count, :count] = _JUMP * np.abs(octaves[t - 1][:, None] - octaves[t])
        step[count, count] = 0.0
        ways = total[:, None] + step
        back[t] = np.argmin(ways, axis=0)
        total = ways[back[t], np.arange(count + 1)] + np.append(costs[t], unvoiced)
    path = np.empty(frames, np.int64)
    path[-1] = int(np.argmin(total))
    for t in range(frames - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return np.where(path == count, -1, path)
