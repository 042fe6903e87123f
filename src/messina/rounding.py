"""Rounding to a grid, so that drawn numbers are the same on every machine.

Sums in another order, and exponentials of another library, differ in their last bits. What is fed
back from one draw to the next is therefore put on a grid that is coarse beside such differences and
fine beside everything heard: every player ends on the same point of it, and differences cannot
grow.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FINE_GRID", "GRID", "on_fine_grid", "on_grid"]

GRID: Final = 2.0**-16
"""States of networks and what is drawn from them are multiples of this."""
FINE_GRID: Final = 2.0**-30
"""Factors and times are multiples of this."""


def on_grid(x: ArrayLike | NDArray[Any]) -> NDArray[np.float64]:
    """Each number at the nearest multiple of GRID.

    >>> float(on_grid(1 / 3) / GRID)
    21845.0
    """
    out: NDArray[np.float64] = np.floor(np.asarray(x, np.float64) / GRID + 0.5) * GRID
    return out


def on_fine_grid(x: float) -> float:
    """Rounds a factor or time that only arithmetic is done with from now on, to a finer grid."""
    return math.floor(x / FINE_GRID + 0.5) * FINE_GRID
