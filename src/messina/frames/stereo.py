"""The stereo image: pan and width in ZONES of frequency, measured and played.

With M the middle and M' a decorrelated copy of it that is as loud (other noise, oscillators a
quarter turn on, in turn to either side), a channel is

    left = (1 - pan) M - width M',    right = (1 + pan) M + width M',

so (left + right) / 2 is M whatever the image, and the side's power is (pan² + width²) that of M.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import ZONES
from messina.units import SAMPLE_RATE

__all__ = [
    "MONO_BELOW",
    "MONO_MIX",
    "ZONE_CENTRES_HZ",
    "channel_mix",
    "is_mono",
    "is_one_channel",
    "measure_stereo",
]

Real = NDArray[np.float32]

ZONE_CENTRES_HZ: Final = np.array([120.0, 500.0, 2_000.0, 8_000.0])
"""Middles of the zones [ZONES] that have pan and width of their own."""
_EDGES_HZ = np.array([0.0, 250.0, 1_000.0, 4_000.0, SAMPLE_RATE])
MONO_BELOW: Final = 1e-3
"""Pan and width under this in every zone are none: the side is 60 dB under the middle."""
_WIDEST = 2.0

MONO_MIX: Final = np.array([[1.0, 0.0]], np.float32)[..., None]
"""One channel, the middle alone [1, 2, 1]."""


def is_mono(stereo: Real) -> bool:
    """Whether an image [2, ZONES] has nothing to either side."""
    return bool(np.abs(stereo).max() < MONO_BELOW)


def is_one_channel(audio: Real) -> bool:
    """Whether audio [N, C] has one channel, or next to nothing to either side of the middle."""
    left, right = audio[:, 0], audio[:, -1]
    side, middle = (np.square(x, dtype=np.float64).sum() for x in (left - right, left + right))
    return bool(side <= MONO_BELOW**2 * middle)


def channel_mix(stereo: Real, frequencies_hz: NDArray[np.float64]) -> Real:
    """Gains [channel, (middle, its decorrelated copy), K] at frequencies in Hz [K].

    One channel if mono.
    """
    if is_mono(stereo):
        return np.broadcast_to(MONO_MIX, (1, 2, len(frequencies_hz)))
    log_hz = np.log(np.maximum(frequencies_hz, 1.0))
    pan, width = (np.interp(log_hz, np.log(ZONE_CENTRES_HZ), row) for row in stereo)
    return np.array([[1 - pan, -width], [1 + pan, width]], np.float32)


def measure_stereo(audio: Real) -> Real:
    """Stereo image [2, ZONES] of a sound [N, C].

    By zone, how far the side follows the middle (pan), and how loud the rest of it is (width).
    """
    image = np.zeros((2, ZONES), np.float32)
    if audio.shape[1] == 1 or np.array_equal(audio[:, 0], audio[:, 1]):
        return image
    middle = np.fft.rfft(audio.mean(axis=1))
    side = np.fft.rfft((audio[:, 1] - audio[:, 0]) / 2)
    zones = np.digitize(np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE), _EDGES_HZ[1:-1])
    own = np.bincount(zones, np.abs(middle) ** 2, ZONES)
    shared = np.bincount(zones, (side * middle.conj()).real, ZONES)
    aside = np.bincount(zones, np.abs(side) ** 2, ZONES)
    heard = own > 1e-9 * own.sum()
    pan = np.where(heard, shared / np.where(heard, own, 1.0), 0.0)
    width2 = np.where(heard, aside / np.where(heard, own, 1.0), 0.0) - pan**2
    image[0] = np.clip(pan, -1.0, 1.0)
    image[1] = np.clip(np.sqrt(np.maximum(width2, 0.0)), 0.0, _WIDEST)
    return image
