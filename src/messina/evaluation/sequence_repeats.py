"""Whether a long sound is stuck, or wanders at random.

Levels are log-mel spectrograms [T, 64] in dB, one row every 5.8 ms (`sequence_windows`).

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

from messina.evaluation.levels import Floats
from messina.evaluation.sequence_windows import FRAMES_A_SECOND, Levels

__all__ = [
    "CHUNK_S",
    "SEGMENT_S",
    "best_match_db",
    "chunks",
    "chunks_like",
]

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
