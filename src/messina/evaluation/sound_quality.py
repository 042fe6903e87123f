"""Metrics of one sound: faults (clicks, DC, peaks), dynamics, response to controls, tuning.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0.

Click: in the signal above 10 kHz, blocks of 64 samples (1.5 ms) that stand 15 dB above the median
of the 40 ms around them, and above -65 dB re the sound's largest sample, later than 30 ms after the
onset. Silence is appended, so that a sound cut off in full swing has a click at its end.
True peak: the largest value of the signal at four times the rate, in dB re full scale (dBTP).
Tonal to floor: the strongest bin re the median bin between 100 Hz and 10 kHz, in 190 ms from 60 ms
after the onset, in dB: about 10 for noise, 60 and more for a clear tone.

Flux: mean absolute change in dB of the mel bands from one hop (5.8 ms) to the next, levels held at
60 dB under the loudest, over the points above that floor, so that silence at the end says nothing;
smoothness is a flux no larger than the real sounds'. Loudness range:
95th minus 10th percentile of the level over time, of the time less than 40 dB under the loudest:
where a recording was cut should not count.
Monotonicity: of all pairs of sounds played unequally hard, the share where the harder one has more
of what was measured (level, brightness); 1 always, 0.5 no connection; ties count half.
Repeat spread: mean distance between repeats of the same sound over the mean distance between
different sounds, as points; 0 is a machine gun, 1 is not the same sound any more.

Pitch error: that of the strongest
spectral peak within a semitone of the nominal pitch, over 370 ms from 34 ms after the onset (the
knock of the attack has gone by then), in cents: above zero is sharp. What lies further off reads as
about ±100. Shorter sounds are read as far as they go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.signal_levels import SILENCE_POWER, Audio, Floats, block_levels_db
from messina.evaluation.spectra import hann
from messina.evaluation.timbre import FLOOR_DB, log_mel
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = [
    "cents_error",
    "clicks_s",
    "dc_offset",
    "flux_db",
    "loudness_range_db",
    "monotonicity",
    "repeat_spread",
    "tonal_to_floor_db",
    "true_peak_db",
]

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


RANGE_DB: Final = 60.0
LOUD_DB: Final = 40.0


def flux_db(audio: Audio) -> float:
    """Spectral flux: mean change of the mel bands from hop to hop, in dB."""
    levels = log_mel(audio)
    floor = max(float(levels.max()) - RANGE_DB, FLOOR_DB + 3.0)  # twice what silence reads
    above = levels > floor
    heard = above[1:] | above[:-1]
    change = np.abs(np.diff(np.maximum(levels, floor), axis=0))
    return float(change[heard].mean()) if heard.any() else 0.0


def loudness_range_db(audio: Audio) -> float:
    """Range of the level within the sound, in dB."""
    power = np.sum(10.0 ** (log_mel(audio).astype(np.float64) / 10.0), axis=1)
    levels = 10.0 * np.log10(power)
    levels = levels[levels > levels.max() - LOUD_DB]
    return float(np.percentile(levels, 95) - np.percentile(levels, 10))


def monotonicity(control: ArrayLike, response: ArrayLike) -> float:
    """Share of pairs in which more `control` gives more `response`; NaN when no control differs.

    >>> monotonicity([20, 60, 100], [-30.0, -20.0, -24.0]) == 2 / 3
    True
    """
    control, response = np.asarray(control, np.float64), np.asarray(response, np.float64)
    harder = control[:, None] > control[None]
    if not harder.any():
        return float("nan")
    order = np.sign(response[:, None] - response[None])[harder]
    return float((order.mean() + 1.0) / 2.0)


def _mean_distance(points: Points) -> float:
    upper = np.triu_indices(len(points), 1)
    return float(np.sqrt(squared_distances(points, points)[upper]).mean())


def repeat_spread(repeats: Sequence[Points]) -> float:
    """Spread of repeated hits over the spread of different sounds.

    repeats: one array [n, D] for each sound, its repeats; at least two sounds, one of them with
    two repeats, else NaN.
    """
    within = [_mean_distance(points) for points in repeats if len(points) > 1]
    if not within or len(repeats) < 2:
        return float("nan")
    between = _mean_distance(np.stack([points[0] for points in repeats]))
    return float(np.mean(within)) / max(between, 1e-12)


START_SAMPLES: Final = 1500
WINDOW_SAMPLES: Final = 16_384
TRANSFORM_SAMPLES: Final = 4 * WINDOW_SAMPLES
BIN_HZ: Final = SAMPLE_RATE / TRANSFORM_SAMPLES


def _log_magnitudes(audio: Audio) -> Floats:
    start = START_SAMPLES if len(audio) > 2 * START_SAMPLES else 0
    part = np.asarray(audio[start : start + WINDOW_SAMPLES], np.float64)
    windowed = part * hann(WINDOW_SAMPLES)[: len(part)]
    return np.log(np.abs(np.fft.rfft(windowed, TRANSFORM_SAMPLES)) + 1e-12)


def _peak_offset(left: float, centre: float, right: float) -> float:
    # Vertex of the parabola through three log magnitudes. At four bins per window bin the main
    # lobe of a Hann window is a parabola to within 0.01 bin, 0.1 cents at 100 Hz.
    bend = left - 2.0 * centre + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def cents_error(audio: Audio, note: float) -> float:
    """Cents by which the sound is above its MIDI note number; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    magnitudes = _log_magnitudes(audio)
    nominal_hz = float(note_to_hz(note))
    low, high = (int(nominal_hz * 2.0 ** (s / 12.0) / BIN_HZ) for s in (-1, 1))
    low = max(low, 1)
    peak = low + int(np.argmax(magnitudes[low : high + 2]))
    offset = _peak_offset(*(float(magnitudes[i]) for i in (peak - 1, peak, peak + 1)))
    return float(1200.0 * np.log2((peak + offset) * BIN_HZ / nominal_hz))
