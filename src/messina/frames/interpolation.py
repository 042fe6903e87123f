"""Signals read between their samples."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["cubic"]

Real = NDArray[np.float32]


def cubic(around: Iterable[Real], share: Real) -> Real:
    """What lies at a share of the way from the second of four neighbours to the third.

    Each may be an array. By cubic Lagrange interpolation.

    >>> float(cubic((-1.0, 0.0, 1.0, 8.0), 0.5))
    0.125
    """
    before, here, after, later = around
    d = share
    between = (
        -before * d * (d - 1) * (d - 2) / 6
        + here * (d + 1) * (d - 1) * (d - 2) / 2
        - after * (d + 1) * d * (d - 2) / 2
        + later * (d + 1) * d * (d - 1) / 6
    )
    return np.asarray(between, np.float32)
