"""All metrics of generated sequences beside those of the recordings they were learnt from.

Audio is mono float [N] at 44.1 kHz, one array a recording or rendering; levels are log-mel
spectrograms [T, 64] of them (`sequence_windows`). Keys are those of `SEQUENCE_METRICS`; what the
reference of each is stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from messina.evaluation import (
    sequence_rhythm,
    sequence_windows,
    texture_statistics,
)
from messina.evaluation.copies import Run, nearest_db, repeated_share, verbatim_runs
from messina.evaluation.distribution import (
    HALVINGS,
    Points,
    Reference,
    Referenced,
    density_coverage,
    kernel_distance,
    summary,
)
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.evaluation.sequence_rhythm import BAR_S, BEAT_S
from messina.evaluation.sequence_windows import (
    Levels,
    halves,
    long_log_mel,
    window_flux_db,
    window_points,
)
from messina.evaluation.signal_levels import Audio
from messina.units import SAMPLE_RATE

__all__ = ["DEFAULT_BAR_S", "sequence_metrics"]

DEFAULT_BAR_S: float = 2.0
"""Four beats at 120 BPM: how long a bar is taken to be where none is known."""

NEAREST_HALVINGS = 3

Halves = tuple[list[Levels], list[Levels]]
Own = Callable[[Sequence[Levels]], float]
"""A metric of some sounds by themselves."""

Between = Callable[[Sequence[Levels], Sequence[Levels]], float]
"""A metric of some sounds beside others: (real, generated) → number."""


class Analysed(NamedTuple):
    """A sound, with its mel levels."""

    audio: Audio
    levels: Levels


def analysed(audio: Audio) -> Analysed:
    """Measures the mel levels of a sound [N]."""
    return Analysed(audio, long_log_mel(audio))


def together(sounds: Sequence[Analysed]) -> Analysed:
    """Concatenates sounds; a second of silence without any."""
    parts = [sound.audio for sound in sounds] or [np.zeros(SAMPLE_RATE, np.float32)]
    return analysed(np.concatenate(parts))


def _points(sounds: Sequence[Levels]) -> Points:
    return np.concatenate([window_points(levels) for levels in sounds])


def _set_metrics(
    pairs: Sequence[Halves], generated: Sequence[Levels], rng: np.random.Generator
) -> dict[str, Referenced]:
    """Distances of sets of windows, on equally many of each."""
    new = _points(generated)
    rows: dict[str, list[tuple[float, float]]] = {"kernel_distance": [], "coverage": []}
    for first, second in pairs:
        real, other = _points(first), _points(second)
        chosen = new[rng.permutation(len(new))[: len(other)]]
        rows["kernel_distance"].append((kernel_distance(real, new), kernel_distance(real, other)))
        rows["coverage"].append(
            (density_coverage(real, chosen).coverage, density_coverage(real, other).coverage)
        )
    return {key: _beside(pairs) for key, pairs in rows.items()}


def _beside(pairs: Sequence[tuple[float, float]]) -> Referenced:
    return Referenced(
        value=summary([value for value, _ in pairs]).mean,
        reference=summary([reference for _, reference in pairs]),
    )


def _between(metric: Between, pairs: Sequence[Halves], generated: Sequence[Levels]) -> Referenced:
    """A distance to halves of the real sounds, beside that of the other halves."""
    return _beside([(metric(first, generated), metric(first, second)) for first, second in pairs])


def _own(metric: Own, real: Sequence[Levels], pairs: Sequence[Halves], value: float) -> Referenced:
    """A metric that is to be near the real sounds' own, with its spread over their halves."""
    spread = summary([metric(part) for both in pairs for part in both]).spread
    return Referenced(value=value, reference=Reference(mean=metric(real), spread=spread))


def _weighted(metric: Callable[[Levels], float]) -> Own:
    """Mean of a metric over sounds, by their lengths; NaN where none has it."""

    def mean(sounds: Sequence[Levels]) -> float:
        values = np.array([metric(levels) for levels in sounds])
        lengths = np.array([len(levels) for levels in sounds])
        known = np.isfinite(values)
        return float(np.average(values[known], weights=lengths[known])) if known.any() else np.nan

    return mean


def _level(sounds: Sequence[Levels]) -> float:
    return float(
        np.median(np.concatenate([sequence_windows.second_levels_db(levels) for levels in sounds]))
    )


def _interval_distance(real: Sequence[Levels], generated: Sequence[Levels]) -> float:
    """Over equally many intervals, since few of them look unlike any others."""
    first, second = (sequence_rhythm.intervals_s(sounds) for sounds in (real, generated))
    count = min(len(first), len(second))
    if not count:
        return float("nan")
    starts = range(0, len(second) - count + 1, count)
    return float(
        np.mean([sequence_rhythm.histogram_distance(first, second[s : s + count]) for s in starts])
    )


def _nearest(real: Sequence[Levels], generated: Sequence[Levels]) -> float:
    source = np.concatenate(list(real))
    return _weighted(lambda levels: nearest_db(levels, source))(generated)


def _character(
    real: Sequence[Levels], pairs: Sequence[Halves], generated: Sequence[Levels]
) -> dict[str, Referenced]:
    """What is to be as it is in the real sounds."""
    metrics: dict[str, Own] = {
        "level": _level,
        "flux": _weighted(window_flux_db),
        "onset_rate": _weighted(sequence_rhythm.onset_rate),
    }
    found = {key: _own(f, real, pairs, f(generated)) for key, f in metrics.items()}
    # These depend on how long a sound is: chunks of equal length are compared.
    parts = sequence_rhythm.chunks(real)
    like = [part for levels in generated for part in sequence_rhythm.chunks_like(levels, parts)]
    in_chunks: dict[str, Own] = {
        "beat": lambda sounds: sequence_rhythm.periodicity(sounds, BEAT_S),
        "bar": lambda sounds: sequence_rhythm.periodicity(sounds, BAR_S),
        "loudness_range": _weighted(sequence_windows.level_range_db),
        "best_match": sequence_rhythm.best_match_db,
    }
    every_other = [(parts[::2], parts[1::2])]
    return found | {key: _own(f, parts, every_other, f(like)) for key, f in in_chunks.items()}


def _steadiness(generated: Sequence[Levels], rng: np.random.Generator) -> dict[str, Referenced]:
    seconds = [sequence_windows.second_levels_db(levels) for levels in generated]
    metrics = {
        "drift": sequence_windows.level_drift_db,
        "slope": sequence_windows.level_slope_db,
    }
    return {
        key: _plain(
            summary([abs(metric(part)) for part in seconds]).mean,
            summary([sequence_windows.by_chance(metric, part, rng=rng) for part in seconds]).mean,
        )
        for key, metric in metrics.items()
    }


def _runs(query: Analysed, source: Analysed | None) -> list[Run]:
    levels = query.levels, (source or query).levels
    return verbatim_runs(query.audio, source.audio if source else None, levels=levels)


def _copying(
    real: Sequence[Analysed], generated: Sequence[Analysed], bar_s: float
) -> dict[str, Referenced]:
    """Repeats and copies; of the real sounds, repeats within each and copies of other ones."""
    corpus = together(real)
    others = [together([*real[:row], *real[row + 1 :]]) for row in range(len(real))]
    new = [_runs(sound, corpus) for sound in generated]
    own = [_runs(*both) for both in zip(real, others, strict=True)]

    def share(found: Sequence[Sequence[Run]], sounds: Sequence[Analysed]) -> float:
        duration_s = sum(len(sound.audio) for sound in sounds) / SAMPLE_RATE
        runs = [run for part in found for run in part]
        return repeated_share(runs, duration_s, longer_than_s=bar_s)

    def longest(found: Sequence[Sequence[Run]]) -> float:
        return max((run.length_s for part in found for run in part), default=0.0)

    again, own_again = ([_runs(sound, None) for sound in side] for side in (generated, real))
    return {
        "repeated": _plain(share(again, generated), share(own_again, real)),
        "copied": _plain(share(new, generated), share(own, real)),
        "longest_copy": _plain(longest(new), longest(own)),
    }


def _texture(
    real: Sequence[Audio], generated: Sequence[Audio], rng: np.random.Generator
) -> dict[str, Referenced]:
    """Distances of the envelopes' mean statistics, between halves of the windows."""
    windows = texture_statistics.window_statistics(real)
    # Of one window there is no reference.
    windows = windows if len(windows) > 1 else windows * 2
    new = texture_statistics.mean_statistics(texture_statistics.window_statistics(generated))
    half = len(windows) // 2
    pairs = []
    for _ in range(HALVINGS):
        order = rng.permutation(len(windows))
        parts = [[windows[row] for row in rows] for rows in (order[:half], order[half:])]
        pairs.append([texture_statistics.mean_statistics(part) for part in parts])
    metrics = {
        "moments_distance": texture_statistics.moments_distance,
        "correlation_distance": texture_statistics.correlation_distance,
        "modulation_distance": texture_statistics.modulation_distance_db,
    }
    return {
        key: _beside([(metric(first, new), metric(first, second)) for first, second in pairs])
        for key, metric in metrics.items()
    }


def _plain(value: float, reference: float) -> Referenced:
    return Referenced(value=value, reference=Reference(mean=reference, spread=float("nan")))


def sequence_metrics(
    real: Sequence[Audio],
    generated: Sequence[Audio],
    *,
    rng: np.random.Generator,
    bar_s: float = DEFAULT_BAR_S,
) -> dict[str, Referenced]:
    """Every metric of one or more generated sounds beside its reference.

    real: the recordings. bar_s: how long a repeat has to be to count. Raises ValueError when
    either side is empty.
    """
    if not real or not generated:
        raise ValueError(f"{len(real)} real and {len(generated)} generated sounds: need both")
    heard, new = [analysed(audio) for audio in real], [analysed(audio) for audio in generated]
    levels, new_levels = [sound.levels for sound in heard], [sound.levels for sound in new]
    pairs = [halves(levels, rng=rng) for _ in range(HALVINGS)]
    found = (
        _set_metrics(pairs, new_levels, rng)
        | _character(levels, pairs, new_levels)
        | {
            "interval_distance": _between(_interval_distance, pairs, new_levels),
            "nearest": _between(_nearest, pairs[:NEAREST_HALVINGS], new_levels),
        }
        | _texture(real, generated, rng)
        | _steadiness(new_levels, rng)
        | _copying(heard, new, bar_s)
    )
    return {key: found[key] for key in SEQUENCE_METRICS}
