"""Glides: the falling pitch of kicks and toms as two numbers, and the time warp that undoes it.

A sinusoid that glides fills many bins; in the right warped time it fills one. Of all glides
2^(G e^(-t/tau) / 12) the one is taken that makes the low part of the sound smallest in time times
bandwidth, with (effective) duration (Σx²)² / Σx⁴ and the same for the bandwidth of the spectrum.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP
from messina.frames.oscillators import warped_time
from messina.units import SAMPLE_RATE

__all__ = ["NO_GLIDE", "Glide", "bend", "find_glide", "low_part", "straighten", "warped_at"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

LOW_TOP_HZ: Final = 3_000.0
"""What a glide can reach: the part of the sound that is warped."""

_DECIMATION = 8
_HEARD_S = 0.35
_SEARCH_TOP_HZ = 900.0
_SEMITONES = (-6.0, -3.0, -1.5, 0.7, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0, 21.0, 27.0, 34.0)
_TAUS_S = (0.006, 0.010, 0.017, 0.028, 0.045, 0.075, 0.12)
_BETTER = 1.12  # a glide must beat none by this factor
_LOW_SHARE = 0.05  # of the energy has to be low for a glide to matter


class Glide(NamedTuple):
    semitones: float
    tau_s: float


NO_GLIDE: Final = Glide(0.0, 0.03)


def low_part(signal: Real, top_hz: float) -> Real:
    """The signal [N] under `top_hz`, with a smooth edge of a third of an octave."""
    spectrum = np.fft.rfft(np.pad(signal, (0, 2048)))
    frequency = np.fft.rfftfreq(len(signal) + 2048, 1 / SAMPLE_RATE)
    edge = np.clip(np.log2(np.maximum(frequency, 1.0) / top_hz) * 3, 0.0, 1.0)
    kept = np.fft.irfft(spectrum * (0.5 + 0.5 * np.cos(np.pi * edge)), len(signal) + 2048)
    return kept[: len(signal)].astype(np.float32)


def warped_at(samples: NDArray[np.number], glide: Glide) -> Double:
    """Warped time u of sample times, in samples."""
    table = warped_time(*glide)
    if len(table) == 0:
        return np.asarray(samples, np.float64)
    last = len(table) - 1
    beyond = np.maximum(np.asarray(samples, np.float64) - last, 0.0)
    return np.interp(samples, np.arange(len(table)), table) + beyond


def straighten(signal: Real, glide: Glide) -> Real:
    """The signal as it runs in warped time [M]: what glided stands still."""
    times = warped_at(np.arange(len(signal) + 1), glide)
    grid = np.arange(int(times[-1]))
    return _read_at(signal, np.interp(grid, times, np.arange(len(times))))


def bend(straight: Real, glide: Glide, samples: int) -> Real:
    """Inverse of `straighten` [samples]."""
    return _read_at(straight, warped_at(np.arange(samples), glide))


def _read_at(signal: Real, places: Double) -> Real:
    """The signal between samples, by cubic Lagrange interpolation; meant for low frequencies."""
    padded = np.pad(signal, (1, 3))
    whole = np.clip(places.astype(np.int64), 0, len(signal))
    d = (places - whole).astype(np.float32)
    before, here, after, later = (padded[whole + shift] for shift in range(4))
    return (
        -before * d * (d - 1) * (d - 2) / 6
        + here * (d + 1) * (d - 1) * (d - 2) / 2
        - after * (d + 1) * d * (d - 2) / 2
        + later * (d + 1) * d * (d - 1) / 6
    )


def find_glide(signal: Real) -> Glide:
    """The glide of a sound [N] with its onset at 0, or NO_GLIDE."""
    heard = np.pad(signal[: int(_HEARD_S * SAMPLE_RATE)], (0, HOP))
    low = low_part(heard, _SEARCH_TOP_HZ)
    if np.sum(low**2) < _LOW_SHARE * np.sum(heard**2):
        return NO_GLIDE
    low = low[::_DECIMATION] * np.linspace(1, 0, len(low[::_DECIMATION]))
    still = _compactness(low, NO_GLIDE)
    scores = {
        glide: _compactness(low, glide)
        for glide in (Glide(g, tau) for g in _SEMITONES for tau in _TAUS_S)
    }
    best = max(scores, key=scores.__getitem__)
    best, score = _refined(low, best, scores[best])
    return best if score > _BETTER * still else NO_GLIDE


def _refined(low: Real, glide: Glide, score: float) -> tuple[Glide, float]:
    for spread in (1.25, 1.12, 1.06):
        for semitones in (glide.semitones / spread, glide.semitones, glide.semitones * spread):
            for tau_s in (glide.tau_s / spread, glide.tau_s, glide.tau_s * spread):
                other = Glide(semitones, tau_s)
                if (better := _compactness(low, other)) > score:
                    glide, score = other, better
    return glide, score


def _compactness(low: Real, glide: Glide) -> float:
    """1 / (duration x bandwidth) of the decimated low part in warped time."""
    places = np.arange(len(low)) * _DECIMATION
    times = warped_at(places, glide) / _DECIMATION if glide.semitones else places / _DECIMATION
    grid = np.arange(int(times[-1]))
    straight = np.interp(grid, times, low)
    power = np.abs(np.fft.rfft(straight, 4096)) ** 2
    bandwidth = power.sum() ** 2 / max(float((power**2).sum()), 1e-30)
    squares = straight**2
    duration = squares.sum() ** 2 / max(float((squares**2).sum()), 1e-30)
    return 1e6 / max(float(bandwidth * duration), 1e-30)
