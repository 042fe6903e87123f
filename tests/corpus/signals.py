"""Signals and files the corpus' tests are made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

RATE = 44_100

Signal = NDArray[np.float32]


def times(seconds: float, rate: int = RATE) -> NDArray[np.float64]:
    return np.arange(round(seconds * rate)) / rate


def tone(
    frequency_hz: float,
    *,
    seconds: float = 1.0,
    decay_s: float = 1.0,
    partials: Sequence[tuple[float, float]] = ((1.0, 1.0),),
    rate: int = RATE,
    gain: float = 0.5,
) -> Signal:
    """A struck tone [N]: (ratio, level) for each partial, 40 dB down after decay_s."""
    t = times(seconds, rate)
    decay = 10 ** (-2 * t / decay_s)
    total = sum(
        level * decay**ratio**0.5 * np.sin(2 * np.pi * ratio * frequency_hz * t)
        for ratio, level in partials
    )
    return (gain * np.asarray(total) / sum(level for _, level in partials)).astype(np.float32)


def harmonics(count: int, *, slope: float = 1.0) -> list[tuple[float, float]]:
    return [(float(k), 1.0 / k**slope) for k in range(1, count + 1)]


BAR = ((1.0, 1.0), (3.93, 0.4), (9.54, 0.2))
"""A marimba's bar: the second mode two octaves up, nearly."""


def burst(
    *, seconds: float = 0.3, decay_s: float = 0.2, gain: float = 0.5, seed: int = 0
) -> Signal:
    """Decaying noise [N]: a snare, more or less."""
    rng = np.random.default_rng(seed)
    t = times(seconds)
    noise = rng.standard_normal(len(t)) * 10 ** (-2 * t / decay_s)
    return (gain * noise / np.abs(noise).max()).astype(np.float32)


def kick(*, seconds: float = 0.4, start_hz: float = 160.0, end_hz: float = 50.0) -> Signal:
    """A gliding sine [N]."""
    t = times(seconds)
    frequency = end_hz + (start_hz - end_hz) * np.exp(-t / 0.06)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    return (0.8 * np.sin(phase) * 10 ** (-2 * t / 0.35)).astype(np.float32)


def silence(seconds: float) -> Signal:
    return np.zeros(round(seconds * RATE), np.float32)


def write(path: Path, audio: NDArray[np.floating], *, rate: int = RATE, **how: str) -> Path:
    """Write a file, with the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, audio, rate, **how)
    return path
