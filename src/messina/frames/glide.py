"""Glides: the falling pitch of kicks and toms as two numbers, and the time warp that undoes it.

A sinusoid that glides fills many bins; in the right warped time it fills one. Of all glides
2^(G e^(-t/tau) / 12) the one is taken that makes the low part of the sound smallest in time times
bandwidth, with (effective) duration (Σx²)² / Σx⁴ and the same for the bandwidth of the spectrum.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.frames.interpolation import cubic
from messina.frames.oscillators import warped_time
from messina.units import SAMPLE_RATE

__all__ = ["NO_GLIDE", "Glide", "bend", "find_glide", "low_part", "straighten", "warped_at"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

LOW_TOP_HZ: Final = 3_000.0
"""What a glide can reach: the part of the sound that is warped."""

_DECIMATION = 16
_HEARD_SAMPLES = 14_336  # 0.33 s
_SPECTRUM_SIZE = 2_048
_SEARCH_TOP_HZ = 900.0
_SEMITONES = (0.7, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0, 21.0, 27.0)
_TAUS_S = (0.006, 0.010, 0.017, 0.028, 0.045, 0.075, 0.12)
_LONGEST_TAU_S = 0.13
_BETTER = 1.12  # a glide must beat none by this factor
_LOW_SHARE = 0.15  # of the energy has to be low for a glide to matter


class Glide(NamedTuple):
    """An exponential fall of pitch.

    `semitones` above its end at first, with time constant `tau_s`.
    """

    semitones: float
    tau_s: float


NO_GLIDE: Final = Glide(0.0, 0.03)


def low_part(signal: Real, top_hz: float) -> Real:
    """The signal [N] under `top_hz`, with a smooth edge of a third of an octave."""
    size = _quick_size(len(signal) + 2048)
    spectrum = np.fft.rfft(signal, size)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    edge = np.clip(np.log2(np.maximum(frequency, 1.0) / top_hz) * 3, 0.0, 1.0)
    spectrum *= (0.5 + 0.5 * np.cos(np.pi * edge)).astype(np.float32)
    return np.fft.irfft(spectrum, size)[: len(signal)].astype(np.float32, copy=False)


def _quick_size(least: int) -> int:
    """The next size whose transform is quick: 2^n, 3 * 2^n or 5 * 2^n."""
    return min(k << max(0, int(np.ceil(np.log2(least / k)))) for k in (1, 3, 5))


def warped_at(samples: NDArray[np.integer], glide: Glide) -> Double:
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
    share = (places - whole).astype(np.float32)
    return cubic((padded[whole + shift] for shift in range(4)), share)


def find_glide(signal: Real) -> Glide:
    """The glide of a sound [N] with its onset at 0, or NO_GLIDE."""
    heard = np.zeros(_HEARD_SAMPLES, np.float32)
    heard[: min(len(signal), _HEARD_SAMPLES)] = signal[:_HEARD_SAMPLES]
    low = low_part(heard, _SEARCH_TOP_HZ)
    if np.sum(low**2) < _LOW_SHARE * np.sum(heard**2):
        return NO_GLIDE
    fading = low[::_DECIMATION] * np.linspace(1, 0, _HEARD_SAMPLES // _DECIMATION)
    grid = [Glide(semitones, tau_s) for semitones in _SEMITONES for tau_s in _TAUS_S]
    scores = _compactness(fading, grid)
    best, score = grid[int(np.argmax(scores))], float(scores.max())
    for spread in (1.25, 1.12, 1.06):
        near = [
            Glide(best.semitones * step, best.tau_s * pace)
            for step in (1 / spread, 1.0, spread)
            for pace in (1 / spread, 1.0, spread)
            if best.tau_s * pace <= _LONGEST_TAU_S
        ]
        scores = _compactness(fading, near)
        if scores.max() > score:
            best, score = near[int(np.argmax(scores))], float(scores.max())
    return best if score > _BETTER * _compactness(fading, [NO_GLIDE])[0] else NO_GLIDE


@lru_cache(maxsize=256)
def _straight_places(glide: Glide) -> Double:
    """Where in the decimated heard part a grid in warped time falls, evenly spaced there."""
    samples = np.arange(0, _HEARD_SAMPLES, _DECIMATION)
    times = warped_at(samples, glide) / _DECIMATION
    return np.interp(np.arange(min(int(times[-1]), _SPECTRUM_SIZE)), times, np.arange(len(times)))


def _compactness(low: Double, glides: list[Glide]) -> Double:
    """1 / (duration x bandwidth) of the decimated low part in the warped time of each glide."""
    straight = np.zeros((len(glides), _SPECTRUM_SIZE))
    for row, glide in zip(straight, glides, strict=True):
        places = _straight_places(glide)
        row[: len(places)] = np.interp(places, np.arange(len(low)), low)
    squares = straight**2
    power = np.abs(np.fft.rfft(straight.astype(np.float32), axis=1)) ** 2
    duration = squares.sum(axis=1) ** 2 / np.maximum((squares**2).sum(axis=1), 1e-30)
    bandwidth = power.sum(axis=1) ** 2 / np.maximum((power**2).sum(axis=1), 1e-30)
    return 1.0 / np.maximum(duration * bandwidth, 1e-30)
