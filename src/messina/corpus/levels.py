"""Levels and spectral flux over time, as alignment, slicing and description need them.

Spectral flux is how much each moment's spectrum has grown, which is where onsets are.

Ref: Böck, Krebs & Schedl (2012), "Evaluating the online capabilities of onset detection methods".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "BANDS",
    "HOP",
    "WINDOW",
    "band_edges",
    "band_growth",
    "band_levels",
    "downmix",
    "flux_peaks",
    "growth_of",
    "moving_rms",
    "power",
    "spectral_flux",
]

Floats = NDArray[np.float64]


def power(audio: NDArray[np.float32]) -> Floats:
    """Instantaneous power [N] of audio [N, C]: the mean of the channels' squares."""
    # column by column: numpy's reductions over a last axis of two are many times slower
    total: Floats = np.square(audio[:, 0], dtype=np.float64)
    for channel in range(1, audio.shape[1]):
        total += np.square(audio[:, channel], dtype=np.float64)
    total /= audio.shape[1]
    return total


def downmix(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mid [N] of audio [N, C], C being 1 or 2."""
    if audio.shape[1] == 1:
        return audio[:, 0]
    return np.float32(0.5) * (audio[:, 0] + audio[:, 1])


def moving_rms(power: Floats, window: int, *, hop: int = 1) -> Floats:
    """RMS [ceil(N / hop)] in a window centred on every hop-th sample, zeros beyond the ends.

    >>> moving_rms(np.array([0.0, 0.0, 4.0, 0.0, 0.0]), 2, hop=2).round(3).tolist()
    [0.0, 1.414, 0.0]
    """
    before = window // 2
    total = np.empty(len(power) + window + 1)
    total[: before + 1] = 0.0
    np.cumsum(power, out=total[before + 1 : before + 1 + len(power)])
    total[before + 1 + len(power) :] = total[before + len(power)]
    sums = total[window : window + len(power) : hop] - total[: len(power) : hop]
    # differences of a running sum can fall below zero by rounding
    return np.sqrt(np.maximum(sums, 0.0) / window)


HOP: Final = 256
WINDOW: Final = 1024
BANDS: Final = 48
RANGE_DB: Final = 60.0
"""Bands this far under the loudest are silent."""


def spectral_flux(mid: NDArray[np.float32]) -> Floats:
    """Growth of the bands' levels [T] over two hops, in dB, averaged over the bands."""
    return np.asarray(band_growth(mid).mean(axis=1), np.float64)


def band_growth(mid: NDArray[np.float32], *, hop: int = HOP) -> NDArray[np.float32]:
    """How far each band's level has risen within 12 ms [T, BANDS], in dB, never negative."""
    return growth_of(band_levels(mid, hop=hop), hop=hop)


def growth_of(levels: NDArray[np.float32], *, hop: int) -> NDArray[np.float32]:
    """How far levels [T, BANDS] in dB have risen within 12 ms, never negative."""
    floor = levels.max() - RANGE_DB
    levels = np.maximum(levels, floor)
    lag = 2 * HOP // hop
    padded = np.concatenate([np.full((lag, BANDS), floor), levels])
    return np.asarray(np.maximum(padded[lag:] - padded[:-lag], 0.0))


def flux_peaks(flux: Floats, least_db: float) -> list[int]:
    """Frames, HOP apart, where the spectrum grows most: so much above its surroundings."""
    reach = round(0.1 * SAMPLE_RATE / HOP)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(flux, reach), 2 * reach + 1)
    threshold = np.median(around, axis=1) + least_db
    near = np.lib.stride_tricks.sliding_window_view(np.pad(flux, 4), 9)
    is_peak = (flux >= near.max(axis=1)) & (flux > threshold)
    return [int(frame) for frame in np.flatnonzero(is_peak)]


def band_levels(mid: NDArray[np.float32], *, hop: int = HOP) -> NDArray[np.float32]:
    """Levels [T, BANDS] in dB, frame t centred on sample t * hop; a minute at a time."""
    edges = band_edges()
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(mid, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(mid) : hop]
    blocks = []
    for first in range(0, len(frames), 10_000):
        power = np.abs(np.fft.rfft(frames[first : first + 10_000] * window)) ** 2
        blocks.append(np.add.reduceat(power, edges, axis=1))
    return 10 * np.log10(np.concatenate(blocks) + np.float32(1e-9))


def band_edges() -> NDArray[np.int64]:
    """First bin of each band: single bins at the bottom, a constant ratio above."""
    wanted = np.geomspace(1, WINDOW // 2, BANDS)
    edges = [1]
    for value in wanted[1:]:
        edges.append(max(edges[-1] + 1, int(value)))
    return np.array(edges)
