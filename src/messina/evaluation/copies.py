"""Which generated sounds are copies of training sounds, and what of a long sound has been heard
before?

Single sounds are points, the rows of arrays [n, D], see `timbre`. A generated sound is as far
from the corpus as its distance to the nearest training sound. What is far follows from the training
sounds: the median distance of each to *its* nearest neighbour. Nearer than a quarter of that is
suspected to be a copy. (Played 2 ms late a training sound is a quarter off, a third of a semitone
sharp or with its noise drawn anew about a half.) Real corpora hold near copies too, repeated hits
above all: `share` is to be read beside `own_share`.

Long sounds are mono float [N] at 44.1 kHz and may last minutes; levels are their log-mel
spectrogram [T, 64] in dB, one row every 5.8 ms (`sequence_windows`).

Segment: 64 rows (0.37 s), about a beat, one every 32. The nearest place of a segment is where the
levels, averaged over 8 rows and 4 bands and less their mean, differ least (root mean square, dB).
Verbatim: the waveform of a segment, slopes instead of samples so that highs count, has a
correlation of 0.9 with that of one of its three nearest places, moved by up to 23 ms; whatever the
level. Noise drawn anew has 0. A run goes on while every 93 ms have 0.8 without moving. Silence is
no copy of silence: segments where no band comes above -45 dB are left out. What stands still, as an
electronic drone does, repeats itself, and so do sampled drums: read the metrics beside the real
sounds' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.sequence_windows import Levels, long_log_mel
from messina.evaluation.signal_levels import Audio, Floats
from messina.evaluation.timbre import HOP_SAMPLES, MEL_BANDS
from messina.frames.correlation import correlation, running_energy
from messina.units import SAMPLE_RATE

__all__ = [
    "COPY_RATIO",
    "CopyCheck",
    "Run",
    "Suspect",
    "copy_check",
    "nearest_db",
    "repeated_share",
    "verbatim_runs",
]


COPY_RATIO: Final = 0.25
"""Suspected below this share of the usual distance between neighbours."""

EXACT_DISTANCE: Final = 0.25
"""Always suspected: as near as a sound is to itself after 16-bit rounding."""


class Suspect(NamedTuple):
    """A generated sound (row) that lies too near to a training sound (row), and their distance."""

    generated: int
    """Row of the generated sound."""
    training: int
    """Row of the training sound."""
    ratio: float
    """Distance over the usual distance between neighbours."""


@dataclass(frozen=True, kw_only=True)
class CopyCheck:
    """Distances of m generated sounds to n training sounds, and which are suspected copies."""

    nearest: NDArray[np.intp]  # [m], rows of training sounds
    """Row of the nearest training sound of each generated one [m]."""
    distances: Floats  # [m]
    """How far that is [m]."""
    own_distances: Floats  # [n], of each training sound to its nearest neighbour
    """How far each training sound is from its own nearest neighbour [n]."""

    @property
    def usual(self) -> float:
        """Median distance between neighbours among the training sounds; NaN for a single one."""
        return float(np.median(self.own_distances)) if len(self.own_distances) else float("nan")

    @property
    def threshold(self) -> float:
        """Distance to a training sound below which a sound is suspected."""
        return max(float(np.nan_to_num(COPY_RATIO * self.usual)), EXACT_DISTANCE)

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """The suspected copies, nearest first."""
        rows = [int(row) for row in np.argsort(self.distances, kind="stable")]
        return tuple(
            Suspect(row, int(self.nearest[row]), float(self.distances[row] / self.usual))
            for row in rows
            if self.distances[row] < self.threshold
        )

    @property
    def share(self) -> float:
        """Share of generated sounds suspected to be copies."""
        return float(np.mean(self.distances < self.threshold))

    @property
    def own_share(self) -> float:
        """Share of training sounds that would be suspected to be copies of another one."""
        return (
            float(np.mean(self.own_distances < self.threshold)) if len(self.own_distances) else 0.0
        )

    @property
    def novelty(self) -> float:
        """Median distance to the nearest training sound over the usual one; 1 is as new as real."""
        return float(np.median(self.distances) / self.usual)


@checked
def copy_check(training: Points, generated: Points) -> CopyCheck:
    """Compare each generated sound with its nearest training sound.

    Args:
        training: Points [n, D].
        generated: Points [m, D].

    Returns:
        The distances, who is suspected, and how new the generated sounds are.

    Raises:
        ValueError: One of the sets is empty.
    """
    if not len(training) or not len(generated):
        raise ValueError(
            f"{len(training)} training and {len(generated)} generated sounds: need both"
        )
    across = squared_distances(training, generated)
    own = squared_distances(training, training)
    np.fill_diagonal(own, np.inf)
    return CopyCheck(
        nearest=across.argmin(axis=0),
        distances=np.sqrt(across.min(axis=0)),
        own_distances=np.sqrt(own.min(axis=1)) if len(training) > 1 else np.empty(0),
    )


SEGMENT_FRAMES: Final = 64
SEGMENT_HOP: Final = 32
SEGMENT_SAMPLES: Final = SEGMENT_FRAMES * HOP_SAMPLES
AUDIBLE_DB: Final = -45.0

POOL: Final = 4
POOLED: Final = SEGMENT_FRAMES // POOL
POOLED_SIZE: Final = POOLED * MEL_BANDS // POOL
COARSE_DB: Final = 6.0
"""Places that differ by more are not looked at sample by sample."""
CANDIDATES: Final = 3
SMOOTH: Final = 8
HELD_DB: Final = 50.0
PLACE_HOP: Final = 2
_PORTION: Final = 256
_NONE: Final = -1

SHIFT_SAMPLES: Final = 1024
SAME: Final = 0.9
STILL_SAME: Final = 0.8
BLOCK_SAMPLES: Final = 4096
_TINY: Final = 1e-9


class Run(NamedTuple):
    """A stretch of sound that occurred before: when, where it comes from, how long, all in s."""

    start_s: float
    source_s: float
    length_s: float


def _pooled(levels: Levels) -> Levels:
    """What is compared of each place [T // 2, POOLED_SIZE]: few levels, less their mean."""
    # Means of power, not of dB, and no deep silence: a hit a row off is still alike.
    power = 10.0 ** (np.maximum(levels, levels.max() - HELD_DB) / 10.0)
    power = power.reshape(len(levels), -1, POOL).mean(axis=2)
    sums = np.cumsum(np.pad(power, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    small = (10.0 * np.log10(sums[SMOOTH:] - sums[:-SMOOTH])).astype(np.float32)
    if len(small) < SEGMENT_FRAMES:
        return np.empty((0, POOLED_SIZE), np.float32)
    views = sliding_window_view(small, SEGMENT_FRAMES - POOL + 1, axis=0)[::PLACE_HOP, :, ::POOL]
    places = views.reshape(len(views), -1)
    return places - places.mean(axis=1, keepdims=True)


def _distances_db(
    query: Levels, source: Levels | None
) -> Iterator[tuple[range, NDArray[np.floating]]]:
    """Portions of segments, and the distance in dB of each to all places of the source.

    Without a source the places are those before the segment, in the same sound.
    """
    places = _pooled(query if source is None else source)
    segments = _pooled(query)[:: SEGMENT_HOP // PLACE_HOP]
    for start in range(0, len(segments) if len(places) else 0, _PORTION):
        rows = range(start, min(start + _PORTION, len(segments)))
        # Single precision: 256 levels of at most 60 dB lose less than 0.05 dB near zero.
        apart = np.sqrt(squared_distances(segments[rows.start : rows.stop], places) / POOLED_SIZE)
        if source is None:
            first = (
                np.arange(rows.start, rows.stop) * (SEGMENT_HOP // PLACE_HOP)
                - SEGMENT_FRAMES // PLACE_HOP
            )
            apart[np.arange(len(places))[None] > first[:, None]] = np.inf
        yield rows, apart


def _audible(query: Levels) -> NDArray[np.bool_]:
    """Which segments are more than silence."""
    loudest = sliding_window_view(query.max(axis=1), SEGMENT_FRAMES)[::SEGMENT_HOP]
    return loudest.max(axis=1) > AUDIBLE_DB


def nearest_db(query: Levels, source: Levels | None = None) -> float:
    """Median distance in dB of the audible segments of a sound to the nearest segment of a source.

    Without a source: to the nearest earlier segment of the same sound. NaN without any.
    """
    audible = _audible(query) if len(query) >= SEGMENT_FRAMES else np.empty(0, np.bool_)
    found = [
        apart.min(axis=1)[audible[rows.start : rows.stop]]
        for rows, apart in _distances_db(query, source)
    ]
    nearest = np.concatenate([np.empty(0), *found])
    nearest = nearest[np.isfinite(nearest)]
    return float(np.median(nearest)) if len(nearest) else float("nan")


def _candidates(apart: NDArray[np.floating]) -> NDArray[np.intp]:
    """Places [n, CANDIDATES] that come nearest and are not neighbours, -1 where none is near."""
    apart = apart.copy()
    rows = np.arange(len(apart))
    found = np.full((len(apart), CANDIDATES), _NONE, np.intp)
    for column in range(CANDIDATES):
        nearest = apart.argmin(axis=1)
        near = apart[rows, nearest] < COARSE_DB
        if not near.any():
            break
        found[near, column] = nearest[near]
        for offset in range(-4, 5):
            apart[rows, np.clip(nearest + offset, 0, apart.shape[1] - 1)] = np.inf
    return found


def _slopes(audio: Audio) -> NDArray[np.float32]:
    return np.diff(np.asarray(audio, np.float32), prepend=np.float32(0.0))


def _best_shift(segment: NDArray[np.float32], around: NDArray[np.float32]) -> tuple[float, int]:
    """Highest correlation of a segment with a part of a longer sound, and where it begins."""
    size = 1 << (len(around) - 1).bit_length()
    products = correlation(around, segment, size)[: len(around) - len(segment) + 1]
    energies = running_energy(around, len(segment))
    sizes = np.sqrt(np.maximum(energies, 0.0) * np.sum(np.square(segment, dtype=np.float64)))
    likeness = products / (sizes + _TINY)
    best = int(np.argmax(likeness))
    return float(likeness[best]), best


def _run_samples(
    query: NDArray[np.float32], source: NDArray[np.float32], start: int, place: int
) -> tuple[int, int]:
    """How many samples from `start` on are those from about `place` on, and from where exactly."""
    segment = query[start : start + SEGMENT_SAMPLES]
    first = max(0, place - SHIFT_SAMPLES)
    around = source[first : place + SEGMENT_SAMPLES + SHIFT_SAMPLES]
    if len(segment) < SEGMENT_SAMPLES or len(around) < SEGMENT_SAMPLES:
        return 0, place
    alike, shift = _best_shift(segment, around)
    exact = first + shift
    if alike < SAME:
        return 0, exact
    count = min(len(query) - start, len(source) - exact) // BLOCK_SAMPLES
    ours, theirs = (
        part[: count * BLOCK_SAMPLES].reshape(count, BLOCK_SAMPLES)
        for part in (query[start:], source[exact:])
    )
    products = np.sum(ours * theirs, axis=1)
    sizes = np.sqrt(np.sum(ours**2, axis=1) * np.sum(theirs**2, axis=1))
    other = np.flatnonzero(products + _TINY < STILL_SAME * (sizes + _TINY))
    # The segment itself is the same, whatever parts of it say: one of them may be nearly silent.
    other = other[other >= SEGMENT_SAMPLES // BLOCK_SAMPLES]
    return int(other[0] if len(other) else count) * BLOCK_SAMPLES, exact


def verbatim_runs(
    query: Audio, source: Audio | None = None, *, levels: tuple[Levels, Levels] | None = None
) -> list[Run]:
    """Stretches of a sound that are those of the source, or without one, of its own past.

    levels: those of both, where they are known already.
    """
    query_levels, source_levels = levels or (
        long_log_mel(query),
        long_log_mel(query if source is None else source),
    )
    if len(query_levels) < SEGMENT_FRAMES:
        return []
    ours = _slopes(query)
    theirs = ours if source is None else _slopes(source)
    audible, runs, after = _audible(query_levels), [], 0
    found = _distances_db(query_levels, None if source is None else source_levels)
    for rows, apart in found:
        for row, near in zip(rows, _candidates(apart), strict=True):
            start = row * SEGMENT_HOP * HOP_SAMPLES
            if start < after or not audible[row]:
                continue
            places = [int(place) * PLACE_HOP * HOP_SAMPLES for place in near if place != _NONE]
            tried = [_run_samples(ours, theirs, start, place) for place in places]
            length, place = max(tried, default=(0, 0))
            if length:
                after = start + length
                runs.append(Run(*(value / SAMPLE_RATE for value in (start, place, length))))
    return runs


def repeated_share(runs: Sequence[Run], duration_s: float, *, longer_than_s: float) -> float:
    """Share of the time that lies in runs longer than this.

    >>> repeated_share([Run(0.0, 5.0, 3.0), Run(4.0, 9.0, 1.0)], 12.0, longer_than_s=2.0)
    0.25
    """
    return sum(run.length_s for run in runs if run.length_s > longer_than_s) / duration_s
