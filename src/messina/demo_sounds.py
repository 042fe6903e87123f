"""Sounds made from nothing, so that Messina can be heard without any: drums, mallets, waveforms.

Each kind of sound is a small function of velocity (0 … 1), pitch where it has one, and a random
generator, and returns mono audio [N] at SAMPLE_RATE. Harder hits are louder *and* brighter, and
no two are alike: what an instrument is to learn from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import write_wav
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = ["demo_sounds", "write_demo_sounds"]

Audio: TypeAlias = NDArray[np.float32]
Signal: TypeAlias = NDArray[np.float64]
Drum: TypeAlias = Callable[[float, np.random.Generator], Signal]
Tone: TypeAlias = Callable[[float, float, np.random.Generator], Signal]

_VELOCITIES: Final = (20, 50, 80, 105, 127)
_RANGE_DB: Final = 30.0
"""How much softer a velocity of 0 would be than the hardest hit."""


def demo_sounds(*, seed: int = 0) -> Iterator[tuple[str, Audio]]:
    """File names, as a careful sampler would give them, and audio [N], peaks below -1 dBFS."""
    rng = np.random.default_rng(seed)
    for name, drum in _DRUMS.items():
        for velocity in _VELOCITIES:
            yield f"drums/{name}_v{velocity}.wav", _finish(drum(velocity / 127, rng), velocity)
    for name, (tone, notes, velocities) in _TONES.items():
        for note in notes:
            for velocity in velocities:
                signal = tone(float(note_to_hz(note)), velocity / 127, rng)
                yield f"{name}/{name}_{note}_v{velocity}.wav", _finish(signal, velocity)


def write_demo_sounds(folder: Path, *, seed: int = 0) -> int:
    """Write them all as 24-bit WAV files under this folder; returns how many."""
    count = 0
    for name, audio in demo_sounds(seed=seed):
        write_wav(folder / name, audio)
        count += 1
    return count


def _finish(signal: Signal, velocity: int) -> Audio:
    """At the level of its velocity, faded over the last 5 ms so that it ends in silence."""
    level_db = -1.0 - _RANGE_DB * (1 - velocity / 127)
    fade = np.ones(len(signal))
    fade[-220:] = np.linspace(1, 0, 220)
    peak = float(np.max(np.abs(signal)))
    return (signal * fade * 10 ** (level_db / 20) / peak).astype(np.float32)


# ---- building blocks -----------------------------------------------------------------------------


def _time(duration_s: float) -> Signal:
    return np.arange(int(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def decay(t: Signal, t60_s: float | Signal) -> Signal:
    """An exponential that has fallen by 60 dB after `t60_s`."""
    fallen: Signal = np.exp(-np.log(1000.0) * t / t60_s)
    return fallen


def _tone(frequency_hz: float | Signal, t: Signal) -> Signal:
    """A sine from zero, of a fixed or a moving frequency."""
    frequency = np.broadcast_to(np.asarray(frequency_hz, np.float64), t.shape)
    phase = np.concatenate([[0.0], np.cumsum(frequency[:-1])]) / SAMPLE_RATE
    tone: Signal = np.sin(2 * np.pi * phase)
    return tone


def _noise(t: Signal, low_hz: float, high_hz: float, rng: np.random.Generator) -> Signal:
    noise = noise_between(t, low_hz, high_hz, rng)
    noise /= np.max(np.abs(noise))
    return noise


def noise_between(t: Signal, low_hz: float, high_hz: float, rng: np.random.Generator) -> Signal:
    """White noise [N] between two frequencies, at no level in particular; 12 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(len(t)))
    frequency = np.fft.rfftfreq(len(t), 1 / SAMPLE_RATE)
    below = np.minimum(frequency / low_hz, 1.0) ** 2
    above = np.minimum(high_hz / np.maximum(frequency, 1.0), 1.0) ** 2
    noise: Signal = np.fft.irfft(spectrum * below * above, len(t))
    return noise


def _modes(frequency_hz: float, ratios: Signal, levels: Signal, t60_s: Signal, t: Signal) -> Signal:
    """A struck body: decaying sines at these ratios, those above hearing left out."""
    heard = ratios * frequency_hz < 0.45 * SAMPLE_RATE
    parts = zip(ratios[heard], levels[heard], t60_s[heard], strict=True)
    modes = [a * _tone(r * frequency_hz, t) * decay(t, d) for r, a, d in parts]
    return np.asarray(np.sum(modes, axis=0))


def _about(value: float, spread: float, rng: np.random.Generator) -> float:
    """This value, as a hand would hit it."""
    return value * float(np.exp(spread * rng.standard_normal()))


# ---- drums ---------------------------------------------------------------------------------------


def _kick(velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(0.7)
    depth = _about(110 + 110 * velocity, 0.05, rng)
    frequency = _about(50, 0.01, rng) + depth * np.exp(-t / 0.035)
    click = _noise(t, 1500, 2000 + 7000 * velocity, rng) * decay(t, 0.03)
    return _tone(frequency, t) * decay(t, _about(0.55, 0.05, rng)) + 0.4 * velocity * click


def _snare(velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(0.5)
    head = _modes(
        _about(185, 0.01, rng),
        np.array([1.0, 1.59, 2.3]),
        np.array([1, 0.6, 0.3]),
        np.array([0.25, 0.2, 0.12]),
        t,
    )
    wires = _noise(t, 900, 3000 + 9000 * velocity, rng) * decay(
        t, _about(0.2 + 0.15 * velocity, 0.1, rng)
    )
    return 0.6 * head + (0.5 + 0.5 * velocity) * wires


def _tom(velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(0.8)
    frequency = _about(95, 0.02, rng) * (1 + 0.35 * velocity * np.exp(-t / 0.06))
    overtone = _tone(1.6 * frequency, t) * decay(t, 0.25)
    stick = _noise(t, 500, 1500 + 4000 * velocity, rng) * decay(t, 0.04)
    return _tone(frequency, t) * decay(t, 0.7) + 0.35 * overtone + 0.3 * velocity * stick


def _hat(t60_s: float, duration_s: float) -> Drum:
    def hit(velocity: float, rng: np.random.Generator) -> Signal:
        t = _time(duration_s)
        ratios = np.array([2.0, 3.0, 4.16, 5.43, 6.79, 8.21])
        metal = sum(_tone(_about(830 * r, 0.004, rng), t) for r in ratios)
        hiss = _noise(t, 6000, 7000 + 9000 * velocity, rng)
        return (0.04 * metal + hiss) * decay(t, _about(t60_s, 0.08, rng))

    return hit


def _clap(velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(0.45)
    hands = np.sort(rng.uniform(0, 0.03, 4))
    bursts = sum(np.where(t >= s, np.exp(-(t - s).clip(0) / 0.004), 0.0) for s in hands - hands[0])
    room = 0.35 * decay(t, 0.3)
    return _noise(t, 800, 1500 + 4000 * velocity, rng) * (bursts + room)


# ---- mallets and plucks --------------------------------------------------------------------------


def _marimba(frequency_hz: float, velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(1.6)
    ring_s = _about(1.2 * (220 / frequency_hz) ** 0.4, 0.05, rng)
    ratios = np.array([1.0, 3.93, 9.2, 16.0])
    levels = np.array([1.0, 0.5, 0.25, 0.12]) * velocity ** np.array([0.0, 0.6, 1.2, 1.6])
    wood = _noise(t, 400, 800 + 4000 * velocity, rng) * decay(t, 0.035)
    return (
        _modes(frequency_hz, ratios, levels, ring_s * np.array([1, 0.35, 0.15, 0.1]), t)
        + 0.15 * wood
    )


def _kalimba(frequency_hz: float, velocity: float, rng: np.random.Generator) -> Signal:
    t = _time(2.0)
    ratios = np.array([1.0, 2.0, 5.4, 6.27, 12.1])
    levels = np.array([1.0, 0.12, 0.35, 0.2, 0.1]) * velocity ** np.array([0, 0.3, 1.0, 1.2, 1.6])
    rings_s = _about(1.7, 0.05, rng) * np.array([1, 0.7, 0.2, 0.15, 0.08])
    thumb = _noise(t, 300, 600 + 2500 * velocity, rng) * decay(t, 0.05)
    return _modes(frequency_hz, ratios, levels, rings_s, t) + 0.1 * thumb


def _harmonics(shape: Callable[[Signal], Signal], t60_s: float) -> Tone:
    """A plucked waveform: its harmonics up to a brightness that velocity opens and time closes."""

    def pluck(frequency_hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        t = _time(1.3 * t60_s)
        order = np.arange(1.0, max(2.0, 15_000 / frequency_hz))
        damping = 1 + 0.25 * (order - 1) / (0.3 + velocity)
        levels = shape(order) * np.exp(-(order - 1) * 0.25 * (1 - velocity))
        return _modes(frequency_hz, order, levels, _about(t60_s, 0.05, rng) / damping, t)

    return pluck


def _fm(frequency_hz: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Two operators, ratio 1 : 1.41, the index falling with time.

    Ref: Chowning (1973), "The synthesis of complex audio spectra by means of frequency modulation".
    """
    t = _time(1.3)
    index = 5.0 * velocity * np.exp(-t / _about(0.15, 0.1, rng))
    return np.sin(2 * np.pi * frequency_hz * t + index * _tone(1.41 * frequency_hz, t)) * decay(
        t, 1.1
    )


_DRUMS: Final[dict[str, Drum]] = {
    "kick": _kick,
    "snare": _snare,
    "tom": _tom,
    "hihat_closed": _hat(0.09, 0.2),
    "hihat_open": _hat(0.7, 0.9),
    "clap": _clap,
}

_TONES: Final[dict[str, tuple[Tone, tuple[int, ...], tuple[int, ...]]]] = {
    "marimba": (_marimba, (48, 53, 57, 60, 65, 69, 72), (40, 80, 120)),
    "kalimba": (_kalimba, (60, 64, 67, 72), (50, 110)),
    "sine": (_harmonics(lambda n: np.where(n == 1, 1.0, 0.0), 0.6), (57, 69), (60, 120)),
    "saw": (_harmonics(lambda n: 1 / n, 0.7), (45, 57), (60, 120)),
    "square": (_harmonics(lambda n: np.where(n % 2 == 1, 1 / n, 0.0), 0.7), (45, 57), (60, 120)),
    "fm": (_fm, (45, 57, 64), (60, 120)),
}
