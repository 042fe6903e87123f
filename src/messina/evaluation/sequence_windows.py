"""Long sounds as sets of points, a window of a second each; drift and range of their level.

Audio is mono float [N] at 44.1 kHz and may be minutes long. Levels are its log-mel spectrogram
[T, 64] (`timbre.log_mel`), one row every 5.8 ms, in dB.

Window: 1 s (172 rows), one every 0.25 s (43 rows); a sound shorter than a window is repeated until
it fills one. Point [192] of a window: of each mel band the mean level / 10, its standard deviation
over time / 5, and its mean change from row to row. Level counts.
Flux: mean change of the bands from row to row in dB, levels held at 60 dB under the loudest of the
window, over what lies above; the mean of all windows.
Halves: every recording is cut into two stretches or more, of about 2 s; a half of the real material
is half of all stretches, drawn at random. (Neighbouring windows overlap: random halves of windows
would share samples.)

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

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.evaluation.signal_levels import Audio, Floats
from messina.evaluation.sound_quality import LOUD_DB
from messina.evaluation.spectra import power_spectrogram
from messina.evaluation.timbre import (
    FLOOR_DB,
    FLOOR_POWER,
    HOP_SAMPLES,
    MEL_BANDS,
    WINDOW_SAMPLES,
    mel_filters,
)
from messina.units import SAMPLE_RATE

__all__ = [
    "FRAMES_A_SECOND",
    "POINT_SIZE",
    "Levels",
    "by_chance",
    "frame_levels_db",
    "halves",
    "level_drift_db",
    "level_range_db",
    "level_slope_db",
    "long_log_mel",
    "second_levels_db",
    "window_flux_db",
    "window_points",
    "windows",
]

Levels = NDArray[np.float32]
"""Log-mel spectrogram [T, MEL_BANDS] in dB."""

FRAMES_A_SECOND: Final = SAMPLE_RATE / HOP_SAMPLES
WINDOW_FRAMES: Final = 172
WINDOW_HOP_FRAMES: Final = 43
STRETCH_FRAMES: Final = 345
POINT_SIZE: Final = 3 * MEL_BANDS
FLUX_RANGE_DB: Final = 60.0

_PORTION: Final = 4096
"""Rows computed at a time: 24 s, so that memory stays small however long the sound."""


def long_log_mel(audio: Audio) -> Levels:
    """Levels [N // 256 + 1, MEL_BANDS] of a sound of any length, in bounded memory."""
    half = WINDOW_SAMPLES // 2
    count = len(audio) // HOP_SAMPLES + 1
    padded = np.pad(np.asarray(audio, np.float32), (half, half + HOP_SAMPLES))
    levels = np.empty((count, MEL_BANDS), np.float32)
    for start in range(0, count, _PORTION):
        stop = min(start + _PORTION, count)
        samples = padded[start * HOP_SAMPLES : (stop - 1) * HOP_SAMPLES + WINDOW_SAMPLES]
        power = power_spectrogram(samples, WINDOW_SAMPLES, HOP_SAMPLES) @ mel_filters().T
        levels[start:stop] = 10.0 * np.log10(power + np.float32(FLOOR_POWER))
    return levels


def windows(levels: Levels) -> Levels:
    """Windows [n, WINDOW_FRAMES, MEL_BANDS], at least one."""
    short = WINDOW_FRAMES - len(levels)
    if short > 0:
        levels = np.pad(levels, ((0, short), (0, 0)), mode="wrap")
    views = sliding_window_view(levels, WINDOW_FRAMES, axis=0)[::WINDOW_HOP_FRAMES]
    return views.transpose(0, 2, 1)


def window_points(levels: Levels) -> NDArray[np.float32]:
    """Points [n, POINT_SIZE] of the windows of a sound."""
    parts = windows(levels)
    change = [np.abs(np.diff(part, axis=0)).mean(axis=0) for part in parts]
    means, spreads = parts.mean(axis=1) / 10.0, parts.std(axis=1) / 5.0
    return np.concatenate([means, spreads, np.stack(change)], axis=1).astype(np.float32)


def _flux_db(part: Levels) -> float:
    floor = max(float(part.max()) - FLUX_RANGE_DB, FLOOR_DB + 3.0)  # twice what silence reads
    above = part > floor
    heard = above[1:] | above[:-1]
    change = np.abs(np.diff(np.maximum(part, floor), axis=0))
    return float(change[heard].mean()) if heard.any() else float("nan")


def window_flux_db(levels: Levels) -> float:
    """Mean flux of the windows that are not silent, in dB; NaN when all are."""
    fluxes = [_flux_db(part) for part in windows(levels)[::4]]  # windows that do not overlap
    known = [flux for flux in fluxes if np.isfinite(flux)]
    return float(np.mean(known)) if known else float("nan")


def halves(
    recordings: Sequence[Levels], *, rng: np.random.Generator
) -> tuple[list[Levels], list[Levels]]:
    """Two random halves of the real material, as stretches."""
    parts: list[Levels] = []
    for levels in recordings:
        parts += np.array_split(levels, max(2, round(len(levels) / STRETCH_FRAMES)))
    order = rng.permutation(len(parts))
    first, second = order[: len(parts) // 2], order[len(parts) // 2 :]
    return [parts[row] for row in first], [parts[row] for row in second]


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
    """Mean size of a drift or slope after shuffling stretches of 10 s.

    What chance gives, in its unit.
    """
    starts = range(0, len(second_levels), STRETCH_S)
    parts = [second_levels[start : start + STRETCH_S] for start in starts]
    shuffled = (
        np.concatenate([parts[row] for row in rng.permutation(len(parts))]) for _ in range(SHUFFLES)
    )
    return float(np.mean([abs(metric(levels)) for levels in shuffled]))


def level_range_db(levels: Levels) -> float:
    """Range of the level of a sound over its seconds, in dB."""
    heights = frame_levels_db(levels)
    heights = heights[heights > heights.max() - LOUD_DB]
    return float(np.percentile(heights, 95) - np.percentile(heights, 10))
