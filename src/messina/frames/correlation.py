"""How alike two signals are, later or earlier by any number of samples: products by transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlation", "correlation_near", "running_energy"]

Real = NDArray[np.floating]


def correlation(signal: Real, other: Real, size: int) -> Real:
    """Circular cross-correlation of two signals at lags 0 … size - 1, by FFT.

    size: of the transforms in samples; from the sum of both lengths on, nothing wraps round.
    """
    product = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(other, size))
    return np.fft.irfft(product, size)


def correlation_near(signal: Real, other: Real, *, size: int, lag: int) -> float:
    """Largest magnitude of the circular cross-correlation among lags of at most `lag` samples."""
    sums = correlation(signal, other, size)
    return float(np.abs(np.concatenate([sums[: lag + 1], sums[-lag:]])).max())


def running_energy(signal: Real, samples: int) -> NDArray[np.float64]:
    """Sum of squares over the window of `samples` samples that begins at each sample."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    return np.asarray(energy[samples:] - energy[:-samples])
