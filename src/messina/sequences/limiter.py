"""A look-ahead limiter: no true peak over the ceiling, whatever is played together.

It looks LATENCY samples ahead, always as many, and does nothing while nothing is too loud. What is
too loud is met by a gain that comes down within the look-ahead, in the shape of a window, and goes
up again exponentially. With n samples in need of a reduction r[n] (0 none … 1 silence),

    held[n]  = max r[n - L … n]                  the reductions that lie ahead, L the look-ahead
    freed[n] = max(held[n], c freed[n - 1])      released slowly
    gain[n]  = 1 - sum_k w[k] freed[n - k]       k = 0 … L, sum w = 1; on the input at n - L

Each freed[n - k] is at least r[n - L], and so is their mean: the gain is always enough.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["CEILING", "LATENCY", "Limiter"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

CEILING: Final = float(10 ** (-1.5 / 20))
"""Most a true peak may be, 1.5 dB under full scale. A gain that moves makes new treble: 160 hits
within half a second, 12 dB too loud, come out 1.3 dB above it; what people play stays below."""

_AHEAD: Final = 176  # samples the gain takes to come down: 4 ms
_HALF: Final = 16  # samples each side, from which what lies between two is interpolated
_RELEASE_S = 0.08
_SAFE = 0.6  # sample peaks under this cannot hide a true peak over the ceiling
_NOTHING = 1e-6  # a reduction too small to matter
_PORTION = 8_192  # samples worked on at a time: a release over many more would underflow

LATENCY: Final = _AHEAD + _HALF
"""Samples the output is behind the input."""


def _interpolators() -> Double:
    """Taps [3, 2 * _HALF] for the values a quarter, half and three quarters between two samples."""
    places = np.arange(1 - _HALF, _HALF + 1)[None, :] - np.array([[0.25], [0.5], [0.75]])
    window = np.cos(0.5 * np.pi * places / (_HALF + 0.5))
    taps = np.sinc(places) * window
    return taps / taps.sum(axis=1, keepdims=True)


_TAPS = _interpolators()
_WINDOW = np.hanning(_AHEAD + 3)[1:-1] / np.hanning(_AHEAD + 3).sum()
_FREEING = float(np.exp(-1 / (_RELEASE_S * SAMPLE_RATE)))


class Limiter:
    """Takes audio in blocks of any size; the same audio comes out, LATENCY samples later."""

    def __init__(self) -> None:
        self._past = np.zeros((2 * _HALF + _AHEAD, 2), np.float32)
        self._wanted = np.zeros(_AHEAD)
        self._freed = np.zeros(_AHEAD)

    def step(self, block: Real) -> Real:
        """A block [N, 2] in, as many samples out."""
        portions = range(0, len(block), _PORTION)
        parts = [self._limited(block[start : start + _PORTION]) for start in portions]
        return np.concatenate(parts) if parts else block.copy()

    def _limited(self, block: Real) -> Real:
        joined = np.concatenate([self._past, block])
        self._past = joined[len(block) :]
        delayed = joined[_HALF : _HALF + len(block)]
        wanted = np.concatenate([self._wanted, self._reductions(joined[_AHEAD:])])
        freed = np.concatenate([self._freed, self._released(wanted)])
        self._wanted, self._freed = wanted[len(block) :], freed[len(block) :]
        if not freed.any():
            return delayed.copy()
        gain = 1 - np.convolve(freed, _WINDOW, mode="valid")
        return (delayed * gain[:, None]).astype(np.float32)

    def _reductions(self, samples: Real) -> Double:
        """Reduction [N] that each sample wants; samples [2 * _HALF + N, 2], N from _HALF on."""
        count = len(samples) - 2 * _HALF
        if np.abs(samples).max(initial=0.0) < _SAFE:
            return np.zeros(count)
        here = np.abs(samples).max(axis=1).astype(np.float64)
        between = np.zeros(len(samples))  # the highest value between a sample and the next
        for taps in _TAPS:
            for channel in samples.T:
                values = np.abs(np.convolve(channel, taps[::-1], mode="valid"))
                part = between[_HALF - 1 : _HALF - 1 + len(values)]
                np.maximum(part, values, out=part)
        peaks = np.maximum(here, between)
        peaks[1:] = np.maximum(peaks[1:], between[:-1])
        return 1 - np.minimum(1.0, CEILING / np.maximum(peaks[_HALF : _HALF + count], 1e-9))

    def _released(self, wanted: Double) -> Double:
        """freed [N] of wanted [_AHEAD + N]: held at its highest, then let go."""
        count = len(wanted) - _AHEAD
        before = self._freed[-1] if self._freed[-1] > _NOTHING else 0.0
        if before == 0.0 and not wanted.any():
            return np.zeros(count)
        held = sliding_window_view(wanted, _AHEAD + 1).max(axis=1)
        # freed[n] / c^n is the running maximum of held[n] / c^n.
        fall = _FREEING ** np.arange(1, count + 1)
        return np.maximum(before, np.maximum.accumulate(held / fall)) * fall
