"""Signals with known answers for the tests of analysis and synthesis."""

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

Real = NDArray[np.float32]


def seconds(duration_s: float) -> NDArray[np.float64]:
    return np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def decaying_tone(
    hz: float, *, decay_s: float = 0.3, duration_s: float = 1.0, level: float = 0.5
) -> Real:
    t = seconds(duration_s)
    return (level * np.exp(-t / decay_s) * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def gliding_tone(hz: float, *, semitones: float, tau_s: float, duration_s: float = 0.6) -> Real:
    t = seconds(duration_s)
    frequency = hz * np.exp2(semitones / 12 * np.exp(-t / tau_s))
    phase = 2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE
    return (0.7 * np.exp(-t / 0.2) * np.sin(phase)).astype(np.float32)


def decaying_noise(
    *, decay_s: float = 0.1, duration_s: float = 0.6, level: float = 0.3, seed: int = 0
) -> Real:
    t = seconds(duration_s)
    rng = np.random.default_rng(seed)
    return (level * np.exp(-t / decay_s) * rng.standard_normal(len(t))).astype(np.float32)


def level_db(signal: Real) -> float:
    return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64)) + 1e-20))


def peak_hz(signal: Real, *, near: float, span: float = 1.06) -> float:
    """Frequency of the strongest peak within a factor `span` of `near`, good to about 0.02 Hz."""
    size = 1 << 20
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), size))
    low, high = int(near / span * size / SAMPLE_RATE), int(near * span * size / SAMPLE_RATE)
    return (low + int(np.argmax(spectrum[low:high]))) * SAMPLE_RATE / size
