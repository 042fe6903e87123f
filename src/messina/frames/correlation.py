"""How alike two signals are, later or earlier by any number of samples: products by transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlation", "correlation_near", "running_energy"]

Real = NDArray[np.floating]


def correlation(signal: Real, other: Real, size: int) -> Real:
    """Sums [size] of products, `other` beginning at sample 0, 1 … of `signal`, both round a ring.

    size: samples of the ring; as many as both have together, and nothing comes round.
    """
    product = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(other, size))
    return np.fft.irfft(product, size)


def correlation_near(signal: Real, other: Real, *, size: int, lag: int) -> float:
    """The largest of these sums, of either sign, with at most `lag` samples between the two."""
    sums = correlation(signal, other, size)
    return float(np.abs(np.concatenate([sums[: lag + 1], sums[-lag:]])).max())


def running_energy(signal: Real, samples: int) -> NDArray[np.float64]:
    """Sum of squares of as many samples, from each sample on that has so many after it."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    return np.asarray(energy[samples:] - energy[:-samples])
