"""What a hit sounds like, as a vector: its first 150 ms in bands, without its level."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["FEATURES", "features_of"]

BANDS: Final = 28
SLICES_S: Final = (0.0, 0.012, 0.03, 0.06, 0.1, 0.15)
"""Between these times levels are averaged: an attack is told from what rings after it."""
RANGE_DB: Final = 48.0
EMPHASIS: Final = 1.5
"""What is loud counts more than what is hardly there: a dB of the loudest band is worth 1.5."""
FEATURES: Final = BANDS * (len(SLICES_S) - 1)

_WINDOW: Final = 1024
_HOP: Final = 128
_LOWEST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 16_000.0


def features_of(mid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels [FEATURES] of a hit [N], RANGE_DB for its loudest band, 0 for what is silent."""
    levels = 10.0 * np.log10(_band_power(mid) + 1e-12)
    edges = [round(at * SAMPLE_RATE / _HOP) for at in SLICES_S]
    power = [levels[first : max(end, first + 1)].mean(axis=0) for first, end in pairwise(edges)]
    patch = np.stack(power)
    audible = np.maximum(patch - patch.max() + RANGE_DB, 0.0) / RANGE_DB
    return (RANGE_DB * audible**EMPHASIS).ravel().astype(np.float32)


def _band_power(mid: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power [T, BANDS], frame t starting at sample t * HOP; silence follows the end."""
    count = round(SLICES_S[-1] * SAMPLE_RATE / _HOP) + 1
    needed = count * _HOP + _WINDOW
    padded = np.pad(mid[:needed], (0, max(0, needed - len(mid))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    # half a window: what is at the frame's beginning counts, so that the attack is in frame 0
    window = np.cos(np.linspace(0, np.pi / 2, _WINDOW)).astype(np.float32) ** 2
    window[:32] *= np.linspace(0, 1, 32, dtype=np.float32)
    spectrum = np.abs(np.fft.rfft(frames * window)) ** 2
    return np.asarray(spectrum @ _filters(), np.float64)


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles [bins, BANDS], evenly spaced on the mel scale."""
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    corners = 700.0 * (np.exp(mel / 1127.0) - 1.0)
    hz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)[:, None]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    # low bands are narrower than a bin: each gets at least the bin it lies in
    width = SAMPLE_RATE / _WINDOW
    rise = (hz - np.minimum(low, centre - width)) / np.maximum(centre - low, width)
    fall = (np.maximum(high, centre + width) - hz) / np.maximum(high - centre, width)
    return np.asarray(np.clip(np.minimum(rise, fall), 0.0, 1.0))


def _mel(hz: float) -> float:
    return float(1127.0 * np.log1p(hz / 700.0))
