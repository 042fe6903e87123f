"""White noise by counting: sample n of a key is a hash of both, so any part can be had at any time.

The same few integer operations run wherever the instrument is played, which makes the noise of a
seed the same sample for sample. Values are even between ±√3 (unit variance); what a filter makes of
them is as Gaussian as real noise.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import SPACING, mixed_array

__all__ = ["TWIN_KEY", "white_noise"]

TWIN_KEY: Final = 0x5A5A5A5A
"""What the key of a second noise, that of the width, differs by (exclusive or)."""


def white_noise(key: int, start: int, count: int) -> NDArray[np.float32]:
    """Samples start … start + count - 1 of the noise of a 32-bit key.

    >>> bool(np.array_equal(white_noise(7, 0, 8)[5:], white_noise(7, 5, 3)))
    True
    """
    offset = mixed_array(np.array([key], np.uint32) * np.uint32(SPACING))
    hashed = mixed_array(np.arange(start, start + count, dtype=np.uint32) + offset)
    half_turn = np.float32(np.sqrt(3.0) / 2**31)
    return (hashed.view(np.int32)).astype(np.float32) * half_turn
