"""Numbers that are the same on every machine that plays events.

Sums in another order, and sines of another library, differ in their last bits. What is fed back
from event to event is therefore put on a grid that is coarse beside such differences and fine
beside everything heard: both players end on the same point of it, and differences cannot grow.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["GRID", "on_grid"]

GRID: Final = 2.0**-16
"""States, touches and phases are multiples of this."""


def on_grid(x: ArrayLike | NDArray[Any]) -> NDArray[np.float64]:
    """Each number at the nearest multiple of GRID.

    >>> float(on_grid(1 / 3) / GRID)
    21845.0
    """
    out: NDArray[np.float64] = np.floor(np.asarray(x, np.float64) / GRID + 0.5) * GRID
    return out
