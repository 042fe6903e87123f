"""Rhythm metrics: onset rate and intervals, periodicity, best matches between stretches.

Levels are log-mel spectrograms [T, 64] in dB, one row every 5.8 ms (`sequence_windows`).

Onset envelope [T]: rise of each band over two rows (12 ms) above the loudest of it and its two
neighbours, what falls counts zero, mean over the bands, in dB; levels are held at 45 dB under the
loudest of the 2 s around, so the hiss between hits has no onsets. (Comparing with the neighbours
keeps vibrato from counting; Böck & Widmer 2013.)
Onset: the largest value within ±35 ms, 1.5 dB above the median of the 0.4 s around. A sound that
begins at once begins with an onset.
Onset rate: onsets a second. Inter-onset histogram: time from onset to onset in quarter octaves from
40 ms to 2.6 s, what is shorter or longer in the bins at the ends, as shares; the distance of two is
their total variation, 0 for the same, 1 for nothing in common.
Periodicity: correlation of the onset envelope, smoothed over 40 ms, with itself later, the largest
over a range of delays, mean of windows of 8 s. At the beat, delays of 0.2 to 1 s; at the bar, 1 to
4 s. 1 is a machine; what has no metre at all reads 0.2 to 0.3, the luckiest of many delays.

Segment: 64 rows (0.37 s), about a beat. Best match of a segment: the smallest mean difference in
dB to any other segment at least 0.75 s away in the same chunk, levels held at 60 dB under the
chunk's loudest; the metric is the median over segments. Low is stuck or looping, high is random.
More material gives better matches, so sounds are compared in chunks of equal length: a recording
is one chunk (8 s at most), and generated sound is cut into chunks as long as the recordings, in
turn (`chunks_like`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.evaluation.sequence_windows import FRAMES_A_SECOND, Levels
from messina.evaluation.signal_levels import Floats
from messina.evaluation.timbre import FLOOR_DB

__all__ = [
    "BAR_S",
    "BEAT_S",
    "CHUNK_S",
    "SEGMENT_S",
    "best_match_db",
    "chunks",
    "chunks_like",
    "histogram_distance",
    "interval_histogram",
    "intervals_s",
    "onset_envelope",
    "onset_rate",
    "onsets_s",
    "periodicity",
]

BEAT_S: Final = (0.2, 1.0)
BAR_S: Final = (1.0, 4.0)

RISE_FRAMES: Final = 2
HELD_DB: Final = 45.0
HELD_FRAMES: Final = 345
PEAK_FRAMES: Final = 6
AROUND_FRAMES: Final = 35
ONSET_DB: Final = 1.5
SMOOTH_FRAMES: Final = 7
WINDOW_FRAMES: Final = round(8.0 * FRAMES_A_SECOND)

_EDGES_S: Final = 0.04 * 2.0 ** (np.arange(1, 24) / 4.0)
"""Between the 24 bins of the histogram."""


def _around(values: Levels | Floats, width: int, outside: float) -> NDArray[np.floating]:
    """The `width` (odd) values around each [T, width]."""
    return sliding_window_view(np.pad(values, width // 2, constant_values=outside), width)


def onset_envelope(levels: Levels) -> Floats:
    """Onset strength [T]: mean rise of the mel bands in dB."""
    loudest = _around(levels.max(axis=1), HELD_FRAMES, FLOOR_DB).max(axis=1)
    floor = np.maximum(loudest - HELD_DB, FLOOR_DB)[:, None]
    held = np.maximum(levels, floor)
    silence = np.broadcast_to(floor[:RISE_FRAMES], held[:RISE_FRAMES].shape)
    before = np.concatenate([silence, held[:-RISE_FRAMES]])
    beside = np.pad(before, ((0, 0), (1, 1)), mode="edge")
    highest = np.maximum(np.maximum(beside[:, :-2], beside[:, 2:]), before)
    return np.maximum(held - highest, 0.0).mean(axis=1, dtype=np.float64)


def onsets_s(levels: Levels) -> Floats:
    """Onset times in seconds from the first row."""
    envelope = onset_envelope(levels)
    highest = _around(envelope, 2 * PEAK_FRAMES + 1, 0.0).max(axis=1)
    usual = np.median(_around(envelope, 2 * AROUND_FRAMES + 1, 0.0), axis=1)
    found = np.flatnonzero((envelope >= highest) & (envelope > usual + ONSET_DB))
    apart = np.diff(found, prepend=-2 * PEAK_FRAMES) > PEAK_FRAMES  # of equal values the first
    return found[apart] / FRAMES_A_SECOND


def onset_rate(levels: Levels) -> float:
    """Onsets a second."""
    return len(onsets_s(levels)) * FRAMES_A_SECOND / len(levels)


def intervals_s(recordings: Sequence[Levels]) -> Floats:
    """Inter-onset intervals in s of all recordings, none across two of them."""
    return np.concatenate([np.empty(0), *(np.diff(onsets_s(levels)) for levels in recordings)])


def interval_histogram(intervals: Floats) -> Floats:
    """Share [24] of the intervals in each bin; zeros when there are none."""
    counts = np.bincount(np.searchsorted(_EDGES_S, intervals), minlength=len(_EDGES_S) + 1)
    return counts / max(len(intervals), 1)


def histogram_distance(first: Floats, second: Floats) -> float:
    """Total variation between the histograms of two sets of intervals, 0 … 1; NaN without any."""
    if not len(first) or not len(second):
        return float("nan")
    return float(0.5 * np.abs(interval_histogram(first) - interval_histogram(second)).sum())


def _correlation(envelope: Floats, lag: int) -> float:
    """Pearson correlation of an envelope with itself `lag` rows later; 0 where it stands still."""
    first, second = envelope[:-lag], envelope[lag:]
    first, second = first - first.mean(), second - second.mean()
    size = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / size) if size > 1e-9 else 0.0


def _strongest(envelope: Floats, lags: range) -> float:
    return max(_correlation(envelope, lag) for lag in lags)


def periodicity(recordings: Sequence[Levels], delays_s: tuple[float, float]) -> float:
    """How strongly onsets recur after one of the delays, mean over windows of 8 s.

    What is shorter than a window is one; delays longer than half of it cannot be read, and a
    recording with none left is left out. NaN when all are.
    """
    shape = np.hanning(SMOOTH_FRAMES + 2)
    strengths, weights = [], []
    for levels in recordings:
        envelope = np.convolve(onset_envelope(levels), shape / shape.sum(), mode="same")
        for part in np.array_split(envelope, max(1, round(len(envelope) / WINDOW_FRAMES))):
            low, high = (round(delay_s * FRAMES_A_SECOND) for delay_s in delays_s)
            lags = range(low, min(high, len(part) // 2) + 1)
            if len(lags) >= low // 2:
                strengths.append(_strongest(part, lags))
                weights.append(len(part))
    return float(np.average(strengths, weights=weights)) if strengths else float("nan")


SEGMENT_FRAMES: Final = 64
SEGMENT_S: Final = SEGMENT_FRAMES / FRAMES_A_SECOND
SEGMENT_HOP: Final = 16
APART_HOPS: Final = 8
RANGE_DB: Final = 60.0

CHUNK_S: Final = 8.0
SHORTEST_CHUNK_S: Final = 2.0


def chunks(recordings: Sequence[Levels]) -> list[Levels]:
    """The recordings, longer ones cut into equal parts of about 8 s, those under 2 s left out."""
    parts: list[Levels] = []
    for levels in recordings:
        count = max(1, round(len(levels) / (CHUNK_S * FRAMES_A_SECOND)))
        parts += np.array_split(levels, count)
    return [part for part in parts if len(part) >= SHORTEST_CHUNK_S * FRAMES_A_SECOND]


def chunks_like(levels: Levels, real: Sequence[Levels]) -> list[Levels]:
    """One sound cut into chunks as long as those of `real`, in turn, as often as they fit."""
    parts: list[Levels] = []
    start = 0
    for length in cycle(len(part) for part in real) if real else ():
        if start + length > len(levels):
            break
        parts.append(levels[start : start + length])
        start += length
    return parts


def _chunk_matches(levels: Levels) -> Floats:
    """Mean difference in dB [n] of each segment of a chunk to its best match."""
    held = np.maximum(levels, levels.max() - RANGE_DB)
    views = sliding_window_view(held, SEGMENT_FRAMES, axis=0)[::SEGMENT_HOP]
    segments = views.reshape(len(views), -1)
    best = np.full(len(segments), np.inf)
    for row, segment in enumerate(segments):
        others = np.abs(np.arange(len(segments)) - row) >= APART_HOPS
        if others.any():
            best[row] = np.abs(segments[others] - segment).mean(axis=1).min()
    return best[np.isfinite(best)]


def best_match_db(parts: Sequence[Levels]) -> float:
    """Median difference of the segments of the chunks to their best matches; NaN without any."""
    found = np.concatenate([np.empty(0), *(_chunk_matches(part) for part in parts)])
    return float(np.median(found)) if len(found) else float("nan")
