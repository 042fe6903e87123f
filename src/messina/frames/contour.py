"""Pitch contours: how the pitch of a harmonic sound moves, and the time warp that undoes it.

A contour is the deviation of the pitch from the sound's own resting pitch, in cents, one number a
frame. It moves all oscillators alike: by the ratio r = 2^(cents / 1200), in straight lines between
frames. So it warps their time,

    u(t) = ∫ r ds,    within a frame    u_i + n r_i + (r_(i+1) - r_i) n² / (2 HOP),

and in that time a vibrato stands still.

Ref: Edler et al. (2009), "A time-warped MDCT approach to speech transform coding", for analysis in
time that is warped by the pitch.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.interpolation import cubic
from messina.frames.layout import HOP

__all__ = ["MOST_CENTS", "moving_places", "pace_of", "read_warped", "straightened", "warped_times"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

MOST_CENTS: Final = 2_400.0
"""Of a contour, up and down."""

_OVERSAMPLING: Final = 4


def pace_of(cents: NDArray[np.floating]) -> Double:
    """Ratio of frequency [T] of a pitch moved by cents [T], 2^(cents / 1200)."""
    return np.asarray(np.exp2(np.clip(cents, -MOST_CENTS, MOST_CENTS).astype(np.float64) / 1200))


def warped_times(cents: NDArray[np.floating], samples: int) -> Double:
    """Warped time in samples at samples 0 … samples - 1 for a contour in cents [T], one a frame.

    It is the integral of the ratio of frequency; past the last frame that ratio stays as it is.
    """
    pace = pace_of(cents)
    frames = -(-samples // HOP)
    pace = np.pad(pace, (0, max(frames + 1 - len(pace), 0)), mode="edge")[: frames + 1]
    share = (np.arange(HOP) + 0.5) / HOP
    speed = pace[:-1, None] + share * np.diff(pace)[:, None]
    return np.concatenate([[0.0], np.cumsum(speed)])[:samples]


def straightened(signal: Real, times: Double) -> Real:
    """A signal [N] resampled to warped time [M]: the pitch of its contour stands still.

    times [N]: warped time of each sample, in samples, as `warped_times` gives it.
    """
    grid = np.arange(int(times[-1]) + 1)
    return read_warped(signal, np.interp(grid, times, np.arange(len(times))))


def read_warped(signal: Real, places: Double) -> Real:
    """Reads a signal [N] at fractional samples: fourfold oversampled, then cubic interpolation."""
    size = 1 << max(int(np.ceil(np.log2(len(signal) + 64))), 6)
    spectrum = np.fft.rfft(signal, size)
    dense = (np.fft.irfft(spectrum, _OVERSAMPLING * size) * _OVERSAMPLING).astype(np.float32)
    at = np.clip(places, 0.0, len(signal)) * _OVERSAMPLING
    whole = at.astype(np.int64)
    return cubic((dense[whole + shift] for shift in (-1, 0, 1, 2)), (at - whole).astype(np.float32))


def moving_places(times: Double, frames: int, warped_frames: int) -> NDArray[np.int64]:
    """Index of the frame in warped time [frames] that is nearest to each frame in plain time.

    times [N]: warped time of each sample, in samples; warped_frames: how many frames that axis has.
    """
    at = np.minimum(np.arange(frames) * HOP, len(times) - 1)
    places = np.rint(times[at] / HOP).astype(np.int64)
    return np.minimum(places, warped_frames - 1)
