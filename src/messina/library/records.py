"""What learning is given of one sound, from its frames: fixed-size arrays, and rows over time."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.frames.contour import MOST_CENTS
from messina.frames.layout import BANDS, BODY_SIZE, FINE_CELLS, ONSET_SIZE, Frames, pack_fine
from messina.instrument.descriptors import onset_weights
from messina.instrument.timegrid import pool
from messina.instrument.trajectories import contour_rows, rows_of

__all__ = ["FIXED", "OVER_TIME", "Record", "record_of"]


class Record(NamedTuple):
    """One sound, as it is learnt."""

    points: NDArray[np.float16]  # [count, BODY_SIZE] on the time grid, as many as lie within it
    rows: NDArray[np.float16]  # [R, BODY_SIZE] at an even rate, as trajectories take them
    contour: NDArray[np.float16]  # [R, 1] cents at the same rows, 0 where its pitch stands still
    frames: int
    """How long it is."""
    onset: NDArray[np.float32]  # [ONSET_SIZE]
    onset_weights: NDArray[np.float32]  # [ONSET_SIZE] how much each number of the onset counts
    loudest: NDArray[np.float16]  # [BANDS] the loudest level of the partials in each band
    fine: NDArray[np.uint8]  # [FINE_CELLS / 2] fine spectrum of the noise, packed


FIXED: Final = {
    "onset": (np.float32, ONSET_SIZE),
    "onset_weights": (np.float32, ONSET_SIZE),
    "loudest": (np.float16, BANDS),
    "fine": (np.uint8, FINE_CELLS // 2),
}
"""Type and size of what is as large for every sound."""

OVER_TIME: Final = {
    "points": (np.float16, BODY_SIZE),
    "rows": (np.float16, BODY_SIZE),
    "contour": (np.float16, 1),
}
"""Type and width of what is as long as the sound."""


def record_of(frames: Frames) -> Record:
    """What is learnt of a sound."""
    levels, count = pool(frames.body)
    points = levels.astype(np.float16)
    rows = rows_of(frames.body).astype(np.float16)
    contour = np.zeros((len(rows), 1), np.float16)
    if frames.contour is not None:
        contour[:, 0] = np.clip(contour_rows(frames.contour), -MOST_CENTS, MOST_CENTS)
    return Record(
        points=points[:count],
        rows=rows,
        contour=contour,
        frames=len(frames),
        onset=frames.onset,
        onset_weights=onset_weights(points[None].astype(np.float32))[0],
        loudest=points[:, :BANDS].max(axis=0),
        fine=pack_fine(frames.fine),
    )
