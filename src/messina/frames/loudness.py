"""How loud a sound is at its loudest, and whether it is struck or kept up.

All go by the energy of every 50 ms: long enough for a low note's period, short enough for a stroke.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP
from messina.units import SAMPLE_RATE

Real = NDArray[np.float32]

_LOUDNESS_SAMPLES = round(0.050 * SAMPLE_RATE)
_LOUD_DB = 12.0  # under the loudest 50 ms: what is softer is not of the note while it is kept up
_LEAST_KEPT_UP_S = 0.4
_MOST_FALL_DB = 3.0  # from the first quarter of that to the last


def loudness(middle: Real) -> float:
    """RMS of the loudest 50 ms of a signal [N], full scale 1."""
    return float(np.sqrt(max(_energies(middle).max(), 0.0) / _LOUDNESS_SAMPLES))


def is_struck(middle: Real) -> bool:
    """Whether a signal [N] is loudest at once: its loudest 50 ms begin within the first 50."""
    return int(_energies(middle).argmax()) < _LOUDNESS_SAMPLES


def is_kept_up(middle: Real) -> bool:
    """Whether a signal [N] is blown or bowed: loud for long, and no softer at the end of that."""
    if is_struck(middle):
        return False
    level = 10 * np.log10(_energies(middle)[::HOP] + 1e-9)
    loud = np.flatnonzero(level > level.max() - _LOUD_DB)
    span = level[loud[0] : loud[-1] + 1]
    if len(span) * HOP < _LEAST_KEPT_UP_S * SAMPLE_RATE:
        return False
    quarter = len(span) // 4
    return bool(span[:quarter].mean() - span[-quarter:].mean() < _MOST_FALL_DB)


def _energies(middle: Real) -> NDArray[np.float64]:
    """Energy of every 50 ms of a signal [N], or of all of it if it is shorter."""
    squares = np.concatenate([[0.0], np.cumsum(np.square(middle, dtype=np.float64))])
    span = min(_LOUDNESS_SAMPLES, len(middle))
    return np.asarray(squares[span:] - squares[:-span])
