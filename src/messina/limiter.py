"""The peak limiter of everything that sounds: no true peak over the ceiling.

What is too loud is met by a gain that comes down before the peak, in the shape of a window, and
goes up again exponentially; while nothing is too loud nothing is touched. With n samples in need of
a reduction r[n] (0 none … 1 silence) and L the look-ahead,

    held[n]  = max r[n - L … n]                  the reductions that lie ahead
    freed[n] = max(held[n], c freed[n - 1])      released slowly
    gain[n]  = 1 - sum_k w[k] freed[n - k]       k = 0 … L, sum w = 1; on the input at n - L

Each freed[n - k] is at least r[n - L], and so is their mean: the gain is always enough. Peaks
between the samples count, found by interpolation.

Where it is used, and how it is set there:

    what plays on (sequences, textures)       AHEAD        CEILING
    what hands play (live, and the page)      AHEAD_LIVE   CEILING
    single sounds and packs (`limited`)       as far as they last; SOUND_CEILING, without release:
                                              one that is known as a whole needs no margin

Its counterpart in the page is engine/limiter.js, with these numbers (play/constants).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "AHEAD",
    "AHEAD_LIVE",
    "CEILING",
    "LATENCY",
    "RELEASE_S",
    "SAFE",
    "SIDE",
    "SOUND_CEILING",
    "Limiter",
    "interpolators",
    "limited",
    "true_peaks",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

CEILING: Final = float(10 ** (-1.5 / 20))
"""Most a true peak may be, 1.5 dB under full scale. A gain that moves makes new treble: 160 hits
within half a second, 12 dB too loud, come out 1.3 dB above it; what people play stays below."""

SOUND_CEILING: Final = float(10 ** (-0.35 / 20))
"""Most a true peak of a sound that is known as a whole may be; a little under -0.3 dBFS for what
the measure misses."""

AHEAD: Final = 176
"""Samples the gain takes to come down: 4 ms."""
AHEAD_LIVE: Final = 48
"""As much under hands: 1.1 ms."""
SIDE: Final = 16
"""Samples each side, from which what lies between two is interpolated."""
RELEASE_S: Final = 0.08
SAFE: Final = 0.6
"""Sample peaks under this cannot hide a true peak over a ceiling."""

LATENCY: Final = AHEAD + SIDE
"""Samples the output is behind the input, with AHEAD."""

_NOTHING = 1e-6  # a reduction too small to matter
_PORTION = 8_192  # samples worked on at a time: a release over many more would underflow

_OVERSAMPLING: Final = 4
_SETTLING: Final = 512  # samples to either side that interpolation looks at, and more
_REACH: Final = 276  # samples to either side: 6.3 ms, a quarter of a period at 40 Hz
_LASTING: Final = 662  # samples from which on a level is no peak: 15 ms


def interpolators() -> Double:
    """Taps [3, 2 * SIDE] for the values a quarter, half and three quarters between two samples."""
    places = np.arange(1 - SIDE, SIDE + 1)[None, :] - np.array([[0.25], [0.5], [0.75]])
    window = np.cos(0.5 * np.pi * places / (SIDE + 0.5))
    taps = np.sinc(places) * window
    return taps / taps.sum(axis=1, keepdims=True)


_TAPS = interpolators()


def _window(ahead: int) -> Double:
    """w [ahead + 1]"""
    window = np.hanning(ahead + 3)[1:-1]
    return window / window.sum()


class Limiter:
    """Takes audio in blocks of any size; the same audio comes out, `latency` samples later."""

    def __init__(self, *, ahead: int = AHEAD, ceiling: float = CEILING) -> None:
        """ahead: samples the gain takes to come down, SIDE at least."""
        self.latency = ahead + SIDE
        self._ahead = ahead
        self._ceiling = ceiling
        self._window = _window(ahead)
        self._freeing = float(np.exp(-1 / (RELEASE_S * SAMPLE_RATE)))
        self._past = np.zeros((2 * SIDE + ahead, 2), np.float32)
        self._wanted = np.zeros(ahead)
        self._freed = np.zeros(ahead)

    def step(self, block: Real) -> Real:
        """A block [N, 2] in, as many samples out."""
        portions = range(0, len(block), _PORTION)
        parts = [self._limited(block[start : start + _PORTION]) for start in portions]
        return np.concatenate(parts) if parts else block.copy()

    def _limited(self, block: Real) -> Real:
        joined = np.concatenate([self._past, block])
        self._past = joined[len(block) :]
        delayed = joined[SIDE : SIDE + len(block)]
        wanted = np.concatenate([self._wanted, self._reductions(joined[self._ahead :])])
        freed = np.concatenate([self._freed, self._released(wanted)])
        self._wanted, self._freed = wanted[len(block) :], freed[len(block) :]
        if not freed.any():
            return delayed.copy()
        gain = 1 - np.convolve(freed, self._window, mode="valid")
        return (delayed * gain[:, None]).astype(np.float32)

    def _reductions(self, samples: Real) -> Double:
        """Reduction [N] that each sample wants; samples [2 * SIDE + N, 2]."""
        count = len(samples) - 2 * SIDE
        if np.abs(samples).max(initial=0.0) < SAFE:
            return np.zeros(count)
        here = np.abs(samples).max(axis=1).astype(np.float64)
        between = np.zeros(len(samples))  # the highest value between a sample and the next
        for taps in _TAPS:
            for channel in samples.T:
                values = np.abs(np.convolve(channel, taps[::-1], mode="valid"))
                part = between[SIDE - 1 : SIDE - 1 + len(values)]
                np.maximum(part, values, out=part)
        peaks = np.maximum(here, between)
        peaks[1:] = np.maximum(peaks[1:], between[:-1])
        return _reductions(peaks[SIDE : SIDE + count], self._ceiling)

    def _released(self, wanted: Double) -> Double:
        """freed [N] of wanted [ahead + N]: held at its highest, then let go."""
        count = len(wanted) - self._ahead
        before = self._freed[-1] if self._freed[-1] > _NOTHING else 0.0
        if before == 0.0 and not wanted.any():
            return np.zeros(count)
        held = _highest(wanted, self._ahead + 1)
        # freed[n] / c^n is the running maximum of held[n] / c^n.
        fall = self._freeing ** np.arange(1, count + 1)
        return np.maximum(before, np.maximum.accumulate(held / fall)) * fall


def _loudest(audio: Real) -> Real:
    """Amplitude [N] of the louder channel of audio [N, C]; by columns, four times as fast."""
    return np.maximum.reduce([np.abs(channel) for channel in audio.T])


def true_peaks(audio: Real) -> Double:
    """Highest amplitude [N] around each sample of audio [N, C], between the samples too."""
    here: Double = _loudest(audio).astype(np.float64)
    if len(audio) < 2:
        return here
    finer = soxr.resample(audio, SAMPLE_RATE, _OVERSAMPLING * SAMPLE_RATE, quality="HQ")
    between = np.zeros((len(audio), _OVERSAMPLING))
    amplitudes = _loudest(finer)[: between.size]
    between.flat[: len(amplitudes)] = amplitudes
    after = np.maximum.reduce(between.T)  # columns: four times as fast as max(axis=1)
    peaks = np.maximum(here, after)
    peaks[1:] = np.maximum(peaks[1:], after[:-1])
    return peaks


def _peaks_where_loud(audio: Real, ceiling: float) -> Double:
    """The same where a peak may be over the ceiling; elsewhere the amplitude of the samples.

    Most of a hit is too soft to hide one, and need not be interpolated.
    """
    peaks: Double = _loudest(audio).astype(np.float64)
    loud = np.flatnonzero(peaks > SAFE * ceiling)
    if len(loud):
        near = slice(max(0, loud[0] - _SETTLING), loud[-1] + _SETTLING + 1)
        peaks[near] = true_peaks(audio[near])
    return peaks


def limited(audio: Real, ceiling: float = SOUND_CEILING) -> Real:
    """A whole sound [N, C] with no true peak over the ceiling, softer around short ones alone.

    A click of a millisecond in the attack would otherwise make a whole hit softer: harder hits came
    out softer than the layer under them. What is too loud for longer is no peak; the whole sound is
    turned down for that, and keeps its shape. The gain looks as far ahead as half a period of the
    lowest notes is long, or it would follow their waveform.
    """
    peaks = _peaks_where_loud(audio, ceiling)
    if peaks.max(initial=0.0) <= ceiling:
        return audio
    whole = min(1.0, ceiling / _lasting_peak(peaks))
    out = audio * np.float32(whole)
    peaks *= whole
    loud = np.flatnonzero(peaks > ceiling)
    if len(loud):
        near = slice(max(0, loud[0] - 2 * _REACH), loud[-1] + 2 * _REACH + 1)
        out[near] *= _gain(_reductions(peaks[near], ceiling))[:, None]
    # A gain that moves makes peaks of its own between the samples, if hardly any.
    over = float(_peaks_where_loud(out, ceiling).max()) / ceiling
    return out if over <= 1.0 else out / np.float32(over)


def _lasting_peak(peaks: Double) -> float:
    """The highest level that peaks [N], half a period of low notes apart, keep up for a while."""
    envelope = _highest(np.pad(peaks, 2 * _REACH), 4 * _REACH + 1)
    if len(envelope) <= 4 * _REACH + _LASTING:
        return float(peaks.max())
    return float(-_highest(-envelope, 4 * _REACH + _LASTING).min())


def _gain(wanted: Double) -> Real:
    """The gain [N] for reductions [N], without release: as soon up again as down."""
    held = _highest(np.pad(wanted, 2 * _REACH), 2 * _REACH + 1)
    return (1 - np.convolve(held, _window(2 * _REACH), mode="valid")).astype(np.float32)


def _reductions(peaks: Double, ceiling: float) -> Double:
    """r [N] of peaks [N]"""
    return 1 - np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))


def _highest(values: Double, span: int) -> Double:
    """The highest [N - span + 1] of each `span` values that follow each other."""
    covered = 1
    while 2 * covered <= span:
        values = np.maximum(values[:-covered], values[covered:])
        covered *= 2
    rest = span - covered
    return np.maximum(values[:-rest], values[rest:]) if rest else values
