"""What procedural sounds are made of, decays, noises and modes, and where they are.

A place is the body they ring in, the room, the microphones' noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.demo_sounds import decay, noise_between
from messina.units import SAMPLE_RATE

__all__ = [
    "LONGEST_S",
    "Hit",
    "RecordingChain",
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


def band_of_noise(t: Signal, low_hz: float, high_hz: float, rng: np.random.Generator) -> Signal:
    """White noise between two frequencies, RMS 0.3; skirts of 12 dB an octave."""
    band = noise_between(t, low_hz, high_hz, rng)
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
    """Warped time in s for a frequency that falls from 1 + depth to 1 times its end."""
    return t + depth * tau_s * (1 - np.exp(-t / tau_s))


def hand(count: int, spread_db: float, rng: np.random.Generator) -> Signal:
    """Random levels [count] in linear gain: each hit excites the modes a little differently."""
    return 10 ** (spread_db * rng.standard_normal(count) / 20)


@dataclass(frozen=True, kw_only=True)
class RecordingChain:
    """The recording situation of a voice: body, room, microphones and noise floor."""

    curve: Signal  # ln gain at 24 knots from 30 Hz to 20 kHz
    rooms: Signal  # [2, M] impulse responses after the direct sound
    pan: float
    hiss_db: float
    hiss_tilt: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> RecordingChain:
        """A random one."""
        knots = rng.normal(0, rng.uniform(0, 0.6), 24)
        tilt = rng.normal(0, 0.25) * np.linspace(-2, 2, 24)
        t = time_axis(rng.uniform(0.1, 0.9))
        level_db = rng.uniform(-26, -8) if rng.random() < 0.6 else -120.0
        t60 = log_uniform(0.08, 1.0, rng)
        width = rng.uniform(0, 1)
        shared = band_of_noise(t, 150, log_uniform(2_000, 12_000, rng), rng)
        own = [band_of_noise(t, 150, 8_000, rng) for _ in range(2)]
        room = np.stack([(1 - width) * shared + width * x for x in own]) * decay(t, t60)
        room *= 10 ** (level_db / 20) / max(np.sqrt((room**2).sum(axis=1).mean()), 1e-9)
        return cls(
            curve=np.convolve(knots, np.ones(3) / 3, mode="same") + tilt,
            rooms=room,
            pan=float(rng.normal(0, 0.15)) if rng.random() < 0.5 else 0.0,
            hiss_db=rng.uniform(-100, -55),
            hiss_tilt=rng.uniform(0, 1),
        )

    def recorded(self, audio: Signal) -> Signal:
        """The sound in its room [N, 2]."""
        size = len(audio) + self.rooms.shape[1]
        spectrum = np.fft.rfft(audio, size)
        hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
        knots = np.geomspace(30, 20_000, 24)
        gain = np.exp(np.interp(np.log(np.maximum(hz, 1.0)), np.log(knots), self.curve))
        # The body filters as it rings, without going before the onset: minimum phase.
        spectrum = spectrum * _minimum_phase(gain)
        tails = np.fft.irfft(spectrum * np.fft.rfft(self.rooms, size, axis=1), size, axis=1)
        direct = np.fft.irfft(spectrum, size)
        pans = np.array([1 - max(self.pan, 0), 1 + min(self.pan, 0)])
        out = (direct * pans[:, None] + tails).T[: len(audio)]
        return np.ascontiguousarray(out)

    def floor(self, shape: tuple[int, ...], gain_db: float, rng: np.random.Generator) -> Signal:
        """Its noise floor, of this shape, relative to the peak of the loudest hit."""
        spectrum = np.fft.rfft(rng.standard_normal(shape), axis=0)
        bins = np.arange(len(spectrum)) + 8.0
        hiss = np.fft.irfft(spectrum * (bins ** (-0.5 * self.hiss_tilt))[:, None], shape[0], axis=0)
        out: Signal = hiss * (10 ** ((gain_db + self.hiss_db) / 20) / max(hiss.std(), 1e-12))
        return out


def _minimum_phase(gain: Signal) -> NDArray[np.complex128]:
    """Spectrum [K] of minimum phase with this magnitude, by the cepstrum."""
    size = 2 * (len(gain) - 1)
    cepstrum = np.fft.irfft(np.log(np.maximum(gain, 1e-6)), size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    spectrum: NDArray[np.complex128] = np.exp(np.fft.rfft(cepstrum))
    return spectrum
