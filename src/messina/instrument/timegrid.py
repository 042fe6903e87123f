"""A sound on a fixed grid of points in time: dense at the onset, ever wider apart after it.

Sounds change fast at first and slowly later, so every sound, from a click to a gong, is a table
[POINTS, BODY_SIZE] of one size: points 0 … DENSE - 1 are the first frames themselves, each later
point lies RATIO further out. A point stands for the frames around it (`pool`); between points
levels run in straight lines over time (`unpool`), which for a decay in dB is exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BODY_FLOOR

__all__ = [
    "LAST_FRAME",
    "POINTS",
    "POINT_FRAMES",
    "mean_around",
    "place_of",
    "points_within",
    "pool",
    "read_between",
    "unpool",
]

Real = NDArray[np.float32]

DENSE: Final = 16
RATIO: Final = 1.07
LAST_FRAME: Final = 2_067
"""The frame of the last point: 12 s. What a sound does later is left out."""


def _point_frames() -> NDArray[np.int64]:
    frames = list(range(DENSE))
    place = float(DENSE)
    while round(place) < LAST_FRAME:
        frames.append(round(place))
        place *= RATIO
    return np.array(sorted({*frames, LAST_FRAME}), np.int64)


POINT_FRAMES: Final = _point_frames()
"""The frame each point stands for [POINTS]."""

POINTS: Final = len(POINT_FRAMES)


def points_within(frames: int) -> int:
    """How many points lie within a sound of this many frames, at least 1."""
    return max(1, int(np.searchsorted(POINT_FRAMES, frames)))


def place_of(frame: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Where on the grid a frame lies, fractional: POINT_FRAMES[p] lies at p.

    >>> place_of(np.array([3.5])).item()
    3.5
    """
    return np.interp(frame, POINT_FRAMES, np.arange(POINTS))


def mean_around(rows: Real, centres: NDArray[np.int64], reach: int | NDArray[np.int64]) -> Real:
    """Mean of rows [T, D] over centre ± reach, as much of it as lies within the sound."""
    last = len(rows) - 1
    reach = np.minimum(reach, np.minimum(centres, last - centres))
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    width = 2 * reach + 1
    means = (sums[centres + reach + 1] - sums[centres - reach]) / width[:, None]
    return means.astype(np.float32)


def pool(body: Real) -> tuple[Real, int]:
    """Body [T, BODY_SIZE] as points [POINTS, BODY_SIZE], and how many lie within the sound.

    Later points are silence. Levels are averaged in log, over as far as a point stands for.
    """
    count = points_within(len(body))
    centres = np.minimum(POINT_FRAMES[:count], len(body) - 1)
    reach = np.diff(POINT_FRAMES, append=LAST_FRAME)[:count] // 2
    points = np.tile(BODY_FLOOR, (POINTS, 1))
    points[:count] = mean_around(body, centres, reach)
    return points, count


def unpool(points: Real, frames: int, *, places: NDArray[np.floating] | None = None) -> Real:
    """Points [POINTS, D] as frames [frames, D]; past the last point it stays as it is.

    places: where on the grid each frame is read from, when time is stretched.
    """
    if places is None:
        places = place_of(np.arange(frames))
    return read_between(points, places)


def read_between(rows: Real, places: NDArray[np.floating]) -> Real:
    """Rows [N, D] read at fractional places [n] within them, along straight lines [n, D]."""
    low = np.minimum(places.astype(np.int64), len(rows) - 2)
    share = (places - low).astype(np.float32)[:, None]
    between: Real = rows[low] + share * (rows[low + 1] - rows[low])
    return between
