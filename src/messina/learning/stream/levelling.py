"""How loud each recording is, and the gain that brings it to one loudness with the others.

Loudness is that of broadcasting: power weighted as the ear weighs it, over blocks of 0.4 s, of
those less than 10 dB under the mean; so that a long fade does not count as a quiet recording.
Ref: ITU-R BS.1770-4, annex 1 (filters, gates), here on the spectra that the frames tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP
from messina.frames.noise import NOISE_SIZE
from messina.stream.layout import BANDS, NOISE, PARTIALS, log_frequencies
from messina.stream.noise import GROUPS, group_at
from messina.units import SAMPLE_RATE

__all__ = ["frame_loudness_db", "levelling_gains_db"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

_BLOCK: Final = round(0.4 * SAMPLE_RATE / HOP)
_ABSOLUTE_GATE_DB = -70.0
_RELATIVE_GATE_DB = -10.0
_OFFSET_DB = -0.691
_MOST_DB = 12.0  # what is quieter than that is meant to be, or would bring its hiss along
_PEAK_DB = -2.0  # a gain must not bring a recording's peak over this

_FILTER_RATE_HZ = 48_000
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (
        1.0,
        -1.69065929318241,
        0.73248077421585,
    ),
)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)


def _weights(frequencies_hz: Double) -> Double:
    """Power gain of both filters at these frequencies."""
    z = np.exp(-2j * np.pi * frequencies_hz / _FILTER_RATE_HZ)
    gains = [np.polyval(b[::-1], z) / np.polyval(a[::-1], z) for b, a in (_SHELF, _HIGH_PASS)]
    return np.asarray(np.abs(gains[0] * gains[1]) ** 2)


_BAND_WEIGHTS = 0.5 * _weights(np.exp(log_frequencies(np.zeros(BANDS))))
_BINS_HZ = np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)
_GROUP_WEIGHTS = np.bincount(group_at(_BINS_HZ), _weights(_BINS_HZ), GROUPS) / len(_BINS_HZ)


def frame_loudness_db(frames: Real) -> float:
    """Loudness of a recording's frames [T, FRAME_SIZE], in LUFS as if it were mono."""
    power = np.exp(2.0 * frames[:, PARTIALS].astype(np.float64)) @ _BAND_WEIGHTS
    power += np.exp(2.0 * frames[:, NOISE].astype(np.float64)) @ _GROUP_WEIGHTS
    sums = np.concatenate([[0.0], np.cumsum(power)])
    span = min(_BLOCK, len(power))
    blocks = (sums[span:] - sums[:-span]) / span
    gate = max(_gated(blocks, _absolute()) * 10 ** (_RELATIVE_GATE_DB / 10), _absolute())
    return float(_OFFSET_DB + 10 * np.log10(max(_gated(blocks, gate), 1e-12)))


def _absolute() -> float:
    return float(10 ** ((_ABSOLUTE_GATE_DB - _OFFSET_DB) / 10))


def _gated(blocks: Double, gate: float) -> float:
    """Mean power of the blocks over a gate; of all where none is."""
    chosen = blocks[blocks >= gate]
    return float(np.mean(chosen if len(chosen) else blocks))


def levelling_gains_db(
    loudness_db: Sequence[float], lengths_s: Sequence[float], peaks_db: Sequence[float]
) -> list[float]:
    """Gain of each recording towards the loudness of all, by their lengths.

    >>> levelling_gains_db([-20.0, -26.0, -60.0], [10.0, 10.0, 0.0], [-6.0, -6.0, -50.0])
    [-3.0, 3.0, 12.0]
    """
    aim = float(np.average(loudness_db, weights=lengths_s))
    gains = np.clip(aim - np.asarray(loudness_db, np.float64), -_MOST_DB, _MOST_DB)
    room = np.maximum(_PEAK_DB - np.asarray(peaks_db, np.float64), 0.0)
    return [round(float(gain), 2) for gain in np.minimum(gains, room)]
