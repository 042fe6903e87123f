"""Long signals of which the rhythm, the repeats and the level are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.signals import Signal, noise, tone
from messina.evaluation.sequence_windows import Levels, long_log_mel
from messina.units import SAMPLE_RATE


def levels_of(*sounds: Signal) -> list[Levels]:
    return [long_log_mel(sound) for sound in sounds]


def steady_noise(rng: np.random.Generator, duration_s: float, level: float = 0.05) -> Signal:
    return level * rng.standard_normal(round(duration_s * SAMPLE_RATE))


def struck(times_s: Sequence[float], duration_s: float, rng: np.random.Generator) -> Signal:
    """Short drum-like hits at these times, each of its own pitch and noise, over faint hiss."""
    sound = steady_noise(rng, duration_s, 1e-4)
    for time_s in times_s:
        hit = noise(rng, 0.15, decay_s=0.15) + tone(rng.uniform(80.0, 800.0), 0.15, decay_s=0.2)
        start = round(time_s * SAMPLE_RATE)
        part = hit[: len(sound) - start]
        sound[start : start + len(part)] += part
    return sound


def in_time(duration_s: float, period_s: float) -> list[float]:
    return list(np.arange(0.0, duration_s - 0.2, period_s))


def at_random(duration_s: float, rate: float, rng: np.random.Generator) -> list[float]:
    return sorted(rng.uniform(0.0, duration_s - 0.2, round(duration_s * rate)))
