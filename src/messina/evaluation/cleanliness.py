"""What should not be in a sound: clicks, DC, clipping between samples, hiss.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0.

Click: in the signal above 10 kHz, blocks of 64 samples (1.5 ms) that stand 15 dB above the median
of the 40 ms around them, and above -65 dB re the sound's largest sample, later than 30 ms after the
onset. Silence is appended, so that a sound cut off in full swing has a click at its end.
True peak: the largest value of the signal at four times the rate, in dB re full scale (dBTP).
Tonal to floor: the strongest bin re the median bin between 100 Hz and 10 kHz, in 190 ms from 60 ms
after the onset, in dB: about 10 for noise, 60 and more for a clear tone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from messina.evaluation.levels import SILENCE_POWER, Audio, Floats, block_levels_db
from messina.evaluation.spectra import hann
from messina.units import SAMPLE_RATE

__all__ = ["clicks_s", "dc_offset", "tonal_to_floor_db", "true_peak_db"]

CLICK_BLOCK: Final = 64
CLICK_AROUND_BLOCKS: Final = 27
CLICK_FIRST_BLOCK: Final = 20
CLICK_RISE_DB: Final = 15.0
CLICK_FLOOR_DB: Final = -65.0
CLICK_HIGHPASS_HZ: Final = 10_000.0

OVERSAMPLING: Final = 4
TAPS: Final = 48

FLOOR_START: Final = 2646
FLOOR_WINDOW: Final = 8192
FLOOR_RANGE_HZ: Final = (100.0, 10_000.0)


def _highpass() -> Floats:
    # Windowed sinc, an impulse minus a low-pass: linear phase, so a click stays where it is.
    offsets = np.arange(-63, 64)
    ratio = 2.0 * CLICK_HIGHPASS_HZ / SAMPLE_RATE
    lowpass = ratio * np.sinc(ratio * offsets) * np.kaiser(len(offsets), 8.0)
    impulse = np.where(offsets == 0, 1.0, 0.0)
    return np.asarray(impulse - lowpass / np.sum(lowpass), np.float64)


def _running_median(values: Floats, width: int) -> Floats:
    padded = np.pad(values, width // 2, mode="symmetric")
    return np.asarray(np.median(sliding_window_view(padded, width), axis=1), np.float64)


def clicks_s(audio: Audio) -> Floats:
    """Where the clicks are, in seconds from the onset; neighbouring blocks are one click."""
    padded = np.pad(np.asarray(audio, np.float64), (0, CLICK_AROUND_BLOCKS * CLICK_BLOCK))
    levels = block_levels_db(np.convolve(padded, _highpass(), mode="same"), CLICK_BLOCK)
    peak_db = 10.0 * np.log10(np.max(padded**2) + SILENCE_POWER)
    spike = levels > _running_median(levels, CLICK_AROUND_BLOCKS) + CLICK_RISE_DB
    spike &= levels > peak_db + CLICK_FLOOR_DB
    spike[:CLICK_FIRST_BLOCK] = False
    first = np.flatnonzero(spike & ~np.concatenate([[False], spike[:-1]]))
    return np.asarray(first * (CLICK_BLOCK / SAMPLE_RATE), np.float64)


def dc_offset(audio: Audio) -> float:
    """Mean of the signal, re full scale.

    >>> round(dc_offset(np.array([0.3, 0.1])), 3)
    0.2
    """
    return float(np.mean(audio, dtype=np.float64)) if len(audio) else 0.0


def _interpolators() -> Floats:
    """Filters [OVERSAMPLING - 1, TAPS] that give the values between two samples."""
    # Kaiser-windowed sinc shifted by a quarter, a half, three quarters of a sample; flat to 19 kHz.
    fractions = np.arange(1, OVERSAMPLING)[:, None] / OVERSAMPLING
    offsets = np.arange(TAPS) - TAPS // 2 + 1 - fractions
    window = np.i0(8.0 * np.sqrt(np.maximum(1.0 - (2.0 * offsets / TAPS) ** 2, 0.0)))
    filters = np.sinc(offsets) * window
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), np.float64)


def true_peak_db(audio: Audio) -> float:
    """Largest absolute value at four times the rate, in dB re full scale; -120 for silence.

    Ref: ITU-R BS.1770, annex 2, with a longer filter.
    """
    signal = np.asarray(audio, np.float64)
    between = [np.convolve(signal, taps) for taps in _interpolators()] if len(signal) else []
    peak = max((float(np.abs(x).max()) for x in (signal, *between) if len(x)), default=0.0)
    return float(20.0 * np.log10(max(peak, 1e-6)))


def tonal_to_floor_db(audio: Audio) -> float:
    """Strongest bin re the median bin, in dB; NaN for sounds shorter than 100 ms."""
    part = np.asarray(audio[FLOOR_START : FLOOR_START + FLOOR_WINDOW], np.float64)
    if len(part) < SAMPLE_RATE // 25:
        return float("nan")
    power = np.abs(np.fft.rfft(part * hann(FLOOR_WINDOW)[: len(part)], FLOOR_WINDOW)) ** 2
    low, high = (int(edge * FLOOR_WINDOW / SAMPLE_RATE) for edge in FLOOR_RANGE_HZ)
    power = power[low:high] + SILENCE_POWER
    return float(10.0 * np.log10(power.max() / np.median(power)))
