"""Whether a long sound keeps its level.

Levels are log-mel spectrograms [T, 64] in dB, one row every 5.8 ms (`sequence_windows`).

Level of a second: 10 log10 of the mean power of its rows, bands summed, in dB; silence is -42 dB,
64 bands at their floor. Mean and slope are taken over these decibels: a quiet second counts as much
as a loud one.
Drift: mean level of the last minute less that of the first, in dB; of what is shorter than three
minutes, of its last and first third. Slope: of the straight line through the levels, in dB a
minute. What wanders without going anywhere drifts by chance; the floor is the mean size
with stretches of 10 s in random order.
Loudness range: 95th minus 10th percentile of the level of the rows, of those less than 40 dB under
the loudest, in dB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from messina.evaluation.dynamics import LOUD_DB
from messina.evaluation.levels import Floats
from messina.evaluation.sequence_windows import FRAMES_A_SECOND, Levels

__all__ = [
    "by_chance",
    "frame_levels_db",
    "level_drift_db",
    "level_range_db",
    "level_slope_db",
    "second_levels_db",
]

MINUTE: Final = 60
"""Seconds."""

STRETCH_S: Final = 10
SHUFFLES: Final = 32


def frame_levels_db(levels: Levels) -> Floats:
    """Level [T] of each row, bands summed."""
    return np.asarray(10.0 * np.log10(np.sum(10.0 ** (levels.astype(np.float64) / 10.0), axis=1)))


def second_levels_db(levels: Levels) -> Floats:
    """Level of each second; of a sound shorter than one, its level."""
    power = 10.0 ** (frame_levels_db(levels) / 10.0)
    parts = np.array_split(power, max(1, round(len(power) / FRAMES_A_SECOND)))
    return np.array([10.0 * np.log10(part.mean()) for part in parts])


def level_drift_db(second_levels: Floats) -> float:
    """How much louder the sound ends than it began, in dB; NaN under 3 s."""
    span = min(MINUTE, len(second_levels) // 3)
    if not span:
        return float("nan")
    return float(second_levels[-span:].mean() - second_levels[:span].mean())


def level_slope_db(second_levels: Floats) -> float:
    """Rise of the level, in dB a minute; NaN under 3 s."""
    if len(second_levels) < 3:
        return float("nan")
    times = np.arange(len(second_levels)) / MINUTE
    times = times - times.mean()
    return float(times @ (second_levels - second_levels.mean()) / (times @ times))


def by_chance(
    metric: Callable[[Floats], float], second_levels: Floats, *, rng: np.random.Generator
) -> float:
    """Mean size of a drift or slope when stretches of 10 s come in random order, in its unit."""
    starts = range(0, len(second_levels), STRETCH_S)
    parts = [second_levels[start : start + STRETCH_S] for start in starts]
    shuffled = (
        np.concatenate([parts[row] for row in rng.permutation(len(parts))]) for _ in range(SHUFFLES)
    )
    return float(np.mean([abs(metric(levels)) for levels in shuffled]))


def level_range_db(levels: Levels) -> float:
    """How far the level of a sound moves, in dB."""
    heights = frame_levels_db(levels)
    heights = heights[heights > heights.max() - LOUD_DB]
    return float(np.percentile(heights, 95) - np.percentile(heights, 10))
