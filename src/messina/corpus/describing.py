"""What a sound is like, measured: loudness, brightness, decay."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import moving_rms
from messina.units import SAMPLE_RATE

__all__ = ["MAX_DECAY_S", "brightness_hz", "decay_s", "loudness_db"]

LOUDEST_SAMPLES: Final = round(0.050 * SAMPLE_RATE)
LOWEST_HZ: Final = 20.0
DECAY_DB: Final = 40.0
MAX_DECAY_S: Final = 30.0
"""Sounds that hardly decay, or do not, are given this."""

_HOP: Final = 128
_WINDOW: Final = 4 * _HOP
_BRIDGED: Final = round(0.050 * SAMPLE_RATE / _HOP)

Signal = NDArray[np.floating]


def loudness_db(mid: Signal) -> float:
    """RMS of the loudest 50 ms of a signal [N], dBFS; a shorter sound is 50 ms with silence.

    >>> round(loudness_db(np.full(44_100, 0.1)), 2)
    -20.0
    """
    square = np.square(mid, dtype=np.float64)
    if len(square) <= LOUDEST_SAMPLES:
        loudest = square.sum()
    else:
        total = np.concatenate([[0.0], np.cumsum(square)])
        loudest = (total[LOUDEST_SAMPLES:] - total[:-LOUDEST_SAMPLES]).max()
    return float(10 * np.log10(loudest / LOUDEST_SAMPLES + 1e-12))


def brightness_hz(mid: Signal) -> float:
    """Energy-weighted geometric mean of the frequencies in a signal [N], in Hz, from 20 Hz up.

    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(44_100) / 44_100)
    >>> round(brightness_hz(tone))
    1000
    """
    size = _fast_length(max(len(mid), 1024))
    spectrum = np.fft.rfft(np.asarray(mid, np.float32), size)
    first = int(np.ceil(LOWEST_HZ * size / SAMPLE_RATE))
    energy = np.square(np.abs(spectrum[first:]), dtype=np.float64)
    log_hz = np.log(np.arange(first, first + len(energy)) * (SAMPLE_RATE / size))
    total = energy.sum()
    return float(np.exp((energy * log_hz).sum() / total)) if total > 0 else LOWEST_HZ


def decay_s(mid: Signal, *, drop_db: float = DECAY_DB) -> float:
    """Time from the peak of a signal [N] to `drop_db` below it, at most MAX_DECAY_S.

    Dips of less than 50 ms, as beating makes them, do not end a sound. Where the file ends
    before, the time is extrapolated by the slope of the last two thirds.
    """
    square = np.square(mid, dtype=np.float64)
    level = 20 * np.log10(moving_rms(square, _WINDOW, hop=_HOP) + 1e-7)
    level = level[int(np.argmax(level)) :]
    level = level - level[0]
    bridged = _running_max(level, _BRIDGED)
    under = np.flatnonzero(bridged < -drop_db)
    if len(under):
        return max(int(under[0]), 1) * _HOP / SAMPLE_RATE
    return _extrapolated(bridged, drop_db)


def _running_max(level: Signal, span: int) -> NDArray[np.float64]:
    """Highest value [n] in the `span` values from each one on; silence follows the end."""
    padded = np.concatenate([level, np.full(span, -200.0)])
    spans = np.lib.stride_tricks.sliding_window_view(padded, span)[: len(level)]
    return np.asarray(spans.max(axis=1))


def _extrapolated(level: Signal, drop_db: float) -> float:
    """Seconds until a falling level [n], dB re its start, would be so many dB down."""
    length = len(level)
    if length < 4:
        return max(length, 1) * _HOP / SAMPLE_RATE
    late = np.arange(length // 3, length)
    slope, offset = np.polyfit(late, level[length // 3 :], 1)
    longest = MAX_DECAY_S * SAMPLE_RATE / _HOP
    if slope >= -drop_db / longest:
        return MAX_DECAY_S
    steps = (-drop_db - offset) / slope
    return float(np.clip(steps, length, longest) * _HOP / SAMPLE_RATE)


def _fast_length(length: int) -> int:
    """The next length made of small factors, which the FFT is quick for."""
    power_of_two = 1 << (length - 1).bit_length()
    candidates = (power_of_two * part // 16 for part in (9, 10, 12, 15, 16))
    return min(size for size in candidates if size >= length)
