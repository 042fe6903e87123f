"""Short-time Fourier transform with frames centred on multiples of the hop, and its inverse.

Frame t looks at samples t*hop - size/2 … t*hop + size/2 through a periodic Hann window; before
sample 0 and after the end there is silence.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["hann", "overlap_add", "stft"]

Real = NDArray[np.float32]
Complex = NDArray[np.complex64]


@cache
def hann(size: int) -> Real:
    """Periodic Hann window [size]."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    window.setflags(write=False)
    return window.astype(np.float32)


def stft(signal: Real, *, size: int, hop: int, frames: int) -> Complex:
    """Spectra [frames, size/2 + 1]; phase is that at the frame's first sample."""
    reach = (frames - 1) * hop + size
    padded = np.zeros(reach, np.float32)
    kept = min(len(signal), reach - size // 2)
    padded[size // 2 : size // 2 + kept] = signal[:kept]
    windows = sliding_window_view(padded, size)[::hop]
    return np.fft.rfft(windows * hann(size), axis=1).astype(np.complex64, copy=False)


def overlap_add(frames: Real, *, hop: int) -> Real:
    """Sum of frames [T, size], each `hop` after the last, as one signal [(T - 1) * hop + size].

    `size` is a whole number of hops.
    """
    count, size = frames.shape
    parts = size // hop
    total = np.zeros((count + parts - 1, hop), np.float32)
    for part in range(parts):
        total[part : part + count] += frames[:, part * hop : (part + 1) * hop]
    return total.reshape(-1)
