"""Levels over time, as alignment, slicing and description need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["downmix", "moving_rms", "power"]

Floats = NDArray[np.float64]


def power(audio: NDArray[np.float32]) -> Floats:
    """Instantaneous power [N] of audio [N, C]: the mean of the channels' squares."""
    # column by column: numpy's reductions over a last axis of two are many times slower
    total: Floats = np.square(audio[:, 0], dtype=np.float64)
    for channel in range(1, audio.shape[1]):
        total += np.square(audio[:, channel], dtype=np.float64)
    total /= audio.shape[1]
    return total


def downmix(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mid [N] of audio [N, C], C being 1 or 2."""
    if audio.shape[1] == 1:
        return audio[:, 0]
    return np.float32(0.5) * (audio[:, 0] + audio[:, 1])


def moving_rms(power: Floats, window: int, *, hop: int = 1) -> Floats:
    """RMS [ceil(N / hop)] in a window centred on every hop-th sample, zeros beyond the ends.

    >>> moving_rms(np.array([0.0, 0.0, 4.0, 0.0, 0.0]), 2, hop=2).round(3).tolist()
    [0.0, 1.414, 0.0]
    """
    before = window // 2
    total = np.empty(len(power) + window + 1)
    total[: before + 1] = 0.0
    np.cumsum(power, out=total[before + 1 : before + 1 + len(power)])
    total[before + 1 + len(power) :] = total[before + len(power)]
    sums = total[window : window + len(power) : hop] - total[: len(power) : hop]
    # differences of a running sum can fall below zero by rounding
    return np.sqrt(np.maximum(sums, 0.0) / window)
