"""What procedural sounds are made of: decays, noises, modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "LONGEST_S",
    "Hit",
    "Signal",
    "band_of_noise",
    "decay",
    "glided",
    "hand",
    "log_uniform",
    "modes",
    "time_axis",
]

Signal: TypeAlias = NDArray[np.float64]

Hit: TypeAlias = Callable[[float, float, np.random.Generator], Signal]
"""(frequency in Hz, velocity 0 … 1, chance) → audio [N]."""

LONGEST_S: Final = 4.0
_NYQUIST_SHARE: Final = 0.46


def log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    """A number between two, every octave of them as likely."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def time_axis(duration_s: float) -> Signal:
    """Seconds [N], no more than LONGEST_S of them."""
    return np.arange(max(2_000, int(min(duration_s, LONGEST_S) * SAMPLE_RATE))) / SAMPLE_RATE


def decay(t: Signal, t60_s: float | Signal) -> Signal:
    """An exponential that has fallen by 60 dB after `t60_s`."""
    fallen: Signal = np.exp(-np.log(1000.0) * t / t60_s)
    return fallen


def band_of_noise(t: Signal, low_hz: float, high_hz: float, rng: np.random.Generator) -> Signal:
    """White noise between two frequencies, RMS 0.3; skirts of 12 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(len(t)))
    frequency = np.fft.rfftfreq(len(t), 1 / SAMPLE_RATE)
    below = np.minimum(frequency / low_hz, 1.0) ** 2
    above = np.minimum(high_hz / np.maximum(frequency, 1.0), 1.0) ** 2
    band: Signal = np.fft.irfft(spectrum * below * above, len(t))
    return band * (0.3 / max(band.std(), 1e-12))


def modes(
    hz: Signal, levels: Signal, t60_s: Signal, t: Signal, phases: Signal, warped: Signal | None
) -> Signal:
    """Decaying sines, those above hearing left out. warped: time as a glide makes it run."""
    out = np.zeros(len(t))
    clock = t if warped is None else warped
    for f, level, t60, phase in zip(hz, levels, t60_s, phases, strict=True):
        if f < _NYQUIST_SHARE * SAMPLE_RATE and level > 1e-5:
            n = min(len(t), int(1.6 * t60 * SAMPLE_RATE) + 64)
            out[:n] += level * np.sin(2 * np.pi * f * clock[:n] + phase) * decay(t[:n], t60)
    return out


def glided(t: Signal, depth: float, tau_s: float) -> Signal:
    """Time in which a frequency falls from 1 + depth to 1."""
    return t + depth * tau_s * (1 - np.exp(-t / tau_s))


def hand(count: int, spread_db: float, rng: np.random.Generator) -> Signal:
    """Levels as each hit excites them a little differently."""
    return 10 ** (spread_db * rng.standard_normal(count) / 20)
