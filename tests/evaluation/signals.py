"""Signals with known answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

Signal = NDArray[np.float64]


def seconds(duration_s: float) -> Signal:
    return np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def decaying(duration_s: float, *, decay_s: float) -> Signal:
    """Envelope that falls by 60 dB in `decay_s`."""
    return 10.0 ** (-3.0 * seconds(duration_s) / decay_s)


def tone(
    frequency_hz: float, duration_s: float = 1.0, *, decay_s: float = 1.0, level: float = 0.5
) -> Signal:
    """A struck note: two harmonics, the upper one weaker and shorter."""
    turns = 2.0 * np.pi * frequency_hz * seconds(duration_s)
    first = np.sin(turns) * decaying(duration_s, decay_s=decay_s)
    second = 0.3 * np.sin(2.0 * turns) * decaying(duration_s, decay_s=0.5 * decay_s)
    return level * (first + second)


def noise(
    rng: np.random.Generator, duration_s: float = 1.0, *, decay_s: float = 1.0, level: float = 0.1
) -> Signal:
    """A burst of decaying white noise."""
    envelope = decaying(duration_s, decay_s=decay_s)
    return level * envelope * rng.standard_normal(len(envelope))
