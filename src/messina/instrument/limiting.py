"""Peaks brought under a ceiling where they are, so that the rest of the sound keeps its level.

A click of a millisecond in the attack would otherwise make a whole hit softer: harder hits came out
softer than the layer under them. What is too loud for longer is no peak; the whole sound is turned
down for that, and keeps its course. With n samples, each in need of the gain g[n] (1 none),

    held[n] = min g[n - A … n + A]
    gain[n] = sum_k w[k] held[n + k]       k = -A … A, w a window, sum w = 1

Each held[n + k] is at most g[n], and so is their mean: the gain is always enough. 2 A covers half a
period of the lowest notes, or the gain would follow their waveform.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["limited", "true_peaks"]

Audio = NDArray[np.float32]
Floats = NDArray[np.float64]

_OVERSAMPLING: Final = 4
_REACH: Final = 276  # samples to either side: 6.3 ms, a quarter of a period at 40 Hz
_WINDOW: Final = np.hanning(2 * _REACH + 3)[1:-1] / np.hanning(2 * _REACH + 3).sum()
_LASTING: Final = 662  # samples from which on a level is no peak: 15 ms


def true_peaks(audio: Audio) -> Floats:
    """Highest amplitude [N] around each sample of audio [N, C], between the samples too."""
    here: Floats = np.abs(audio).max(axis=1).astype(np.float64)
    if len(audio) < 2:
        return here
    finer = soxr.resample(audio, SAMPLE_RATE, _OVERSAMPLING * SAMPLE_RATE, quality="HQ")
    between = np.zeros((len(audio), _OVERSAMPLING))
    amplitudes = np.abs(finer).max(axis=1)[: between.size]
    between.flat[: len(amplitudes)] = amplitudes
    after = between.max(axis=1)
    peaks = np.maximum(here, after)
    peaks[1:] = np.maximum(peaks[1:], after[:-1])
    return peaks


def limited(audio: Audio, ceiling: float) -> Audio:
    """The audio [N, C] with no true peak over the ceiling; around short ones alone it is softer."""
    peaks = true_peaks(audio)
    if peaks.max(initial=0.0) <= ceiling:
        return audio
    whole = min(1.0, ceiling / _lasting_peak(peaks))
    out = audio * np.float32(whole)
    peaks *= whole
    loud = np.flatnonzero(peaks > ceiling)
    if len(loud):
        near = slice(max(0, loud[0] - 2 * _REACH), loud[-1] + 2 * _REACH + 1)
        out[near] *= _gain(ceiling / np.maximum(peaks[near], ceiling))[:, None]
    # A gain that moves makes peaks of its own between the samples, if hardly any.
    over = float(true_peaks(out).max()) / ceiling
    return out if over <= 1.0 else out / np.float32(over)


def _lasting_peak(peaks: Floats) -> float:
    """The highest level that peaks [N], half a period of low notes apart, keep up for a while."""
    envelope = -_lowest(-np.pad(peaks, 2 * _REACH), 4 * _REACH + 1)
    if len(envelope) <= 4 * _REACH + _LASTING:
        return float(peaks.max())
    return float(_lowest(envelope, 4 * _REACH + _LASTING).max())


def _gain(wanted: Floats) -> Audio:
    """A smooth gain [N] that is nowhere more than wanted [N]."""
    beyond = np.pad(wanted, 2 * _REACH, constant_values=1.0)
    gain = np.convolve(_lowest(beyond, 2 * _REACH + 1), _WINDOW, mode="valid")
    return gain.astype(np.float32)


def _lowest(values: Floats, span: int) -> Floats:
    """The lowest [N - span + 1] of each `span` values that follow each other."""
    covered = 1
    while 2 * covered <= span:
        values = np.minimum(values[:-covered], values[covered:])
        covered *= 2
    rest = span - covered
    return np.minimum(values[:-rest], values[rest:]) if rest else values
